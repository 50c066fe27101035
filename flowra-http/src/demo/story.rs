//! The story as it is written in `story/*.toml`: people, chats with what is said in them, and tasks.
//!
//! Responsible for the shape of those files. Whether the rules allow what they tell, the use cases find out.

use std::collections::BTreeMap;

use flowra_core::chat::ChatKind;
use flowra_core::workspace::Role;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::time::When;
use super::{DemoError, Visitor};

const TEAM: (&str, &str) = ("team.toml", include_str!("story/team.toml"));
const TASKS: (&str, &str) = ("tasks.toml", include_str!("story/tasks.toml"));
/// In the order in which the chats are made.
const CHATS: [(&str, &str); 7] = [
    ("general.toml", include_str!("story/general.toml")),
    ("engineering.toml", include_str!("story/engineering.toml")),
    ("support.toml", include_str!("story/support.toml")),
    ("release.toml", include_str!("story/release.toml")),
    ("pilot.toml", include_str!("story/pilot.toml")),
    ("jonas.toml", include_str!("story/jonas.toml")),
    ("helena.toml", include_str!("story/helena.toml")),
];

/// All of it.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) team: Team,
    pub(super) chats: Vec<Room>,
    pub(super) board: Board,
}

impl Story {
    pub(super) fn read() -> Result<Self, DemoError> {
        Ok(Self {
            team: read(TEAM)?,
            chats: CHATS.into_iter().map(read).collect::<Result<_, _>>()?,
            board: read(TASKS)?,
        })
    }

    pub(super) fn visitor(&self) -> Visitor {
        let visitor = &self.team.visitor;
        let person = self.team.people.iter().find(|person| person.username == *visitor);
        let others = self
            .team
            .people
            .iter()
            .filter(|person| person.username != *visitor);
        Visitor {
            username: visitor.clone(),
            name: person.map(|person| person.name.clone()).unwrap_or_default(),
            colleagues: others.map(|person| person.username.clone()).collect(),
        }
    }
}

fn read<T: DeserializeOwned>((file, text): (&'static str, &'static str)) -> Result<T, DemoError> {
    toml::from_str(text).map_err(|error| DemoError::Story {
        file,
        source: Box::new(error),
    })
}

/// The company and its people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Team {
    /// When it was founded; everything else is later.
    pub(super) founded: When,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) key_prefix: String,
    /// The username of whom the visitor signs in as.
    pub(super) visitor: String,
    /// The owner comes first.
    pub(super) people: Vec<Person>,
}

/// Somebody with an account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) role: Role,
}

/// A chat and all that is said in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Room {
    pub(super) kind: ChatKind,
    pub(super) title: Option<String>,
    pub(super) topic: Option<String>,
    /// Who made it, and is its admin.
    pub(super) by: String,
    /// The usernames of the others.
    pub(super) people: Vec<String>,
    /// When its maker closed it.
    pub(super) closed: Option<When>,
    /// Oldest first.
    pub(super) said: Vec<Said>,
}

/// A message with its thread, and what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    /// When; as long after the message before as it takes to write it, if it does not say.
    pub(super) at: Option<When>,
    pub(super) by: String,
    pub(super) say: String,
    /// Names for the tasks that its tags make, in their order.
    #[serde(default)]
    pub(super) makes: Vec<String>,
    /// Who reacted with which emoji.
    #[serde(default)]
    pub(super) reactions: BTreeMap<String, Vec<String>>,
    /// What its author made of it soon after.
    pub(super) edited: Option<String>,
    /// Whether its author took it back soon after.
    #[serde(default)]
    pub(super) deleted: bool,
    /// Whether its author pinned it.
    #[serde(default)]
    pub(super) pinned: bool,
    /// Whether it is the first message of the chat that the visitor has not read.
    #[serde(default)]
    pub(super) new: bool,
    /// Its thread; without threads of its own.
    #[serde(default)]
    pub(super) replies: Vec<Said>,
}

/// What was done on the board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Board {
    pub(super) tasks: Vec<Work>,
    /// Moves of tasks that messages made.
    pub(super) moves: Vec<Moved>,
    /// Cards that somebody drew before others of their column.
    pub(super) ranked: Vec<Ranked>,
}

/// A task that was made on the board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    pub(super) at: When,
    pub(super) by: String,
    pub(super) title: String,
    /// A task, if it does not say.
    pub(super) kind: Option<String>,
    /// Its name in the story.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) severity: Option<String>,
    /// A username.
    pub(super) assignee: Option<String>,
    /// In so many days from today; negative when it is overdue.
    pub(super) due: Option<i64>,
    #[serde(default)]
    pub(super) labels: Vec<String>,
    /// The story's name for an epic.
    pub(super) epic: Option<String>,
    /// When, by whom and to which column it was moved.
    #[serde(default)]
    pub(super) moves: Vec<(When, String, String)>,
}

impl Work {
    /// Its name in the story; its title, if it has no other.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }
}

/// A task that was moved to a column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moved {
    pub(super) at: When,
    pub(super) by: String,
    /// The story's name for the task.
    pub(super) task: String,
    pub(super) to: String,
}

/// A task that was moved before another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ranked {
    pub(super) at: When,
    pub(super) by: String,
    /// The story's name for the task.
    pub(super) task: String,
    /// That of the task which it then stands before.
    pub(super) before: String,
}
