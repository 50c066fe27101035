//! Takes steps through the application, and holds what comes of each against the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowra_core::chat::{ChatRef, CreateChat, UpdateChat};
use flowra_core::event::{EventLog, Position};
use flowra_core::message::{Announce, CommentOnTask, EditMessage, PostMessage, Posted};
use flowra_core::task::TaskTarget;
use flowra_core::user::{Authority, CreateToken, Register, Registration, UpdateProfile};
use flowra_core::workspace::{CreateInvite, CreateWorkspace, InviteMade, UpdateWorkspace};
use flowra_core::{
    App, Caller, ChatId, Class, Clock, Error, Id, IdGenerator, MessageId, TaskId, UserId, WorkspaceId,
};
use flowra_testkit::Memory;
use flowra_testkit::strategies::commands::{
    AccountStep, ChatStep, MessageStep, NewChat, Slot, Step, TaskStep, TextLine, Turn, WorkspaceStep,
};

use super::checks::Fold;
use super::decide::Expected;
use super::model::{Model, Person};
use super::text::{self, PREFIX, username};

const PASSWORD: &str = "correct horse";

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) app: App,
    pub(crate) model: Model,
    pub(crate) people: Vec<UserId>,
    pub(crate) workspaces: Vec<WorkspaceId>,
    pub(crate) chats: Vec<ChatId>,
    pub(crate) messages: Vec<MessageId>,
    pub(crate) tasks: Vec<TaskId>,
    /// The last message that somebody read in a chat.
    pub(crate) marks: BTreeMap<(usize, usize), usize>,
    pub(crate) fold: Fold,
    invites: BTreeMap<usize, Vec<InviteMade>>,
}

pub(crate) fn date(day: u8) -> String {
    format!("2026-11-{day:02}")
}

impl World {
    /// Six people and the bot; the first of them administers the accounts.
    pub(crate) async fn new(seed: u64) -> Self {
        let memory = Memory::seeded(seed);
        let mut world = Self {
            app: App::new(memory.ports()),
            memory,
            model: Model::default(),
            people: Vec::new(),
            workspaces: Vec::new(),
            chats: Vec::new(),
            messages: Vec::new(),
            tasks: Vec::new(),
            marks: BTreeMap::new(),
            fold: Fold::default(),
            invites: BTreeMap::new(),
        };
        world.app.accounts.ensure_bot(world.request()).await.unwrap();
        for at in 0..6 {
            world.register().await.unwrap();
            world.model.people.push(Person {
                name: format!("Person {at}"),
                is_admin: at == 0,
                is_active: true,
            });
        }
        world
    }

    fn request<K: ?Sized>(&self) -> Id<K> {
        Id::from_bytes(IdGenerator::next(&*self.memory.ids))
    }

    pub(crate) fn caller(&self, who: usize) -> Caller {
        Caller::new(self.people[who], self.request())
    }

    fn now(&self) -> i64 {
        self.memory.clock.now().millis() / 1_000
    }

    pub(crate) async fn head(&self) -> Position {
        EventLog::head(&self.memory).await.unwrap()
    }

