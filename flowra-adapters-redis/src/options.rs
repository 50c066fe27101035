//! Where Redis is, and how this installation uses it.

use std::fmt;
use std::time::Duration;

use redis::{ConnectionInfo, IntoConnectionInfo};

/// How long a call may take before the server goes on without it.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where Redis is, and how this installation uses it.
#[derive(Clone)]
pub struct RedisOptions {
    pub(crate) connection: ConnectionInfo,
    pub(crate) patience: Duration,
    space: String,
}

/// The URL names no Redis that this crate can reach. It does not repeat the URL, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be redis://[user:password@]host[:port][/database]")]
pub struct BadRedisUrl;

impl RedisOptions {
    /// Reads `redis://[user:password@]host[:port][/database]`. Installations that share a Redis need a database each.
    ///
    /// # Errors
    /// [`BadRedisUrl`] for anything else, TLS and sockets included.
    pub fn parse(url: &str) -> Result<Self, BadRedisUrl> {
        if !url.starts_with("redis://") {
            return Err(BadRedisUrl);
        }
        let connection = url.into_connection_info().map_err(|_| BadRedisUrl)?;
        Ok(Self {
            space: format!("flowra:{}", connection.redis_settings().db()),
            connection,
            patience: PATIENCE,
        })
    }

    /// Keeps all keys and signals apart from those of other names, within the same database.
    #[must_use]
    pub fn apart(mut self, name: &str) -> Self {
        self.space = format!("{}:{name}", self.space);
        self
    }

    /// Waits so long for a call instead of 100 ms.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The key, or channel, of this name.
    pub(crate) fn key(&self, name: impl fmt::Display) -> String {
        format!("{}:{name}", self.space)
    }
}

impl fmt::Debug for RedisOptions {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("address", &self.connection.addr().to_string())
            .field("space", &self.space)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl PartialEq for RedisOptions {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.connection, &other.connection);
        let (mine, theirs) = (one.redis_settings(), two.redis_settings());
        one.addr() == two.addr()
            && (mine.username(), mine.password()) == (theirs.username(), theirs.password())
            && (&self.space, self.patience) == (&other.space, other.patience)
    }
}

impl Eq for RedisOptions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_its_password_never_shown() {
        let options = RedisOptions::parse("redis://ada:secret@cache.example:6380/3").unwrap();
        assert_eq!(options.key("nodes"), "flowra:3:nodes");
        assert_eq!(options.clone().apart("a").key("nodes"), "flowra:3:a:nodes");
        let shown = format!("{options:?}");
        assert!(shown.contains("cache.example:6380"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("ada"), "{shown}");
    }

    #[test]
    fn what_is_no_redis_is_refused() {
        for url in [
            "",
            "redis://",
            "localhost:6379",
            "rediss://host",
            "http://host",
            "redis://host/x",
            "unix:///a",
        ] {
            assert_eq!(RedisOptions::parse(url).err(), Some(BadRedisUrl), "{url}");
        }
    }
}
