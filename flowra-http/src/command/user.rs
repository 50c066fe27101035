//! `flowra user …`: accounts, by whoever operates the installation.

use std::error::Error;
use std::sync::Arc;

use clap::{Args, Subcommand};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::user::{Authority, BOT, Register, User, Username};
use flowra_core::{App, UserId};
use serde::{Deserialize, Serialize};

use crate::installation;
use crate::operator::{Console, Outcome, Site};

type Failure = Box<dyn Error + Send + Sync>;

/// List, add and change accounts, also while a server runs
#[derive(Args, Debug, Serialize, Deserialize)]
pub struct ManageUsers {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl ManageUsers {
    /// Does it.
    ///
    /// # Errors
    /// What the core refuses.
    pub(crate) async fn carry_out(&self, site: &Site, console: &Console) -> Outcome {
        self.what.carry_out(&site.app, console).await
    }

    /// Whether it adds somebody, which may be the first thing that is done with an installation.
    pub(crate) fn adds(&self) -> bool {
        matches!(self.what, What::Add { .. })
    }

    /// Whether a password comes with it.
    pub(crate) fn takes_password(&self) -> bool {
        matches!(self.what, What::Add { .. } | What::ResetPassword { .. })
    }
}

impl What {
    async fn carry_out(&self, app: &App, console: &Console) -> Outcome {
        let operator = Authority::Operator(installation::own_request());
        let said = match self {
            Self::List => return list(app, &operator, console).await,
            Self::Add {
                username,
                email,
                display_name,
                admin,
            } => {
                let display_name = display_name.as_ref().unwrap_or(username).clone();
                let command = Register {
                    username: username.clone(),
                    email: email.clone(),
                    display_name,
                    password: password(console)?,
                };
                let user = app.accounts.add(&operator, command, *admin).await?;
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
                    .set_admin(&operator, find(app, username).await?, !*revoke)
                    .await?;
                format!(
                    "{username} is {} a system administrator",
                    if *revoke { "no longer" } else { "now" }
                )
            }
            Self::Deactivate { username, undo } => {
                let user = find(app, username).await?;
                if *undo {
                    app.accounts.reactivate(&operator, user).await?;
                } else {
                    app.accounts.deactivate(&operator, user).await?;
                }
                format!("{username} is {}", if *undo { "active" } else { "deactivated" })
            }
            Self::ResetPassword { username } => {
                app.accounts
                    .reset_password(&operator, find(app, username).await?, password(console)?)
                    .await?;
                format!("{username} has a new password and no sessions")
            }
        };
        Ok(console.say(said).await?)
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

async fn list(app: &App, operator: &Authority, console: &Console) -> Outcome {
    for user in &all(app, operator).await? {
        console.say(line(user)).await?;
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

/// The password that came with the command.
fn password(console: &Console) -> Result<String, Failure> {
    let password = console.input();
    if password.is_empty() {
        return Err("give the password as a line on standard input".into());
    }
    Ok(password.to_owned())
}
