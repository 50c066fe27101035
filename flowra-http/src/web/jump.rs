//! The palette: chats, people, tasks and actions of a workspace, found as somebody types; a page of links without scripts.
//!
//! Responsible for what is offered and in which order. It refuses to decide who may see it: chats, people and tasks are those that the use
//! cases give this reader, and what is chosen goes where every other link of the pages goes.

mod action;
mod wanted;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use flowra_core::chat::{Chat, ChatKind, ChatState, Standing};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{FindTask, ListTasks, Task, TaskQuery, TaskSort};
use flowra_core::workspace::{Role, Workspace};
use flowra_core::{ChatId, Error, UserId, Viewer, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use self::action::actions;
use self::wanted::{Kind, Wanted};
use super::card::slug;
use super::message::{hue, initials};
use super::problem::Problem;
use super::reply::{Reply, wants_part};
use super::rooms::panel;
use super::shell::{other, title};
use super::visitor::Reader;
use crate::body::People;
use crate::http::extract::{path, query};

/// How many of one kind are offered; more than this nobody reads while typing.
const OFFERED: usize = 6;
/// How many pages of chats are looked through, 100 chats each.
const PAGES: usize = 20;

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/jump").get(jump)
}

/// What stands before a name.
enum Mark {
    /// A letter or symbol.
    Sign(&'static str),
    /// Somebody's initials, in their colour.
    Face(String, u8),
    /// How far a task is: the end of a class.
    Stage(String),
}

/// How one gets there.
enum Way {
    /// A page.
    Link(String),
    /// A panel, which scripts show in a dialog.
    Panel(String),
    /// A field of a form that stands below all that is offered.
    Post {
        form: &'static str,
        name: &'static str,
        value: String,
    },
}

/// Something to go to or to do.
struct Item {
    title: String,
    /// What tells it from others of this name.
    hint: String,
    mark: Mark,
    way: Way,
    /// The keys that do the same.
    keys: &'static str,
    chat: Option<ChatId>,
    person: Option<UserId>,
    standing: Standing,
}

impl Item {
    fn new(title: String, mark: Mark, way: Way) -> Self {
        Self {
            title,
            hint: String::new(),
            mark,
            way,
            keys: "",
            chat: None,
            person: None,
            standing: Standing::default(),
        }
    }
}

/// Items of one kind, the best first.
struct Section {
    heading: &'static str,
    /// How well the best fits.
    fit: u8,
    items: Vec<Item>,
}

impl Section {
    /// The best of these, which are as good as their number and then in the order of their titles.
    fn best(heading: &'static str, mut found: Vec<(u8, Item)>) -> Self {
        found.sort_by_cached_key(|(fit, item)| (*fit, item.title.to_lowercase()));
        Self::first(heading, found)
    }

    /// The first of these.
    fn first(heading: &'static str, found: Vec<(u8, Item)>) -> Self {
        Self {
            heading,
            fit: found.first().map_or(u8::MAX, |(fit, _)| *fit),
            items: found.into_iter().take(OFFERED).map(|(_, item)| item).collect(),
        }
    }
}

/// What is offered.
#[derive(Template)]
#[template(path = "jump.html")]
struct Offer {
    workspace: WorkspaceId,
    csrf: String,
    /// What was looked for, for the words that say that it is not there.
    typed: String,
    sections: Vec<Section>,
    /// There are more chats than were looked through.
    has_more_chats: bool,
}

/// The page without scripts: a form, and what it found.
#[derive(Template)]
#[template(path = "jump_page.html")]
struct JumpPanel {
    workspace: WorkspaceId,
    typed: String,
    offer: Offer,
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    /// The chat that is open: nobody has to be taken there.
    open: Option<ChatId>,
}

#[handler]
async fn jump(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace = path(req, "workspace")?;
    let asked: Asked = query(req)?;
    let offer = Seeker::load(&reader, workspace).await?.offer(&asked).await?;
    if wants_part(req) {
        return Reply::page(&offer);
    }
    let page = JumpPanel {
        workspace,
        typed: asked.q,
        offer,
    };
    panel(req, &reader, workspace, "Jump to", StatusCode::OK, &page).await
}

/// Who looks, and through what.
struct Seeker<'a> {
    reader: &'a Reader,
    workspace: Arc<Workspace>,
    role: Role,
    chats: Vec<Arc<Chat>>,
    has_more_chats: bool,
}

impl<'a> Seeker<'a> {
    async fn load(reader: &'a Reader, id: WorkspaceId) -> Result<Self, Problem> {
        let app = &reader.state.app;
        let workspace = app.workspaces.find(&reader.caller, id).await?;
        let role = workspace.role_of(reader.caller.user).unwrap_or(Role::Guest);
        let mut chats = Vec::new();
        let mut page = PageRequest::first(Limit::MAX);
        let mut has_more_chats = true;
        for _ in 0..PAGES {
            let next = app.chats.list(&reader.caller, id, page).await?;
            page = PageRequest {
                limit: Limit::MAX,
                after: next.items.last().map(|chat| chat.id),
            };
            chats.extend(next.items);
            has_more_chats = next.has_more;
            if !has_more_chats {
                break;
            }
        }
        // A group that an admin may manage without reading it is nothing to go to.
        let viewer = Viewer {
            user: reader.caller.user,
            role,
        };
        chats.retain(|chat| chat.is_readable_by(viewer));
        Ok(Self {
            reader,
            workspace,
            role,
            chats,
            has_more_chats,
        })
    }

