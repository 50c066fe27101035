//! What a chat is: its title and topic, its people, its pins, and what the reader may change of it.

use askama::Template;
use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatRole, ChatState, UpdateChat};
use flowra_core::{ChatId, Error, UserId, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};

use super::chat::{named, viewer};
use super::merge::Field;
use super::message::MessageView;
use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::rooms::{Candidate, candidates, fields, panel};
use super::shell::{other, title};
use super::visitor::Reader;

/// Below a chat.
pub(super) fn router() -> Router {
    Router::new()
        .push(Router::with_path("about").get(show).post(change))
        .push(Router::with_path("join").post(join))
        .push(Router::with_path("leave").post(leave))
}

#[derive(Template)]
#[template(path = "about.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that a template asks one by one, and that go with one another in any way"
)]
struct About {
    workspace: WorkspaceId,
    chat: ChatId,
    csrf: String,
    heading: String,
    title: String,
    topic: String,
    /// Both as they are stored, whatever the form says.
    stored: (String, String),
    is_direct: bool,
    is_closed: bool,
    is_muted: bool,
    takes_part: bool,
    manages: bool,
    me: UserId,
    people: Vec<(Candidate, bool)>,
    /// Members of the workspace who do not take part.
    others: Vec<Candidate>,
    pins: Vec<MessageView>,
    complaint: Complaint,
}

impl About {
    async fn load(reader: &Reader, named: ChatRef, complaint: Complaint) -> Result<Self, Problem> {
        let app = &reader.state.app;
        let me = reader.caller.user;
        let chat = app.chats.find(&reader.caller, named).await?;
        let viewer = viewer(reader, named.workspace).await?;
        let workspace = app.workspaces.find(&reader.caller, named.workspace).await?;
        let others: Vec<UserId> = workspace
            .members
            .keys()
            .copied()
            .filter(|user| !chat.participants.contains_key(user))
            .collect();
        let manages = chat.kind != ChatKind::Direct && chat.is_managed_by(viewer);
        let people = candidates(reader, chat.participants.keys().copied().collect()).await?;
        let people = people
            .into_iter()
            .map(|person| {
                let is_admin = chat.role_of(person.id) == Some(ChatRole::Admin);
                (person, is_admin)
            })
            .collect();
        let pins = if chat.is_readable_by(viewer) {
            let pins = app.chats.pins(&reader.caller, named).await?;
            reader.state.renderer.messages(me, pins).await?
        } else {
            Vec::new()
        };
        let standing = app.ports.marks.standings(me, vec![chat.id]).await?;
        let known = reader.state.renderer.people(other(&chat, me)).await?;
        let tasks = reader.tasks(named.workspace).await?;
        Ok(Self {
            workspace: named.workspace,
            chat: chat.id,
            csrf: reader.csrf.clone(),
            heading: title(&chat, me, &known),
            title: given_title(&chat),
            topic: chat.topic.as_str().to_owned(),
            stored: (given_title(&chat), chat.topic.as_str().to_owned()),
            is_direct: chat.kind == ChatKind::Direct,
            is_closed: chat.state == ChatState::Closed,
            is_muted: standing.first().is_some_and(|standing| standing.is_muted),
            takes_part: chat.role_of(me).is_some(),
            manages,
            me,
            people,
            others: if manages {
                candidates(reader, others).await?
            } else {
                Vec::new()
            },
            pins: pins
                .into_iter()
                .map(|body| MessageView::new(&tasks, body).in_list())
                .collect(),
            complaint,
        })
    }
}

fn given_title(chat: &Chat) -> String {
    let title = chat.title.as_ref();
    title.map(|title| title.as_str().to_owned()).unwrap_or_default()
}

async fn answer(
    req: &Request,
    reader: &Reader,
    chat: ChatRef,
    complaint: Complaint,
    typed: Option<(String, String)>,
) -> Result<Reply, Problem> {
    let status = if complaint.message.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut about = About::load(reader, chat, complaint).await?;
    if let Some((title, topic)) = typed {
        (about.title, about.topic) = (title, topic);
    }
    panel(req, reader, chat.workspace, &about.heading, status, &about).await
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    answer(req, &reader, named(req)?, Complaint::default(), None).await
}

