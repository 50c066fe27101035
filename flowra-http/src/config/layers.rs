//! The four layers of settings, laid over one another as text.
//!
//! Knows keys and where values come from, not what values mean.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::keys::{KEYS, Key};

/// Prefix of the environment variables that are settings.
const PREFIX: &str = "FLOWRA_";

/// Prefix of the variables that tell Flowra's own tests where other programs are; whoever exports one still wants to run the commands.
const OF_TESTS: &str = "FLOWRA_TEST_";

/// What the outside offers, before any of it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The TOML file, if one was named.
    pub file: Option<PathBuf>,
    /// The process's environment; variables that do not begin with `FLOWRA_` are passed over, and those that begin with `FLOWRA_TEST_`.
    pub environment: Vec<(OsString, OsString)>,
    /// Keys and values of the command line, later ones stronger.
    pub command_line: Vec<(String, String)>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The TOML file of this path.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// An option of the command.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// The strongest value of every key, still as text, with its origin.
#[derive(Clone, Debug)]
pub struct Values {
    strongest: BTreeMap<&'static str, (String, Origin)>,
}

impl Values {
    /// Lays the layers over one another.
    ///
    /// # Errors
    /// A file that cannot be read or is not TOML, and a key that does not exist, in whichever layer.
    pub fn gather(layers: Layers) -> Result<Self, ConfigError> {
        let defaults = KEYS
            .iter()
            .map(|key| (key.name, (key.default.to_owned(), Origin::Default)));
        let mut values = Self {
            strongest: defaults.collect(),
        };
        if let Some(path) = layers.file {
            values.lay_file(&path)?;
        }
        values.lay_environment(layers.environment)?;
        for (key, value) in layers.command_line {
            values.lay(&key, value, Origin::CommandLine)?;
        }
        Ok(values)
    }

    /// Reads `key` by `rule`.
    pub(super) fn parse<T>(
        &self,
        key: &'static Key,
        rule: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let (text, origin) = self.of(key);
        rule(text).map_err(|rule| ConfigError::Invalid {
            key: key.name,
            origin: origin.clone(),
            rule,
            value: if key.secret {
                "a hidden value".to_owned()
            } else {
                format!("`{text}`")
            },
        })
    }

    /// The text and the origin of `key`.
    pub(super) fn of(&self, key: &Key) -> (&str, &Origin) {
        self.strongest
            .get(key.name)
            .map_or((key.default, &Origin::Default), |(text, origin)| (text, origin))
    }

    fn lay(&mut self, name: &str, value: String, origin: Origin) -> Result<(), ConfigError> {
        match KEYS.iter().find(|key| key.name == name) {
            Some(key) => {
                self.strongest.insert(key.name, (value, origin));
                Ok(())
            }
            None => Err(ConfigError::Unknown {
                key: name.to_owned(),
                origin,
                known: KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn lay_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let shown = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: shown(),
            source,
        })?;
        let table: toml::Table = text.parse().map_err(|source| ConfigError::Malformed {
            path: shown(),
            source: Box::new(source),
        })?;
        self.lay_table("", table, &Origin::File(path.to_owned()))
    }

    fn lay_table(&mut self, above: &str, table: toml::Table, origin: &Origin) -> Result<(), ConfigError> {
        for (name, value) in table {
            let name = if above.is_empty() {
                name
            } else {
                format!("{above}.{name}")
            };
            match value {
                toml::Value::Table(inner) => self.lay_table(&name, inner, origin)?,
                toml::Value::Array(items) => {
                    let items: Vec<String> = items.iter().map(plain).collect();
                    self.lay(&name, items.join(","), origin.clone())?;
                }
                other => self.lay(&name, plain(&other), origin.clone())?,
            }
        }
        Ok(())
    }

    fn lay_environment(&mut self, variables: Vec<(OsString, OsString)>) -> Result<(), ConfigError> {
        let mut ours: Vec<(String, String)> = variables
            .into_iter()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned(),
                )
            })
            .filter(|(name, _)| name.starts_with(PREFIX) && !name.starts_with(OF_TESTS))
            .collect();
        ours.sort();
        for (name, value) in ours {
            let key = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
            self.lay(&key, value, Origin::Environment(name))?;
        }
        Ok(())
    }
}

/// A TOML value as the text that the same key would have in the environment.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
