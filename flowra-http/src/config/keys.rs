//! Every key that can be set, with its default and its one line of help.

/// One setting's name and what is known of it before any value is read.
#[derive(Debug)]
pub struct Key {
    /// Dotted name as in the TOML file; `FLOWRA_` + the name in upper case with `__` for the dots in the environment.
    pub name: &'static str,
    /// The value when no layer sets one; empty where absence is the default.
    pub default: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Whether a value may hold a password and is therefore never printed.
    pub secret: bool,
}

impl Key {
    const fn new(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            default,
            about,
            secret: false,
        }
    }

    const fn secret(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            default,
            about,
            secret: true,
        }
    }
}

pub(super) const LISTEN: Key = Key::new("listen", "127.0.0.1:8080", "address and port of the API");
pub(super) const PUBLIC_URL: Key = Key::new(
    "public_url",
    "",
    "URL under which people reach the server; http://<listen> when empty",
);
pub(super) const STORAGE: Key = Key::new(
    "storage",
    "sqlite:./flowra-data/flowra.db",
    "where the data are: sqlite:PATH",
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
pub(super) const WORKER: Key = Key::new("worker", "inside", "where background work runs: inside");
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
];
