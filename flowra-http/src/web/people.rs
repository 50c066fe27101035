//! The people of a workspace and the ways into it: a panel that a page shows in a dialog, and that is a page without scripts.
//!
//! What cannot be taken back is asked for once more, by the same panel, so that it is asked with scripts and without.

use std::str::FromStr;

use askama::Template;
use flowra_core::text::TextFault;
use flowra_core::workspace::{CreateInvite, Invite, Role, WorkspaceRefusal};
use flowra_core::{Error, InviteId, UserId, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::rooms::{Candidate, candidates, fields, panel};
use super::visitor::Reader;
use crate::http::extract::{path, query};

/// How many people the panel shows; of more, they are found by name.
const SHOWN: usize = 200;

#[derive(Debug, Default, Deserialize)]
struct FindQuery {
    /// What is looked for in names.
    #[serde(default)]
    find: String,
}

/// The roles that people are given; owners are made by handing over.
const GIVEN: [Role; 3] = [Role::Guest, Role::Member, Role::Admin];

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/people").get(show).post(change)
}

/// What is asked before it is done.
struct Question {
    text: String,
    /// The button that was pressed, and about whom.
    act: &'static str,
    user: UserId,
    yes: &'static str,
}

/// Somebody in the list.
struct Member {
    person: Candidate,
    role: Role,
    /// Whether the reader is shown how to change their place.
    is_below: bool,
}

/// What came of a form.
enum Done {
    Changed,
    /// An invite was made; the link is shown this once.
    Invited(String),
    Asked(Question),
    Left,
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    workspace: WorkspaceId,
    csrf: String,
    name: String,
    me: UserId,
    role: Role,
    /// Those that are shown, by name.
    members: Vec<Member>,
    /// How many are not shown.
    more: usize,
    /// What those who are shown are called, where not all are.
    find: Option<String>,
    invites: Vec<(InviteId, Invite)>,
    link: String,
    question: Option<Question>,
    complaint: Complaint,
}

impl People {
    async fn load(reader: &Reader, id: WorkspaceId, find: &str) -> Result<Self, Problem> {
        let me = reader.caller.user;
        let workspace = reader.state.app.workspaces.find(&reader.caller, id).await?;
        let mut ids: Vec<UserId> = workspace.members.keys().copied().collect();
        let is_large = ids.len() > SHOWN;
        let mut more = 0;
        if is_large {
            ids = called(reader, ids, find).await?;
            more = ids.len().saturating_sub(SHOWN);
            ids.truncate(SHOWN);
        }
        let people = candidates(reader, ids).await?;
        let role_of = |user| workspace.role_of(user).unwrap_or(Role::Guest);
        let role = role_of(me);
        let members = people
            .into_iter()
            .map(|person| {
                let theirs = role_of(person.id);
                Member {
                    is_below: role >= Role::Admin && theirs < Role::Owner && person.id != me,
                    role: theirs,
                    person,
                }
            })
            .collect();
        // The panel's list of invites is for those to whom the use case would show it.
        let invites = if role >= Role::Admin {
            workspace
                .invites
                .iter()
                .map(|(id, invite)| (*id, *invite))
                .collect()
        } else {
            Vec::new()
        };
        Ok(Self {
            workspace: id,
            csrf: reader.csrf.clone(),
            name: workspace.name.as_str().to_owned(),
            me,
            role,
            members,
            more,
            find: is_large.then(|| find.to_owned()),
            invites,
            link: String::new(),
            question: None,
            complaint: Complaint::default(),
        })
    }

    fn manages(&self) -> bool {
        self.role >= Role::Admin
    }

    fn owns(&self) -> bool {
        self.role == Role::Owner
    }

    /// What is left of an invite, in words.
    fn left(invite: &Invite) -> String {
        let times = if invite.uses == 1 { "time" } else { "times" };
        match invite.max_uses {
            0 => format!("used {} {times}", invite.uses),
            most => format!("used {} of {most} times", invite.uses),
        }
    }
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let FindQuery { find } = query(req)?;
    let people = People::load(&reader, path(req, "workspace")?, find.trim()).await?;
    answer(req, &reader, &people).await
}

async fn answer(req: &Request, reader: &Reader, people: &People) -> Result<Reply, Problem> {
    let status = if people.complaint.message.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    panel(req, reader, people.workspace, "People", status, people).await
}

