//! What people do: every command of every use case, by random hands on whatever exists.
//!
//! A [`Step`] names people, chats, messages and tasks by a [`Slot`], a small index into what exists when the step is taken, so that any
//! sequence of steps makes sense, shortened ones included. It refuses to know ids, and what comes of a step.

use flowra_core::chat::{ChatKind, ChatRole};
use flowra_core::task::{Column, Priority, Severity, Status, TaskKind};
use flowra_core::user::Scopes;
use flowra_core::workspace::Role;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    chat_kinds, chat_roles, columns, priorities, roles, scopes, severities, statuses, statuses_of, task_kinds,
};

/// One of those that exist: the one at this index, counted round and round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u8);

impl Slot {
    /// The index that it means among so many; none when there are none.
    #[must_use]
    pub fn among(self, count: usize) -> Option<usize> {
        usize::from(self.0).checked_rem(count)
    }

    /// The index that it means counted from the end, for that which is mostly done to new things.
    #[must_use]
    pub fn among_newest(self, count: usize) -> Option<usize> {
        self.among(count).map(|at| count - 1 - at)
    }
}

/// Somebody does something.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Who: one of the people.
    pub who: Slot,
    /// What.
    pub step: Step,
}

/// A command with all that it says, or time going by.
#[derive(Clone, Debug)]
pub enum Step {
    /// So many seconds go by.
    Wait(u32),
    /// To an account.
    Account(AccountStep),
    /// To a workspace.
    Workspace(Slot, WorkspaceStep),
    /// A new chat in a workspace.
    CreateChat(Slot, NewChat),
    /// To a chat.
    Chat(Slot, ChatStep),
    /// A message in a chat, in answer to one of its messages or not.
    Post(Slot, Option<Slot>, Vec<TextLine>),
    /// To a message.
    Message(Slot, MessageStep),
    /// A new task in a workspace.
    CreateTask(Slot, NewTask),
    /// To a task.
    Task(Slot, TaskStep),
    /// A word of the application's own in a chat.
    Announce(Slot, String),
    /// A comment on a task; a thread that begins with it is in this chat if the task has none.
    Comment(Slot, Option<Slot>, Vec<TextLine>),
    /// The same to several tasks of the workspace of the first.
    Bulk(Vec<Slot>, BulkStep),
}

/// What is done to accounts.
#[derive(Clone, Debug)]
pub enum AccountStep {
    /// Somebody new registers.
    Register,
    /// One calls oneself otherwise.
    Rename(String),
    /// Somebody becomes system administrator or is one no more.
    SetAdmin(Slot, bool),
    /// Somebody loses all rights.
    Deactivate(Slot),
    /// Somebody has them back.
    Reactivate(Slot),
    /// One signs in with the right password or a wrong one, and out again.
    SignIn(bool),
    /// One changes one's password, knowing the old one or not.
    ChangePassword(bool),
    /// One makes a personal token with these scopes, and revokes it.
    Token(Scopes),
}

/// What is done to workspaces.
#[derive(Clone, Debug)]
pub enum WorkspaceStep {
    /// One makes another one, whichever was named.
    Create,
    /// It gets another name, description, or both.
    Update(Option<String>, Option<String>),
    /// Somebody is added.
    AddMember(Slot, Role),
    /// Somebody gets another role.
    ChangeRole(Slot, Role),
    /// Somebody leaves or is removed.
    RemoveMember(Slot),
    /// Somebody becomes its owner.
    Transfer(Slot),
    /// An invite for so many.
    CreateInvite(Role, u32),
    /// One of the invites is made worth nothing.
    RevokeInvite(Slot),
    /// One comes in by one of the invites.
    AcceptInvite(Slot),
    /// It goes, with all that is in it.
    Delete,
}

/// What a chat is made of.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// Which kind.
    pub kind: ChatKind,
    /// What it is called, unless it is direct.
    pub title: String,
    /// The others.
    pub people: Vec<Slot>,
}

/// What is done to chats.
#[derive(Clone, Debug)]
pub enum ChatStep {
    /// Another title.
    Rename(String),
    /// Another topic.
    SetTopic(String),
    /// No messages from now on.
    Close,
    /// Messages again.
    Reopen,
    /// Gone for everyone.
    Delete,
    /// One joins.
    Join,
    /// One leaves.
    Leave,
    /// Somebody is added.
    Add(Slot, ChatRole),
    /// Somebody is taken out.
    Remove(Slot),
    /// Somebody gets another role.
    ChangeRole(Slot, ChatRole),
    /// One of its messages is pinned.
    Pin(Slot),
    /// One of its messages is pinned no more.
    Unpin(Slot),
    /// One has read up to one of its messages.
    Read(Slot),
    /// One mutes it or hears it again.
    Mute(bool),
}

