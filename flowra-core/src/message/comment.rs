//! Commenting on a task: an answer in its thread, which begins with the first one if the task came from no message.

use std::sync::Arc;

use super::change::content;
use super::{MessageEvent, MessageKind, MessageRefusal, Messages, PostMessage, Posted};
use crate::app::Caller;
use crate::chat::{Chat, ChatKind, ChatRef};
use crate::draft::{Attempts, Draft, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::task::{Task, TaskRefusal, visible_task};
use crate::user::BOT;
use crate::{ChatId, WorkspaceId, tag};

/// Comments on a task.
#[derive(Clone, Debug)]
pub struct CommentOnTask {
    /// Where the task belongs.
    pub workspace: WorkspaceId,
    /// Its id or its key.
    pub task: String,
    /// 1 to 10,000 characters. Tags in it act on the task.
    pub content: String,
    /// The channel in which the thread begins of a task that has neither a thread nor a chat; not asked otherwise.
    pub channel: Option<ChatId>,
}

impl Messages {
    /// Answers in a task's thread, as the caller, who must be able to post where the thread is. The thread of a task that has none begins in its
    /// chat with a message of the bot's that names the task.
    ///
    /// # Errors
    /// The task's refusals when the caller does not see it; [`TaskRefusal::ThreadNeedsChannel`]; those of [`post`](Self::post).
    pub async fn comment(&self, caller: &Caller, command: CommentOnTask) -> Result<Posted, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Message(id, tags)) = earlier(ports, caller).await? {
            let before = ports.messages.load(id).await?.ok_or(MessageRefusal::NotFound)?;
            let chat = ChatRef {
                workspace: command.workspace,
                chat: before.message.chat_id,
                expected: None,
            };
            return self.posted_before(caller, chat, id, tags).await;
        }
        let content = content(&command.content)?;
        let tags = tag::parse(content.as_str());
        let mut attempts = Attempts::new();
        loop {
            let task = visible_task(ports, caller, command.workspace, &command.task)
                .await?
                .task;
            let post = self.answer_to(caller, &command, &task).await?;
            let begins = post.parent.is_none().then_some(task);
            let decided = self.decide(caller, &post, begins, &content, &tags).await?;
            if let Some(posted) = self.write(caller, decided).await? {
                return Ok(posted);
            }
            attempts.again()?;
        }
    }

    /// The comment as a message; without a parent where its thread is to begin.
    async fn answer_to(
        &self,
        caller: &Caller,
        command: &CommentOnTask,
        task: &Task,
    ) -> Result<PostMessage, Error> {
        let chat = match task.message {
            Some(root) => {
                let root = self.ports.messages.load(root).await?;
                root.ok_or(MessageRefusal::NotFound)?.message.chat_id
            }
            None => match task.chat {
                Some(chat) => chat,
                None => self.channel(caller, command).await?,
            },
        };
        Ok(PostMessage {
            chat: ChatRef {
                workspace: command.workspace,
                chat,
                expected: None,
            },
            content: command.content.clone(),
            parent: task.message,
            files: Vec::new(),
        })
    }

    /// The channel that the caller names for a thread.
    async fn channel(&self, caller: &Caller, command: &CommentOnTask) -> Result<ChatId, Error> {
        let named = command.channel.ok_or(TaskRefusal::ThreadNeedsChannel)?;
        let (_, chat) = self.ports.readable_chat(caller, command.workspace, named).await?;
        // A chat stays what it is, so nothing has to hold this until the commit.
        if chat.kind == ChatKind::Channel {
            Ok(chat.id)
        } else {
            Err(TaskRefusal::ThreadNeedsChannel.into())
        }
    }

    /// Adds the beginning of a task's thread to a draft; the task with it.
    pub(super) fn begin_thread(
        &self,
        draft: &mut Draft,
        caller: &Caller,
        chat: &Chat,
        task: Arc<Task>,
    ) -> Result<Arc<Task>, Error> {
        let root = fresh(&*self.ports.ids);
        let events = task.begin_thread(root)?;
        let posted = MessageEvent::Posted {
            workspace_id: chat.workspace_id,
            chat_id: chat.id,
            kind: MessageKind::Bot,
            content: content(&format!("{}: {}", task.key, task.title))?,
            parent_id: None,
            attachments: Vec::new(),
        };
        draft.new_message(root, BOT, vec![posted])?;
        draft.task(task, caller.user, events)
    }
}
