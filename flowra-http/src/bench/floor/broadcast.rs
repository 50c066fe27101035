//! A TCP broadcast: what a publisher sends for a group is written once to each of the group's subscribers.
//!
//! Whoever connects says with three bytes who they are: `S` and a group, or `P` and zeros. A subscriber gets an `ack` and then what is
//! published. A publisher sends frames whose payload is a group in two bytes and the frame that goes on as it is.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::bench::error::{Result, Trying};
use crate::bench::wire::{Frames, TEXT, frame};

/// How many messages may wait for the one who writes.
const QUEUE: usize = 64;

/// The greeting of a subscriber to this group.
pub(in crate::bench) fn subscriber(group: u16) -> [u8; 3] {
    let [high, low] = group.to_be_bytes();
    [b'S', high, low]
}

/// The greeting of a publisher.
pub(in crate::bench) fn publisher() -> [u8; 3] {
    [b'P', 0, 0]
}

/// A message for a group, as a publisher sends it.
pub(in crate::bench) fn publish(group: u16, text: &[u8]) -> Vec<u8> {
    // The group rides in the payload of a frame that holds the frame to be passed on.
    let mut inner = group.to_be_bytes().to_vec();
    inner.extend_from_slice(&frame(TEXT, text, false));
    frame(TEXT, &inner, false)
}

enum Word {
    Subscribe(u16, OwnedWriteHalf),
    Publish(u16, Vec<u8>),
}

/// Accepts and broadcasts until it is killed.
pub(super) async fn serve(listener: TcpListener) -> Result<()> {
    let (words, heard) = mpsc::channel(QUEUE);
    tokio::spawn(broadcast(heard));
    loop {
        let (stream, _) = listener.accept().await.trying("accept a connection")?;
        let words = words.clone();
        // A client that breaks off ends only its own connection.
        tokio::spawn(async move { drop(attend(stream, words).await) });
    }
}

async fn attend(mut stream: TcpStream, words: mpsc::Sender<Word>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).await?;
    let [role, high, low] = greeting;
    let group = u16::from_be_bytes([high, low]);
    if role == b'S' {
        let (mut reading, writing) = stream.into_split();
        if words.send(Word::Subscribe(group, writing)).await.is_err() {
            return Ok(());
        }
        // Like any connection that a server keeps: a task that waits for the client's next word.
        let mut byte = [0; 1];
        while reading.read(&mut byte).await? > 0 {}
        return Ok(());
    }
    let (mut frames, mut buffer) = (Frames::default(), vec![0; 64 << 10]);
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let mut messages = Vec::new();
        let outcome = frames.feed(&buffer[..read], |frame| {
            if let Some((group, rest)) = frame.payload.split_first_chunk() {
                messages.push((u16::from_be_bytes(*group), rest.to_vec()));
            }
        });
        for (group, bytes) in messages {
            if words.send(Word::Publish(group, bytes)).await.is_err() {
                return Ok(());
            }
        }
        outcome.map_err(io::Error::other)?;
    }
}

async fn broadcast(mut heard: mpsc::Receiver<Word>) {
    let ack = frame(TEXT, br#"{"type":"ack"}"#, false);
    let mut groups: Vec<Vec<OwnedWriteHalf>> = Vec::new();
    while let Some(word) = heard.recv().await {
        match word {
            Word::Subscribe(group, mut writing) => {
                let group = usize::from(group);
                if groups.len() <= group {
                    groups.resize_with(group + 1, Vec::new);
                }
                if writing.write_all(&ack).await.is_ok() {
                    groups[group].push(writing);
                }
            }
            Word::Publish(group, bytes) => {
                let Some(subscribers) = groups.get_mut(usize::from(group)) else {
                    continue;
                };
                for subscriber in subscribers {
                    // One that has gone gets nothing; the run that lost it fails at its own end.
                    let _ = subscriber.write_all(&bytes).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::wire::{Heard, Socket};

    #[tokio::test]
    async fn a_message_reaches_its_group_and_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let floor = tokio::spawn(serve(listener));
        let mut one = Socket::join(address, &subscriber(1)).await.unwrap();
        let mut two = Socket::join(address, &subscriber(2)).await.unwrap();
        let mut author = Socket::open_bare(address, &publisher()).await.unwrap();
        for (group, text) in [(1, "for one"), (2, "for two"), (1, "again")] {
            author.send(&publish(group, text.as_bytes())).await.unwrap();
        }
        let mut heard = Vec::new();
        for (socket, count) in [(&mut one, 2), (&mut two, 1)] {
            let mut mine = Vec::new();
            while mine.len() < count {
                socket
                    .read(|frame| {
                        mine.push(String::from_utf8(frame.payload.to_vec()).unwrap());
                        Heard::Enough
                    })
                    .await
                    .unwrap();
            }
            heard.append(&mut mine);
        }
        floor.abort();
        assert_eq!(heard, ["for one", "again", "for two"]);
    }
}