/// Changes one thing, which the button that was pressed names as `do`, and shows the panel again.
#[handler]
async fn change(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let fields = fields(req).await?;
    let complaint = match act(&reader, chat, &fields).await? {
        Ok(()) => return answer(req, &reader, chat, Complaint::default(), None).await,
        Err(complaint) => complaint,
    };
    let field = |name: &str| fields.iter().find(|(given, _)| given == name);
    let typed = field("title").zip(field("topic"));
    let typed = typed.map(|(title, topic)| (title.1.clone(), topic.1.clone()));
    answer(req, &reader, chat, complaint, typed).await
}

async fn act(
    reader: &Reader,
    chat: ChatRef,
    fields: &[(String, String)],
) -> Result<Result<(), Complaint>, Problem> {
    if fields
        .iter()
        .any(|(name, value)| name == "do" && value != "update")
    {
        return match press(reader, chat, fields).await {
            Ok(()) => Ok(Ok(())),
            Err(error) => Complaint::about(error).map(Err),
        };
    }
    let field = |name: &str| {
        let found = fields.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    };
    let chats = &reader.state.app.chats;
    let stored = chats.find(&reader.caller, chat).await?;
    let title = Field {
        name: "title",
        typed: field("title"),
        was: field("was_title"),
        stored: &given_title(&stored),
    };
    let topic = Field {
        name: "topic",
        typed: field("topic"),
        was: field("was_topic"),
        stored: stored.topic.as_str(),
    };
    let (title, topic) = match (title.change(), topic.change()) {
        (Ok(title), Ok(topic)) => (title, topic),
        (Err(complaint), _) | (_, Err(complaint)) => return Ok(Err(complaint)),
    };
    if title.is_none() && topic.is_none() {
        return Ok(Ok(()));
    }
    let command = UpdateChat {
        chat: ChatRef {
            expected: Some(stored.version),
            ..chat
        },
        title,
        topic,
    };
    match chats.update(&reader.caller, command).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => Complaint::about(error).map(Err),
    }
}

/// What each of the buttons does that change no text.
async fn press(reader: &Reader, chat: ChatRef, fields: &[(String, String)]) -> Result<(), Error> {
    let field = |name: &str| {
        let found = fields.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.clone())
    };
    let users = || {
        fields
            .iter()
            .filter(|(name, _)| name == "user")
            .filter_map(|(_, value)| value.parse::<UserId>().ok())
    };
    let chats = &reader.state.app.chats;
    let caller = &reader.caller;
    match field("do").as_deref().unwrap_or_default() {
        "mute" => chats.mute(caller, chat, true).await?,
        "unmute" => chats.mute(caller, chat, false).await?,
        "close" => drop(chats.close(caller, chat).await?),
        "reopen" => drop(chats.reopen(caller, chat).await?),
        "add" => {
            for user in users() {
                chats
                    .add_participant(caller, chat, user, ChatRole::Member)
                    .await?;
            }
        }
        "remove" => {
            for user in users() {
                chats.remove_participant(caller, chat, user).await?;
            }
        }
        role @ ("admin" | "member") => {
            let role = if role == "admin" {
                ChatRole::Admin
            } else {
                ChatRole::Member
            };
            for user in users() {
                chats.change_participant_role(caller, chat, user, role).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[handler]
async fn join(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    reader.state.app.chats.join(&reader.caller, chat).await?;
    Ok(Reply::to(format!("/w/{}/c/{}", chat.workspace, chat.chat)))
}

#[handler]
async fn leave(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    match reader.state.app.chats.leave(&reader.caller, chat).await {
        Ok(()) => Ok(Reply::to(format!("/w/{}", chat.workspace))),
        Err(error) => answer(req, &reader, chat, Complaint::about(error)?, None).await,
    }
}
