//! What can be typed after `flowra`, and the exit code it ends with.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};

use crate::command::Command;
use crate::config::{ConfigError, Layers, Settings, Values};

/// Exit code of a command that was understood and failed.
const FAILED: u8 = 1;

/// Exit code of a command or setting that was not understood; clap ends with the same.
const BAD_USAGE: u8 = 2;

/// Team chat with task management, in one program
///
/// Without a command it serves. Settings come from, weakest first: built-in defaults, the file given with --config, environment
/// variables (FLOWRA_ and the key in upper case, with __ for each dot), and the command line.
#[derive(Debug, Parser)]
#[command(name = "flowra", version, args_conflicts_with_subcommands = false)]
pub struct Cli {
    /// What to do; serve when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings given on the command line.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Settings as options. Each can be given before or after the command.
#[derive(Args, Clone, Debug, Default)]
pub struct SettingsArgs {
    /// TOML file with settings
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port of the API
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// URL under which people reach the server
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where the data are: sqlite:PATH or <mongodb://HOST/DATABASE>
    #[arg(long, global = true, value_name = "STORAGE")]
    pub storage: Option<String>,
    /// Which log lines are written, such as info or debug
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Any setting by its key, such as `limits.requests_per_minute=0`; `flowra config` lists the keys
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<(String, String)>,
}

impl SettingsArgs {
    /// Lays these options over the environment, the file and the defaults.
    ///
    /// # Errors
    /// As [`Values::gather`].
    pub fn gather(&self) -> Result<Values, ConfigError> {
        let named = [
            ("listen", &self.listen),
            ("public_url", &self.public_url),
            ("storage", &self.storage),
            ("log", &self.log),
        ];
        let named = named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        Values::gather(Layers {
            file: self.config.clone(),
            environment: std::env::vars_os().collect(),
            command_line: named.chain(self.set.iter().cloned()).collect(),
        })
    }

    /// Whether the command line itself says where the data are.
    #[must_use]
    pub fn names_storage(&self) -> bool {
        self.storage.is_some() || self.set.iter().any(|(key, _)| key == "storage")
    }

    /// The settings to run with.
    ///
    /// # Errors
    /// As [`Values::gather`] and [`Settings::read`].
    pub fn read(&self) -> Result<Settings, ConfigError> {
        Settings::read(&self.gather()?)
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("write KEY=VALUE".to_owned()),
    }
}

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings are wrong: exit code 2.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The command could not do its work: exit code 1.
    #[error(transparent)]
    Failed(#[from] Box<dyn Error + Send + Sync>),
}

/// Does what the process's arguments say, reports a failure on standard error, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or_default().run(&cli.settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::Failed(error)) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&error));
            match error {
                CommandError::Config(_) => ExitCode::from(BAD_USAGE),
                CommandError::Failed(_) => ExitCode::from(FAILED),
            }
        }
    }
}

/// Whether the reader of the output went away, as `head` does when it has enough: that is no failure to speak of.
pub(crate) fn is_broken_pipe(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error with what caused it, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves_with_the_options_given() {
        let cli = Cli::parse_from(["flowra", "--listen", "127.0.0.1:1", "--set", "worker=inside"]);
        assert!(matches!(cli.command.unwrap_or_default(), Command::Serve(_)));
        assert_eq!(cli.settings.listen.as_deref(), Some("127.0.0.1:1"));
        assert_eq!(cli.settings.set, [("worker".to_owned(), "inside".to_owned())]);
    }

    #[test]
    fn options_may_follow_the_command() {
        let cli = Cli::parse_from(["flowra", "serve", "--storage", "sqlite:/tmp/x"]);
        assert_eq!(cli.settings.storage.as_deref(), Some("sqlite:/tmp/x"));
    }
}
