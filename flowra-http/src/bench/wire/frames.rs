//! WebSocket frames as a server sends them: unmasked, whole, read where they lie.

use crate::bench::error::{BenchError, Result};

pub(in crate::bench) const TEXT: u8 = 1;
pub(in crate::bench) const CLOSE: u8 = 8;
pub(in crate::bench) const PING: u8 = 9;
pub(in crate::bench) const PONG: u8 = 10;

/// The longest payload that is read.
const MAX_PAYLOAD: u64 = 1 << 20;

/// One whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Frame<'a> {
    pub(in crate::bench) opcode: u8,
    pub(in crate::bench) payload: &'a [u8],
    /// Header and payload, as they came.
    pub(in crate::bench) raw: &'a [u8],
}

/// Finds frames in what comes in. Holds only the beginning of a frame whose rest is still under way.
#[derive(Debug, Default)]
pub(in crate::bench) struct Frames {
    begun: Vec<u8>,
}

impl Frames {
    /// Hands each frame that is whole with `bytes` to `each`.
    pub(in crate::bench) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<()> {
        if self.begun.is_empty() {
            let rest = walk(bytes, &mut each)?;
            self.begun.extend_from_slice(rest);
        } else {
            self.begun.extend_from_slice(bytes);
            let rest = walk(&self.begun, &mut each)?.len();
            let whole = self.begun.len() - rest;
            self.begun.drain(..whole);
        }
        if self.begun.is_empty() {
            // Thousands of sockets that keep what they once needed would be the generator's memory, not the server's.
            self.begun = Vec::new();
        }
        Ok(())
    }
}

fn walk<'a>(mut bytes: &'a [u8], each: &mut impl FnMut(Frame<'_>)) -> Result<&'a [u8]> {
    while let Some((frame, rest)) = split(bytes)? {
        each(frame);
        bytes = rest;
    }
    Ok(bytes)
}

fn split(bytes: &[u8]) -> Result<Option<(Frame<'_>, &[u8])>> {
    let bad = |why: &str| BenchError::Unexpected(format!("not a server's WebSocket frame: {why}"));
    let &[first, second, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0xf0 != 0x80 {
        return Err(bad("it is a fragment or uses an extension"));
    }
    if second & 0x80 != 0 {
        return Err(bad("it is masked"));
    }
    let (header, length) = match second {
        126 => (
            4,
            rest.first_chunk()
                .map(|length| u64::from(u16::from_be_bytes(*length))),
        ),
        127 => (10, rest.first_chunk().map(|length| u64::from_be_bytes(*length))),
        length => (2, Some(u64::from(length))),
    };
    let Some(length) = length else {
        return Ok(None);
    };
    let length = usize::try_from(length)
        .ok()
        .filter(|_| length <= MAX_PAYLOAD)
        .ok_or_else(|| bad("it is longer than 1 MiB"))?;
    let Some((raw, rest)) = bytes.split_at_checked(header + length) else {
        return Ok(None);
    };
    let frame = Frame {
        opcode: first & 0x0f,
        payload: &raw[header..],
        raw,
    };
    Ok(Some((frame, rest)))
}

/// A frame with this payload; masked, as a client must, with a mask of zeros, which costs nothing.
pub(in crate::bench) fn frame(opcode: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut frame = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => frame.push(mask | short),
        (_, Ok(medium)) => {
            frame.push(mask | 0x7E);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(mask | 0x7F);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    if masked {
        frame.extend_from_slice(&[0; 4]);
    }
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> (Vec<u8>, Vec<(u8, usize)>) {
        let frames = [
            (TEXT, 5),
            (PING, 0),
            (TEXT, 125),
            (TEXT, 126),
            (TEXT, 70_000),
            (CLOSE, 2),
        ];
        let bytes = frames
            .iter()
            .flat_map(|&(opcode, length)| frame(opcode, &vec![b'x'; length], false))
            .collect();
        (bytes, frames.to_vec())
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let (bytes, expected) = three();
        for size in [1, 2, 3, 127, 4096, bytes.len()] {
            let (mut frames, mut found, mut length) = (Frames::default(), Vec::new(), 0);
            for piece in bytes.chunks(size) {
                frames
                    .feed(piece, |frame| {
                        found.push((frame.opcode, frame.payload.len()));
                        length += frame.raw.len();
                    })
                    .unwrap();
            }
            assert_eq!(
                (found, length),
                (expected.clone(), bytes.len()),
                "pieces of {size}"
            );
            assert_eq!(frames.begun.capacity(), 0);
        }
    }

    #[test]
    fn what_no_server_may_send_is_refused() {
        for bad in [
            vec![0x01, 0x00],
            vec![0xc1, 0x00],
            vec![0x81, 0x80],
            vec![0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0],
        ] {
            assert!(Frames::default().feed(&bad, |_| {}).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_client_masks_its_frames() {
        assert_eq!(frame(TEXT, b"hi", true), [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
        assert_eq!(frame(TEXT, b"hi", false), [0x81, 0x02, b'h', b'i']);
    }
}
