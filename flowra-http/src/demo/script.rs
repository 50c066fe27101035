//! The story in the order of time: one list of who does what when, whichever file it stands in.
//!
//! Responsible for when things happen that the files leave open, such as a reaction. Does nothing itself.

use flowra_core::time::Timestamp;

use super::story::{Board, Room, Said, Story, Work};

/// Seconds until somebody who answers begins to write.
const PAUSE: i64 = 40;
/// How many characters somebody writes in a second.
const CHARACTERS: usize = 4;
/// Seconds from a message to the first reaction, and from there to the next.
const REACTION: i64 = 25;
/// Seconds until an author corrects, deletes or pins what they wrote.
const SECOND_THOUGHT: i64 = 90;

/// A place where a message stands in the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot(usize);

/// Something that somebody does at a time.
#[derive(Debug)]
pub(super) struct Beat<'a> {
    pub(super) at: Timestamp,
    /// A username.
    pub(super) by: &'a str,
    pub(super) act: Act<'a>,
}

/// What somebody does. Rooms are indices of the story's chats, tasks the story's names.
#[derive(Debug)]
pub(super) enum Act<'a> {
    Say {
        room: usize,
        spot: Spot,
        /// The message whose thread it stands in.
        thread: Option<Spot>,
        said: &'a Said,
    },
    Edit {
        spot: Spot,
        text: &'a str,
    },
    Delete {
        spot: Spot,
    },
    React {
        spot: Spot,
        emoji: &'a str,
    },
    Pin {
        room: usize,
        spot: Spot,
    },
    Close {
        room: usize,
    },
    Read {
        room: usize,
        spot: Spot,
    },
    Make(&'a Work),
    Move {
        task: &'a str,
        column: &'a str,
    },
    Rank {
        task: &'a str,
        before: &'a str,
    },
}

/// Everything that happens until `now`.
pub(super) fn write(story: &Story, now: Timestamp) -> Vec<Beat<'_>> {
    let founded = story.team.founded.before(now);
    let mut writer = Writer {
        now,
        beats: Vec::new(),
        spots: 0,
    };
    let mut reads = Vec::new();
    for (at, room) in story.chats.iter().enumerate() {
        let roots = writer.talk(at, None, founded, &room.said);
        reads.extend(read(at, room, &roots, &story.team.visitor, now));
        if let Some(closed) = room.closed {
            writer.add(closed.before(now), &room.by, Act::Close { room: at });
        }
    }
    writer.work(&story.board);
    // Stable: what happens at the same time happens in the order in which it is told.
    writer.beats.sort_by_key(|beat| beat.at);
    writer.beats.extend(reads);
    writer.beats
}

/// Everybody has read a chat to its end but the visitor, who has read to where it says that something new begins.
fn read<'a>(
    at: usize,
    room: &'a Room,
    roots: &[Spot],
    visitor: &'a str,
    now: Timestamp,
) -> impl Iterator<Item = Beat<'a>> {
    let last = roots.last().copied();
    let first_new = room.said.iter().position(|said| said.new);
    let last_seen = match first_new {
        Some(new) => roots[..new].last().copied(),
        None => last,
    };
    let readers = std::iter::once(&room.by).chain(&room.people);
    readers.filter_map(move |by| {
        let spot = if by == visitor { last_seen } else { last }?;
        Some(Beat {
            at: now,
            by,
            act: Act::Read { room: at, spot },
        })
    })
}

/// Seconds that it takes to write a text.
fn typing(text: &str) -> i64 {
    i64::try_from(text.chars().count() / CHARACTERS).unwrap_or(i64::MAX)
}

struct Writer<'a> {
    now: Timestamp,
    beats: Vec<Beat<'a>>,
    spots: usize,
}

impl<'a> Writer<'a> {
    fn add(&mut self, at: Timestamp, by: &'a str, act: Act<'a>) {
        self.beats.push(Beat { at, by, act });
    }

    /// Messages one after the other, with their threads; where each of them stands.
    fn talk(
        &mut self,
        room: usize,
        thread: Option<Spot>,
        begin: Timestamp,
        messages: &'a [Said],
    ) -> Vec<Spot> {
        let mut spots = Vec::with_capacity(messages.len());
        let mut at = begin;
        for said in messages {
            at = match said.at {
                Some(when) => when.before(self.now),
                None => at.plus_seconds(PAUSE + typing(&said.say)),
            };
            let spot = Spot(self.spots);
            self.spots += 1;
            spots.push(spot);
            let act = Act::Say {
                room,
                spot,
                thread,
                said,
            };
            self.add(at, &said.by, act);
            self.afterwards(room, spot, at, said);
            self.talk(room, Some(spot), at, &said.replies);
        }
        spots
    }

    /// What becomes of a message.
    fn afterwards(&mut self, room: usize, spot: Spot, at: Timestamp, said: &'a Said) {
        let later = at.plus_seconds(SECOND_THOUGHT);
        if let Some(text) = &said.edited {
            self.add(later, &said.by, Act::Edit { spot, text });
        }
        if said.deleted {
            self.add(later, &said.by, Act::Delete { spot });
        }
        if said.pinned {
            self.add(later, &said.by, Act::Pin { room, spot });
        }
        let mut at = at;
        for (emoji, people) in &said.reactions {
            for by in people {
                at = at.plus_seconds(REACTION);
                self.add(at, by, Act::React { spot, emoji });
            }
        }
    }

    fn work(&mut self, board: &'a Board) {
        let now = self.now;
        for work in &board.tasks {
            self.add(work.at.before(now), &work.by, Act::Make(work));
            for (at, by, column) in &work.moves {
                let task = work.name();
                self.add(at.before(now), by, Act::Move { task, column });
            }
        }
        for moved in &board.moves {
            let act = Act::Move {
                task: &moved.task,
                column: &moved.to,
            };
            self.add(moved.at.before(now), &moved.by, act);
        }
        for ranked in &board.ranked {
            let act = Act::Rank {
                task: &ranked.task,
                before: &ranked.before,
            };
            self.add(ranked.at.before(now), &ranked.by, act);
        }
    }
}
