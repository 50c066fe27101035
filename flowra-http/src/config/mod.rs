//! The settings of a server: what can be set, from where, and by which rule.
//!
//! Settings come from four layers, weakest first: built-in defaults, a TOML file, the environment, the command line. Every value is
//! read as text by one rule per key, whatever layer it came from, so that a mistake is named the same way everywhere. This module
//! knows nothing of what the settings are used for.
//!
//! # To add a setting
//! 1. Declare its [`Key`] in `keys.rs` and list it in [`KEYS`].
//! 2. Add a field to [`Settings`] and read it in [`Settings::read`]; a rule that is not there yet goes into `rules.rs`.

mod keys;
mod layers;
mod report;
mod rules;

use std::net::SocketAddr;
use std::path::PathBuf;

use flowra_adapters_mongo::MongoAddress;
use flowra_adapters_redis::RedisOptions;
use ipnet::IpNet;
pub use keys::{KEYS, Key, Secret};
pub use layers::{Layers, Origin, Values};

/// What one server runs with, every value checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address and port that serve the API; port 0 lets the system choose one.
    pub listen: SocketAddr,
    /// Scheme, host and port under which people reach the server, without a trailing slash; see [`Settings::address_for`].
    pub public_url: Option<String>,
    /// Where the data are kept.
    pub storage: Storage,
    /// The Redis by which this server and others act as one; none for a server on its own.
    pub redis: Option<RedisOptions>,
    /// Who keeps the accounts.
    pub identity: Identity,
    /// Whether people may make accounts for themselves.
    pub registration: Registration,
    /// Where the background work runs.
    pub worker: Worker,
    /// How much one client may ask for.
    pub limits: Limits,
    /// Address and port of the listener for `GET /metrics`; no listener when absent.
    pub metrics: Option<SocketAddr>,
    /// Which log lines are written, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log: String,
    /// Origins whose pages may call the API with a browser.
    pub cors: Vec<String>,
    /// Addresses and networks of the proxies before the server, which say whom they forward for.
    pub proxies: Vec<IpNet>,
}

/// Where the data are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A MongoDB database, which many servers share.
    Mongo(MongoAddress),
}

impl Storage {
    /// The storage that a text names, as in setting `storage`.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        rules::storage(text)
    }

    /// Whether several servers may use it at the same time.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Mongo(_) => true,
        }
    }
}

/// Who keeps the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Flowra itself, with passwords in its own store.
    Local,
}

/// Whether people may make accounts for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone who reaches the server may register.
    Open,
    /// Only the operator adds accounts.
    Closed,
}

impl From<Registration> for flowra_core::user::Registration {
    fn from(setting: Registration) -> Self {
        match setting {
            Registration::Open => Self::Open,
            Registration::Closed => Self::Closed,
        }
    }
}

/// Where the background work runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// In the server's own process.
    Inside,
    /// In processes of its own, `flowra worker`.
    Apart,
}

/// How much one client may ask for in a minute; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one user, or of one address while nobody is signed in.
    pub requests_per_minute: Option<u32>,
    /// Attempts to sign in, of one address and for one account, each on its own.
    pub logins_per_minute: Option<u32>,
    /// WebSocket frames of one client.
    pub frames_per_minute: Option<u32>,
}

/// Why the settings cannot be used. Names the setting, the rule and where the value came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file given with `--config` cannot be read.
    #[error("cannot read the configuration file {path}")]
    Unreadable {
        /// The file as it was given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file given with `--config` is not TOML.
    #[error("the configuration file {path} is not valid TOML")]
    Malformed {
        /// The file as it was given.
        path: String,
        /// Where and why parsing stopped.
        source: Box<toml::de::Error>,
    },
    /// A layer sets a key that does not exist.
    #[error("unknown setting `{key}` ({origin}); the settings are {known}")]
    Unknown {
        /// The key as it was written, dotted.
        key: String,
        /// The layer that sets it.
        origin: Origin,
        /// Every key there is.
        known: String,
    },
    /// A value breaks its key's rule.
    #[error("setting `{key}` ({origin}): {rule}, but it is {value}")]
    Invalid {
        /// The key, dotted.
        key: &'static str,
        /// The layer that sets it.
        origin: Origin,
        /// What the value must be.
        rule: String,
        /// The value in quotes, or that it is hidden.
        value: String,
    },
    /// A demo is to be served from a place that was named for data.
    #[error(
        "`--demo` has a database of its own: leave out setting `storage`, or leave out `--demo` to serve what it names"
    )]
    DemoElsewhere,
}

impl Settings {
    /// Checks every value and gives the settings.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for the first value that breaks its key's rule.
    pub fn read(values: &Values) -> Result<Self, ConfigError> {
        let listen = values.parse(&keys::LISTEN, rules::address)?;
        let apart = |text: &str| match rules::address(text)? {
            address if address == listen && address.port() != 0 => {
                Err("must be another address than that of `listen`".to_owned())
            }
            address => Ok(address),
        };
        Ok(Self {
            listen,
            public_url: values.parse(&keys::PUBLIC_URL, rules::optional(rules::origin))?,
            storage: values.parse(&keys::STORAGE, rules::storage)?,
            redis: values.parse(&keys::REDIS, rules::optional(rules::redis))?,
            identity: values.parse(&keys::IDENTITY, rules::identity)?,
            registration: values.parse(&keys::REGISTRATION, rules::registration)?,
            worker: values.parse(&keys::WORKER, rules::worker)?,
            limits: Limits {
                requests_per_minute: values.parse(&keys::REQUESTS_PER_MINUTE, rules::per_minute)?,
                logins_per_minute: values.parse(&keys::LOGINS_PER_MINUTE, rules::per_minute)?,
                frames_per_minute: values.parse(&keys::FRAMES_PER_MINUTE, rules::per_minute)?,
            },
            metrics: values.parse(&keys::METRICS, rules::optional(apart))?,
            log: values.parse(&keys::LOG, rules::log_filter)?,
            cors: values.parse(&keys::CORS, rules::list(rules::origin))?,
            proxies: values.parse(&keys::PROXIES, rules::list(rules::network))?,
        })
    }

    /// The URL people open, for a server bound to `bound`: the configured one, or plain HTTP on that address.
    #[must_use]
    pub fn address_for(&self, bound: SocketAddr) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{bound}"))
    }
}

impl std::fmt::Display for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Mongo(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
