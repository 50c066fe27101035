//! Every key that can be set, with its default and its one line of help.

use std::borrow::Cow;

/// One setting's name and what is known of it before any value is read.
#[derive(Debug)]
pub struct Key {
    /// Dotted name as in the TOML file; `FLOWRA_` + the name in upper case with `__` for the dots in the environment.
    pub name: &'static str,
    /// The value when no layer sets one; empty where absence is the default.
    pub default: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// What of a value is kept from every output.
    pub secret: Secret,
}

/// What of a value is kept from every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Nothing.
    Nothing,
    /// User and password of a URL.
    Credentials,
    /// All of it.
    Everything,
}

impl Secret {
    /// The value as it may be shown.
    #[must_use]
    pub fn hide(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Nothing => value.into(),
            Self::Everything if value.is_empty() => value.into(),
            Self::Everything => "(hidden)".into(),
            Self::Credentials => without_credentials(value),
        }
    }
}

/// A URL without what stands before its last @. The value need not be a URL: a mistyped one hides its password too.
fn without_credentials(url: &str) -> Cow<'_, str> {
    let is_file = url.starts_with("sqlite:");
    match (url.split_once(':'), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) if !is_file => format!("{scheme}://(hidden)@{rest}").into(),
        _ => url.into(),
    }
}

impl Key {
    const fn new(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            default,
            about,
            secret: Secret::Nothing,
        }
    }

    const fn with_credentials(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            default,
            about,
            secret: Secret::Credentials,
        }
    }

    const fn secret(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            default,
            about,
            secret: Secret::Everything,
        }
    }
}

pub(super) const LISTEN: Key = Key::new("listen", "127.0.0.1:8080", "address and port of the API");
pub(super) const PUBLIC_URL: Key = Key::new(
    "public_url",
    "",
    "URL under which people reach the server; http://<listen> when empty",
);
pub(super) const STORAGE: Key = Key::with_credentials(
    "storage",
    "sqlite:./flowra-data/flowra.db",
    "where the data are: sqlite:PATH, or mongodb://[user:password@]host[:port]/database",
);
pub(super) const REDIS: Key = Key::secret(
    "redis",
    "",
    "redis://[user:password@]host[:port][/database] by which several servers act as one; none when empty",
);
pub(super) const IDENTITY: Key = Key::new("identity", "local", "who keeps the accounts: local");
pub(super) const REGISTRATION: Key = Key::new(
    "registration",
    "open",
    "whether people may make their own accounts: open or closed",
);
pub(super) const WORKER: Key = Key::new(
    "worker",
    "inside",
    "where consumers of the log run: inside the server, or apart in `flowra worker`",
);
pub(super) const REQUESTS_PER_MINUTE: Key = Key::new(
    "limits.requests_per_minute",
    "600",
    "requests of one user; 0 is no limit",
);
pub(super) const LOGINS_PER_MINUTE: Key = Key::new(
    "limits.logins_per_minute",
    "20",
    "sign-ins of one address or account; 0 is no limit",
);
pub(super) const FRAMES_PER_MINUTE: Key = Key::new(
    "limits.frames_per_minute",
    "60",
    "WebSocket frames of one client; 0 is no limit",
);
pub(super) const METRICS: Key = Key::new(
    "metrics",
    "",
    "address and port of GET /metrics, e.g. 127.0.0.1:9090; off when empty",
);
pub(super) const LOG: Key = Key::new(
    "log",
    "info",
    "which log lines are written, e.g. info,flowra::access=off",
);
pub(super) const CORS: Key = Key::new(
    "cors",
    "",
    "origins whose pages may call the API, e.g. https://chat.example.org; none when empty",
);

pub(super) const PROXIES: Key = Key::new(
    "proxies",
    "",
    "proxies whose X-Forwarded-For is believed, e.g. 127.0.0.1,10.0.0.0/8; none when empty",
);

/// Every key, in the order in which they are shown.
pub const KEYS: &[&Key] = &[
    &LISTEN,
    &PUBLIC_URL,
    &STORAGE,
    &REDIS,
    &IDENTITY,
    &REGISTRATION,
    &WORKER,
    &REQUESTS_PER_MINUTE,
    &LOGINS_PER_MINUTE,
    &FRAMES_PER_MINUTE,
    &METRICS,
    &LOG,
    &CORS,
    &PROXIES,
];
