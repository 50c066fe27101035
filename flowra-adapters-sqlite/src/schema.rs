//! The file's tables, and how an older file becomes a current one.
//!
//! Responsible for the shape of the file. It refuses to know what the rows mean.
//!
//! To change the shape: append a script to [`MIGRATIONS`], never edit one that was released; its place in the list is the version that it makes.
//! A table whose rows follow from the log also belongs into [`DERIVED`], so that `rebuild` and `check` know it.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a file as Flowra's: "Flwr" in ASCII.
pub(crate) const APPLICATION_ID: i32 = 0x466C_7772;

/// The scripts in order; a file at version n has had the first n.
pub(crate) const MIGRATIONS: &[&str] = &[FIRST, CONSUMERS, LISTS];

/// The version of a file that this build writes.
pub(crate) const VERSION: usize = MIGRATIONS.len();

/// A table whose rows follow from the log.
pub(crate) struct Derived {
    /// Its name.
    pub(crate) table: &'static str,
    /// Its primary key, by which two versions of it are compared.
    pub(crate) key: &'static str,
    /// Its columns.
    pub(crate) columns: &'static str,
}

/// Every table whose rows follow from the log; everything else survives a rebuild.
pub(crate) const DERIVED: &[Derived] = &[
    Derived {
        table: "claims",
        key: "name",
        columns: "name, kind, stream",
    },
    Derived {
        table: "users",
        key: "id",
        columns: "id, username, json",
    },
    Derived {
        table: "workspaces",
        key: "id",
        columns: "id, deleted, json",
    },
    Derived {
        table: "members",
        key: "workspace, user",
        columns: "workspace, user, role, joined",
    },
    Derived {
        table: "invites",
        key: "digest",
        columns: "digest, workspace, id, json",
    },
    Derived {
        table: "chats",
        key: "id",
        columns: "id, workspace, kind, deleted, json",
    },
    Derived {
        table: "participants",
        key: "chat, user",
        columns: "chat, user, workspace, role, joined",
    },
    Derived {
        table: "rooms",
        key: "no",
        columns: "no, chat, last, roots",
    },
    Derived {
        table: "messages",
        key: "place",
        columns: "place, id, root_place, root_number, parent, replies, json",
    },
    Derived {
        table: "mentions",
        key: "user, room, number",
        columns: "user, room, number",
    },
    Derived {
        table: "tasks",
        key: "no",
        columns: "no, id, workspace, number, kind, status, col, room, public, deleted, listed, rank, assignee, reporter, \
                  priority, severity, epic, message, due, created, updated, title, json",
    },
    Derived {
        table: "labels",
        key: "workspace, label, task",
        columns: "workspace, label, task",
    },
    Derived {
        table: "words",
        key: "workspace, word, task",
        columns: "workspace, word, task",
    },
    Derived {
        table: "task_counts",
        key: "workspace, room, col",
        columns: "workspace, room, col, tasks",
    },
];

/// Writes down what stands there already.
pub(crate) fn touch(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(&format!("PRAGMA user_version = {VERSION}"))
}