    /// Takes a step. When it is refused, or changes nothing, the log must not have grown; else it must have, and be as the model says.
    pub(crate) async fn take(&mut self, turn: &Turn) {
        let who = self.model.person(turn.who);
        let before = self.head().await;
        let (expected, done) = match &turn.step {
            Step::Wait(seconds) => {
                self.memory.clock.advance_seconds(i64::from(*seconds));
                return;
            }
            Step::Account(step) => (self.model.after_account(who, step), self.account(who, step).await),
            Step::Workspace(at, step) => {
                let at = match (at.among(self.workspaces.len()), step) {
                    (Some(at), _) => at,
                    (None, WorkspaceStep::Create) => 0,
                    (None, _) => return,
                };
                let expected = self.model.after_workspace(self.now(), who, at, step);
                (expected, self.workspace(who, at, step).await)
            }
            Step::CreateChat(at, new) => {
                let Some(at) = at.among(self.workspaces.len()) else {
                    return;
                };
                let expected = self.model.after_new_chat(self.now(), who, at, new);
                (expected, self.new_chat(who, at, new).await)
            }
            Step::Chat(at, step) => {
                let Some(at) = at.among(self.chats.len()) else {
                    return;
                };
                let expected = self.model.after_chat(self.now(), who, at, step);
                let done = self.chat(who, at, step).await;
                (expected, done)
            }
            Step::Post(chat, parent, lines) => {
                let Some(chat) = chat.among(self.chats.len()) else {
                    return;
                };
                self.post(who, chat, *parent, lines).await
            }
            Step::Message(at, step) => {
                let Some(at) = at.among_newest(self.messages.len()) else {
                    return;
                };
                let expected = self.model.after_message(self.now(), who, at, step);
                (expected, self.message(who, at, step).await)
            }
            Step::CreateTask(at, new) => {
                let Some(at) = at.among(self.workspaces.len()) else {
                    return;
                };
                let expected = self.model.after_new_task(who, at, new);
                (expected, self.new_task(who, at, new).await)
            }
            Step::Task(at, step) => {
                let Some(at) = at.among_newest(self.tasks.len()) else {
                    return;
                };
                if let TaskStep::Move(_, before, after) = step
                    && (before.is_some() || after.is_some())
                {
                    return self.move_beside(who, at, step).await;
                }
                (
                    self.model.after_task(who, at, step),
                    self.task(who, at, step).await,
                )
            }
            Step::Announce(chat, words) => {
                let Some(chat) = chat.among(self.chats.len()) else {
                    return;
                };
                self.announce(who, chat, words).await
            }
            Step::Comment(at, chat, lines) => {
                let Some(at) = at.among_newest(self.tasks.len()) else {
                    return;
                };
                self.comment(who, at, *chat, lines).await
            }
            Step::Bulk(slots, step) => self.bulk(who, slots, step).await,
        };
        let did = format!("{turn:?}: {done:?}");
        let has_grown = self.head().await > before;
        if let Some(after) = expected {
            assert!(done.is_ok(), "refused: {did}");
            let differs = after != self.model;
            assert_eq!(differs, has_grown, "an event exactly if something changes: {did}");
            self.model = after;
        } else {
            assert!(matches!(done, Err(Error::Refused(_))), "not refused: {did}");
            assert!(!has_grown, "a refused step left a trace: {did}");
        }
    }

    async fn register(&mut self) -> Result<(), Error> {
        let at = self.people.len();
        let command = Register {
            username: username(at),
            email: format!("{}@example.org", username(at)),
            display_name: format!("Person {at}"),
            password: PASSWORD.to_owned(),
        };
        let policy = Registration::Open;
        let user = self
            .app
            .accounts
            .register(self.request(), policy, command)
            .await?;
        self.memory.presence.set(user.id, text::is_online(at));
        self.people.push(user.id);
        Ok(())
    }

