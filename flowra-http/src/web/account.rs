//! A person's own account: how they are called, their password, where they are signed in, and the tokens of their programs.

use std::sync::Arc;

use askama::Template;
use flowra_core::event::Version;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{
    CreateToken, Scopes, Session, SessionId, Token, TokenId, UpdateProfile, User, UserRefusal,
};
use flowra_core::{Error, Refusal};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::visitor::Reader;
use crate::http::client_address;
use crate::http::extract::json_or_form_body;

pub(super) fn router() -> Router {
    Router::with_path("settings").get(show).post(change)
}

/// A day, in seconds.
const DAY: i64 = 86_400;

/// How long a token may be good, in days, and how it is told; 0 for ever.
const LIVES: [(i64, &str); 4] = [
    (30, "30 days"),
    (90, "90 days"),
    (365, "a year"),
    (0, "until it is revoked"),
];

#[derive(Debug, Default, Deserialize)]
struct Form {
    /// The button that was pressed.
    #[serde(rename = "do")]
    act: String,
    display_name: Option<String>,
    email: Option<String>,
    /// The version that the form was made from.
    version: Option<u64>,
    old: Option<String>,
    password: Option<String>,
    session: Option<SessionId>,
    name: Option<String>,
    /// What a new token may do, by the strongest.
    scope: Option<String>,
    /// How long a new token is good, in days.
    days: Option<i64>,
    token: Option<TokenId>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    user: Arc<User>,
    display_name: String,
    email: String,
    here: Option<SessionId>,
    sessions: Vec<Arc<Session>>,
    tokens: Vec<Arc<Token>>,
    /// Whether there are more of either than are shown.
    has_more_sessions: bool,
    has_more_tokens: bool,
    /// A token that was just made; it is shown this once.
    made: String,
    done: &'static str,
    complaint: Complaint,
}

impl AccountPage {
    async fn load(req: &Request, reader: &Reader) -> Result<Self, Problem> {
        let accounts = &reader.state.app.accounts;
        let user = accounts.find(&reader.caller, reader.caller.user).await?;
        let sessions = accounts
            .sessions(&reader.caller, PageRequest::first(Limit::MAX))
            .await?;
        let tokens = accounts
            .tokens(&reader.caller, PageRequest::first(Limit::MAX))
            .await?;
        Ok(Self {
            page: Page::with_forms(req, "Your account", &reader.csrf),
            display_name: user.display_name.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            user,
            here: reader.identity.session,
            sessions: sessions.items,
            tokens: tokens.items,
            has_more_sessions: sessions.has_more,
            has_more_tokens: tokens.has_more,
            made: String::new(),
            done: "",
            complaint: Complaint::default(),
        })
    }

    fn is_here(&self, session: &Session) -> bool {
        self.here == Some(session.id)
    }

    fn scopes(token: &Token) -> &'static str {
        match token.scopes {
            Scopes { admin: true, .. } => "everything",
            Scopes { write: true, .. } => "read and write",
            Scopes { .. } => "read",
        }
    }
}

/// What a client says of itself, in the words of a person: `Firefox on Linux`. What is not known is shown as it was said.
fn device(session: &Session) -> String {
    let Some(client) = &session.client else {
        return "An unknown device".to_owned();
    };
    // Browsers claim to be one another: whoever says it last in this order is it.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let told = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        let found = names.find(|(mark, _)| client.as_str().contains(mark));
        found.map(|(_, name)| *name)
    };
    match (told(&browsers), told(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => client.as_str().to_owned(),
    }
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    Reply::page(&AccountPage::load(req, &reader).await?)
}

