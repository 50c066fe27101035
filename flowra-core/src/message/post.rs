//! Posting a message, with all that it sets off: mentions, tags, and the bot's answer, in one commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::change::content;
use super::tags::TagRun;
use super::{Content, Mentions, Message, MessageEvent, MessageKind, MessageRefusal, Messages};
use crate::access::{Membership, Viewer};
use crate::app::Caller;
use crate::chat::{Chat, ChatRef, ChatRefusal, ChatRole, ChatState};
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::tag::{self, Tag, TagName, TagResult, bot_answer};
use crate::task::Task;
use crate::user::{BOT, Username};
use crate::{FileId, MessageId, UserId};

/// Posts a message.
#[derive(Clone, Debug)]
pub struct PostMessage {
    /// Where; its version is not asked.
    pub chat: ChatRef,
    /// 1 to 10,000 characters.
    pub content: String,
    /// The root of the thread that it answers to.
    pub parent: Option<MessageId>,
    /// Files that go with it.
    pub files: Vec<FileId>,
}

/// A message that was posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The message.
    pub message: Arc<Message>,
    /// What its tags did, in their order.
    pub tags: Vec<TagResult>,
}

/// A message that is yet to be written.
pub(super) struct Decided {
    draft: Draft,
    chat: ChatRef,
    message: Arc<Message>,
    /// What its tags do, in their order.
    results: Vec<TagResult>,
}