    async fn account(&mut self, who: usize, step: &AccountStep) -> Result<(), Error> {
        let (accounts, caller) = (self.app.accounts.clone(), self.caller(who));
        let authority = Authority::Admin(caller.clone());
        let person = |slot: &Slot| self.people[self.model.person(*slot)];
        match step {
            AccountStep::Register => self.register().await,
            AccountStep::Rename(name) => {
                let command = UpdateProfile {
                    expected: None,
                    display_name: Some(name.clone()),
                    email: None,
                };
                accounts.update_profile(&caller, command).await.map(drop)
            }
            AccountStep::SetAdmin(slot, to) => {
                accounts.set_admin(&authority, person(slot), *to).await.map(drop)
            }
            AccountStep::Deactivate(slot) => accounts.deactivate(&authority, person(slot)).await.map(drop),
            AccountStep::Reactivate(slot) => accounts.reactivate(&authority, person(slot)).await.map(drop),
            AccountStep::SignIn(is_right) => {
                let signed_in = accounts
                    .sign_in(&username(who).to_uppercase(), password(*is_right), None)
                    .await?;
                let identity = accounts.authenticate(&signed_in.access_token).await?;
                accounts.sign_out(identity.session.unwrap()).await
            }
            AccountStep::ChangePassword(is_right) => {
                accounts
                    .change_password(&caller, password(*is_right), PASSWORD.to_owned(), None)
                    .await
            }
            AccountStep::Token(scopes) => {
                let command = CreateToken {
                    name: "loom".to_owned(),
                    scopes: *scopes,
                    expires_at: None,
                };
                let (token, _) = accounts.create_token(&caller, command).await?;
                accounts.revoke_token(&caller, token.id).await
            }
        }
    }

    async fn workspace(&mut self, who: usize, at: usize, step: &WorkspaceStep) -> Result<(), Error> {
        use WorkspaceStep as Do;
        let (workspaces, caller) = (self.app.workspaces.clone(), self.caller(who));
        let person = |slot: &Slot| self.people[self.model.person(*slot)];
        if let Do::Create = step {
            let command = CreateWorkspace {
                name: "Flow".to_owned(),
                key_prefix: Some(PREFIX.to_owned()),
                ..CreateWorkspace::default()
            };
            self.workspaces
                .push(workspaces.create(&caller, command).await?.id);
            return Ok(());
        }
        let id = self.workspaces[at];
        let invites = self.invites.entry(at).or_default();
        match step {
            Do::Create => Ok(()),
            Do::Update(name, about) => {
                let (name, description) = (name.clone(), about.clone());
                let command = UpdateWorkspace {
                    workspace: id,
                    name,
                    description,
                    expected: None,
                };
                workspaces.update(&caller, command).await.map(drop)
            }
            Do::AddMember(slot, role) => workspaces
                .add_member(&caller, id, person(slot), *role)
                .await
                .map(drop),
            Do::ChangeRole(slot, role) => workspaces
                .change_role(&caller, id, person(slot), *role, None)
                .await
                .map(drop),
            Do::RemoveMember(slot) => workspaces.remove_member(&caller, id, person(slot)).await,
            Do::Transfer(slot) => workspaces.transfer(&caller, id, person(slot)).await.map(drop),
            Do::CreateInvite(role, max_uses) => {
                let command = CreateInvite {
                    workspace: id,
                    role: *role,
                    max_uses: *max_uses,
                    expires_at: None,
                };
                invites.push(workspaces.create_invite(&caller, command).await?);
                Ok(())
            }
            Do::RevokeInvite(slot) => {
                let invite = slot
                    .among(invites.len())
                    .map_or_else(|| Id::from_bytes([0; 16]), |at| invites[at].id);
                workspaces.revoke_invite(&caller, id, invite).await
            }
            Do::AcceptInvite(slot) => {
                let token = slot
                    .among(invites.len())
                    .and_then(|at| invites[at].token.as_deref())
                    .unwrap_or("none");
                workspaces.accept_invite(&caller, token).await.map(drop)
            }
            Do::Delete => workspaces.delete(&caller, id, None).await,
        }
    }

    pub(crate) fn chat_ref(&self, at: usize) -> ChatRef {
        ChatRef {
            workspace: self.workspaces[self.model.chats[at].workspace],
            chat: self.chats[at],
            expected: None,
        }
    }

    async fn new_chat(&mut self, who: usize, at: usize, new: &NewChat) -> Result<(), Error> {
        let is_direct = new.kind == flowra_core::chat::ChatKind::Direct;
        let command = CreateChat {
            workspace: self.workspaces[at],
            kind: new.kind,
            title: (!is_direct).then(|| new.title.clone()),
            topic: None,
            participants: new
                .people
                .iter()
                .map(|slot| self.people[self.model.person(*slot)])
                .collect(),
        };
        let created = self.app.chats.create(&self.caller(who), command).await?;
        if created.is_new {
            self.chats.push(created.chat.id);
        }
        Ok(())
    }

