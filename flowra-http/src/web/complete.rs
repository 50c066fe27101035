//! What a composer offers while a mention is typed.

use askama::Template;
use salvo::{Request, Writer, handler};
use serde::Deserialize;

use super::chat::named;
use super::problem::Problem;
use super::reply::Reply;
use super::rooms::{Candidate, candidates};
use super::visitor::Reader;
use crate::http::extract::query;

/// More than this many nobody reads while typing.
const OFFERED: usize = 8;

#[derive(Template)]
#[template(path = "completions.html")]
struct Completions {
    people: Vec<Candidate>,
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    q: String,
}

/// The people of the chat whose name or username begins so, in the order of their names.
#[handler]
pub(super) async fn offer(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = named(req)?;
    let chat = reader.state.app.chats.find(&reader.caller, named).await?;
    let typed = query::<Typed>(req)?.q.to_lowercase();
    let mut people = candidates(&reader, chat.participants.keys().copied().collect()).await?;
    people.retain(|person| person.begins_with(&typed));
    people.truncate(OFFERED);
    Reply::page(&Completions { people })
}