impl Messages {
    /// Posts a message as the caller. Failing tags do not keep it from being posted.
    ///
    /// # Errors
    /// [`MessageRefusal`] about content, parent and files; [`ChatRefusal::NotFound`](crate::chat::ChatRefusal::NotFound),
    /// [`NotParticipant`](crate::chat::ChatRefusal::NotParticipant), [`Closed`](crate::chat::ChatRefusal::Closed).
    pub async fn post(&self, caller: &Caller, command: PostMessage) -> Result<Posted, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Message(id, tags)) = earlier(ports, caller).await? {
            return self.posted_before(caller, command.chat, id, tags).await;
        }
        let content = content(&command.content)?;
        let tags = tag::parse(content.as_str());
        let mut attempts = Attempts::new();
        loop {
            let decided = self.decide(caller, &command, None, &content, &tags).await?;
            if let Some(posted) = self.write(caller, decided).await? {
                return Ok(posted);
            }
            attempts.again()?;
        }
    }

    /// Stores a message; nothing when others were first.
    pub(super) async fn write(&self, caller: &Caller, decided: Decided) -> Result<Option<Posted>, Error> {
        let Decided {
            draft,
            chat,
            message,
            results,
        } = decided;
        let outcome = Outcome::Message(message.id, results.clone());
        match draft.write(&self.ports, caller, outcome).await? {
            Written::Now => Ok(Some(Posted {
                message,
                tags: results,
            })),
            Written::Before(Outcome::Message(id, tags)) => {
                self.posted_before(caller, chat, id, tags).await.map(Some)
            }
            Written::Before(_) | Written::Conflict(_) => Ok(None),
        }
    }

    /// What the tags of a message would do if it were posted now; nothing is changed. Between this and the post others may change what it rests on,
    /// and take the next number of a task.
    ///
    /// # Errors
    /// As [`post`](Self::post), without what only the commit finds out.
    pub async fn foresee(&self, caller: &Caller, command: PostMessage) -> Result<Vec<TagResult>, Error> {
        let content = content(&command.content)?;
        let tags = tag::parse(content.as_str());
        let decided = self.decide(caller, &command, None, &content, &tags).await?;
        Ok(decided.results)
    }

    /// What a message is and does as things stand, ready to be written. Dropped unwritten, it was nothing. It is the first answer in the thread of
    /// `begins`, a task without one, if there is such.
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        command: &PostMessage,
        begins: Option<Arc<Task>>,
        content: &Content,
        tags: &[Tag<'_>],
    ) -> Result<Decided, Error> {
        if !command.files.is_empty() {
            return Err(MessageRefusal::FileNotFound.into());
        }
        let ports = &*self.ports;
        let reopens = tags
            .iter()
            .any(|tag| tag.name == TagName::Reopen && tag.value.is_empty());
        let (member, chat) = ports
            .readable_chat(caller, command.chat.workspace, command.chat.chat)
            .await?;
        chat.may_post(member.viewer, reopens)?;
        self.check_parent(&chat, command.parent).await?;
        let mut draft = Draft::new(caller, ports.clock.now());
        draft.guard_user(&member.user);
        draft.guard_workspace(&member.workspace);
        draft.guard_chat(&chat);
        let begun = begins
            .map(|task| self.begin_thread(&mut draft, caller, &chat, task))
            .transpose()?;
        let parent = begun.as_ref().and_then(|task| task.message).or(command.parent);
        let message = self
            .draft_post(&mut draft, &member, &chat, parent, content)
            .await?;
        let was_closed = chat.state == ChatState::Closed;
        let mut run = TagRun::new(ports, &self.numbers, caller, &member, chat, &message, &mut draft);
        if let Some(task) = begun {
            run.begin_with(task);
        }
        let results = run.carry_out(tags).await?;
        // A `#reopen` that failed, or came after too many tags, opens nothing.
        let has_reopened = |(tag, result): (&Tag<'_>, &TagResult)| tag.name == TagName::Reopen && result.ok;
        if was_closed && !tags.iter().zip(&results).any(has_reopened) {
            return Err(ChatRefusal::Closed.into());
        }
        self.answer(&mut draft, &message, &results)?;
        Ok(Decided {
            draft,
            chat: command.chat,
            message,
            results,
        })
    }

    /// Adds the message to a draft, with the mentions in it.
    async fn draft_post(
        &self,
        draft: &mut Draft,
        member: &Membership,
        chat: &Chat,
        parent: Option<MessageId>,
        content: &Content,
    ) -> Result<Arc<Message>, Error> {
        let mut events = vec![MessageEvent::Posted {
            workspace_id: chat.workspace_id,
            chat_id: chat.id,
            kind: MessageKind::User,
            content: content.clone(),
            parent_id: parent,
            attachments: Vec::new(),
        }];
        let mentioned = self.mentioned(member, chat, content.as_str()).await?;
        events.extend(
            mentioned
                .into_iter()
                .map(|user_id| MessageEvent::Mentioned { user_id }),
        );
        draft.new_message(fresh(&*self.ports.ids), member.viewer.user, events)
    }

    /// What the same request posted before, if the caller still reads the chat.
    pub(super) async fn posted_before(
        &self,
        caller: &Caller,
        chat: ChatRef,
        id: MessageId,
        tags: Vec<TagResult>,
    ) -> Result<Posted, Error> {
        self.ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        let placed = self
            .ports
            .messages
            .load(id)
            .await?
            .ok_or(MessageRefusal::NotFound)?;
        Ok(Posted {
            message: placed.message,
            tags,
        })
    }

    async fn check_parent(&self, chat: &Chat, parent: Option<MessageId>) -> Result<(), Error> {
        let Some(parent) = parent else { return Ok(()) };
        let root = self
            .ports
            .messages
            .load(parent)
            .await?
            .ok_or(MessageRefusal::ParentNotFound)?
            .message;
        if root.chat_id != chat.id {
            return Err(MessageRefusal::ParentNotFound.into());
        }
        if root.parent.is_some() {
            Err(MessageRefusal::ParentIsReply.into())
        } else {
            Ok(())
        }
    }

    /// The bot's one answer, in the message's thread.
    fn answer(&self, draft: &mut Draft, message: &Message, results: &[TagResult]) -> Result<(), Error> {
        if results.is_empty() {
            return Ok(());
        }
        let Some(content) = bot_answer(results) else {
            return Ok(());
        };
        let posted = MessageEvent::Posted {
            workspace_id: message.workspace_id,
            chat_id: message.chat_id,
            kind: MessageKind::Bot,
            content,
            parent_id: Some(message.thread()),
            attachments: Vec::new(),
        };
        draft
            .new_message(fresh(&*self.ports.ids), BOT, vec![posted])
            .map(drop)
    }

    /// The people whom a text mentions, in the order of their ids: those who can read the chat, without the author.
    pub(super) async fn mentioned(
        &self,
        member: &Membership,
        chat: &Chat,
        content: &str,
    ) -> Result<Vec<UserId>, Error> {
        let mentions = Mentions::parse(content);
        if mentions.is_empty() {
            return Ok(Vec::new());
        }
        let reads = |user: UserId| {
            member
                .workspace
                .role_of(user)
                .is_some_and(|role| chat.is_readable_by(Viewer { user, role }))
        };
        let mut people = self.of_groups(chat, &mentions).await;
        people.extend(self.of_names(&mentions.names).await?);
        people.retain(|user| *user != member.viewer.user && reads(*user));
        // Who has been deactivated hears of nothing.
        let known = self
            .ports
            .users
            .load_many(people.iter().copied().collect())
            .await?;
        let active: BTreeSet<_> = known
            .iter()
            .filter(|user| user.is_active)
            .map(|user| user.id)
            .collect();
        Ok(active.into_iter().collect())
    }

    /// Those whom `@channel`, `@admins` and `@here` mean.
    async fn of_groups(&self, chat: &Chat, mentions: &Mentions) -> BTreeSet<UserId> {
        let everybody = || chat.participants.keys().copied();
        let mut people = BTreeSet::new();
        if mentions.channel {
            people.extend(everybody());
        }
        if mentions.admins {
            people.extend(everybody().filter(|user| chat.role_of(*user) == Some(ChatRole::Admin)));
        }
        if mentions.here {
            people.extend(self.ports.presence.online(everybody().collect()).await);
        }
        people
    }

    /// The people of these names: of each, whom the first of its readings names that anybody has.
    async fn of_names(&self, names: &[Vec<Username>]) -> Result<Vec<UserId>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let readings = names.iter().flatten().cloned().collect();
        let found = self.ports.users.find_by_username(readings).await?;
        let by_name = |name: &Username| {
            let name = name.folded();
            found.iter().find(|user| user.username.folded() == name)
        };
        let people = names
            .iter()
            .filter_map(|readings| readings.iter().find_map(by_name));
        Ok(people.map(|user| user.id).collect())
    }
}