    async fn chat(&mut self, who: usize, at: usize, step: &ChatStep) -> Result<(), Error> {
        use ChatStep as Do;
        let (chats, caller, chat) = (self.app.chats.clone(), self.caller(who), self.chat_ref(at));
        let person = |slot: &Slot| self.people[self.model.person(*slot)];
        let here = self.model.messages_of(at);
        let place = |slot: &Slot| slot.among_newest(here.len()).map(|at| here[at]);
        let message =
            |slot: &Slot| place(slot).map_or_else(|| Id::from_bytes([0; 16]), |at| self.messages[at]);
        let update = |title: Option<String>, topic: Option<String>| UpdateChat { chat, title, topic };
        match step {
            Do::Rename(title) => chats
                .update(&caller, update(Some(title.clone()), None))
                .await
                .map(drop),
            Do::SetTopic(topic) => chats
                .update(&caller, update(None, Some(topic.clone())))
                .await
                .map(drop),
            Do::Close => chats.close(&caller, chat).await.map(drop),
            Do::Reopen => chats.reopen(&caller, chat).await.map(drop),
            Do::Delete => chats.delete(&caller, chat).await,
            Do::Join => chats.join(&caller, chat).await.map(drop),
            Do::Leave => chats.leave(&caller, chat).await,
            Do::Add(slot, role) => chats
                .add_participant(&caller, chat, person(slot), *role)
                .await
                .map(drop),
            Do::Remove(slot) => chats.remove_participant(&caller, chat, person(slot)).await,
            Do::ChangeRole(slot, role) => chats
                .change_participant_role(&caller, chat, person(slot), *role)
                .await
                .map(drop),
            Do::Pin(slot) => chats.pin(&caller, chat, message(slot)).await.map(drop),
            Do::Unpin(slot) if here.is_empty() => chats.pin(&caller, chat, message(slot)).await.map(drop),
            Do::Unpin(slot) => chats.unpin(&caller, chat, message(slot)).await.map(drop),
            Do::Read(slot) => {
                chats.read(&caller, chat, message(slot)).await?;
                let mark = self.marks.entry((who, at)).or_default();
                *mark = place(slot).map_or(*mark, |place| place.max(*mark));
                Ok(())
            }
            Do::Mute(muted) => chats.mute(&caller, chat, *muted).await,
        }
    }

    async fn post(
        &mut self,
        who: usize,
        chat: usize,
        parent: Option<Slot>,
        lines: &[TextLine],
    ) -> (Expected, Result<(), Error>) {
        let here = self.model.messages_of(chat);
        let parent = parent
            .and_then(|slot| slot.among_newest(here.len()))
            .map(|at| here[at]);
        let expected = text::after_post(&self.model, self.now(), who, chat, parent, lines);
        let command = PostMessage {
            chat: self.chat_ref(chat),
            content: text::render(&self.model, self.model.chats[chat].workspace, lines),
            parent: parent.map(|parent| self.messages[parent]),
            files: Vec::new(),
        };
        let posted = self.app.messages.post(&self.caller(who), command).await;
        self.told(who, lines, expected, posted).await
    }

    async fn announce(&mut self, who: usize, chat: usize, words: &str) -> (Expected, Result<(), Error>) {
        let expected = text::after_announcement(&self.model, self.now(), who, chat);
        let command = Announce {
            chat: self.chat_ref(chat),
            content: words.to_owned(),
        };
        let said = self.app.messages.announce(&self.caller(who), command).await;
        (expected, said.map(|message| self.messages.push(message.id)))
    }

