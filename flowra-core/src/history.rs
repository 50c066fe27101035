//! What a stream says has happened, for the questions that its document does not answer any more.
//!
//! Responsible for reading one stream to its end. It refuses to know what the events mean.

use std::ops::ControlFlow;

use crate::PortResult;
use crate::event::{Event, EventLog, Recorded, StreamId, Version};

/// How many events are read at once.
const BATCH: usize = 500;

/// Hands out the events of a stream up to a version, in their order, until `each` has enough.
pub(crate) async fn walk(
    log: &dyn EventLog,
    stream: StreamId,
    until: Version,
    mut each: impl FnMut(Recorded) -> ControlFlow<()> + Send,
) -> PortResult<()> {
    let mut read = Version::NONE;
    while read < until {
        let events = log.stream(stream, read, BATCH).await?;
        let Some(last) = events.last() else { break };
        read = last.version;
        if events.into_iter().try_for_each(&mut each).is_break() {
            break;
        }
    }
    Ok(())
}

/// Whether a stream has such an event up to a version. It tells who was taken out from who was never there, where the document has
/// forgotten both; the walk is paid by requests that would be refused otherwise, and by no others.
pub(crate) async fn has_happened(
    log: &dyn EventLog,
    stream: StreamId,
    until: Version,
    mut is_it: impl FnMut(&Event) -> bool + Send,
) -> PortResult<bool> {
    let mut found = false;
    walk(log, stream, until, |recorded| {
        found = is_it(&recorded.event);
        if found {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .await?;
    Ok(found)
}
