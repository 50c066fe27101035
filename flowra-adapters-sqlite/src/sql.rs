//! Every statement of the crate, in one list.
//!
//! A statement can only be made here, so none can reach SQLite that the test of the query plans did not see.

use rusqlite::{CachedStatement, Connection};

/// A statement with its name in the list.
#[derive(Clone, Copy)]
pub(crate) struct Statement {
    #[cfg(test)]
    name: &'static str,
    text: &'static str,
}

/// A connection that prepares statements of the list, each once.
pub(crate) trait Prepare {
    /// The statement, ready to be bound.
    fn statement(&self, statement: Statement) -> rusqlite::Result<CachedStatement<'_>>;
}

impl Prepare for Connection {
    fn statement(&self, statement: Statement) -> rusqlite::Result<CachedStatement<'_>> {
        self.prepare_cached(statement.text)
    }
}

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        $(pub(crate) const $name: Statement = Statement {
            #[cfg(test)]
            name: stringify!($name),
            text: $text,
        };)+

        #[cfg(test)]
        const ALL: &[Statement] = &[$($name),+];
    };
}

macro_rules! task_facts {
    ($($rest:tt)+) => {
        concat!(
            "SELECT no, id, kind, status, col, room, public, assignee, reporter, priority, severity, epic, due, created, updated, rank, \
             title FROM tasks ",
            $($rest)+
        )
    };
}

macro_rules! walked {
    ($($rest:tt)+) => {
        concat!("SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND ", $($rest)+)
    };
}

/// A walk along an index of `tasks` from a key on: the rest of the equal keys, then the keys beyond; ids go in the same direction.
macro_rules! walk {
    (same up $key:literal) => {
        walked!($key, " = ?2 AND id > ?3 ORDER BY id")
    };
    (same down $key:literal) => {
        walked!($key, " = ?2 AND id < ?3 ORDER BY id DESC")
    };
    (up $key:literal) => {
        walked!($key, " > ?2 ORDER BY ", $key, ", id")
    };
    (down $key:literal) => {
        walked!($key, " < ?2 ORDER BY ", $key, " DESC, id DESC")
    };
}

