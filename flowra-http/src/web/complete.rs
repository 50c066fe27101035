//! What a composer tells while one types: whom a mention may mean, and what the tags will do.

use askama::Template;
use flowra_core::MessageId;
use flowra_core::message::PostMessage;
use flowra_core::tag::TagResult;
use salvo::{Request, Writer, handler};
use serde::Deserialize;

use super::chat::named;
use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::rooms::{Candidate, absent, tell_presence};
use super::visitor::Reader;
use crate::http::extract::{json_or_form_body, query};

/// More than this many nobody reads while typing.
const OFFERED: usize = 8;

#[derive(Template)]
#[template(path = "completions.html")]
struct Completions {
    people: Vec<Candidate>,
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    q: String,
}

/// The people of the chat whose name or username begins so, in the order of their names.
#[handler]
pub(super) async fn offer(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = named(req)?;
    let chat = reader.state.app.chats.find(&reader.caller, named).await?;
    let typed = query::<Typed>(req)?.q.to_lowercase();
    let mut people = absent(&reader, chat.participants.keys().copied().collect()).await?;
    people.retain(|person| person.begins_with(&typed));
    people.truncate(OFFERED);
    tell_presence(&reader, &mut people).await;
    Reply::page(&Completions { people })
}

#[derive(Template)]
#[template(path = "foreseen.html")]
struct Foreseen {
    tags: Vec<TagResult>,
    complaint: String,
}

#[derive(Debug, Deserialize)]
struct Draft {
    content: String,
    parent: Option<MessageId>,
}

/// What the bot would answer if this were sent now.
#[handler]
pub(super) async fn foresee(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let draft: Draft = json_or_form_body(req).await?;
    let command = PostMessage {
        chat: named(req)?,
        content: draft.content,
        parent: draft.parent,
        files: Vec::new(),
    };
    let foreseen = match reader.state.app.messages.foresee(&reader.caller, command).await {
        Ok(tags) => Foreseen {
            tags,
            complaint: String::new(),
        },
        Err(error) => Foreseen {
            tags: Vec::new(),
            complaint: Complaint::about(error)?.message,
        },
    };
    Reply::page(&foreseen)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use flowra_core::tag::TagName;
    use flowra_core::task::{Priority, Severity, Status};

    #[test]
    fn the_script_completes_all_tags_and_values_and_no_others() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/complete.js");
        let script = fs::read_to_string(path).unwrap();
        let between = |begin: &str, end: &str| {
            let (_, rest) = script.split_once(begin).unwrap();
            rest.split_once(end).unwrap().0.to_owned()
        };
        let strings = |code: &str| -> Vec<String> {
            let parts = code.split('"').skip(1).step_by(2);
            parts.map(str::to_owned).collect()
        };
        let tags = strings(&between("const TAGS = new Map([", "]);"));
        let names: Vec<_> = tags.iter().step_by(2).map(|name| format!("#{name}")).collect();
        assert_eq!(names, TagName::ALL.map(TagName::as_str));
        for (tag, values) in [
            ("status", Status::ALL.map(Status::as_str).to_vec()),
            ("priority", Priority::ALL.map(Priority::as_str).to_vec()),
            ("severity", Severity::ALL.map(Severity::as_str).to_vec()),
        ] {
            let offered = strings(&between(&format!("[\"{tag}\", ["), "]"));
            assert_eq!(offered, values, "{tag}");
        }
    }
}
