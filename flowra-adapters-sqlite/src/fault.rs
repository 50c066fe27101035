//! What can go wrong inside the adapter, before a port's caller hears of it.

use std::sync::Arc;

use flowra_core::PortFailure;
use rusqlite::ErrorCode;

use crate::check::DAMAGED;

/// A result of work on the file.
pub(crate) type Outcome<T> = Result<T, Fault>;

/// Why work on the file failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite did not do it.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A row does not decode.
    #[error("stored {what} cannot be read")]
    Corrupt {
        what: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Fault {
    pub(crate) fn corrupt(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt {
            what: what.into(),
            source: source.into(),
        }
    }

    /// As the port's caller hears it.
    pub(crate) fn into_failure(self, what: &'static str) -> PortFailure {
        match self {
            Self::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                PortFailure::corrupt(DAMAGED, error)
            }
            Self::Sql(error) => PortFailure::unavailable(what, error),
            Self::Corrupt { what, source } => PortFailure::Corrupt { what, source },
        }
    }
}

/// A fault that several callers hear of, because their writes were in one transaction.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Shared(#[source] pub(crate) Arc<Fault>);

impl Shared {
    /// As the port's caller hears it.
    pub(crate) fn to_failure(&self, what: &'static str) -> PortFailure {
        match &*self.0 {
            Fault::Sql(_) => PortFailure::unavailable(what, self.clone()),
            Fault::Corrupt { what, .. } => PortFailure::corrupt(what.clone(), self.clone()),
        }
    }
}
