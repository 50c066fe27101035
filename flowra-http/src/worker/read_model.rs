//! Sees to it that the documents follow the log.

use std::sync::Arc;

use flowra_core::event::{Consumer, Document, Entry, Failure, StreamId, Version};
use flowra_core::{BoxFuture, PortResult, Ports};

/// Its name.
pub(super) const NAME: &str = "read-model";

/// Reads the document of every stream that gets an event, and refuses one that is not what the log makes of it.
///
/// A store whose documents follow the log rather than being written with it closes a gap that a dead server left when the document is read; so reading
/// it is the repair. What reading does not close is damage: the event becomes a dead letter, which names the stream, and `flowra rebuild` makes
/// the documents anew.
pub struct ReadModel {
    ports: Arc<Ports>,
}

/// A document is not what the log makes of it.
#[derive(Debug, thiserror::Error)]
enum Astray {
    #[error("there is no document of {stream}, whose version is {version}; `flowra rebuild` makes it anew")]
    Missing { stream: StreamId, version: Version },
    #[error(
        "the document of {stream} is at version {found} and not at {version}; `flowra rebuild` makes it anew"
    )]
    Behind {
        stream: StreamId,
        found: Version,
        version: Version,
    },
    #[error("the document of {stream} is not the fold of its events; `flowra rebuild` makes it anew")]
    Different { stream: StreamId },
}

impl ReadModel {
    /// Over these ports.
    #[must_use]
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    async fn document(&self, stream: StreamId) -> PortResult<Option<Document>> {
        let ports = &self.ports;
        Ok(match stream {
            StreamId::User(id) => ports.users.load(id).await?.map(Document::User),
            StreamId::Workspace(id) => ports.workspaces.load(id).await?.map(Document::Workspace),
            StreamId::Chat(id) => ports.chats.load(id).await?.map(Document::Chat),
            StreamId::Message(id) => {
                let placed = ports.messages.load(id).await?;
                placed.map(|placed| Document::Message(placed.message))
            }
            StreamId::Task(id) => ports.tasks.load(id).await?.map(Document::Task),
        })
    }
}

impl Consumer for ReadModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn handle<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let (stream, version) = (entry.recorded.stream, entry.recorded.version);
            let found = self.document(stream).await?;
            let found = found.ok_or(Astray::Missing { stream, version })?;
            if found.version() < version {
                let found = found.version();
                return Err(Astray::Behind {
                    stream,
                    found,
                    version,
                }
                .into());
            }
            let made = entry
                .document
                .as_ref()
                .filter(|made| made.version() == found.version());
            if made.is_some_and(|made| *made != found) {
                return Err(Astray::Different { stream }.into());
            }
            Ok(())
        })
    }
}