/// A line of a message, so that what it means is known without reading it.
#[derive(Clone, Debug)]
pub enum TextLine {
    /// Words that name nobody.
    Words(String),
    /// People named.
    Names(Vec<Name>),
    /// The same in a code block, where they are text.
    Code(Vec<Name>),
    /// A tag.
    Tag(TagLine),
}

/// Whom a text names.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// One of the people.
    Person(Slot),
    /// Nobody who exists.
    Nobody,
    /// `@channel`
    Channel,
    /// `@admins`
    Admins,
    /// `@here`
    Here,
}

/// A tag with its value.
#[derive(Clone, Debug)]
pub enum TagLine {
    /// `#task`, `#bug`, `#epic`
    Create(TaskKind, String),
    /// `#status`
    Status(Status),
    /// `#assignee` with somebody or with `@none`
    Assignee(Option<Slot>),
    /// `#priority`
    Priority(Priority),
    /// `#severity`
    Severity(Severity),
    /// `#due`, cleared without a day of November 2026
    Due(Option<u8>),
    /// `#title`
    Title(String),
    /// `#label`
    Label(String),
    /// `#on` with the number of one of the tasks, under the workspace's prefix or a foreign one
    On(Slot, bool),
    /// `#invite`
    Invite(Slot),
    /// `#remove`
    Remove(Slot),
    /// `#close`
    Close,
    /// `#reopen`
    Reopen,
}

