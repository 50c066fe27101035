//! The rows of users.

use flowra_core::user::User;
use rusqlite::{Connection, params};

use crate::fault::Outcome;
use crate::sql::{self, Prepare};

pub(super) fn write(db: &Connection, user: &User, json: &str) -> Outcome<()> {
    db.statement(sql::USER_UPSERT)?
        .execute(params![user.id.as_bytes(), user.username.folded(), json])?;
    Ok(())
}