    async fn offer(&self, asked: &Asked) -> Result<Offer, Problem> {
        let wanted = Wanted::parse(&asked.q);
        let sections = if wanted.is_blank() {
            self.recent(asked.open).await?
        } else {
            self.found(&wanted).await?
        };
        Ok(Offer {
            workspace: self.workspace.id,
            csrf: self.reader.csrf.clone(),
            typed: wanted.text,
            has_more_chats: self.has_more_chats && !asked.q.trim().is_empty(),
            sections,
        })
    }

    fn me(&self) -> UserId {
        self.reader.caller.user
    }

    /// What is unread, what was read last, and all that can be done.
    async fn recent(&self, open: Option<ChatId>) -> Result<Vec<Section>, Problem> {
        let me = self.me();
        let taken = self
            .chats
            .iter()
            .filter(|chat| chat.participants.contains_key(&me));
        let taken: Vec<_> = taken.filter(|chat| open != Some(chat.id)).collect();
        let marks = &self.reader.state.app.ports.marks;
        let ids = taken.iter().map(|chat| chat.id).collect();
        let standings = marks.standings(me, ids).await?;
        let mut taken: Vec<_> = taken.into_iter().zip(standings).collect();
        // The ids of messages grow, so the mark that is furthest was moved last, or nearly.
        taken.sort_by_key(|(chat, standing)| {
            (
                Reverse(standing.mentions > 0),
                chat.state == ChatState::Closed,
                Reverse((standing.last_read, chat.id)),
            )
        });
        let has_news =
            |standing: &Standing| standing.mentions > 0 || (standing.unread > 0 && !standing.is_muted);
        let (unread, read): (Vec<_>, Vec<_>) =
            taken.into_iter().partition(|(_, standing)| has_news(standing));
        let shown = [unread, read].map(|mut some| {
            some.truncate(OFFERED);
            some
        });
        let others = shown.iter().flatten().filter_map(|(chat, _)| other(chat, me));
        let people = self
            .reader
            .state
            .renderer
            .people(others.collect::<Vec<_>>())
            .await?;
        let [unread, read] = shown.map(|some| {
            let items = some.into_iter().map(|(chat, standing)| {
                let item = self.chat(chat, &people);
                (0, Item { standing, ..item })
            });
            items.collect()
        });
        let actions = actions(self.workspace.id, self.role).map(|(_, item)| item);
        let actions = Section {
            heading: "Actions",
            fit: 0,
            items: actions.collect(),
        };
        let mut sections = vec![
            Section::first("Unread", unread),
            Section::first("Recent", read),
            actions,
        ];
        sections.retain(|section| !section.items.is_empty());
        Ok(sections)
    }

    /// What fits, the kind with the best of it first.
    async fn found(&self, wanted: &Wanted) -> Result<Vec<Section>, Problem> {
        let me = self.me();
        let members = self.workspace.members.keys().copied();
        let known: BTreeSet<UserId> = self
            .chats
            .iter()
            .filter_map(|chat| other(chat, me))
            .chain(members)
            .filter(|user| *user != me)
            .collect();
        let people = self.reader.state.renderer.people(known.clone()).await?;
        let mut sections = Vec::new();
        if wanted.wants(Kind::Chats) {
            sections.push(Section::best("Chats", self.chats_like(wanted, &people)));
        }
        if wanted.wants(Kind::People) {
            sections.push(Section::best("People", self.people_like(wanted, &people, known)));
        }
        if wanted.wants_tasks() {
            sections.push(Section::first("Tasks", self.tasks_like(wanted).await?));
        }
        if wanted.wants(Kind::Actions) {
            let all = actions(self.workspace.id, self.role);
            let like = all.filter_map(|(also, item)| {
                let fit = wanted.fit(&[&item.title, also])?;
                Some((fit, item))
            });
            sections.push(Section::best("Actions", like.collect()));
        }
        sections.retain(|section| !section.items.is_empty());
        sections.sort_by_key(|section| section.fit);
        self.complete(&mut sections).await?;
        Ok(sections)
    }

    fn chats_like(&self, wanted: &Wanted, people: &People) -> Vec<(u8, Item)> {
        let like = self.chats.iter().filter(|chat| chat.kind != ChatKind::Direct);
        like.filter_map(|chat| {
            let item = self.chat(chat, people);
            Some((wanted.fit(&[&item.title])?, item))
        })
        .collect()
    }