/// What is done to messages.
#[derive(Clone, Debug)]
pub enum MessageStep {
    /// Another text.
    Edit(Vec<TextLine>),
    /// Gone, but for its place.
    Delete,
    /// A reaction.
    React(&'static str),
    /// A reaction taken back.
    Unreact(&'static str),
}

/// What a task is made of.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Which kind.
    pub kind: TaskKind,
    /// What is to be done.
    pub title: String,
    /// Where it is seen.
    pub chat: Option<Slot>,
    /// Who does it.
    pub assignee: Option<Slot>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The epic of which it is a part, if the slot means one.
    pub epic: Option<Slot>,
}

/// What is done to tasks.
#[derive(Clone, Debug)]
pub enum TaskStep {
    /// Another title, description, or both.
    Update(Option<String>, Option<String>),
    /// Another status.
    SetStatus(Status),
    /// Somebody does it, or nobody.
    SetAssignee(Option<Slot>),
    /// Another priority.
    SetPriority(Priority),
    /// Another severity, or none.
    SetSeverity(Option<Severity>),
    /// Due on this day of November 2026, or never.
    SetDue(Option<u8>),
    /// These labels and no others.
    SetLabels(Vec<String>),
    /// A part of this epic, or of none.
    SetEpic(Option<Slot>),
    /// To a column, before one task, behind another.
    Move(Option<Column>, Option<Slot>, Option<Slot>),
    /// Gone for good.
    Delete,
}

/// What is done to several tasks at once.
#[derive(Clone, Debug)]
pub enum BulkStep {
    /// Another status.
    SetStatus(Status),
    /// Somebody does them, or nobody.
    SetAssignee(Option<Slot>),
    /// Another priority.
    SetPriority(Priority),
    /// Another label.
    AddLabel(String),
    /// A label less.
    RemoveLabel(String),
}

/// Any of what exists, mostly one of the first.
pub fn slots() -> impl Strategy<Value = Slot> {
    prop_oneof![4 => 0..6_u8, 1 => any::<u8>()].prop_map(Slot)
}

/// Somebody doing anything.
pub fn turns() -> impl Strategy<Value = Turn> {
    (slots(), steps()).prop_map(|(who, step)| Turn { who, step })
}

/// Anything that can be done, mostly what people mostly do.
pub fn steps() -> impl Strategy<Value = Step> {
    // Most things happen in the first of the workspaces.
    let workspace = || prop_oneof![6 => Just(Slot(0)), 1 => slots()];
    prop_oneof![
        1 => (0..100_000_u32).prop_map(Step::Wait),
        2 => account_steps().prop_map(Step::Account),
        5 => (workspace(), workspace_steps()).prop_map(|(at, step)| Step::Workspace(at, step)),
        3 => (workspace(), new_chats()).prop_map(|(at, new)| Step::CreateChat(at, new)),
        8 => (slots(), chat_steps()).prop_map(|(at, step)| Step::Chat(at, step)),
        10 => (slots(), option::weighted(0.3, slots()), text_lines())
            .prop_map(|(chat, parent, lines)| Step::Post(chat, parent, lines)),
        5 => (slots(), message_steps()).prop_map(|(at, step)| Step::Message(at, step)),
        4 => (workspace(), new_tasks()).prop_map(|(at, new)| Step::CreateTask(at, new)),
        9 => (slots(), task_steps()).prop_map(|(at, step)| Step::Task(at, step)),
        1 => (slots(), words()).prop_map(|(chat, words)| Step::Announce(chat, words)),
        4 => (slots(), option::weighted(0.8, slots()), text_lines())
            .prop_map(|(task, chat, lines)| Step::Comment(task, chat, lines)),
        1 => (vec(slots(), 1..4), bulk_steps()).prop_map(|(tasks, step)| Step::Bulk(tasks, step)),
    ]
}

/// Anything done to accounts.
pub fn account_steps() -> impl Strategy<Value = AccountStep> {
    prop_oneof![
        2 => Just(AccountStep::Register),
        2 => words().prop_map(AccountStep::Rename),
        1 => (slots(), any::<bool>()).prop_map(|(who, is_admin)| AccountStep::SetAdmin(who, is_admin)),
        2 => slots().prop_map(AccountStep::Deactivate),
        2 => slots().prop_map(AccountStep::Reactivate),
        1 => any::<bool>().prop_map(AccountStep::SignIn),
        1 => any::<bool>().prop_map(AccountStep::ChangePassword),
        1 => scopes().prop_map(AccountStep::Token),
    ]
}

/// Anything done to a workspace; rarely its end.
pub fn workspace_steps() -> impl Strategy<Value = WorkspaceStep> {
    use WorkspaceStep as Do;
    prop_oneof![
        3 => Just(Do::Create),
        3 => (option::of(words()), option::of(words())).prop_map(|(name, about)| Do::Update(name, about)),
        6 => (slots(), roles()).prop_map(|(who, role)| Do::AddMember(who, role)),
        6 => (slots(), roles()).prop_map(|(who, role)| Do::ChangeRole(who, role)),
        6 => slots().prop_map(Do::RemoveMember),
        4 => slots().prop_map(Do::Transfer),
        6 => (roles(), 0..3_u32).prop_map(|(role, uses)| Do::CreateInvite(role, uses)),
        3 => slots().prop_map(Do::RevokeInvite),
        6 => slots().prop_map(Do::AcceptInvite),
        1 => Just(Do::Delete),
    ]
}

/// Any new chat.
pub fn new_chats() -> impl Strategy<Value = NewChat> {
    (chat_kinds(), words(), vec(slots(), 0..4)).prop_map(|(kind, title, people)| NewChat {
        kind,
        title,
        people,
    })
}

/// Anything done to a chat; rarely its end.
pub fn chat_steps() -> impl Strategy<Value = ChatStep> {
    use ChatStep as Do;
    prop_oneof![
        2 => words().prop_map(Do::Rename),
        1 => words().prop_map(Do::SetTopic),
        1 => Just(Do::Close),
        2 => Just(Do::Reopen),
        1 => Just(Do::Delete),
        4 => Just(Do::Join),
        4 => Just(Do::Leave),
        4 => (slots(), chat_roles()).prop_map(|(who, role)| Do::Add(who, role)),
        4 => slots().prop_map(Do::Remove),
        4 => (slots(), chat_roles()).prop_map(|(who, role)| Do::ChangeRole(who, role)),
        2 => slots().prop_map(Do::Pin),
        1 => slots().prop_map(Do::Unpin),
        5 => slots().prop_map(Do::Read),
        1 => any::<bool>().prop_map(Do::Mute),
    ]
}

/// Any message, often with tags and names.
pub fn text_lines() -> impl Strategy<Value = Vec<TextLine>> {
    let line = prop_oneof![
        3 => words().prop_map(TextLine::Words),
        3 => vec(names(), 1..3).prop_map(TextLine::Names),
        1 => vec(names(), 1..3).prop_map(TextLine::Code),
        4 => tag_lines().prop_map(TextLine::Tag),
    ];
    vec(line, 1..5)
}

/// Anybody named.
pub fn names() -> impl Strategy<Value = Name> {
    prop_oneof![
        5 => slots().prop_map(Name::Person),
        1 => Just(Name::Nobody),
        1 => select(vec![Name::Channel, Name::Admins, Name::Here]),
    ]
}

/// Any tag.
pub fn tag_lines() -> impl Strategy<Value = TagLine> {
    use TagLine as Tag;
    prop_oneof![
        6 => (task_kinds(), words()).prop_map(|(kind, title)| Tag::Create(kind, title)),
        3 => likely_statuses().prop_map(Tag::Status),
        3 => option::weighted(0.8, slots()).prop_map(Tag::Assignee),
        2 => priorities().prop_map(Tag::Priority),
        2 => severities().prop_map(Tag::Severity),
        2 => days().prop_map(Tag::Due),
        2 => words().prop_map(Tag::Title),
        2 => words().prop_map(Tag::Label),
        3 => (slots(), any::<bool>()).prop_map(|(task, is_own)| Tag::On(task, is_own)),
        2 => slots().prop_map(Tag::Invite),
        2 => slots().prop_map(Tag::Remove),
        1 => Just(Tag::Close),
        2 => Just(Tag::Reopen),
    ]
}

/// Anything done to a message.
pub fn message_steps() -> impl Strategy<Value = MessageStep> {
    let emojis = || select(vec!["👍", "🎉", ":tada:"]);
    prop_oneof![
        2 => text_lines().prop_map(MessageStep::Edit),
        1 => Just(MessageStep::Delete),
        2 => emojis().prop_map(MessageStep::React),
        1 => emojis().prop_map(MessageStep::Unreact),
    ]
}

/// Any new task.
pub fn new_tasks() -> impl Strategy<Value = NewTask> {
    let rarely = || option::weighted(0.2, slots());
    let details = (
        option::weighted(0.6, slots()),
        rarely(),
        option::weighted(0.1, severities()),
        rarely(),
    );
    (task_kinds(), words(), details).prop_map(|(kind, title, (chat, assignee, severity, epic))| NewTask {
        kind,
        title,
        chat,
        assignee,
        severity,
        epic,
    })
}

/// Anything done to a task.
pub fn task_steps() -> impl Strategy<Value = TaskStep> {
    use TaskStep as Do;
    prop_oneof![
        2 => (option::of(words()), option::of(words())).prop_map(|(title, about)| Do::Update(title, about)),
        5 => likely_statuses().prop_map(Do::SetStatus),
        3 => option::weighted(0.8, slots()).prop_map(Do::SetAssignee),
        1 => priorities().prop_map(Do::SetPriority),
        1 => option::of(severities()).prop_map(Do::SetSeverity),
        1 => days().prop_map(Do::SetDue),
        1 => vec(words(), 0..3).prop_map(Do::SetLabels),
        2 => option::weighted(0.8, slots()).prop_map(Do::SetEpic),
        6 => (option::weighted(0.3, columns()), option::of(slots()), option::of(slots()))
            .prop_map(|(column, before, after)| Do::Move(column, before, after)),
        1 => Just(Do::Delete),
    ]
}

/// Anything done to several tasks.
pub fn bulk_steps() -> impl Strategy<Value = BulkStep> {
    use BulkStep as Do;
    prop_oneof![
        likely_statuses().prop_map(Do::SetStatus),
        option::of(slots()).prop_map(Do::SetAssignee),
        priorities().prop_map(Do::SetPriority),
        words().prop_map(Do::AddLabel),
        words().prop_map(Do::RemoveLabel),
    ]
}

/// Mostly a status that plain tasks have.
fn likely_statuses() -> impl Strategy<Value = Status> {
    prop_oneof![2 => statuses_of(TaskKind::Task), 1 => statuses()]
}

/// A day of November, or none.
fn days() -> impl Strategy<Value = Option<u8>> {
    option::weighted(0.7, 1..=3_u8)
}

/// One of few words, so that things are often so already.
fn words() -> impl Strategy<Value = String> {
    select(vec!["loom", "shuttle", "weft"]).prop_map(str::to_owned)
}
