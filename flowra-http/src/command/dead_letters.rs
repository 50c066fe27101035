//! `flowra dead-letters …`: the events that a consumer could not handle, by whoever operates the installation.

use clap::{Args, Subcommand};
use flowra_core::event::{ConsumerPorts, DeadLetter, Event, LetterKey, Position};
use flowra_core::page::{Limit, PageRequest};
use serde::{Deserialize, Serialize};

use crate::operator::{Console, Outcome, Site};

/// List, show, replay and drop the events that a consumer could not handle, also while a server runs
#[derive(Args, Debug, Serialize, Deserialize)]
pub struct ManageDeadLetters {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// List all, by consumer and position
    List {
        /// One line of JSON each
        #[arg(long)]
        json: bool,
    },
    /// Show one, with its event
    Show {
        #[command(flatten)]
        which: Which,
        /// As one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Have the consumer handle it once more; it is gone when that succeeds
    ///
    /// The consumer does so the next time it runs, in `flowra serve` or `flowra worker`, within seconds if it runs already.
    Replay {
        #[command(flatten)]
        which: Which,
    },
    /// Forget it: the consumer never handles this event
    Drop {
        #[command(flatten)]
        which: Which,
    },
}

/// Names a dead letter, as `list` shows it.
#[derive(Args, Debug, Serialize, Deserialize)]
struct Which {
    /// The consumer that could not handle it
    consumer: String,
    /// The event's position in the log
    position: u64,
}

/// There is no such letter.
#[derive(Debug, thiserror::Error)]
#[error("{consumer} has no dead letter at position {position}: `flowra dead-letters list` shows all")]
struct Absent {
    consumer: String,
    position: u64,
}

/// A letter as JSON.
#[derive(Serialize)]
struct Told<'a> {
    consumer: &'a str,
    position: u64,
    event: &'a str,
    failures: u32,
    time: String,
    replay_due: bool,
    reason: &'a str,
    #[serde(flatten)]
    recorded: Option<ToldEvent<'a>>,
}

/// The event of a letter as JSON.
#[derive(Serialize)]
struct ToldEvent<'a> {
    stream: String,
    version: u64,
    actor: String,
    happened: String,
    data: &'a Event,
}

impl<'a> Told<'a> {
    fn new(letter: &'a DeadLetter, recorded: Option<ToldEvent<'a>>) -> Self {
        Self {
            consumer: &letter.key.consumer,
            position: letter.key.position.get(),
            event: &letter.event,
            failures: letter.failures,
            time: letter.time.to_string(),
            replay_due: letter.is_replay_due,
            reason: &letter.reason,
            recorded,
        }
    }
}

impl From<&Which> for LetterKey {
    fn from(which: &Which) -> Self {
        Self {
            consumer: which.consumer.clone(),
            position: Position::new(which.position),
        }
    }
}

impl ManageDeadLetters {
    /// Does it.
    ///
    /// # Errors
    /// A letter that does not exist.
    pub(crate) async fn carry_out(&self, site: &Site, console: &Console) -> Outcome {
        self.what.carry_out(&site.store.consumer_ports(), console).await
    }
}

impl What {
    async fn carry_out(&self, ports: &ConsumerPorts, console: &Console) -> Outcome {
        let letters = &ports.dead_letters;
        let (which, found, done) = match self {
            Self::List { json } => return list(ports, *json, console).await,
            Self::Show { which, json } => return show(ports, which, *json, console).await,
            Self::Replay { which } => (
                which,
                letters.ask_replay(which.into()).await?,
                "is handled once more when its consumer runs",
            ),
            Self::Drop { which } => (which, letters.remove(which.into()).await?, "is dropped"),
        };
        if !found {
            return Err(which.absent().into());
        }
        let Which { consumer, position } = which;
        let said = format!("the dead letter of {consumer} at position {position} {done}");
        Ok(console.say(said).await?)
    }
}

impl Which {
    fn absent(&self) -> Absent {
        Absent {
            consumer: self.consumer.clone(),
            position: self.position,
        }
    }
}

async fn list(ports: &ConsumerPorts, json: bool, console: &Console) -> Outcome {
    let mut page = PageRequest::first(Limit::MAX);
    loop {
        let letters = ports.dead_letters.list(page.clone()).await?;
        for letter in &letters.items {
            let said = if json {
                serde_json::to_string(&Told::new(letter, None))?
            } else {
                line(letter)
            };
            console.say(said).await?;
        }
        let last = letters.items.last().filter(|_| letters.has_more);
        page.after = last.map(|letter| letter.key.clone());
        if page.after.is_none() {
            return Ok(());
        }
    }
}

fn line(letter: &DeadLetter) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}",
        letter.key.consumer,
        letter.key.position,
        letter.event,
        letter.failures,
        letter.time,
        replay(letter),
        letter.reason.replace(char::is_control, " "),
    )
}

fn replay(letter: &DeadLetter) -> &'static str {
    if letter.is_replay_due { "replay due" } else { "-" }
}

async fn show(ports: &ConsumerPorts, which: &Which, json: bool, console: &Console) -> Outcome {
    let letter = ports.dead_letters.load(which.into()).await?;
    let letter = letter.ok_or_else(|| which.absent())?;
    let before = Position::new(which.position.saturating_sub(1));
    let entries = ports.log.read(before, 1).await?;
    let recorded = entries.first().map(|entry| entry.recorded.as_ref());
    let recorded = recorded.map(|recorded| ToldEvent {
        stream: recorded.stream.to_string(),
        version: recorded.version.get(),
        actor: recorded.actor.to_string(),
        happened: recorded.time.to_string(),
        data: &recorded.event,
    });
    if json {
        let said = serde_json::to_string(&Told::new(&letter, recorded))?;
        return Ok(console.say(said).await?);
    }
    let mut said = vec![
        format!("consumer   {}", letter.key.consumer),
        format!("position   {}", letter.key.position),
        format!("event      {}", letter.event),
    ];
    if let Some(recorded) = recorded {
        said.extend([
            format!("stream     {} version {}", recorded.stream, recorded.version),
            format!("actor      {}", recorded.actor),
            format!("happened   {}", recorded.happened),
            format!("data       {}", serde_json::to_string(recorded.data)?),
        ]);
    }
    said.extend([
        format!("failures   {}, the last at {}", letter.failures, letter.time),
        format!("replay     {}", replay(&letter)),
        format!("reason     {}", letter.reason),
    ]);
    for line in said {
        console.say(line).await?;
    }
    Ok(())
}