/// Brings a file from this version to [`VERSION`], each step in a transaction of its own, so that a broken one can be tried again.
pub(crate) fn migrate(db: &mut Connection, from: usize) -> rusqlite::Result<()> {
    for (version, script) in (1_i64..).zip(MIGRATIONS).skip(from) {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(script)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

/// Version 1.
///
/// Ids are 16 bytes, times milliseconds, documents JSON. A message's rowid is its place: the room's number in the high bits, its number in
/// the room in the low 40, so that a page is one range of the table itself. `rooms` numbers chats for that and counts their messages.
/// A revoked invite keeps its row without JSON.
const FIRST: &str = "
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    version INTEGER NOT NULL,
    actor BLOB NOT NULL,
    time INTEGER NOT NULL,
    request BLOB NOT NULL,
    cause INTEGER,
    event TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_stream ON events (stream, kind, version);

CREATE TABLE claims (
    name TEXT PRIMARY KEY,
    kind INTEGER NOT NULL,
    stream BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outcomes (
    no INTEGER PRIMARY KEY,
    user BLOB NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    outcome TEXT NOT NULL,
    time INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX outcomes_key ON outcomes (user, key);

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    username TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_username ON users (username);

CREATE TABLE passwords (
    user BLOB PRIMARY KEY,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    user BLOB NOT NULL,
    access BLOB NOT NULL,
    expires INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_access ON sessions (access);
CREATE INDEX sessions_user ON sessions (user);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE refreshes (
    digest BLOB PRIMARY KEY,
    session BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refreshes_session ON refreshes (session);

CREATE TABLE tokens (
    id BLOB PRIMARY KEY,
    user BLOB NOT NULL,
    digest BLOB NOT NULL,
    used INTEGER,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_digest ON tokens (digest);
CREATE INDEX tokens_user ON tokens (user, id);

CREATE TABLE workspaces (
    id BLOB PRIMARY KEY,
    deleted INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    workspace BLOB NOT NULL,
    user BLOB NOT NULL,
    role TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (workspace, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_user ON members (user, workspace);

CREATE TABLE invites (
    digest BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    json TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invites_workspace ON invites (workspace, id);

CREATE TABLE chats (
    id BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    kind INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chats_workspace ON chats (workspace, kind, id) WHERE deleted = 0;

CREATE TABLE participants (
    chat BLOB NOT NULL,
    user BLOB NOT NULL,
    workspace BLOB NOT NULL,
    role TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (chat, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_user ON participants (user, workspace, chat);

CREATE TABLE rooms (
    no INTEGER PRIMARY KEY,
    chat BLOB NOT NULL,
    last INTEGER NOT NULL,
    roots INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rooms_chat ON rooms (chat);

CREATE TABLE marks (
    user BLOB NOT NULL,
    chat BLOB NOT NULL,
    number INTEGER NOT NULL,
    root_number INTEGER NOT NULL,
    message BLOB,
    muted INTEGER NOT NULL,
    PRIMARY KEY (user, chat)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    place INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    root_place INTEGER,
    root_number INTEGER NOT NULL,
    parent BLOB,
    replies INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_root ON messages (root_place) WHERE root_place IS NOT NULL;
CREATE INDEX messages_parent ON messages (parent, place) WHERE parent IS NOT NULL;

CREATE TABLE mentions (
    user BLOB NOT NULL,
    room INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (user, room, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    workspace BLOB NOT NULL,
    number INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    status INTEGER NOT NULL,
    col INTEGER NOT NULL,
    room INTEGER NOT NULL,
    public INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    rank TEXT NOT NULL,
    assignee BLOB,
    reporter BLOB NOT NULL,
    priority INTEGER NOT NULL,
    severity INTEGER,
    epic BLOB,
    message BLOB,
    due INTEGER,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    title TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX tasks_id ON tasks (id);
CREATE INDEX tasks_number ON tasks (workspace, number);
CREATE INDEX tasks_message ON tasks (message, number) WHERE message IS NOT NULL AND deleted = 0;
CREATE INDEX tasks_room ON tasks (room, number) WHERE deleted = 0;
CREATE INDEX tasks_column ON tasks (workspace, col, rank, id) WHERE listed = 1;
CREATE INDEX tasks_public ON tasks (workspace, col, rank, id) WHERE listed = 1 AND public = 1;
CREATE INDEX tasks_room_column ON tasks (room, col, rank, id) WHERE listed = 1;
CREATE INDEX tasks_created ON tasks (workspace, created, id) WHERE listed = 1;
CREATE INDEX tasks_updated ON tasks (workspace, updated, id) WHERE listed = 1;
CREATE INDEX tasks_due ON tasks (workspace, due, id) WHERE listed = 1;
CREATE INDEX tasks_priority ON tasks (workspace, priority, id) WHERE listed = 1;
CREATE INDEX tasks_rank ON tasks (workspace, rank, id) WHERE listed = 1;
CREATE INDEX tasks_title ON tasks (workspace, title, id) WHERE listed = 1;
CREATE INDEX tasks_assignee ON tasks (workspace, assignee) WHERE listed = 1 AND assignee IS NOT NULL;
CREATE INDEX tasks_reporter ON tasks (workspace, reporter) WHERE listed = 1;
CREATE INDEX tasks_epic ON tasks (workspace, epic) WHERE listed = 1 AND epic IS NOT NULL;
CREATE INDEX tasks_kind ON tasks (workspace, kind) WHERE listed = 1 AND kind > 0;
CREATE INDEX tasks_severity ON tasks (workspace, severity) WHERE listed = 1 AND severity IS NOT NULL;

CREATE TABLE labels (
    workspace BLOB NOT NULL,
    label TEXT NOT NULL,
    task INTEGER NOT NULL,
    PRIMARY KEY (workspace, label, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_task ON labels (task, label);

CREATE TABLE words (
    workspace BLOB NOT NULL,
    word TEXT NOT NULL,
    task INTEGER NOT NULL,
    PRIMARY KEY (workspace, word, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX words_task ON words (task, word);

CREATE TABLE task_counts (
    workspace BLOB NOT NULL,
    room INTEGER NOT NULL,
    col INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    PRIMARY KEY (workspace, room, col)
) STRICT, WITHOUT ROWID;
";

/// Version 2: how far consumers of the log are, what they could not handle, and who runs them.
const CONSUMERS: &str = "
CREATE TABLE checkpoints (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    fence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    consumer TEXT NOT NULL,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    time INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_replay ON dead_letters (consumer, position) WHERE replay = 1;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Version 3: every condition of a list of tasks finds its tasks in an index, also a status, that nobody does them and that they are no bugs or epics.
const LISTS: &str = "
DROP INDEX tasks_assignee;
CREATE INDEX tasks_assignee ON tasks (workspace, assignee) WHERE listed = 1;
DROP INDEX tasks_kind;
CREATE INDEX tasks_kind ON tasks (workspace, kind) WHERE listed = 1;
CREATE INDEX tasks_status ON tasks (workspace, status) WHERE listed = 1;
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_version_1_keeps_its_rows_and_gets_what_came_later() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(FIRST).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        db.execute_batch("INSERT INTO passwords (user, hash) VALUES (x'01', 'kept')")
            .unwrap();
        migrate(&mut db, 1).unwrap();
        let kept: String = db
            .query_row("SELECT hash FROM passwords", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "kept");
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(version), Ok(VERSION));
        for table in ["checkpoints", "dead_letters", "leases"] {
            let rows: i64 = db
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
                .unwrap();
            assert_eq!(rows, 0, "{table}");
        }
    }
}
