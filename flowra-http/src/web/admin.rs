//! The accounts of the installation, for who administers it: a page that shows no content of any workspace.
//!
//! What takes somebody's access is asked for once more, by the same page, so that it is asked with scripts and without.

use std::sync::Arc;

use askama::Template;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::user::{Authority, BOT, Register, User};
use flowra_core::{Error, UserId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::visitor::Reader;
use crate::config::Registration;
use crate::http::extract::{json_or_form_body, query};

pub(super) fn router() -> Router {
    Router::with_path("admin").get(show).post(change)
}

/// How many accounts a page shows.
const ACCOUNTS: usize = 50;

/// Which accounts.
#[derive(Clone, Debug, Default, Deserialize)]
struct Place {
    /// Those from this username on.
    from: Option<String>,
    /// Those behind this username.
    after: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Form {
    /// The button that was pressed.
    #[serde(rename = "do")]
    act: String,
    user: Option<UserId>,
    sure: Option<String>,
    #[serde(default)]
    username: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    email: String,
}

/// What is asked before it is done.
struct Question {
    text: String,
    act: &'static str,
    user: UserId,
    yes: &'static str,
}

/// What came of a form.
enum Done {
    Said(String),
    /// A password was set; it is shown this once.
    Password {
        name: String,
        password: String,
    },
    Asked(Question),
}

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    page: Page,
    me: UserId,
    from: String,
    users: Vec<Arc<User>>,
    /// Behind whom there are more.
    next: Option<String>,
    registration: Registration,
    form: Form,
    question: Option<Question>,
    done: String,
    /// Whose password was set, and which.
    password: Option<(String, String)>,
    complaint: Complaint,
}

impl AdminPage {
    async fn load(req: &mut Request, reader: &Reader) -> Result<Self, Problem> {
        let place: Place = query(req)?;
        let authority = Authority::Admin(reader.caller.clone());
        let from = place.from.unwrap_or_default().trim().to_lowercase();
        let page = PageRequest {
            limit: Limit::parse(ACCOUNTS).unwrap_or_default(),
            after: place.after.or_else(|| just_before(&from)),
        };
        let users = reader.state.app.accounts.list(&authority, page).await?;
        let last = users.items.last().map(|user| user.username.folded());
        Ok(Self {
            page: Page::with_forms(req, "Accounts", &reader.csrf),
            me: reader.caller.user,
            from,
            next: last.filter(|_| users.has_more),
            // The bot is nobody whom one administers.
            users: users.items.into_iter().filter(|user| user.id != BOT).collect(),
            registration: reader.state.settings.registration,
            form: Form::default(),
            question: None,
            done: String::new(),
            password: None,
            complaint: Complaint::default(),
        })
    }
}

/// A text that stands before this one and behind all usernames before it.
fn just_before(name: &str) -> Option<String> {
    let last = name.chars().next_back()?;
    let before = char::from_u32(u32::from(last).checked_sub(1)?)?;
    Some(format!(
        "{}{before}{}",
        &name[..name.len() - last.len_utf8()],
        char::MAX
    ))
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    Reply::page(&AdminPage::load(req, &reader).await?)
}

/// Changes one account, or makes one, as the button that was pressed tells, and shows the page again.
#[handler]
async fn change(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let form: Form = json_or_form_body(req).await?;
    let outcome = act(&reader, &form).await;
    let mut page = AdminPage::load(req, &reader).await?;
    let mut status = StatusCode::OK;
    match outcome {
        Ok(Done::Said(words)) => page.done = words,
        Ok(Done::Password { name, password }) => page.password = Some((name, password)),
        Ok(Done::Asked(question)) => page.question = Some(question),
        Err(error) => {
            page.complaint = Complaint::about(error)?;
            page.form = form;
            status = StatusCode::UNPROCESSABLE_ENTITY;
        }
    }
    Ok(Reply::Html(status, page.render()?))
}

async fn act(reader: &Reader, form: &Form) -> Result<Done, Error> {
    let accounts = &reader.state.app.accounts;
    let authority = Authority::Admin(reader.caller.clone());
    let password = || reader.state.app.ports.secrets.mint();
    if form.act == "add" {
        let password = password();
        let command = Register {
            username: form.username.clone(),
            email: form.email.clone(),
            display_name: form.display_name.clone(),
            password: password.clone(),
        };
        let name = accounts.add(&authority, command, false).await?;
        return Ok(Done::Password {
            name: name.display_name.as_str().to_owned(),
            password,
        });
    }
    let Some(id) = form.user else {
        return Ok(Done::Said(String::new()));
    };
    let user = accounts.find(&reader.caller, id).await?;
    let name = user.display_name.as_str().to_owned();
    let is_sure = form.sure.as_deref() == Some("yes");
    let ask = |text, act, yes| {
        Ok(Done::Asked(Question {
            text,
            act,
            user: id,
            yes,
        }))
    };
    match form.act.as_str() {
        "promote" => {
            accounts.set_admin(&authority, id, true).await?;
            Ok(Done::Said(format!("{name} administers accounts now.")))
        }
        "demote" => {
            accounts.set_admin(&authority, id, false).await?;
            Ok(Done::Said(format!("{name} administers accounts no more.")))
        }
        "deactivate" if !is_sure => ask(
            format!(
                "Deactivate {name}? They are signed out everywhere at once. What they wrote stays, and you can let them back in."
            ),
            "deactivate",
            "Deactivate",
        ),
        "deactivate" => {
            accounts.deactivate(&authority, id).await?;
            Ok(Done::Said(format!("{name} is deactivated.")))
        }
        "reactivate" => {
            accounts.reactivate(&authority, id).await?;
            Ok(Done::Said(format!("{name} can sign in again.")))
        }
        "reset" if !is_sure => ask(
            format!(
                "Set a new password for {name}? The old one is over, and they are signed out everywhere."
            ),
            "reset",
            "Set a new password",
        ),
        "reset" => {
            let password = password();
            accounts.reset_password(&authority, id, password.clone()).await?;
            Ok(Done::Password { name, password })
        }
        _ => Ok(Done::Said(String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_from_a_name_on_begins_with_it() {
        let before = just_before("ada").unwrap();
        assert!(before.as_str() < "ada");
        for earlier in ["ad", "aczzz", "ad-9", "ad`"] {
            assert!(earlier < before.as_str(), "{earlier}");
        }
        assert_eq!(just_before(""), None);
    }
}