/// Changes one thing, which the button that was pressed names as `do`, and shows the page again.
#[handler]
async fn change(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let form: Form = json_or_form_body(req).await?;
    let outcome = act(req, &reader, &form).await?;
    let mut page = AccountPage::load(req, &reader).await?;
    let status = match outcome {
        Ok(Done { said, made }) => {
            (page.done, page.made) = (said, made);
            StatusCode::OK
        }
        Err(complaint) => {
            page.complaint = complaint;
            page.display_name = form.display_name.unwrap_or(page.display_name);
            page.email = form.email.unwrap_or(page.email);
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    Ok(Reply::Html(status, page.render()?))
}

/// What came of a form.
struct Done {
    said: &'static str,
    made: String,
}

impl From<&'static str> for Done {
    fn from(said: &'static str) -> Self {
        let made = String::new();
        Self { said, made }
    }
}

async fn act(req: &Request, reader: &Reader, form: &Form) -> Result<Result<Done, Complaint>, Problem> {
    let (accounts, caller) = (&reader.state.app.accounts, &reader.caller);
    let changed: Result<Done, Error> = match form.act.as_str() {
        "profile" => {
            let command = UpdateProfile {
                display_name: form.display_name.clone(),
                email: form.email.clone(),
                expected: form.version.map(Version::new),
            };
            let changed = accounts.update_profile(caller, command).await;
            changed.map(|_| "Your profile is saved.".into())
        }
        "password" => return change_password(req, reader, form).await,
        "end" => match form.session {
            Some(session) => {
                let ended = accounts.end_session(caller, session).await;
                ended.map(|()| "That device is signed out.".into())
            }
            None => Ok("".into()),
        },
        "end-others" => {
            let ended = accounts.end_other_sessions(caller, reader.identity.session).await;
            ended.map(|()| "Every other device is signed out.".into())
        }
        // Only what the form offers: anything else must not become a token for ever, or one until a day that no clock knows.
        "token" => {
            let Some((days, _)) = LIVES.iter().find(|(days, _)| form.days == Some(*days)) else {
                let message = "Choose how long the token is to be good.".to_owned();
                return Ok(Err(Complaint::at_field("days", message)));
            };
            make_token(reader, form, *days).await
        }
        "revoke" => match form.token {
            // One that is gone already is what was asked for.
            Some(token) => match accounts.revoke_token(caller, token).await {
                Ok(()) | Err(Error::Refused(Refusal::User(UserRefusal::TokenNotFound))) => {
                    Ok("The token is revoked.".into())
                }
                Err(error) => Err(error),
            },
            None => Ok("".into()),
        },
        _ => Ok("".into()),
    };
    match changed {
        Ok(done) => Ok(Ok(done)),
        Err(error) => Complaint::about(error).map(Err),
    }
}

/// As many tries as to sign in, so that who finds a browser open does not find out the password, too.
async fn change_password(
    req: &Request,
    reader: &Reader,
    form: &Form,
) -> Result<Result<Done, Complaint>, Problem> {
    let username = reader.identity.user.username.as_str();
    if let Err(error) = reader.state.limits.login(client_address(req), username).await {
        return Ok(Err(Complaint::from(&error)));
    }
    let (old, new) = (form.old.clone(), form.password.clone());
    let changed = reader.state.app.accounts.change_password(
        &reader.caller,
        old.unwrap_or_default(),
        new.unwrap_or_default(),
        reader.identity.session,
    );
    match changed.await {
        Ok(()) => Ok(Ok(
            "Your password is changed, and every other device is signed out.".into(),
        )),
        Err(Error::Refused(Refusal::User(UserRefusal::BadCredentials))) => {
            let message = "This is not your password as it is now.".to_owned();
            Ok(Err(Complaint::at_field("old", message)))
        }
        Err(error) => Complaint::about(error).map(Err),
    }
}

async fn make_token(reader: &Reader, form: &Form, days: i64) -> Result<Done, Error> {
    let now: Timestamp = reader.state.app.ports.clock.now();
    let scope = form.scope.as_deref().unwrap_or_default();
    let command = CreateToken {
        name: form.name.clone().unwrap_or_default(),
        scopes: Scopes {
            read: true,
            write: matches!(scope, "write" | "admin"),
            admin: scope == "admin",
        },
        expires_at: (days > 0).then(|| now.plus_seconds(days * DAY)),
    };
    let (_, text) = reader
        .state
        .app
        .accounts
        .create_token(&reader.caller, command)
        .await?;
    Ok(Done { said: "", made: text })
}

#[cfg(test)]
mod tests {
    use flowra_core::Id;
    use flowra_core::user::ClientName;

    use super::*;

    fn session(client: &str) -> Session {
        let digest = flowra_core::Digest::from_bytes([0; 32]);
        let time = Timestamp::from_millis(0);
        Session {
            id: Id::from_bytes([0; 16]),
            user: Id::from_bytes([0; 16]),
            access: digest,
            access_expires_at: time,
            refresh: digest,
            refresh_expires_at: time,
            created_at: time,
            client: ClientName::parse(client).ok(),
            renewal: None,
        }
    }

    #[test]
    fn a_client_is_told_in_the_words_of_a_person() {
        let told = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "An unknown device"),
        ];
        for (client, words) in told {
            assert_eq!(device(&session(client)), words);
        }
    }
}
