//! `flowra user …`: accounts, by whoever operates the installation.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

use clap::{Args, Subcommand};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::user::{Authority, BOT, Register, User, Username};
use flowra_core::{App, UserId};

use crate::cli::{CommandError, SettingsArgs};
use crate::installation;
use crate::store::{Store, StoreError};

type Failure = Box<dyn Error + Send + Sync>;

/// List, add and change accounts; a server on a SQLite file must be stopped first
#[derive(Args, Debug)]
pub struct ManageUsers {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List all accounts, the bot's among them
    List,
    /// Add an account; the password is read from standard input
    Add {
        /// The name that mentions use
        username: String,
        /// The e-mail address
        #[arg(long)]
        email: String,
        /// How the person is shown; the username when left out
        #[arg(long)]
        display_name: Option<String>,
        /// Make it a system administrator
        #[arg(long)]
        admin: bool,
    },
    /// Make an account a system administrator, or with --revoke no longer one
    Admin {
        /// Whose
        username: String,
        /// Take it away
        #[arg(long)]
        revoke: bool,
    },
    /// Take every right from an account, or with --undo give them back
    Deactivate {
        /// Whose
        username: String,
        /// Give them back
        #[arg(long)]
        undo: bool,
    },
    /// Set another password, read from standard input, and end all sessions
    ResetPassword {
        /// Whose
        username: String,
    },
}

/// A server has the data, which does the same at once and without a stop.
#[derive(Debug, thiserror::Error)]
#[error(
    "on a running server a system admin does this with `POST /api/v1/users/ID/actions/{action}`; from here the server must be stopped"
)]
struct Serving {
    action: &'static str,
    source: StoreError,
}

/// Why the store cannot be opened, with the way to do it on a running server when there is one.
fn while_serving(error: StoreError, undo: bool) -> Failure {
    if error.is_in_use() {
        let action = if undo { "reactivate" } else { "deactivate" };
        Serving {
            action,
            source: error,
        }
        .into()
    } else {
        error.into()
    }
}

impl ManageUsers {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened; what the core refuses.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| CommandError::Failed(error.into()))?;
        runtime
            .block_on(async {
                let store = match &self.what {
                    What::Add { .. } => Store::open(&settings.storage).await?,
                    What::Deactivate { undo, .. } => Store::open_existing(&settings.storage)
                        .await
                        .map_err(|error| while_serving(error, *undo))?,
                    _ => Store::open_existing(&settings.storage).await?,
                };
                self.what.run(&installation::offline(&store)).await
            })
            .map_err(CommandError::Failed)
    }
}

impl What {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let operator = Authority::Operator(installation::own_request());
        let said = match self {
            Self::List => return list(app, &operator).await,
            Self::Add {
                username,
                email,
                display_name,
                admin,
            } => {
                let display_name = display_name.unwrap_or_else(|| username.clone());
                let command = Register {
                    username,
                    email,
                    display_name,
                    password: password()?,
                };
                let user = app.accounts.add(&operator, command, admin).await?;
                let name = &user.username;
                if all(app, &operator).await?.iter().any(|user| user.administers()) {
                    format!("added {name}")
                } else {
                    format!(
                        "added {name}\nnobody is a system administrator yet: `flowra user admin {name}` makes {name} one"
                    )
                }
            }
            Self::Admin { username, revoke } => {
                app.accounts
                    .set_admin(&operator, find(app, &username).await?, !revoke)
                    .await?;
                format!(
                    "{username} is {} a system administrator",
                    if revoke { "no longer" } else { "now" }
                )
            }
            Self::Deactivate { username, undo } => {
                let user = find(app, &username).await?;
                if undo {
                    app.accounts.reactivate(&operator, user).await?;
                } else {
                    app.accounts.deactivate(&operator, user).await?;
                }
                format!("{username} is {}", if undo { "active" } else { "deactivated" })
            }
            Self::ResetPassword { username } => {
                app.accounts
                    .reset_password(&operator, find(app, &username).await?, password()?)
                    .await?;
                format!("{username} has a new password and no sessions")
            }
        };
        Ok(writeln!(io::stdout().lock(), "{said}")?)
    }
}

/// The account of a person.
async fn find(app: &App, username: &str) -> Result<UserId, Failure> {
    let unknown = || format!("there is no account {username}: `flowra user list` shows all");
    let name = Username::parse(username).map_err(|_| unknown())?;
    let found = app.ports.users.find_by_username(vec![name]).await?;
    let user = found.first().ok_or_else(unknown)?;
    if user.id == BOT {
        let name = &user.username;
        return Err(format!(
            "{name} is the bot, which nobody signs in to or administers: give the name of a person's account"
        )
        .into());
    }
    Ok(user.id)
}

async fn list(app: &App, operator: &Authority) -> Result<(), Failure> {
    let users = all(app, operator).await?;
    let mut out = io::stdout().lock();
    for user in &users {
        writeln!(out, "{}", line(user))?;
    }
    Ok(())
}

/// Every account, in the order of their names.
async fn all(app: &App, operator: &Authority) -> Result<Vec<Arc<User>>, Failure> {
    let mut page = PageRequest::first(Limit::MAX);
    let mut all = Vec::new();
    loop {
        let users = app.accounts.list(operator, page.clone()).await?;
        all.extend(users.items);
        page.after = all
            .last()
            .filter(|_| users.has_more)
            .map(|user| user.username.folded());
        if page.after.is_none() {
            return Ok(all);
        }
    }
}

fn line(user: &User) -> String {
    let role = if user.id == BOT {
        "bot"
    } else if user.is_admin {
        "admin"
    } else {
        "-"
    };
    let state = if user.is_active { "active" } else { "deactivated" };
    format!(
        "{}\t{}\t{}\t{role}\t{state}",
        user.username, user.email, user.display_name
    )
}

/// The first line of standard input, so that the password is in no history and no list of processes.
fn password() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("give the password as a line on standard input".into());
    }
    Ok(password.to_owned())
}