/// Changes one thing, which the button that was pressed names as `do`, and shows the panel again.
#[handler]
async fn change(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let id = path(req, "workspace")?;
    let fields = fields(req).await?;
    let find = fields.iter().find(|(field, _)| field == "find");
    let find = find.map_or("", |(_, text)| text.trim());
    let mut people = People::load(&reader, id, find).await?;
    match act(&reader, &people, &fields).await {
        Ok(Done::Left) => return Ok(Reply::to("/")),
        Ok(Done::Asked(question)) => people.question = Some(question),
        Ok(Done::Invited(link)) => {
            people = People::load(&reader, id, find).await?;
            people.link = link;
        }
        Ok(Done::Changed) => people = People::load(&reader, id, find).await?,
        Err(error) => people.complaint = Complaint::about(error)?,
    }
    answer(req, &reader, &people).await
}

async fn act(reader: &Reader, people: &People, fields: &[(String, String)]) -> Result<Done, Error> {
    let field = |name: &str| {
        let found = fields.iter().find(|(given, _)| given == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (workspaces, caller, id) = (&reader.state.app.workspaces, &reader.caller, people.workspace);
    let role = || read("role", field("role"), "owner, admin, member or guest");
    let mut named = people.members.iter().map(|member| &member.person);
    let named = named.find(|person| person.id.to_string() == field("user"));
    let is_sure = field("sure") == "yes";
    match (field("do"), named) {
        ("invite", _) => {
            let command = CreateInvite {
                workspace: id,
                role: role()?,
                max_uses: read("max_uses", field("max_uses"), "a number, 0 for any")?,
                expires_at: None,
            };
            let made = workspaces.create_invite(caller, command).await?;
            let token = made.token.unwrap_or_default();
            return Ok(Done::Invited(format!(
                "{}/invites/{token}",
                reader.state.public_url
            )));
        }
        ("revoke", _) => {
            if let Ok(invite) = field("invite").parse() {
                workspaces.revoke_invite(caller, id, invite).await?;
            }
        }
        ("role", Some(person)) => {
            workspaces
                .change_role(caller, id, person.id, role()?, None)
                .await?;
        }
        ("leave", _) if !is_sure => {
            return Ok(Done::Asked(Question {
                text: format!(
                    "Leave {}? You leave all its chats, too, and come back by an invite only.",
                    people.name
                ),
                act: "leave",
                user: people.me,
                yes: "Leave",
            }));
        }
        ("leave", _) => {
            workspaces.remove_member(caller, id, caller.user).await?;
            return Ok(Done::Left);
        }
        ("remove", Some(person)) if !is_sure => {
            return Ok(Done::Asked(Question {
                text: format!(
                    "Remove {} from {}? They leave all its chats, too.",
                    person.name, people.name
                ),
                act: "remove",
                user: person.id,
                yes: "Remove",
            }));
        }
        ("remove", Some(person)) => workspaces.remove_member(caller, id, person.id).await?,
        ("transfer", Some(person)) if !is_sure => {
            return Ok(Done::Asked(Question {
                text: format!(
                    "Make {} the owner of {}? You become an admin, and only they can give it back.",
                    person.name, people.name
                ),
                act: "transfer",
                user: person.id,
                yes: "Hand over",
            }));
        }
        ("transfer", Some(person)) => {
            workspaces.transfer(caller, id, person.id).await?;
        }
        // Whoever was named is gone meanwhile; the panel shows who is there.
        _ => {}
    }
    Ok(Done::Changed)
}

/// Those of these people in whose name or username a text stands, by name.
async fn called(reader: &Reader, ids: Vec<UserId>, text: &str) -> Result<Vec<UserId>, Problem> {
    let people = reader.state.renderer.people(ids.clone()).await?;
    let text = text.to_lowercase();
    let mut found: Vec<(String, UserId)> = ids
        .into_iter()
        .map(|id| (people.person(id), id))
        .filter(|(person, _)| {
            person.display_name.to_lowercase().contains(&text)
                || person.username.to_lowercase().contains(&text)
        })
        .map(|(person, id)| (person.display_name.to_lowercase(), id))
        .collect();
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Reads what a list in the form offers; nothing that it does not offer is taken for something else.
fn read<T: FromStr>(field: &'static str, text: &str, rule: &'static str) -> Result<T, WorkspaceRefusal> {
    text.parse().map_err(|_| WorkspaceRefusal::Invalid {
        field,
        fault: TextFault::Malformed { rule },
    })
}
