//! Messages: how their lines are written, whom they mention, and what their tags lead to.

use std::collections::BTreeSet;

use flowra_core::chat::{ChatKind, ChatRole};
use flowra_testkit::strategies::commands::{ChatStep, Name, Slot, TagLine, TaskStep, TextLine};

use super::driver::date;
use super::model::{Message, Model, Task};

/// Only these are online.
pub(crate) fn is_online(person: usize) -> bool {
    person.is_multiple_of(2)
}

/// How the keys of a workspace's tasks begin.
pub(crate) const PREFIX: &str = "FLOW";

pub(crate) fn username(person: usize) -> String {
    format!("p{person}")
}

/// The message as it is sent.
pub(crate) fn render(model: &Model, workspace: usize, lines: &[TextLine]) -> String {
    let at = |slot: &Slot| format!("@{}", username(model.person(*slot)));
    let names = |names: &[Name]| {
        let names = names.iter().map(|name| match name {
            Name::Person(slot) => at(slot),
            Name::Nobody => "@nobody-here".to_owned(),
            Name::Channel => "@channel".to_owned(),
            Name::Admins => "@admins".to_owned(),
            Name::Here => "@here".to_owned(),
        });
        names.collect::<Vec<_>>().join(" ")
    };
    let tag = |tag: &TagLine| match tag {
        TagLine::Create(kind, title) => format!("#{} {title}", kind.as_str()),
        TagLine::Status(status) => format!("#status {}", status.as_str()),
        TagLine::Assignee(Some(slot)) => format!("#assignee {}", at(slot)),
        TagLine::Assignee(None) => "#assignee @none".to_owned(),
        TagLine::Priority(priority) => format!("#priority {}", priority.as_str()),
        TagLine::Severity(severity) => format!("#severity {}", severity.as_str()),
        TagLine::Due(Some(day)) => format!("#due {}", date(*day)),
        TagLine::Due(None) => "#due".to_owned(),
        TagLine::Title(title) => format!("#title {title}"),
        TagLine::Label(label) => format!("#label {label}"),
        TagLine::On(slot, is_own) => {
            let number = model
                .task_in(workspace, *slot)
                .map_or(1, |task| model.tasks[task].number);
            format!("#on {}-{number}", if *is_own { PREFIX } else { "ZZ" })
        }
        TagLine::Invite(slot) => format!("#invite {}", at(slot)),
        TagLine::Remove(slot) => format!("#remove {}", at(slot)),
        TagLine::Close => "#close".to_owned(),
        TagLine::Reopen => "#reopen".to_owned(),
    };
    let lines = lines.iter().map(|line| match line {
        TextLine::Words(words) => words.clone(),
        TextLine::Names(list) => names(list),
        TextLine::Code(list) => format!("```\n{}\n#task in code\n```", names(list)),
        TextLine::Tag(line) => tag(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whom it mentions: those named who read the chat, without the author.
pub(crate) fn mentioned(model: &Model, chat: usize, author: usize, lines: &[TextLine]) -> BTreeSet<usize> {
    let people = &model.chats[chat].people;
    let mut named = BTreeSet::new();
    for line in lines {
        match line {
            TextLine::Tag(TagLine::Assignee(Some(slot)) | TagLine::Invite(slot) | TagLine::Remove(slot)) => {
                named.insert(model.person(*slot));
            }
            TextLine::Words(_) | TextLine::Code(_) | TextLine::Tag(_) => {}
            TextLine::Names(list) => {
                for name in list {
                    match name {
                        Name::Person(slot) => {
                            named.insert(model.person(*slot));
                        }
                        Name::Nobody => {}
                        Name::Channel => named.extend(people.keys()),
                        Name::Admins => {
                            let admins = people.iter().filter(|(_, place)| place.is_admin);
                            named.extend(admins.map(|(person, _)| person));
                        }
                        Name::Here => named.extend(people.keys().filter(|person| is_online(**person))),
                    }
                }
            }
        }
    }
    named.retain(|person| *person != author && model.is_active(*person) && model.reads(chat, *person));
    named
}

/// All after a post, and which of its tags take effect; nothing when it must be refused.
pub(crate) fn after_post(
    model: &Model,
    now: i64,
    who: usize,
    chat: usize,
    parent: Option<usize>,
    lines: &[TextLine],
) -> Option<(Model, Vec<bool>)> {
    let one = &model.chats[chat];
    model.acting(one.workspace, who)?;
    let tags: Vec<&TagLine> = lines
        .iter()
        .filter_map(|line| match line {
            TextLine::Tag(tag) => Some(tag),
            TextLine::Words(_) | TextLine::Names(_) | TextLine::Code(_) => None,
        })
        .collect();
    let reopens = tags.iter().any(|tag| matches!(tag, TagLine::Reopen)) && model.manages(chat, who);
    let may_speak = model.takes_part(chat, who) && !one.is_deleted && (!one.is_closed || reopens);
    let is_root = parent.is_none_or(|parent| model.messages[parent].parent.is_none());
    if !may_speak || !is_root {
        return None;
    }
    let mut run = Run {
        now,
        who,
        chat,
        thread: parent.unwrap_or(model.messages.len()),
        active: Active::Unasked,
    };
    let mut after = model.clone();
    after.messages.push(Message {
        chat,
        author: Some(who),
        parent,
        content: Some(render(model, one.workspace, lines)),
        mentions: mentioned(model, chat, who, lines),
        reactions: BTreeSet::new(),
        posted: now,
        is_deleted: false,
    });
    let mut effects = Vec::new();
    for tag in tags {
        let changed = run.after_tag(model, &after, tag);
        effects.push(changed.is_some());
        after = changed.unwrap_or(after);
    }
    if !effects.is_empty() {
        after.messages.push(bots(chat, Some(run.thread), now));
    }
    Some((after, effects))
}

/// All after a comment on a task, and which of its tags take effect; nothing when it must be refused.
pub(crate) fn after_comment(
    model: &Model,
    now: i64,
    who: usize,
    task: usize,
    channel: Option<usize>,
    lines: &[TextLine],
) -> Option<(Model, Vec<bool>)> {
    let one = &model.tasks[task];
    model.acting(one.workspace, who)?;
    if !model.sees(task, who) {
        return None;
    }
    if let Some(root) = one.message {
        return after_post(model, now, who, model.messages[root].chat, Some(root), lines);
    }
    let is_channel = |chat: &usize| model.chats[*chat].kind == ChatKind::Channel;
    let chat = one.chat.or(channel.filter(is_channel))?;
    let mut after = model.clone();
    let root = after.messages.len();
    after.tasks[task].message = Some(root);
    after.messages.push(bots(chat, None, now));
    after_post(&after, now, who, chat, Some(root), lines)
}

/// All after a word of the application's own; nothing when it must be refused.
pub(crate) fn after_announcement(model: &Model, now: i64, who: usize, chat: usize) -> Option<Model> {
    let one = &model.chats[chat];
    model.acting(one.workspace, who)?;
    let may_speak = model.takes_part(chat, who) && !one.is_deleted && !one.is_closed;
    may_speak.then(|| {
        let mut after = model.clone();
        after.messages.push(bots(chat, None, now));
        after
    })
}

/// A message of the bot's.
fn bots(chat: usize, parent: Option<usize>, posted: i64) -> Message {
    Message {
        chat,
        author: None,
        parent,
        content: None,
        mentions: BTreeSet::new(),
        reactions: BTreeSet::new(),
        posted,
        is_deleted: false,
    }
}

enum Active {
    Unasked,
    Task(usize),
    Failed,
}

/// A message's tags, one after another.
struct Run {
    now: i64,
    who: usize,
    chat: usize,
    thread: usize,
    active: Active,
}

impl Run {
    /// All after one tag, or nothing when it fails; `before` is how things were before the message.
    fn after_tag(&mut self, before: &Model, model: &Model, tag: &TagLine) -> Option<Model> {
        let change = |step: &ChatStep| model.after_chat_change(self.now, self.who, self.chat, step);
        let step = match tag {
            TagLine::Invite(slot) => return change(&ChatStep::Add(*slot, ChatRole::Member)),
            TagLine::Remove(slot) => return change(&ChatStep::Remove(*slot)),
            TagLine::Close => return change(&ChatStep::Close),
            TagLine::Reopen => return change(&ChatStep::Reopen),
            TagLine::Create(kind, title) => {
                self.active = Active::Failed;
                if !model.reads(self.chat, self.who) {
                    return None;
                }
                self.active = Active::Task(model.tasks.len());
                let made = Task {
                    chat: Some(self.chat),
                    message: Some(self.thread),
                    ..model.new_task(model.chats[self.chat].workspace, self.who, *kind, title)
                };
                let mut after = model.clone();
                after.tasks.push(made);
                return Some(after);
            }
            TagLine::On(slot, is_own) => {
                self.active = Active::Failed;
                let workspace = model.chats[self.chat].workspace;
                let task = before
                    .task_in(workspace, *slot)
                    // The key was written before the message made any task: number 1, if it makes the first.
                    .or_else(|| model.tasks_of(workspace).first().copied())?;
                if !is_own || !model.sees(task, self.who) {
                    return None;
                }
                self.active = Active::Task(task);
                return Some(model.clone());
            }
            TagLine::Status(status) => TaskStep::SetStatus(*status),
            TagLine::Assignee(slot) => TaskStep::SetAssignee(*slot),
            TagLine::Priority(priority) => TaskStep::SetPriority(*priority),
            TagLine::Severity(severity) => TaskStep::SetSeverity(Some(*severity)),
            TagLine::Due(due) => TaskStep::SetDue(*due),
            TagLine::Title(title) => TaskStep::Update(Some(title.clone()), None),
            TagLine::Label(label) => {
                let mut labels = self
                    .task(before)
                    .map_or(Vec::new(), |at| model.tasks[at].labels.clone());
                labels.push(label.clone());
                TaskStep::SetLabels(labels)
            }
        };
        let task = self.task(before)?;
        if !model.sees(task, self.who) {
            return None;
        }
        model.after_task_change(self.who, task, &step)
    }

    /// The task acted on: the one chosen, else that of the thread, else the newest of the chat.
    fn task(&mut self, before: &Model) -> Option<usize> {
        if matches!(self.active, Active::Unasked) {
            let newest = |fits: &dyn Fn(&Task) -> bool| {
                let tasks = before.tasks.iter().enumerate();
                let fitting = tasks.filter(|(_, task)| !task.is_deleted && fits(task));
                fitting.map(|(at, _)| at).last()
            };
            let found = newest(&|task| task.message == Some(self.thread))
                .or_else(|| newest(&|task| task.chat == Some(self.chat)));
            self.active = found.map_or(Active::Failed, Active::Task);
        }
        match self.active {
            Active::Task(at) => Some(at),
            Active::Unasked | Active::Failed => None,
        }
    }
}
