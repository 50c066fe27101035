//! The conditions above a board and a list of tasks, kept in the page's address.
//!
//! Responsible for what the address says and for the form that changes it. It refuses to know what a condition means: each is passed on, as
//! it was typed, to the use case that lists tasks.

use askama::Template;
use flowra_core::WorkspaceId;
use flowra_core::task::{Column, Priority, Status, TaskKind, TaskQuery};
use form_urlencoded::Serializer;
use salvo::Request;
use serde::Deserialize;

use super::problem::{Complaint, Problem};
use super::task_parts::{self, Choice};
use super::visitor::Reader;

/// The reader, in the place of an assignee's id: so an address can be sent to others, who then see their own.
const ME: &str = "me";

/// The conditions, by their names in an address and in the API; the first ones are not folded away.
const FIELDS: [&str; 10] = [
    "text",
    "assignee",
    "status",
    "priority",
    "kind",
    "label",
    "epic",
    "column",
    "due_after",
    "due_before",
];
/// How many of them stand in the form's first line.
const SHOWN: usize = 4;

/// What an address asks for; a condition that is blank is none.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filter {
    text: Option<String>,
    assignee: Option<String>,
    status: Option<String>,
    priority: Option<String>,
    kind: Option<String>,
    label: Option<String>,
    epic: Option<String>,
    column: Option<String>,
    due_after: Option<String>,
    due_before: Option<String>,
}

impl Filter {
    /// The conditions that there are.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [
            &self.text,
            &self.assignee,
            &self.status,
            &self.priority,
            &self.kind,
            &self.label,
            &self.epic,
            &self.column,
            &self.due_after,
            &self.due_before,
        ];
        FIELDS
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .filter(|(_, value)| !value.trim().is_empty())
    }

    /// What an address says of one condition.
    fn at(&self, field: &str) -> &str {
        let found = self.pairs().find(|(name, _)| *name == field);
        found.map_or("", |(_, value)| value)
    }

    /// Whether there is no condition.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs().next().is_none()
    }

    /// The part of an address that says the same, with these in front; with its `?`, or empty.
    pub(super) fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(more).extend_pairs(self.pairs());
        let query = query.finish();
        if query.is_empty() {
            query
        } else {
            format!("?{query}")
        }
    }

    /// As the use case wants it.
    pub(super) fn conditions(&self, reader: &Reader) -> TaskQuery {
        let given = |field| Some(self.at(field).to_owned()).filter(|value| !value.is_empty());
        TaskQuery {
            text: given("text"),
            assignee: given("assignee").map(|who| {
                if who == ME {
                    reader.caller.user.to_string()
                } else {
                    who
                }
            }),
            status: given("status"),
            priority: given("priority"),
            kind: given("kind"),
            label: given("label"),
            epic: given("epic"),
            column: given("column"),
            due_after: given("due_after"),
            due_before: given("due_before"),
            ..TaskQuery::default()
        }
    }
}

/// Whether an address has empty conditions, as browsers write them that send a form without scripts.
pub(super) fn is_untidy(req: &Request) -> bool {
    let query = req.uri().query().unwrap_or_default();
    query.split('&').any(|pair| pair.ends_with('='))
}

/// The form above the tasks.
#[derive(Template)]
#[template(path = "filter.html")]
pub(super) struct FilterBar {
    /// Where the filtered page is.
    action: String,
    /// What of the page is another one then.
    target: &'static str,
    sort: Option<String>,
    people: Vec<Choice>,
    epics: Vec<Choice>,
    complaint: Complaint,
    filter: Filter,
}

impl FilterBar {
    /// The form of the page `name` (`board` or `tasks`) with what the address says in it, and what is wrong with that.
    pub(super) async fn load(
        reader: &Reader,
        workspace: WorkspaceId,
        name: &str,
        filter: Filter,
        complaint: Complaint,
    ) -> Result<Self, Problem> {
        Ok(Self {
            action: format!("/w/{workspace}/{name}"),
            target: if name == "board" { "#board" } else { "#list" },
            sort: None,
            people: task_parts::people(reader, workspace, filter.at("assignee")).await?,
            epics: task_parts::epics(reader, workspace, filter.at("epic")).await?,
            complaint,
            filter,
        })
    }

    /// The same form for a list in this order, which it keeps.
    pub(super) fn sorted(mut self, sort: Option<String>) -> Self {
        self.sort = sort;
        self
    }

    /// The members, by name.
    pub(super) fn people(&self) -> &[Choice] {
        &self.people
    }

    /// Whether what the address says could not be read.
    pub(super) fn is_unreadable(&self) -> bool {
        !self.complaint.message.is_empty()
    }

    /// What could not be read, when the form has no field to say it at.
    pub(super) fn elsewhere(&self) -> &str {
        self.complaint.besides(&FIELDS).unwrap_or_default()
    }

    fn is_board(&self) -> bool {
        self.target == "#board"
    }

    fn is(&self, field: &str, value: &str) -> bool {
        self.filter.at(field).eq_ignore_ascii_case(value)
    }

    /// What the address says where a list of words has no such word: it is shown with what is wrong about it, not hidden.
    fn other(&self, field: &str) -> Option<&str> {
        let is_word = |words: &[&str]| words.iter().any(|word| self.is(field, word));
        let chosen = |choices: &[Choice]| choices.iter().any(|choice| self.is(field, &choice.id));
        let is_listed = match field {
            "assignee" => is_word(&[ME, TaskQuery::NOBODY]) || chosen(&self.people),
            "epic" => chosen(&self.epics),
            "status" => is_word(&Status::ALL.map(Status::as_str)),
            "priority" => is_word(&Priority::ALL.map(Priority::as_str)),
            "kind" => is_word(&TaskKind::ALL.map(TaskKind::as_str)),
            _ => is_word(&Column::ALL.map(Column::as_str)),
        };
        Some(self.filter.at(field)).filter(|value| !value.is_empty() && !is_listed)
    }

    /// Whether what is folded away has something to show: a condition, or what is wrong with one.
    fn is_open(&self) -> bool {
        let folded = &FIELDS[SHOWN..];
        let has = |field: &&str| !self.filter.at(field).is_empty() || self.complaint.at(field).is_some();
        folded.iter().any(has)
    }

    /// The order, for the address that clears the rest.
    fn unfiltered(&self) -> String {
        let sort = self.sort.as_deref().map(|sort| ("sort", sort));
        format!("{}{}", self.action, Filter::default().query(sort.as_slice()))
    }
}
