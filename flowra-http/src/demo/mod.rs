//! A sample team to look around in: what `flowra serve --demo` shows.
//!
//! [`Demo`] is a database of its own in a temporary folder, filled with the story in `story/*.toml`. The story is data: who says what and
//! when, which tasks there are and how they move. `story` reads it, `script` puts it in the order of time, and `stage` acts it out by the use
//! cases of the core, each on behalf of the person who acts and at the time at which they do. So the rules hold, the log is that of a team
//! that worked, and this module knows no event and no store.
//!
//! # To change the story
//! Edit the TOML files. A message is posted by `say`; tags in it act, and `makes` names the tasks that they make, so that others can mention
//! them as `{{name}}`; `{{+2}}` is the day after tomorrow. What the rules refuse fails the tests by name.

mod clock;
mod script;
mod stage;
mod story;
#[cfg(test)]
mod tests;
mod time;

use std::error::Error;
use std::io;

use flowra_core::time::Timestamp;
use flowra_core::{Clock, Ports, Secrets};
use tempfile::TempDir;

use crate::config::{Settings, Storage, Worker};
use crate::installation;
use crate::platform::{RandomSecrets, SystemClock};
use crate::store::{Store, StoreError};
use stage::Stage;
use story::Story;

/// How many characters a demo's password has: enough that nobody on the network guesses it, few enough to type.
const PASSWORD: usize = 12;

/// A database with a sample team, which is removed with the folder that it is in when this is dropped.
#[derive(Debug)]
pub struct Demo {
    folder: TempDir,
    password: String,
    visitor: Visitor,
}

/// Whom the visitor of a demo signs in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Their username.
    pub username: String,
    /// Their name among people.
    pub name: String,
    /// The usernames of their colleagues.
    pub colleagues: Vec<String>,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The system gives no temporary folder, or does not take it back.
    #[error("cannot make or remove the demo's temporary folder; set TMPDIR to a folder that can be written")]
    Folder(#[source] io::Error),
    /// The database in it cannot be opened.
    #[error("cannot open the demo's database")]
    Store(#[from] StoreError),
    /// The story cannot be read.
    #[error("cannot read {file} of the demo's story")]
    Story {
        /// The file that is wrong.
        file: &'static str,
        /// Where and why reading stopped.
        source: Box<toml::de::Error>,
    },
    /// A use case refused a part of the story, the story names somebody or something that is not there, or the store failed.
    #[error("the demo's story stops at {part}")]
    Stopped {
        /// Which part.
        part: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Demo {
    /// Makes a database in a new temporary folder and fills it.
    ///
    /// # Errors
    /// A folder or a database that cannot be made.
    pub async fn make() -> Result<Self, DemoError> {
        let folder = tempfile::Builder::new()
            .prefix("flowra-demo-")
            .tempdir()
            .map_err(DemoError::Folder)?;
        let store = Store::open(&storage(&folder)).await?;
        // Letters and digits only: a double click selects all of them.
        let secret = RandomSecrets.mint();
        let password: String = secret
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(PASSWORD)
            .collect();
        let visitor = fill(installation::unattended(&store), SystemClock.now(), &password).await?;
        Ok(Self {
            folder,
            password,
            visitor,
        })
    }

    /// These settings, over the demo's database and nothing that is configured: the server is alone, without Redis or workers apart.
    #[must_use]
    pub fn settings(&self, settings: Settings) -> Settings {
        Settings {
            storage: storage(&self.folder),
            redis: None,
            worker: Worker::Inside,
            ..settings
        }
    }

    /// What a person must know to look around at `url`.
    #[must_use]
    pub fn greeting(&self, url: &str) -> String {
        let Visitor {
            username,
            name,
            colleagues,
        } = &self.visitor;
        format!(
            "Demo: a sample team in a database of its own, which is removed when the server stops; your data are not touched\n\
             Sign in at {url}/sign-in\n\
             Username: {username}\n\
             Password: {}\n\
             You are {name}. {} have the same password: as one of them in a private window you see what arrives live.\n",
            self.password,
            colleagues.join(", "),
        )
    }

    /// Removes the database and its folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(self) -> Result<(), DemoError> {
        self.folder.close().map_err(DemoError::Folder)
    }
}

fn storage(folder: &TempDir) -> Storage {
    Storage::Sqlite(folder.path().join("flowra.db"))
}

/// Acts the story out over these ports, whose store is empty, so that it ends a few minutes before `now`. Everybody in it has this password.
/// Clock and ids of the ports are not asked: the story has its own, which go with its time.
///
/// # Errors
/// What the store or the rules refuse.
pub async fn fill(ports: Ports, now: Timestamp, password: &str) -> Result<Visitor, DemoError> {
    let story = Story::read()?;
    let script = script::write(&story, now);
    Stage::set(ports, &story, now, password)
        .await?
        .act(&script)
        .await?;
    Ok(story.visitor())
}
