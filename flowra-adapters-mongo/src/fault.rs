//! What can go wrong inside the adapter, before a port's caller hears of it.

use std::error::Error;
use std::sync::Arc;

use flowra_core::PortFailure;
use mongodb::error::{ErrorKind, WriteFailure};

/// A result of work on the database.
pub(crate) type Outcome<T> = Result<T, Fault>;

/// Why work on the database failed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The server did not do it, or cannot be reached.
    #[error(transparent)]
    Mongo(#[from] mongodb::error::Error),
    /// A stored document does not decode.
    #[error("stored {what} cannot be read")]
    Corrupt {
        what: String,
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl Fault {
    pub(crate) fn corrupt(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt {
            what: what.into(),
            source: source.into().into(),
        }
    }

    /// As the port's caller hears it.
    pub(crate) fn into_failure(self, what: &'static str) -> PortFailure {
        match self {
            Self::Mongo(error) => PortFailure::unavailable(what, error),
            Self::Corrupt { what, source } => PortFailure::corrupt(what, source.to_string()),
        }
    }
}

/// Whether a write failed because another document has that `_id` or unique field.
pub(crate) fn is_duplicate(error: &mongodb::error::Error) -> bool {
    const DUPLICATE: i32 = 11000;
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE,
        ErrorKind::Command(error) => error.code == DUPLICATE,
        _ => false,
    }
}
