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

    /// Whether SQLite found the file damaged.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt))
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
            fault if fault.is_damage() => PortFailure::corrupt(DAMAGED, self.clone()),
            Fault::Sql(_) => PortFailure::unavailable(what, self.clone()),
            Fault::Corrupt { what, .. } => PortFailure::corrupt(what.clone(), self.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_told_from_one_that_cannot_be_written() {
        let failed = |code| {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            Shared(Arc::new(Fault::Sql(error))).to_failure("messages")
        };
        let damaged = failed(rusqlite::ffi::SQLITE_CORRUPT);
        assert!(matches!(damaged, PortFailure::Corrupt { .. }), "{damaged}");
        let full = failed(rusqlite::ffi::SQLITE_FULL);
        assert!(matches!(full, PortFailure::Unavailable { .. }), "{full}");
    }
}