    async fn comment(
        &mut self,
        who: usize,
        at: usize,
        chat: Option<Slot>,
        lines: &[TextLine],
    ) -> (Expected, Result<(), Error>) {
        let workspace = self.model.tasks[at].workspace;
        let chat = chat.and_then(|slot| self.model.chat_in(workspace, slot));
        let expected = text::after_comment(&self.model, self.now(), who, at, chat, lines);
        let TaskTarget { workspace, task, .. } = self.target(at);
        let command = CommentOnTask {
            workspace,
            task,
            content: text::render(&self.model, self.model.tasks[at].workspace, lines),
            channel: chat.map(|chat| self.chats[chat]),
        };
        let posted = self.app.messages.comment(&self.caller(who), command).await;
        self.told(who, lines, expected, posted).await
    }

    /// Takes in what came of a post or a comment.
    async fn told(
        &mut self,
        who: usize,
        lines: &[TextLine],
        expected: Option<(Model, Vec<bool>)>,
        posted: Result<Posted, Error>,
    ) -> (Expected, Result<(), Error>) {
        let posted = match posted {
            Ok(posted) => posted,
            Err(error) => return (expected.map(|(after, _)| after), Err(error)),
        };
        let (after, effects) = expected.expect("the message is refused");
        let parent = posted.message.parent;
        self.messages
            .extend(parent.filter(|root| !self.messages.contains(root)));
        let chat = after.messages[self.messages.len()].chat;
        let done: Vec<bool> = posted.tags.iter().map(|result| result.ok).collect();
        assert_eq!(done, effects, "the tags of {lines:?}: {:#?}", posted.tags);
        self.marks.insert((who, chat), self.messages.len());
        self.messages.push(posted.message.id);
        if after.messages.len() > self.messages.len() {
            self.messages.push(self.newest_reply(&posted.message).await);
        }
        for task in &after.tasks[self.tasks.len()..] {
            let workspace = self.workspaces[task.workspace];
            let found = self.app.ports.tasks.find_by_number(workspace, task.number).await;
            self.tasks
                .push(found.unwrap().expect("a task under the next number"));
        }
        (Some(after), Ok(()))
    }

    async fn newest_reply(&self, message: &flowra_core::message::Message) -> MessageId {
        use flowra_core::message::{Range, Which};
        let limit = flowra_core::page::Limit::parse(1).unwrap();
        let page = self
            .app
            .ports
            .messages
            .page(message.chat_id, Which::All, Range::Newest(limit))
            .await;
        let answer = Arc::clone(&page.unwrap().items[0].message);
        assert_eq!(answer.author, flowra_core::user::BOT, "the bot answers");
        assert_eq!(answer.parent, Some(message.thread()), "in the same thread");
        answer.id
    }

    async fn message(&mut self, who: usize, at: usize, step: &MessageStep) -> Result<(), Error> {
        let (messages, caller, id) = (self.app.messages.clone(), self.caller(who), self.messages[at]);
        let workspace = self.model.chats[self.model.messages[at].chat].workspace;
        match step {
            MessageStep::Edit(lines) => {
                let content = text::render(&self.model, workspace, lines);
                let command = EditMessage {
                    message: id,
                    content,
                    expected: None,
                };
                messages.edit(&caller, command).await.map(drop)
            }
            MessageStep::Delete => messages.delete(&caller, id, None).await,
            MessageStep::React(emoji) => messages.react(&caller, id, emoji).await.map(drop),
            MessageStep::Unreact(emoji) => messages.unreact(&caller, id, emoji).await.map(drop),
        }
    }
}

fn password(is_right: bool) -> String {
    if is_right { PASSWORD } else { "wrong battery" }.to_owned()
}

/// The class of what a use case answered, when it refused.
pub(crate) fn class<T>(result: &Result<T, Error>) -> Option<Class> {
    match result {
        Ok(_) => None,
        Err(Error::Refused(refusal)) => Some(refusal.code().class()),
        Err(Error::Failed(failure)) => panic!("a port failed: {failure}"),
    }
}
