//! Carrying out the tags of a message, each alone, with the author's own permissions.
//!
//! The rules are those of `task` and `chat`; here is only which task a tag acts on, and what the bot says.

use std::sync::Arc;

use super::Message;
use crate::access::Membership;
use crate::app::{Caller, Ports};
use crate::chat::{Chat, ChatEvent, ChatRefusal, ChatRole};
use crate::draft::Draft;
use crate::port::fresh;
use crate::refusal::Error;
use crate::tag::{Tag, TagName, TagResult};
use crate::task::{
    Due, Label, Labels, NewTask, Numbers, Priority, Severity, Task, TaskEvent, TaskKey, TaskKind,
    TaskRefusal, TaskTitle, assignable, sees_tasks,
};
use crate::text::TextFault;
use crate::user::{User, Username};
use crate::{TaskId, UserId};

/// How many tags of one message act; the rest fail, so that one request cannot change thousands of things.
const MAX_TAGS: usize = 50;

const NO_TASK: &str = "no active task: create one with #task, #bug or #epic, or name one with #on";

/// Which task the next tag acts on.
enum Active {
    /// Nobody asked yet: the thread's, else the newest of the chat.
    Unasked,
    /// This one; an index into the tasks at hand.
    Task(usize),
    /// None, because finding or making one failed.
    Failed,
}

/// Why a tag did nothing.
enum Fault {
    /// The author is at fault; the bot says so.
    Said(String),
    /// A port failed; the whole request does.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        match error.into() {
            Error::Refused(refusal) => Self::Said(refusal.to_string()),
            failed @ Error::Failed(_) => Self::Failed(failed),
        }
    }
}

/// The tags of one message on their way into its commit.
pub(super) struct TagRun<'a> {
    ports: &'a Ports,
    numbers: &'a Arc<Numbers>,
    caller: &'a Caller,
    member: &'a Membership,
    chat: Arc<Chat>,
    message: &'a Message,
    draft: &'a mut Draft,
    active: Active,
    /// The tasks acted on so far, each as the draft leaves it.
    tasks: Vec<Arc<Task>>,
}

