//! What the palette does: each thing that the menus of a workspace's pages offer, by its name.

use flowra_core::WorkspaceId;
use flowra_core::workspace::Role;

use super::{Item, Mark, Way};

/// Something to do.
struct Action {
    title: &'static str,
    /// Other words for it.
    also: &'static str,
    sign: &'static str,
    way: Way,
    /// From which role on it can be done.
    from: Role,
    /// The keys that do the same.
    keys: &'static str,
}

fn action(title: &'static str, also: &'static str, sign: &'static str, way: Way) -> Action {
    Action {
        title,
        also,
        sign,
        way,
        from: Role::Guest,
        keys: "",
    }
}

/// What somebody of this role may do, each with its other names.
pub(super) fn actions(workspace: WorkspaceId, role: Role) -> impl Iterator<Item = (&'static str, Item)> {
    let at = |path: &str| format!("/w/{workspace}/{path}");
    let link = |path: &str| Way::Link(at(path));
    let panel = |path: &str| Way::Panel(at(path));
    let theme = |value: &str| Way::Post {
        form: "jump-theme",
        name: "theme",
        value: value.to_owned(),
    };
    let by_members = |action| Action {
        from: Role::Member,
        ..action
    };
    let new_chat = |title, kind: &str| {
        let way = panel(&format!("chats?kind={kind}"));
        by_members(action(title, "create make start chat", "+", way))
    };
    let all = [
        by_members(action(
            "New task",
            "create make add issue",
            "+",
            link("board#new-task"),
        )),
        new_chat("New channel", "channel"),
        new_chat("New group", "group"),
        new_chat("New direct message", "direct"),
        action("Board", "tasks columns kanban", "▦", link("board")),
        action("Task list", "issues", "☰", link("tasks")),
        action("My tasks", "assigned to me", "☰", link("tasks?assignee=me")),
        action("Browse channels", "find join all", "#", panel("channels")),
        action("People and invites", "members roles", "◍", panel("people")),
        action("Workspace settings", "rename preferences", "⚙", panel("settings")),
        Action {
            keys: "?",
            ..action("Keyboard shortcuts", "keys help", "⌨", panel("keys"))
        },
        action("Theme: dark", "night mode colours", "◐", theme("dark")),
        action("Theme: light", "day mode colours", "◐", theme("light")),
        action("Theme: system", "automatic mode colours", "◐", theme("system")),
        action(
            "Your account",
            "profile password sessions devices tokens",
            "⚙",
            Way::Link("/settings".to_owned()),
        ),
        action(
            "New workspace",
            "create make",
            "+",
            Way::Link("/workspaces/new".to_owned()),
        ),
        action(
            "Sign out",
            "log out leave",
            "⏻",
            Way::Post {
                form: "jump-out",
                name: "do",
                value: "sign-out".to_owned(),
            },
        ),
    ];
    all.into_iter().filter(move |one| role >= one.from).map(|one| {
        let item = Item {
            keys: one.keys,
            ..Item::new(one.title.to_owned(), Mark::Sign(one.sign), one.way)
        };
        (one.also, item)
    })
}
