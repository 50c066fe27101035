//! The web client: pages rendered here, over the same use cases as the API.
//!
//! - `visitor` finds out who is there by the session's cookie; `guard` keeps other sites from posting in their name.
//! - `page` is what every page has, `shell` what every page of a workspace has around it, `reply` how a handler answers and `problem` how it
//!   fails: a sentence for a person, in one place.
//! - `entrance`, `start`, `invite` and `chat` are the pages, `thread` is a page beside a chat's; `rooms`, `about`, `people` and `settings` are the panels of
//!   dialogs, `actions` what is done to one message, `complete` what a composer offers. `message` and `markdown` are what they show.
//! - `board`, `list` and `task` are the pages of tasks; `card` and `task_parts` are what they show, `filter` is what is asked of the first two.
//! - `jump` finds where to go from every page, and `keys` tells which keys the scripts know.
//! - `live` is the page's one WebSocket, and the fragments that come through it; `assets` are the files that browsers keep.
//!
//! Responsible for what a person sees and types. It refuses to decide anything: rights and rules are the core's, as they are for the API.
//!
//! # To add a page
//! 1. A template in `templates/` that extends `shell.html` (inside a workspace) or `plain.html`, and a `#[derive(Template)]` structure for it.
//! 2. A `#[handler]` that takes a `Reader`, calls use cases of `reader.state.app`, and answers a `Reply`
//!    or a `Problem`.
//! 3. Its router in the same file, pushed in `known`. What posts carries `<input name="csrf">` or, by HTMX, the header of `<body hx-headers>`.
//!
//! # To show something live
//! Render it by a partial with an `id`; make `Frames` send that partial for its event (see `live`), and
//! `assets/live.js` puts it in place of what has this `id`. What each reader sees differently is not sent: its part of the page has
//! `hx-trigger="flowra:chat.updated from:body"` and asks for itself.

mod about;
mod account;
mod actions;
mod admin;
pub mod assets;
mod board;
mod card;
mod chat;
mod complete;
mod entrance;
mod filter;
mod guard;
mod invite;
mod jump;
mod keys;
mod list;
pub mod live;
mod markdown;
mod merge;
mod message;
mod page;
mod people;
pub mod problem;
mod reply;
mod rooms;
mod settings;
mod shell;
mod start;
mod task;
mod task_parts;
mod thread;
mod undo;
mod visitor;

use std::sync::Arc;

use salvo::{Handler, Router};

use crate::http::CatchUp;
use crate::http::limit::{RateLimits, RequestLimit};

/// Every page, and what pages load.
#[must_use]
pub fn router(limits: &Arc<RateLimits>) -> Router {
    Router::new()
        .push(assets::router())
        .push(pages(RequestLimit::new(Arc::clone(limits))))
}

/// The pages of those who have signed in; strangers are taken to where they can.
fn known() -> Router {
    Router::new()
        .hoop(visitor::KnownOnly)
        .push(board::router())
        .push(task::router())
        .push(list::router())
        .push(chat::router())
        .push(rooms::router())
        .push(people::router())
        .push(settings::router())
        .push(account::router())
        .push(admin::router())
        .push(jump::router())
        .push(keys::router())
        .push(shell::router())
        .push(start::known())
        .push(invite::known())
}

fn pages(limit: impl Handler) -> Router {
    Router::new()
        .hoop(page::Policy)
        .hoop(CatchUp)
        .hoop(visitor::KnowVisitor)
        .hoop(limit)
        .hoop(guard::Guard)
        .push(known())
        .push(live::router())
        .push(start::router())
        .push(entrance::router())
        .push(invite::router())
}