impl<'a> TagRun<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        numbers: &'a Arc<Numbers>,
        caller: &'a Caller,
        member: &'a Membership,
        chat: Arc<Chat>,
        message: &'a Message,
        draft: &'a mut Draft,
    ) -> Self {
        Self {
            ports,
            numbers,
            caller,
            member,
            chat,
            message,
            draft,
            active: Active::Unasked,
            tasks: Vec::new(),
        }
    }

    /// The tags act on this task until one says otherwise. It is as the draft leaves it.
    pub(super) fn begin_with(&mut self, task: Arc<Task>) {
        self.active = Active::Task(self.tasks.len());
        self.tasks.push(task);
    }

    /// Carries them out in their order; what each did, in the same order.
    pub(super) async fn carry_out(&mut self, tags: &[Tag<'_>]) -> Result<Vec<TagResult>, Error> {
        let mut results = Vec::with_capacity(tags.len().min(MAX_TAGS + 1));
        for (at, tag) in tags.iter().enumerate() {
            if at == MAX_TAGS {
                results.push(TagResult::failed(
                    *tag,
                    None,
                    &format!("a message has at most {MAX_TAGS} tags: post another one"),
                ));
                break;
            }
            let outcome = self.carry_out_one(*tag).await;
            let task = match self.active {
                Active::Task(at) if acts_on_task(tag.name) => self.tasks.get(at),
                Active::Task(_) | Active::Unasked | Active::Failed => None,
            };
            results.push(match outcome {
                Ok(sentence) => TagResult::done(*tag, task.map(|task| &**task), sentence),
                Err(Fault::Said(why)) => TagResult::failed(*tag, task.map(|task| &**task), &why),
                Err(Fault::Failed(error)) => return Err(error),
            });
        }
        Ok(results)
    }

    async fn carry_out_one(&mut self, tag: Tag<'_>) -> Result<String, Fault> {
        match tag.name {
            TagName::Create(kind) => {
                self.active = Active::Failed;
                self.create(kind, tag.value).await
            }
            TagName::On => {
                self.active = Active::Failed;
                self.choose(tag.value).await
            }
            TagName::Status => self.status(tag.value).await,
            TagName::Assignee => self.assignee(tag.value).await,
            TagName::Priority => self.priority(tag.value).await,
            TagName::Severity => self.severity(tag.value).await,
            TagName::Due => self.due(tag.value).await,
            TagName::Title => self.title(tag.value).await,
            TagName::Label => self.label(tag.value).await,
            TagName::Invite => self.invite(tag.value).await,
            TagName::Remove => self.remove(tag.value).await,
            TagName::Close | TagName::Reopen if !tag.value.is_empty() => {
                Err(Fault::Said("it takes no value: let it stand alone".to_owned()))
            }
            TagName::Close => {
                let events = self.chat.close(self.member.viewer)?;
                self.change_chat(events)?;
                Ok(format!("{} closed the chat", self.who()))
            }
            TagName::Reopen => {
                let events = self.chat.reopen(self.member.viewer)?;
                self.change_chat(events)?;
                Ok(format!("{} reopened the chat", self.who()))
            }
        }
    }

    fn who(&self) -> &str {
        self.member.user.display_name.as_str()
    }

    // ---- which task

    async fn task(&mut self) -> Result<(usize, Arc<Task>), Fault> {
        if matches!(self.active, Active::Unasked) {
            let of_thread = self.ports.tasks.newest_of_message(self.message.thread()).await?;
            let found = match of_thread {
                Some(id) => Some(id),
                None => self.ports.tasks.newest_of_chat(self.chat.id).await?,
            };
            self.active = match found {
                Some(id) => self.at_hand(id).await?.map_or(Active::Failed, Active::Task),
                None => Active::Failed,
            };
        }
        let Active::Task(at) = self.active else {
            return Err(Fault::Said(NO_TASK.to_owned()));
        };
        let task = Arc::clone(&self.tasks[at]);
        // An earlier tag may have taken the author out of the chat.
        if self.sees(&task).await? {
            Ok((at, task))
        } else {
            Err(ChatRefusal::NotParticipant.into())
        }
    }

    /// The task among those at hand, loaded if need be; `None` when it is deleted.
    async fn at_hand(&mut self, id: TaskId) -> Result<Option<usize>, Error> {
        if let Some(at) = self.tasks.iter().position(|task| task.id == id) {
            return Ok(Some(at));
        }
        let task = self.ports.tasks.load(id).await?.filter(|task| !task.is_deleted);
        Ok(task.map(|task| {
            self.tasks.push(task);
            self.tasks.len() - 1
        }))
    }

    async fn create(&mut self, kind: TaskKind, title: &str) -> Result<String, Fault> {
        let title = parse_title(title)?;
        // An earlier tag may have taken the author out of the chat.
        if !self.chat.is_readable_by(self.member.viewer) {
            return Err(ChatRefusal::NotParticipant.into());
        }
        let workspace = &*self.member.workspace;
        let number = self
            .draft
            .next_number(self.ports, self.numbers, workspace.id)
            .await?;
        let chat = Arc::clone(&self.chat);
        let created = NewTask {
            chat: Some(&chat),
            message: Some(self.message.thread()),
            ..NewTask::titled(workspace, number, kind, title, self.caller.user)
        };
        let task = created.draft(self.draft, fresh(&*self.ports.ids))?;
        let sentence = format!("{} created the {kind} {}: {}", self.who(), task.key, task.title);
        self.tasks.push(task);
        self.active = Active::Task(self.tasks.len() - 1);
        Ok(sentence)
    }

    async fn choose(&mut self, key: &str) -> Result<String, Fault> {
        let unknown = || Fault::Said("there is no such task: give a key such as FLOW-12".to_owned());
        let key: TaskKey = key.parse().map_err(|_| unknown())?;
        if let Some(at) = self.tasks.iter().position(|task| task.key == key) {
            self.active = Active::Task(at);
            return Ok(format!("{} chose {key}", self.who()));
        }
        let workspace = &self.member.workspace;
        let found = self
            .ports
            .tasks
            .find_by_number(workspace.id, key.number)
            .await?
            .ok_or_else(unknown)?;
        // Loaded apart from those at hand, whose changes by earlier tags a task that is not to be chosen must not disturb.
        let task = self
            .ports
            .tasks
            .load(found)
            .await?
            .filter(|task| !task.is_deleted);
        let task = task.filter(|task| task.key == key).ok_or_else(unknown)?;
        if !self.sees(&task).await? {
            return Err(unknown());
        }
        self.tasks.push(task);
        let at = self.tasks.len() - 1;
        self.active = Active::Task(at);
        Ok(format!("{} chose {key}", self.who()))
    }

    async fn sees(&mut self, task: &Task) -> Result<bool, Error> {
        let chat = self.chat_of(task).await?;
        if task.chat.is_some() && chat.is_none() {
            return Ok(false);
        }
        if let Some(chat) = chat.as_deref().filter(|chat| chat.id != self.chat.id) {
            self.draft.guard_chat(chat);
        }
        Ok(sees_tasks(self.member.viewer, chat.as_deref()))
    }

    fn change_task(&mut self, at: usize, events: Vec<TaskEvent>) -> Result<(), Error> {
        if !events.is_empty() {
            self.tasks[at] = self
                .draft
                .task(Arc::clone(&self.tasks[at]), self.caller.user, events)?;
        }
        Ok(())
    }

    // ---- what a tag does to its task

    async fn status(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        let status = task.kind.status(value).map_err(|unknown| {
            Fault::Said(format!(
                "not a status of {}. Use {}",
                task.kind.with_article(),
                unknown.allowed
            ))
        })?;
        self.change_task(at, task.set_status(status)?)?;
        Ok(format!(
            "{} set the status of {} to {status}",
            self.who(),
            task.key
        ))
    }

    async fn priority(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        let priority: Priority = value.parse().map_err(|unknown: crate::text::UnknownWord| {
            Fault::Said(format!("not a priority. Use {}", unknown.allowed))
        })?;
        self.change_task(at, task.set_priority(priority)?)?;
        Ok(format!(
            "{} set the priority of {} to {priority}",
            self.who(),
            task.key
        ))
    }

    async fn severity(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        let severity: Severity = value.parse().map_err(|unknown: crate::text::UnknownWord| {
            Fault::Said(format!("not a severity. Use {}", unknown.allowed))
        })?;
        self.change_task(at, task.set_severity(Some(severity))?)?;
        Ok(format!(
            "{} set the severity of {} to {severity}",
            self.who(),
            task.key
        ))
    }

    async fn due(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        if value.is_empty() {
            self.change_task(at, task.set_due(None)?)?;
            return Ok(format!("{} cleared the due date of {}", self.who(), task.key));
        }
        let due: Due = value.parse().map_err(|_| {
            Fault::Said("not a date. Use YYYY-MM-DD, or RFC 3339 such as 2026-11-22T09:30:00Z, or nothing to clear it".to_owned())
        })?;
        self.change_task(at, task.set_due(Some(due))?)?;
        Ok(format!(
            "{} set the due date of {} to {due}",
            self.who(),
            task.key
        ))
    }

    async fn title(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        let title = parse_title(value)?;
        let sentence = format!("{} renamed {} to {title}", self.who(), task.key);
        self.change_task(at, task.rename(title)?)?;
        Ok(sentence)
    }

    async fn label(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        let invalid = |fault| {
            Fault::from(TaskRefusal::Invalid {
                field: "label",
                fault,
            })
        };
        let words = value.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let labels: Vec<Label> = words
            .map(Label::parse)
            .collect::<Result<_, _>>()
            .map_err(invalid)?;
        let labels = Labels::parse(labels)?;
        if labels.as_slice().is_empty() {
            return Err(invalid(TextFault::TooShort { min: 1 }));
        }
        let names: Vec<&str> = labels.as_slice().iter().map(Label::as_str).collect();
        let sentence = format!("{} labelled {} {}", self.who(), task.key, names.join(", "));
        self.change_task(at, task.add_labels(&labels)?)?;
        Ok(sentence)
    }

    async fn assignee(&mut self, value: &str) -> Result<String, Fault> {
        let (at, task) = self.task().await?;
        if value.is_empty() || value == "@none" {
            self.change_task(at, task.assign(None)?)?;
            return Ok(format!("{} unassigned {}", self.who(), task.key));
        }
        let user = self.person(value).await?;
        let events = task.assign(Some(user.id))?;
        if !events.is_empty() {
            let chat = self.chat_of(&task).await?;
            let assignee = assignable(self.ports, &self.member.workspace, chat.as_deref(), user.id).await?;
            let assignee = assignee.ok_or(TaskRefusal::AssigneeCannotSee)?;
            self.draft.guard_user(&assignee);
            self.change_task(at, events)?;
        }
        Ok(format!(
            "{} assigned {} to {}",
            self.who(),
            task.key,
            user.display_name
        ))
    }

    async fn chat_of(&self, task: &Task) -> Result<Option<Arc<Chat>>, Error> {
        match task.chat {
            None => Ok(None),
            Some(id) if id == self.chat.id => Ok(Some(Arc::clone(&self.chat))),
            Some(id) => Ok(self.ports.chats.load(id).await?),
        }
    }

    // ---- what a tag does to the chat

    async fn person(&self, value: &str) -> Result<Arc<User>, Fault> {
        let unknown = || Fault::Said("there is no such person: give @ and a username".to_owned());
        let name = Username::parse(value.strip_prefix('@').unwrap_or(value)).map_err(|_| unknown())?;
        let found = self.ports.users.find_by_username(vec![name]).await?;
        found.into_iter().next().ok_or_else(unknown)
    }

    async fn invite(&mut self, value: &str) -> Result<String, Fault> {
        let user = self.person(value).await?;
        if self.member.workspace.role_of(user.id).is_none() {
            return Err(ChatRefusal::ParticipantNotMember { field: "user_id" }.into());
        }
        let events = self.chat.add(self.member.viewer, user.id, ChatRole::Member)?;
        self.change_chat(events)?;
        Ok(format!("{} added {} to the chat", self.who(), user.display_name))
    }

    async fn remove(&mut self, value: &str) -> Result<String, Fault> {
        let user = self.person(value).await?;
        let events = self.chat.remove(self.member.viewer, user.id)?;
        self.change_chat(events)?;
        Ok(format!(
            "{} removed {} from the chat",
            self.who(),
            user.display_name
        ))
    }

    fn change_chat(&mut self, events: Vec<ChatEvent>) -> Result<(), Error> {
        if !events.is_empty() {
            let by: UserId = self.caller.user;
            self.chat = self.draft.chat(Arc::clone(&self.chat), by, events)?;
        }
        Ok(())
    }
}

const fn acts_on_task(name: TagName) -> bool {
    !matches!(
        name,
        TagName::Invite | TagName::Remove | TagName::Close | TagName::Reopen
    )
}

fn parse_title(text: &str) -> Result<TaskTitle, TaskRefusal> {
    TaskTitle::parse(text).map_err(|fault| TaskRefusal::Invalid {
        field: "title",
        fault,
    })
}
