//! Signals as bytes: the sender's 16, one that names the kind, and what it says, numbers with the highest byte first.

use flowra_core::Id;
use flowra_core::cluster::{NodeId, Signal};
use flowra_core::event::Position;

pub(crate) fn write(from: NodeId, signal: Signal) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(49);
    bytes.extend(from.as_bytes());
    match signal {
        Signal::Grown(position) => {
            bytes.push(b'g');
            bytes.extend(position.get().to_be_bytes());
        }
        Signal::Typing { chat, user } => {
            bytes.push(b't');
            bytes.extend(chat.as_bytes());
            bytes.extend(user.as_bytes());
        }
        Signal::Presence { user } => {
            bytes.push(b'p');
            bytes.extend(user.as_bytes());
        }
        Signal::SessionEnded(session) => {
            bytes.push(b's');
            bytes.extend(session.as_bytes());
        }
        Signal::SessionsEnded { user } => {
            bytes.push(b'a');
            bytes.extend(user.as_bytes());
        }
        Signal::TokenEnded(token) => {
            bytes.push(b'k');
            bytes.extend(token.as_bytes());
        }
    }
    bytes
}

/// Who sent which signal; `None` for bytes of another version, which may run beside this one during an upgrade.
pub(crate) fn read(bytes: &[u8]) -> Option<(NodeId, Signal)> {
    let (from, rest) = id(bytes)?;
    let (kind, rest) = rest.split_first()?;
    let (signal, rest) = match kind {
        b'g' => {
            let (number, rest) = rest.split_first_chunk()?;
            (Signal::Grown(Position::new(u64::from_be_bytes(*number))), rest)
        }
        b't' => {
            let (chat, rest) = id(rest)?;
            let (user, rest) = id(rest)?;
            (Signal::Typing { chat, user }, rest)
        }
        b'p' => id(rest).map(|(user, rest)| (Signal::Presence { user }, rest))?,
        b's' => id(rest).map(|(session, rest)| (Signal::SessionEnded(session), rest))?,
        b'a' => id(rest).map(|(user, rest)| (Signal::SessionsEnded { user }, rest))?,
        b'k' => id(rest).map(|(token, rest)| (Signal::TokenEnded(token), rest))?,
        _ => return None,
    };
    rest.is_empty().then_some((from, signal))
}

fn id<K>(bytes: &[u8]) -> Option<(Id<K>, &[u8])> {
    let (id, rest) = bytes.split_first_chunk()?;
    Some((Id::from_bytes(*id), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_written_as_other_versions_read_it() {
        let from = Id::from_bytes([1; 16]);
        let bytes = write(from, Signal::Grown(Position::new(258)));
        assert_eq!(bytes, [&[1; 16][..], b"g\0\0\0\0\0\0\x01\x02"].concat());
        let typing = Signal::Typing {
            chat: Id::from_bytes([2; 16]),
            user: Id::from_bytes([3; 16]),
        };
        assert_eq!(
            write(from, typing),
            [&[1; 16][..], b"t", &[2; 16], &[3; 16]].concat()
        );
    }

    #[test]
    fn what_another_version_says_is_left_alone() {
        let whole = write(Id::from_bytes([1; 16]), Signal::Grown(Position::new(1)));
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(read(&[&whole[..], b"x"].concat()), None);
        let mut unknown = whole;
        unknown[16] = b'?';
        assert_eq!(read(&unknown), None);
    }
}