statements! {
    BEGIN = "BEGIN IMMEDIATE";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";
    BEGIN_READ = "BEGIN DEFERRED";
    WAL_LENGTH = "PRAGMA wal_checkpoint(NOOP)";
    WAL_CARRY_OVER = "PRAGMA wal_checkpoint(PASSIVE)";
    WAL_RESTART = "PRAGMA wal_checkpoint(RESTART)";

    EVENT_HEAD = "SELECT max(position) FROM events";
    EVENT_INSERT = "INSERT INTO events (position, kind, stream, version, actor, time, request, cause, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    EVENTS_AFTER = "SELECT position, kind, stream, version, actor, time, request, cause, event FROM events WHERE position > ?1 ORDER BY position LIMIT ?2";
    EVENTS_OF_STREAM = "SELECT position, kind, stream, version, actor, time, request, cause, event FROM events WHERE stream = ?1 AND kind = ?2 AND version > ?3 ORDER BY version LIMIT ?4";
    STREAM_VERSION = "SELECT max(version) FROM events WHERE stream = ?1 AND kind = ?2";

    CLAIM_HOLDER = "SELECT stream FROM claims WHERE name = ?1";
    CLAIM_TAKE = "INSERT INTO claims (name, kind, stream) VALUES (?1, ?2, ?3)";
    CLAIM_RELEASE = "DELETE FROM claims WHERE name = ?1";

    OUTCOME = "SELECT fingerprint, outcome FROM outcomes WHERE user = ?1 AND key = ?2";
    OUTCOME_KEYS = "SELECT user, key FROM outcomes WHERE no > 0";
    OUTCOME_INSERT = "INSERT INTO outcomes (user, key, fingerprint, outcome, time) VALUES (?1, ?2, ?3, ?4, ?5)";
    OUTCOMES_OLDEST = "SELECT no, time FROM outcomes WHERE no > 0 ORDER BY no LIMIT 64";
    OUTCOMES_FORGET = "DELETE FROM outcomes WHERE no <= ?1";

    USER = "SELECT json FROM users WHERE id = ?1";
    USER_BY_NAME = "SELECT json FROM users WHERE username = ?1";
    USERS_AFTER = "SELECT json FROM users WHERE username > ?1 ORDER BY username LIMIT ?2";
    USER_BUT = "SELECT 1 WHERE EXISTS (SELECT 1 FROM users WHERE id < ?1) OR EXISTS (SELECT 1 FROM users WHERE id > ?1)";
    USER_UPSERT = "INSERT INTO users (id, username, json) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET json = excluded.json";

    PASSWORD = "SELECT hash FROM passwords WHERE user = ?1";
    PASSWORD_REMOVE = "DELETE FROM passwords WHERE user = ?1";
    PASSWORD_UPSERT = "INSERT INTO passwords (user, hash) VALUES (?1, ?2) ON CONFLICT (user) DO UPDATE SET hash = excluded.hash";

    SESSION_BY_ACCESS = "SELECT json FROM sessions WHERE access = ?1";
    SESSION_BY_REFRESH = "SELECT s.json FROM refreshes r JOIN sessions s ON s.id = r.session WHERE r.digest = ?1";
    SESSION_BY_ID = "SELECT json FROM sessions WHERE id = ?1";
    SESSION_UPSERT = "INSERT INTO sessions (id, user, access, expires, json) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET access = excluded.access, expires = excluded.expires, json = excluded.json";
    SESSION_DELETE = "DELETE FROM sessions WHERE id = ?1";
    SESSIONS_OF_USER = "SELECT json FROM sessions WHERE user = ?1";
    SESSIONS_LISTED = "SELECT json FROM sessions WHERE user = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    SESSIONS_EXPIRED = "SELECT json FROM sessions WHERE expires < ?1 LIMIT 8";
    REFRESH_INSERT = "INSERT INTO refreshes (digest, session) VALUES (?1, ?2)";
    REFRESHES_DELETE = "DELETE FROM refreshes WHERE session = ?1";

    TOKEN_BY_DIGEST = "SELECT json, used FROM tokens WHERE digest = ?1";
    TOKENS_OF_USER = "SELECT json, used FROM tokens WHERE user = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    TOKEN_INSERT = "INSERT INTO tokens (id, user, digest, used, json) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING";
    TOKEN = "SELECT json, used FROM tokens WHERE id = ?1";
    TOKEN_DELETE = "DELETE FROM tokens WHERE id = ?1 AND user = ?2 RETURNING digest";
    TOKEN_USED = "UPDATE tokens SET used = ?2 WHERE id = ?1 RETURNING digest";

    WORKSPACE = "SELECT json FROM workspaces WHERE id = ?1";
    WORKSPACES_OF_USER = "SELECT w.id FROM members m JOIN workspaces w ON w.id = m.workspace WHERE m.user = ?1 AND m.workspace > ?2 AND w.deleted = 0 ORDER BY m.workspace LIMIT ?3";
    WORKSPACE_UPSERT = "INSERT INTO workspaces (id, deleted, json) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET deleted = excluded.deleted, json = excluded.json";
    MEMBERS = "SELECT user, role, joined FROM members WHERE workspace = ?1";
    MEMBERS_AFTER = "SELECT user, role, joined FROM members WHERE workspace = ?1 AND user > ?2 ORDER BY user LIMIT ?3";
    MEMBER_UPSERT = "INSERT INTO members (workspace, user, role, joined) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (workspace, user) DO UPDATE SET role = excluded.role, joined = excluded.joined";
    MEMBER_DELETE = "DELETE FROM members WHERE workspace = ?1 AND user = ?2";
    INVITES = "SELECT id, json FROM invites WHERE workspace = ?1 AND json IS NOT NULL";
    INVITE_BY_DIGEST = "SELECT workspace, id FROM invites WHERE digest = ?1";
    INVITE_UPSERT = "INSERT INTO invites (digest, workspace, id, json) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO UPDATE SET json = excluded.json";
    INVITE_REVOKE = "UPDATE invites SET json = NULL WHERE workspace = ?1 AND id = ?2";

    CHAT = "SELECT json FROM chats WHERE id = ?1";
    CHAT_FACTS = "SELECT kind, deleted FROM chats WHERE id = ?1";
    CHAT_UPSERT = "INSERT INTO chats (id, workspace, kind, deleted, json) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET deleted = excluded.deleted, json = excluded.json";
    CHATS_OF_KIND = "SELECT id FROM chats WHERE deleted = 0 AND workspace = ?1 AND kind = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
    CHATS_TAKEN = "SELECT c.id FROM participants p JOIN chats c ON c.id = p.chat WHERE p.user = ?1 AND p.workspace = ?2 AND p.chat > ?3 AND c.deleted = 0 ORDER BY p.chat LIMIT ?4";
    ROOMS_TAKEN = "SELECT r.no, c.kind FROM participants p JOIN chats c ON c.id = p.chat JOIN rooms r ON r.chat = p.chat WHERE p.user = ?1 AND p.workspace = ?2 AND c.deleted = 0";
    PARTICIPANTS = "SELECT user, role, joined FROM participants WHERE chat = ?1";
    PARTICIPANT_UPSERT = "INSERT INTO participants (chat, user, workspace, role, joined) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (chat, user) DO UPDATE SET role = excluded.role, joined = excluded.joined";
    PARTICIPANT_DELETE = "DELETE FROM participants WHERE chat = ?1 AND user = ?2";

    ROOM = "SELECT no, last, roots FROM rooms WHERE chat = ?1";
    ROOM_OF_WORKSPACE = "SELECT r.no FROM chats c JOIN rooms r ON r.chat = c.id WHERE c.id = ?1 AND c.workspace = ?2";
    ROOM_INSERT = "INSERT INTO rooms (chat, last, roots) VALUES (?1, 0, 0)";
    ROOM_UPDATE = "UPDATE rooms SET last = ?2, roots = ?3 WHERE no = ?1";

    MARK_MOVE = "INSERT INTO marks (user, chat, number, root_number, message, muted) VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (user, chat) DO UPDATE SET number = excluded.number, root_number = excluded.root_number, message = excluded.message WHERE excluded.number > number";
    MARK_MUTE = "INSERT INTO marks (user, chat, number, root_number, message, muted) VALUES (?1, ?2, 0, 0, NULL, ?3) ON CONFLICT (user, chat) DO UPDATE SET muted = excluded.muted";
    MARK = "SELECT number, root_number, message, muted FROM marks WHERE user = ?1 AND chat = ?2";
    MENTIONS_AFTER = "SELECT count(*) FROM mentions WHERE user = ?1 AND room = ?2 AND number > ?3";
    MENTION_INSERT = "INSERT OR IGNORE INTO mentions (user, room, number) VALUES (?1, ?2, ?3)";
    MENTION_DELETE = "DELETE FROM mentions WHERE user = ?1 AND room = ?2 AND number = ?3";

    MESSAGE = "SELECT place, root_number, replies, json FROM messages WHERE id = ?1";
    MESSAGE_PLACE = "SELECT place, root_number FROM messages WHERE id = ?1";
    MESSAGE_INSERT = "INSERT INTO messages (place, id, root_place, root_number, parent, replies, json) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)";
    MESSAGE_UPDATE = "UPDATE messages SET json = ?2 WHERE id = ?1 RETURNING place, root_number, replies";
    MESSAGE_REPLIES = "UPDATE messages SET replies = replies + ?2 WHERE id = ?1 RETURNING replies";
    MESSAGES_DOWN = "SELECT place, root_number, replies, json FROM messages WHERE place > ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3";
    MESSAGES_UP = "SELECT place, root_number, replies, json FROM messages WHERE place > ?1 AND place < ?2 ORDER BY place LIMIT ?3";
    ROOTS_DOWN = "SELECT place, root_number, replies, json FROM messages WHERE root_place > ?1 AND root_place < ?2 ORDER BY root_place DESC LIMIT ?3";
    ROOTS_UP = "SELECT place, root_number, replies, json FROM messages WHERE root_place > ?1 AND root_place < ?2 ORDER BY root_place LIMIT ?3";
    REPLIES_AFTER = "SELECT place, root_number, replies, json FROM messages WHERE parent = ?1 AND place > ?2 ORDER BY place LIMIT ?3";

    TASK = "SELECT json FROM tasks WHERE id = ?1";
    TASK_BY_ROW = "SELECT json FROM tasks WHERE no = ?1";
    TASK_BY_NUMBER = "SELECT id FROM tasks WHERE workspace = ?1 AND number = ?2";
    TASK_LAST_NUMBER = "SELECT max(number) FROM tasks WHERE workspace = ?1";
    TASK_OF_MESSAGE = "SELECT id FROM tasks WHERE message = ?1 AND deleted = 0 ORDER BY number DESC LIMIT 1";
    TASK_OF_ROOM = "SELECT id FROM tasks WHERE room = ?1 AND deleted = 0 ORDER BY number DESC LIMIT 1";
    TASK_STANDING = "SELECT no, col, room, public, listed FROM tasks WHERE id = ?1";
    TASK_INSERT = "INSERT INTO tasks (id, workspace, number, kind, status, col, room, public, deleted, listed, rank, assignee, reporter, priority, severity, epic, message, due, created, updated, title, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
    TASK_UPDATE = "UPDATE tasks SET status = ?2, col = ?3, deleted = ?4, listed = ?5, rank = ?6, assignee = ?7, priority = ?8, severity = ?9, epic = ?10, due = ?11, updated = ?12, title = ?13, json = ?14, message = ?15 WHERE no = ?1";
    TASKS_LISTED_OF_ROOM = "SELECT no, workspace, col, public FROM tasks WHERE listed = 1 AND room = ?1";
    TASK_UNLIST = "UPDATE tasks SET listed = 0 WHERE no = ?1";
    TASK_COUNT_ADD = "INSERT INTO task_counts (workspace, room, col, tasks) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (workspace, room, col) DO UPDATE SET tasks = tasks + excluded.tasks";
    TASK_COUNT_CLEAR = "DELETE FROM task_counts WHERE workspace = ?1 AND room = ?2 AND col = ?3 AND tasks = 0";
    TASK_COUNTS = "SELECT col, tasks FROM task_counts WHERE workspace = ?1 AND room = ?2";
    LABEL_INSERT = "INSERT OR IGNORE INTO labels (workspace, label, task) VALUES (?1, ?2, ?3)";
    LABELS_DELETE = "DELETE FROM labels WHERE task = ?1";
    LABEL_OF_TASK = "SELECT 1 FROM labels WHERE task = ?1 AND label = ?2";
    WORD_INSERT = "INSERT OR IGNORE INTO words (workspace, word, task) VALUES (?1, ?2, ?3)";
    WORDS_DELETE = "DELETE FROM words WHERE task = ?1";
    WORD_OF_TASK = "SELECT 1 FROM words WHERE task = ?1 AND word >= ?2 AND word < ?3 LIMIT 1";

    CHECKPOINT = "SELECT position, fence FROM checkpoints WHERE consumer = ?1";
    CHECKPOINT_ADVANCE = "INSERT INTO checkpoints (consumer, position, fence) VALUES (?1, ?2, ?3) ON CONFLICT (consumer) DO UPDATE SET position = max(position, excluded.position), fence = excluded.fence WHERE fence <= excluded.fence";
    LETTER_UPSERT = "INSERT INTO dead_letters (consumer, position, event, reason, failures, time, replay) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (consumer, position) DO UPDATE SET event = excluded.event, reason = excluded.reason, failures = excluded.failures, time = excluded.time, replay = excluded.replay";
    LETTER = "SELECT consumer, position, event, reason, failures, time, replay FROM dead_letters WHERE consumer = ?1 AND position = ?2";
    LETTERS = "SELECT consumer, position, event, reason, failures, time, replay FROM dead_letters WHERE (consumer, position) > (?1, ?2) ORDER BY consumer, position LIMIT ?3";
    LETTER_REPLAY = "UPDATE dead_letters SET replay = 1 WHERE consumer = ?1 AND position = ?2";
    LETTER_NEXT_REPLAY = "SELECT consumer, position, event, reason, failures, time, replay FROM dead_letters WHERE replay = 1 AND consumer = ?1 ORDER BY position LIMIT 1";
    LETTER_DELETE = "DELETE FROM dead_letters WHERE consumer = ?1 AND position = ?2";
    LEASE_ACQUIRE = "INSERT INTO leases (name, holder, fence, until) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = max(fence + 1, excluded.fence), until = excluded.until WHERE until <= ?5 OR holder = excluded.holder RETURNING fence";
    LEASE_RENEW = "UPDATE leases SET until = ?4 WHERE name = ?1 AND holder = ?2 AND fence = ?3 AND until > ?5";
    LEASE_RELEASE = "UPDATE leases SET until = ?4 WHERE name = ?1 AND holder = ?2 AND fence = ?3";

    COLUMN_PUBLIC = "SELECT rank, id, no FROM tasks WHERE listed = 1 AND public = 1 AND workspace = ?1 AND col = ?2 AND (rank, id) > (?3, ?4) ORDER BY rank, id LIMIT ?5";
    COLUMN_ROOM = "SELECT rank, id, no FROM tasks WHERE listed = 1 AND room = ?1 AND col = ?2 AND (rank, id) > (?3, ?4) ORDER BY rank, id LIMIT ?5";
    RANK_AFTER = "SELECT rank FROM tasks WHERE listed = 1 AND workspace = ?1 AND col = ?2 AND rank > ?3 ORDER BY rank LIMIT 1";
    RANK_BEFORE = "SELECT rank FROM tasks WHERE listed = 1 AND workspace = ?1 AND col = ?2 AND rank < ?3 ORDER BY rank DESC LIMIT 1";

    LIST_ONE = task_facts!("WHERE no = ?1 AND listed = 1");
    FIND_COLUMN = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND col = ?2 LIMIT ?3";
    FIND_STATUS = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND status = ?2 LIMIT ?3";
    FIND_ASSIGNEE = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND assignee = ?2 LIMIT ?3";
    FIND_REPORTER = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND reporter = ?2 LIMIT ?3";
    FIND_EPIC = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND epic = ?2 LIMIT ?3";
    FIND_UNASSIGNED = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND assignee IS NULL LIMIT ?2";
    FIND_PUBLIC = "SELECT no FROM tasks WHERE listed = 1 AND public = 1 AND workspace = ?1 LIMIT ?2";
    FIND_ROOM = "SELECT no FROM tasks WHERE listed = 1 AND room = ?1 LIMIT ?2";
    FIND_KIND = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND kind = ?2 LIMIT ?3";
    FIND_PRIORITY = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND priority = ?2 LIMIT ?3";
    FIND_SEVERITY = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND severity = ?2 LIMIT ?3";
    FIND_DUE = "SELECT no FROM tasks WHERE listed = 1 AND workspace = ?1 AND due > ?2 AND due < ?3 LIMIT ?4";
    FIND_LABEL = "SELECT task FROM labels WHERE workspace = ?1 AND label = ?2 LIMIT ?3";
    FIND_WORD = "SELECT task FROM words WHERE workspace = ?1 AND word >= ?2 AND word < ?3 LIMIT ?4";

    WALK_CREATED_SAME_UP = walk!(same up "created");
    WALK_CREATED_SAME_DOWN = walk!(same down "created");
    WALK_CREATED_UP = walk!(up "created");
    WALK_CREATED_DOWN = walk!(down "created");
    WALK_UPDATED_SAME_UP = walk!(same up "updated");
    WALK_UPDATED_SAME_DOWN = walk!(same down "updated");
    WALK_UPDATED_UP = walk!(up "updated");
    WALK_UPDATED_DOWN = walk!(down "updated");
    WALK_DUE_SAME_UP = walk!(same up "due");
    WALK_DUE_SAME_DOWN = walk!(same down "due");
    WALK_DUE_UP = walk!(up "due");
    WALK_DUE_DOWN = walk!(down "due");
    WALK_DUE_MISSING_UP = walked!("due IS NULL AND id > ?2 ORDER BY id");
    WALK_DUE_MISSING_DOWN = walked!("due IS NULL AND id < ?2 ORDER BY id DESC");
    WALK_PRIORITY_SAME_UP = walk!(same up "priority");
    WALK_PRIORITY_SAME_DOWN = walk!(same down "priority");
    WALK_RANK_SAME_UP = walk!(same up "rank");
    WALK_RANK_SAME_DOWN = walk!(same down "rank");
    WALK_RANK_UP = walk!(up "rank");
    WALK_RANK_DOWN = walk!(down "rank");
    WALK_TITLE_SAME_UP = walk!(same up "title");
    WALK_TITLE_SAME_DOWN = walk!(same down "title");
    WALK_TITLE_UP = walk!(up "title");
    WALK_TITLE_DOWN = walk!(down "title");
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::schema;
    use rusqlite::Connection;

    #[test]
    fn every_statement_finds_its_rows_by_an_index() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db, 0).unwrap();
        for statement in ALL {
            let mut plan = db
                .prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text))
                .unwrap_or_else(|error| panic!("{}: {error}", statement.name));
            for parameter in 1..=plan.parameter_count() {
                plan.raw_bind_parameter(parameter, 1).unwrap();
            }
            let mut rows = plan.raw_query();
            while let Some(row) = rows.next().unwrap() {
                let step: String = row.get(3).unwrap();
                let walks_a_table = step.starts_with("SCAN") && step != "SCAN CONSTANT ROW";
                let sorts_all = step.contains("USE TEMP B-TREE FOR ORDER BY");
                assert!(!walks_a_table && !sorts_all, "{}: {step}", statement.name);
                // Lists pass over many entries of these, so they must not fetch the rows.
                let passes_over = statement.name.starts_with("FIND_") || statement.name.starts_with("WALK_");
                let reads_rows = !step.contains("COVERING INDEX") && !step.contains("PRIMARY KEY");
                assert!(!(passes_over && reads_rows), "{}: {step}", statement.name);
            }
        }
    }

    #[test]
    fn the_plan_of_a_table_walk_reads_scan() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db, 0).unwrap();
        let step: String = db
            .query_row("EXPLAIN QUERY PLAN SELECT json FROM tasks", [], |row| row.get(3))
            .unwrap();
        assert!(step.starts_with("SCAN"), "{step}");
    }
}
