//! An HTTP/1.1 client on one kept-alive connection: requests are bytes made beforehand, answers are read by their Content-Length.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::error::{BenchError, Result, Trying};

/// The longest answer that is read, in bytes; a board of full columns is far below it.
const MAX_ANSWER: usize = 16 << 20;

/// A request as it goes over the wire.
pub(in crate::bench) struct Request;

impl Request {
    /// A request with a bearer token, if any, and a JSON body, if any.
    pub(in crate::bench) fn bytes(
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if let Some(token) = token {
            head.push_str("authorization: Bearer ");
            head.push_str(token);
            head.push_str("\r\n");
        }
        if let Some(body) = body {
            head.push_str("content-type: application/json\r\ncontent-length: ");
            head.push_str(&body.len().to_string());
            head.push_str("\r\n\r\n");
            head.push_str(body);
        } else {
            head.push_str("\r\n");
        }
        head.into_bytes()
    }
}

/// A connection on which one request at a time is under way.
pub(in crate::bench) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer, as long as the next request has not been sent.
#[derive(Debug)]
pub(in crate::bench) struct Answer<'a> {
    pub(in crate::bench) status: u16,
    pub(in crate::bench) body: &'a [u8],
}

impl Answer<'_> {
    /// Checks the status, quoting the body of any other.
    pub(in crate::bench) fn expect(&self, status: u16, what: &str) -> Result<()> {
        if self.status == status {
            return Ok(());
        }
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(300)]);
        Err(BenchError::Unexpected(format!(
            "{what} was answered {} instead of {status}: {body}",
            self.status
        )))
    }
}

impl Connection {
    pub(in crate::bench) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .trying(format!("connect to {address}"))?;
        stream.set_nodelay(true).trying("turn off Nagle's algorithm")?;
        Ok(Self {
            stream,
            buffer: vec![0; 4096],
            filled: 0,
        })
    }

    /// Sends a request and waits for its whole answer.
    pub(in crate::bench) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.trying("send a request")?;
        self.filled = 0;
        let head = loop {
            self.read_some().await?;
            if let Some(head) = Head::parse(&self.buffer[..self.filled])? {
                break head;
            }
        };
        let end = head.length + head.body;
        while self.filled < end {
            if self.buffer.len() < end {
                self.buffer.resize(end, 0);
            }
            self.read_some().await?;
        }
        if self.filled > end {
            return Err(BenchError::Unexpected(
                "more came than the one answer to the one request".to_owned(),
            ));
        }
        Ok(Answer {
            status: head.status,
            body: &self.buffer[head.length..end],
        })
    }

    async fn read_some(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let read = self
            .stream
            .read(&mut self.buffer[self.filled..])
            .await
            .trying("read an answer")?;
        if read == 0 {
            return Err(BenchError::Unexpected(
                "the server closed the connection before it had answered".to_owned(),
            ));
        }
        self.filled += read;
        Ok(())
    }

    /// The bare stream and what was read of it, for a connection that becomes something else.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends a request whose answer has no length, and gives its status and what came behind its head.
    pub(super) async fn upgrade(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await.trying("send a request")?;
        self.filled = 0;
        loop {
            self.read_some().await?;
            if let Some(head) = Head::parse(&self.buffer[..self.filled])? {
                return Ok((head.status, self.buffer[head.length..self.filled].to_vec()));
            }
        }
    }
}

/// What the head of an answer tells.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Of the head, with the empty line.
    length: usize,
    /// Of the body.
    body: usize,
}

impl Head {
    /// Reads a head; `None` while it is not whole.
    fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let bad = |why: &str| BenchError::Unexpected(format!("not an answer of HTTP/1.1: {why}"));
        if bytes.len() > MAX_ANSWER {
            return Err(bad("its head has no end"));
        }
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end]).map_err(|_| bad("its head is no text"))?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|line| line.get(..3))
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| bad("no status line"))?;
        let mut body = 0;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                body = value
                    .trim()
                    .parse()
                    .ok()
                    .filter(|length| *length <= MAX_ANSWER)
                    .ok_or_else(|| bad("a wrong Content-Length"))?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(bad("its body has no Content-Length"));
            }
        }
        Ok(Some(Self {
            status,
            length: end + 4,
            body,
        }))
    }
}

/// Where `needle` begins in `bytes`.
pub(in crate::bench) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + at;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 7\r\nx: y\r\n\r\n{\"a\":1}";
        let whole = answer.len() - 7;
        for cut in 0..whole {
            assert_eq!(Head::parse(&answer[..cut]).unwrap(), None, "{cut}");
        }
        let head = Head {
            status: 201,
            length: whole,
            body: 7,
        };
        assert_eq!(Head::parse(answer).unwrap(), Some(head));
    }

    #[test]
    fn an_answer_without_length_has_no_body_and_a_chunked_one_is_refused() {
        let head = Head::parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.status, head.body), (204, 0));
        for bad in [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
        ] {
            assert!(Head::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_bears_its_token_and_the_length_of_its_body() {
        let request = Request::bytes("POST", "/x", Some("t"), Some("{}"));
        assert_eq!(
            String::from_utf8(request).unwrap(),
            "POST /x HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\ncontent-type: application/json\r\n\
             content-length: 2\r\n\r\n{}"
        );
    }

    #[test]
    fn a_needle_is_found_behind_a_false_start() {
        assert_eq!(find(b"aab", b"ab"), Some(1));
        assert_eq!(find(b"aaa", b"ab"), None);
        assert_eq!(find(b"", b"ab"), None);
    }

    #[tokio::test]
    async fn answers_are_read_however_they_are_cut() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = "x".repeat(10_000);
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n{body}");
            for size in [1, 7, 4096] {
                let mut request = [0; 64];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                for piece in answer.as_bytes().chunks(size * 100) {
                    stream.write_all(piece).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        for _ in 0..3 {
            let answer = connection
                .send(&Request::bytes("GET", "/", None, None))
                .await
                .unwrap();
            assert_eq!((answer.status, answer.body.len()), (200, 10_000));
            assert!(answer.expect(201, "it").is_err());
        }
        server.await.unwrap();
        assert!(connection.send(b"GET / HTTP/1.1\r\n\r\n").await.is_err());
    }
}
