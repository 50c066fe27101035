//! One client of a live connection: the WebSocket of the server, or the bare TCP stream of a floor that carries the same frames.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::frames::{CLOSE, Frame, Frames, PING, PONG, TEXT, frame};
use super::http::{Connection, find};
use crate::bench::error::{BenchError, Result, Trying};

/// What is read at once. One buffer serves all sockets of a thread.
const READ: usize = 128 << 10;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Whether a reader has heard enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) enum Heard {
    Enough,
    GoOn,
}

/// A live connection.
pub(in crate::bench) struct Socket {
    stream: TcpStream,
    frames: Frames,
    early: Vec<u8>,
}

impl Socket {
    /// Opens the server's WebSocket as the person of this token and waits for its greeting.
    pub(in crate::bench) async fn open(address: SocketAddr, token: &str) -> Result<Self> {
        let request = format!(
            "GET /api/v1/ws HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: Zmxvd3JhLWJlbmNobWFyaw==\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        let mut connection = Connection::open(address).await?;
        let (status, early) = connection.upgrade(request.as_bytes()).await?;
        if status != 101 {
            return Err(BenchError::Unexpected(format!(
                "the WebSocket was answered {status} instead of 101: {}",
                String::from_utf8_lossy(&early)
            )));
        }
        let mut socket = Self {
            stream: connection.into_stream(),
            frames: Frames::default(),
            early,
        };
        socket.wait_for(b"\"type\":\"hello\"").await?;
        Ok(socket)
    }

    /// Opens a bare stream and says who this is.
    pub(in crate::bench) async fn open_bare(address: SocketAddr, greeting: &[u8]) -> Result<Self> {
        let mut stream = TcpStream::connect(address)
            .await
            .trying(format!("connect to {address}"))?;
        stream.set_nodelay(true).trying("turn off Nagle's algorithm")?;
        stream.write_all(greeting).await.trying("greet a floor")?;
        Ok(Self {
            stream,
            frames: Frames::default(),
            early: Vec::new(),
        })
    }

    /// Joins a group of the broadcasting floor and waits until the floor has it.
    pub(in crate::bench) async fn join(address: SocketAddr, greeting: &[u8]) -> Result<Self> {
        let mut socket = Self::open_bare(address, greeting).await?;
        socket.wait_for(b"\"type\":\"ack\"").await?;
        Ok(socket)
    }

    /// Subscribes to a chat and waits until the server has it.
    pub(in crate::bench) async fn subscribe(&mut self, chat: &str) -> Result<()> {
        let text = format!(r#"{{"type":"subscribe","chat_id":"{chat}"}}"#);
        self.send(&frame(TEXT, text.as_bytes(), true)).await?;
        self.wait_for(b"\"type\":\"ack\"").await
    }

    /// Sends bytes as they are.
    pub(in crate::bench) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await.trying("send a frame")
    }

    async fn wait_for(&mut self, wanted: &[u8]) -> Result<()> {
        let mut refusal = None;
        self.read(|frame| {
            if find(frame.payload, b"\"type\":\"error\"").is_some() {
                refusal = Some(String::from_utf8_lossy(frame.payload).into_owned());
                return Heard::Enough;
            }
            if find(frame.payload, wanted).is_some() {
                Heard::Enough
            } else {
                Heard::GoOn
            }
        })
        .await?;
        refusal.map_or(Ok(()), |refusal| Err(BenchError::Unexpected(refusal)))
    }

    /// Hands text frames to `each` until it has heard enough; what came in the same read behind that is handed over as well.
    ///
    /// # Errors
    /// A connection that ends, with the code of the server's close frame.
    pub(in crate::bench) async fn read(&mut self, mut each: impl FnMut(Frame<'_>) -> Heard) -> Result<()> {
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() && self.take(&early, &mut each).await? == Heard::Enough {
            return Ok(());
        }
        loop {
            self.stream.readable().await.trying("wait for frames")?;
            let outcome = BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
                Ok(0) => Err(BenchError::Unexpected(
                    "the server ended a live connection".to_owned(),
                )),
                Ok(read) => scan(&mut self.frames, &buffer[..read], &mut each),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Scanned::default()),
                Err(error) => Err(error).trying("read frames"),
            })?;
            if self.follow(outcome).await? == Heard::Enough {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, bytes: &[u8], each: &mut impl FnMut(Frame<'_>) -> Heard) -> Result<Heard> {
        let scanned = scan(&mut self.frames, bytes, each)?;
        self.follow(scanned).await
    }

    async fn follow(&mut self, scanned: Scanned) -> Result<Heard> {
        if let Some(code) = scanned.closed {
            return Err(BenchError::Unexpected(format!(
                "the server closed a WebSocket with code {code}"
            )));
        }
        if let Some(ping) = scanned.ping {
            self.send(&frame(PONG, &ping, true)).await?;
        }
        Ok(if scanned.enough {
            Heard::Enough
        } else {
            Heard::GoOn
        })
    }
}

/// What one read brought besides text.
#[derive(Default)]
struct Scanned {
    enough: bool,
    ping: Option<Vec<u8>>,
    closed: Option<u16>,
}

fn scan(frames: &mut Frames, bytes: &[u8], each: &mut impl FnMut(Frame<'_>) -> Heard) -> Result<Scanned> {
    let mut scanned = Scanned::default();
    frames.feed(bytes, |frame| match frame.opcode {
        TEXT => scanned.enough |= each(frame) == Heard::Enough,
        PING => scanned.ping = Some(frame.payload.to_vec()),
        CLOSE => {
            let code = frame
                .payload
                .first_chunk()
                .copied()
                .map_or(1005, u16::from_be_bytes);
            scanned.closed = Some(code);
        }
        _ => {}
    })?;
    Ok(scanned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    async fn pair() -> (Socket, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let socket = Socket::open_bare(address, b"hi").await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 2);
        (socket, server)
    }

    #[tokio::test]
    async fn a_ping_is_answered_and_text_is_handed_over() {
        let (mut socket, mut server) = pair().await;
        server.write_all(&frame(PING, b"p", false)).await.unwrap();
        server.write_all(&frame(TEXT, b"text", false)).await.unwrap();
        let mut heard = Vec::new();
        socket
            .read(|frame| {
                heard.extend_from_slice(frame.payload);
                Heard::Enough
            })
            .await
            .unwrap();
        assert_eq!(heard, b"text");
        let mut pong = [0; 7];
        server.read_exact(&mut pong).await.unwrap();
        assert_eq!(pong.to_vec(), frame(PONG, b"p", true));
    }

    #[tokio::test]
    async fn a_close_frame_ends_reading_with_its_code() {
        let (mut socket, mut server) = pair().await;
        server
            .write_all(&frame(CLOSE, &4008_u16.to_be_bytes(), false))
            .await
            .unwrap();
        let error = socket.read(|_| Heard::GoOn).await.unwrap_err();
        assert!(error.to_string().ends_with("with code 4008"), "{error}");
    }

    #[tokio::test]
    async fn a_refused_subscription_says_why() {
        let (mut socket, mut server) = pair().await;
        let refusal = r#"{"type":"error","code":"NOT_FOUND","message":"no"}"#;
        server
            .write_all(&frame(TEXT, refusal.as_bytes(), false))
            .await
            .unwrap();
        let error = socket.subscribe("x").await.unwrap_err();
        assert!(error.to_string().contains("NOT_FOUND"), "{error}");
    }
}