    /// People by their names; each leads to the direct chat with them, which is made when there is none yet.
    fn people_like(&self, wanted: &Wanted, people: &People, known: BTreeSet<UserId>) -> Vec<(u8, Item)> {
        let me = self.me();
        let direct = self
            .chats
            .iter()
            .filter_map(|chat| Some((other(chat, me)?, chat)));
        let direct: BTreeMap<UserId, _> = direct.collect();
        let like = known.into_iter().filter_map(|user| {
            let person = people.person(user);
            let fit = wanted.fit(&[&person.display_name, &person.username])?;
            let chat = direct.get(&user);
            let way = match chat {
                Some(chat) => self.to(chat),
                // Guests make no chats.
                None if self.role == Role::Guest => return None,
                None => Way::Post {
                    form: "jump-direct",
                    name: "user",
                    value: user.to_string(),
                },
            };
            let mark = Mark::Face(initials(&person.display_name), hue(user));
            let item = Item {
                hint: format!("@{}", person.username),
                chat: chat.map(|chat| chat.id),
                person: Some(user),
                ..Item::new(person.display_name, mark, way)
            };
            Some((fit, item))
        });
        like.collect()
    }

    /// The task with this key, then those with these words, the last changed first.
    async fn tasks_like(&self, wanted: &Wanted) -> Result<Vec<(u8, Item)>, Problem> {
        let (caller, tasks) = (&self.reader.caller, &self.reader.state.app.tasks);
        let mut found: Vec<(u8, Arc<Task>)> = Vec::new();
        if let Some(task) = wanted.key(self.workspace.key_prefix.as_str()) {
            let workspace = self.workspace.id;
            let task = unless_refused(tasks.find(caller, FindTask { workspace, task }).await)?;
            found.extend(task.map(|task| (0, task)));
        }
        let list = ListTasks {
            workspace: self.workspace.id,
            filter: TaskQuery {
                text: Some(wanted.text.clone()),
                ..TaskQuery::default()
            },
            sort: TaskSort::parse("-updated_at").map_err(Error::from)?,
            page: PageRequest::first(Limit::parse(OFFERED).map_err(|_| Problem::internal())?),
        };
        let listed = unless_refused(tasks.list(caller, list).await)?;
        for task in listed.into_iter().flat_map(|page| page.items) {
            if found.iter().all(|(_, other)| other.id != task.id) {
                // What fits by its description only comes after what is called so.
                found.push((wanted.fit(&[task.title.as_str()]).unwrap_or(2), task));
            }
        }
        found.sort_by_key(|(fit, _)| *fit);
        let workspace = self.workspace.id;
        let items = found.into_iter().map(|(fit, task)| {
            let way = Way::Link(format!("/w/{workspace}/task/{}", task.key));
            let mark = Mark::Stage(slug(task.status.column().as_str()));
            let item = Item {
                hint: format!("{} · {}", task.key, task.status),
                ..Item::new(task.title.as_str().to_owned(), mark, way)
            };
            (fit, item)
        });
        Ok(items.collect())
    }

    /// Adds what is unread of chats and who is online, each in one read for all that is offered.
    async fn complete(&self, sections: &mut [Section]) -> Result<(), Problem> {
        let ports = &self.reader.state.app.ports;
        let items = || sections.iter().flat_map(|section| &section.items);
        let chats: Vec<ChatId> = items().filter_map(|item| item.chat).collect();
        let people: Vec<UserId> = items().filter_map(|item| item.person).collect();
        let standings = ports.marks.standings(self.me(), chats.clone()).await?;
        let online = ports.presence.online(people).await;
        for item in sections.iter_mut().flat_map(|section| &mut section.items) {
            if item.person.is_some_and(|person| online.contains(&person)) {
                item.hint.push_str(" · online");
            }
            let at = chats.iter().position(|chat| item.chat == Some(*chat));
            let standing = at.and_then(|at| standings.get(at));
            item.standing = standing.copied().unwrap_or_default();
        }
        Ok(())
    }

    fn to(&self, chat: &Chat) -> Way {
        Way::Link(format!("/w/{}/c/{}", self.workspace.id, chat.id))
    }

    fn chat(&self, chat: &Chat, people: &People) -> Item {
        let title = title(chat, self.me(), people);
        let mark = match (chat.kind, other(chat, self.me())) {
            (ChatKind::Channel, _) => Mark::Sign("#"),
            (ChatKind::Direct, Some(user)) => Mark::Face(initials(&title), hue(user)),
            _ => Mark::Sign("•"),
        };
        let hint = if chat.state == ChatState::Closed {
            "closed"
        } else if !chat.participants.contains_key(&self.me()) {
            "not joined"
        } else {
            ""
        };
        Item {
            hint: hint.to_owned(),
            chat: Some(chat.id),
            ..Item::new(title, mark, self.to(chat))
        }
    }
}

/// What a use case found; what it refuses, such as a key that names nothing, is not there to be offered.
fn unless_refused<T>(answer: Result<T, Error>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::Refused(_)) => Ok(None),
        Err(failed) => Err(failed.into()),
    }
}
