//! A thread: a message and what was answered to it, beside its chat or, on a narrow screen, in its place.

use askama::Template;
use flowra_core::chat::{ChatRef, ChatState};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::{ChatId, MessageId, WorkspaceId};
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::chat::{Composer, Unsent, named, page_with};
use super::message::{self, MessageView};
use super::problem::Problem;
use super::reply::{Reply, wants_part};
use super::visitor::Reader;
use crate::http::ApiError;
use crate::http::extract::{path, query};

/// How many replies a page shows at most; the rest is behind a link.
const MAX_REPLIES: usize = 1_000;

pub(super) fn router() -> Router {
    Router::with_path("t/{message}").get(show)
}

/// A thread of a chat.
#[derive(Template)]
#[template(path = "thread.html")]
pub(super) struct Thread {
    workspace: WorkspaceId,
    chat: ChatId,
    root: MessageView,
    replies: Vec<MessageView>,
    /// The number of the last reply shown, when more follow.
    more_after: Option<u64>,
    /// Unless the reader only reads.
    composer: Option<Composer>,
    /// What was posted where nobody can write now, and why it was refused.
    unsent: Option<Unsent>,
}

#[derive(Debug, Deserialize)]
struct Later {
    after: Option<u64>,
}

impl Thread {
    /// The thread of this root, as the reader sees it.
    ///
    /// # Errors
    /// Not found, when the chat has no such message.
    pub(super) async fn load(reader: &Reader, chat: ChatRef, root: MessageId) -> Result<Self, Problem> {
        Self::after(reader, chat, root, None).await
    }

    async fn after(
        reader: &Reader,
        named: ChatRef,
        root: MessageId,
        mut after: Option<u64>,
    ) -> Result<Self, Problem> {
        let app = &reader.state.app;
        let chat = app.chats.find(&reader.caller, named).await?;
        let placed = app.messages.find(&reader.caller, root).await?;
        if placed.message.chat_id != chat.id {
            return Err(ApiError::not_found("there is no such message in this chat").into());
        }
        let mut replies = Vec::new();
        let more_after = loop {
            let limit = Limit::MAX;
            let page = app
                .messages
                .thread(&reader.caller, root, PageRequest { limit, after })
                .await?;
            after = page.items.last().map(|last| last.number);
            replies.extend(page.items);
            if !page.has_more {
                break None;
            }
            if replies.len() >= MAX_REPLIES {
                break after;
            }
        };
        let renderer = &reader.state.renderer;
        let me = reader.caller.user;
        let root_body = renderer.message(me, &placed).await?;
        let replies = renderer.messages(me, replies).await?;
        let tasks = reader.tasks(named.workspace).await?;
        let may_post = chat.state == ChatState::Open && chat.role_of(me).is_some();
        Ok(Self {
            workspace: named.workspace,
            chat: chat.id,
            root: MessageView::new(&tasks, root_body).in_thread(),
            replies: message::group(&tasks, replies),
            more_after,
            unsent: None,
            composer: may_post.then(|| Composer {
                workspace: named.workspace,
                chat: chat.id,
                parent: Some(root),
                csrf: reader.csrf.clone(),
                label: "Reply".to_owned(),
                draft: String::new(),
                complaint: String::new(),
            }),
        })
    }

    /// The same with a reply that was refused, and why.
    pub(super) fn refused(mut self, draft: String, complaint: String) -> Self {
        if let Some(composer) = &mut self.composer {
            composer.draft = draft;
            composer.complaint = complaint;
        } else {
            self.unsent = Some(Unsent {
                complaint,
                text: draft,
            });
        }
        self
    }
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let id: MessageId = path(req, "message")?;
    let placed = reader.state.app.messages.find(&reader.caller, id).await?;
    if let Some(root) = placed.message.parent {
        let (workspace, chat) = (chat.workspace, chat.chat);
        return Ok(Reply::to(format!("/w/{workspace}/c/{chat}/t/{root}#m-{id}")));
    }
    let thread = Thread::after(&reader, chat, id, query::<Later>(req)?.after).await?;
    if wants_part(req) {
        Reply::page(&thread)
    } else {
        page_with(req, &reader, chat, thread).await
    }
}
