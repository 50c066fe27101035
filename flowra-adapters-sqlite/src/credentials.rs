//! The port [`CredentialStore`].

use flowra_core::user::CredentialStore;
use flowra_core::{BoxFuture, PortResult, UserId};
use rusqlite::{OptionalExtension, params};

use crate::SqliteStore;
use crate::sql::{self, Prepare};

impl CredentialStore for SqliteStore {
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>> {
        let what = "sqlite.credential_store.password_hash";
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::PASSWORD)?
                .query_row([user.as_bytes()], |row| row.get(0))
                .optional()?)
        }))
    }

    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>> {
        let what = "sqlite.credential_store.set_password_hash";
        Box::pin(self.inner.writer.write(what, move |group| {
            group
                .db
                .statement(sql::PASSWORD_UPSERT)?
                .execute(params![user.as_bytes(), hash])?;
            Ok(())
        }))
    }

    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        let what = "sqlite.credential_store.remove_password_hash";
        Box::pin(self.inner.writer.write(what, move |group| {
            group
                .db
                .statement(sql::PASSWORD_REMOVE)?
                .execute([user.as_bytes()])?;
            Ok(())
        }))
    }
}
