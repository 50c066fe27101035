//! Hears from the database what other processes log, as soon as most of its members have it: a change stream, which pushes each group.
//!
//! It only makes things quick. Where there is none, since the database is down or no replica set, the sequencer looks for groups by itself;
//! and it never takes one in but as the next.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use mongodb::bson::doc;
use tokio::sync::{mpsc, oneshot};

use super::Job;
use crate::fault::Outcome;
use crate::group::Group;
use crate::{Shared, codec, schema};

/// The first and the longest pause before the database is asked for a stream again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Follows for as long as the sequencer takes jobs.
pub(super) async fn run(shared: Arc<Shared>, jobs: mpsc::WeakSender<Job>) {
    let mut pause = PAUSES.0;
    loop {
        let ended = follow(&shared, &jobs, &mut pause).await;
        shared.is_told.store(false, Ordering::Relaxed);
        match ended {
            Ok(End::OfJobs) => return,
            Ok(End::OfStream) => {}
            Err(error) => {
                tracing::debug!(%error, "the database does not tell what is logged: looking for it");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

enum End {
    OfJobs,
    OfStream,
}

/// Passes on what others log, until the stream breaks or nobody takes it any more.
async fn follow(shared: &Shared, jobs: &mpsc::WeakSender<Job>, pause: &mut Duration) -> Outcome<End> {
    let others = doc! { "$match": { "operationType": "insert", "fullDocument.node": { "$ne": codec::binary(&shared.node) } } };
    let log = shared.database.collection::<Group>(schema::LOG);
    let mut told = log.watch().pipeline([others]).await?;
    // What was logged before the stream began is looked for once; nobody waits for the answer.
    let (tell, _) = oneshot::channel();
    let mut job = Job::Head(tell);
    loop {
        // Held for this moment only, so that it ends when all others are gone.
        let Some(jobs) = jobs.upgrade() else {
            return Ok(End::OfJobs);
        };
        if jobs.send(job).await.is_err() {
            return Ok(End::OfJobs);
        }
        drop(jobs);
        shared.is_told.store(true, Ordering::Relaxed);
        *pause = PAUSES.0;
        job = loop {
            let Some(change) = told.next().await.transpose()? else {
                return Ok(End::OfStream);
            };
            if let Some(group) = change.full_document {
                break Job::Logged(Box::new(group));
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use flowra_core::event::{EventLog, Position};
    use flowra_testkit::build::World;
    use tokio::time::{sleep, timeout};

    use crate::sequencer::SELDOM;
    use crate::watched::support;
    use crate::{MongoAddress, MongoOptions, MongoStore};

    #[tokio::test(flavor = "multi_thread")]
    #[cfg_attr(
        not(has_mongodb),
        ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
    )]
    async fn the_database_tells_what_others_log_before_it_is_looked_for() {
        let address = MongoAddress::parse(&support::database()).unwrap();
        let open = || MongoStore::open(&address, MongoOptions::default());
        let (writer, listener) = (open().await.unwrap(), open().await.unwrap());
        let begun = async {
            while !listener.inner.shared.is_told.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(10), begun).await.unwrap();
        let mut build = World::new(1);
        let mut known = Position::START;
        for number in 0..20 {
            let (_, commit) = build.user(&format!("user{number}"));
            writer.append(commit).await.unwrap();
            let heard = timeout(SELDOM / 2, listener.wait_past(known)).await;
            known = heard.unwrap().unwrap();
        }
    }
}
