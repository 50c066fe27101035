//! The port [`UserStore`].

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::user::{BOT, User, UserStore, Username};
use flowra_core::{BoxFuture, PortResult, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec;
use crate::fault::Outcome;
use crate::readers::each_once;
use crate::sql::{self, Prepare};

impl UserStore for SqliteStore {
    fn load(&self, id: UserId) -> BoxFuture<'_, PortResult<Option<Arc<User>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.users.find(&id) {
                Found::Here(user) => return Ok(Some(user)),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| by_id(db, id);
            let user = self.inner.readers.read("sqlite.user_store.load", read).await?;
            if let Some(user) = &user {
                fill(place, user);
            }
            Ok(user)
        })
    }

    fn load_many(&self, ids: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        Box::pin(async move {
            let (mut users, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
            for id in each_once(ids) {
                match self.inner.shared.caches.users.get(&id) {
                    Some(user) => users.push(user),
                    None => missing.push(id),
                }
            }
            if !missing.is_empty() {
                let read = move |db: &Connection| {
                    missing
                        .into_iter()
                        .filter_map(|id| by_id(db, id).transpose())
                        .collect::<Outcome<Vec<_>>>()
                };
                users.extend(
                    self.inner
                        .readers
                        .read("sqlite.user_store.load_many", read)
                        .await?,
                );
            }
            Ok(users)
        })
    }

    fn find_by_username(&self, names: Vec<Username>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        Box::pin(async move {
            let caches = &self.inner.shared.caches;
            let (mut users, mut missing) = (Vec::with_capacity(names.len()), Vec::new());
            for name in each_once(names.iter().map(Username::folded).collect()) {
                let name: Arc<str> = name.into();
                let known = caches.usernames.get(&name).and_then(|id| caches.users.get(&id));
                match known {
                    Some(user) => users.push(user),
                    None => missing.push(name),
                }
            }
            if !missing.is_empty() {
                let read = move |db: &Connection| {
                    missing
                        .into_iter()
                        .filter_map(|name| by_name(db, &name).transpose())
                        .collect::<Outcome<Vec<_>>>()
                };
                users.extend(
                    self.inner
                        .readers
                        .read("sqlite.user_store.find_by_username", read)
                        .await?,
                );
            }
            Ok(users)
        })
    }

    fn list(&self, page: PageRequest<String>) -> BoxFuture<'_, PortResult<Page<Arc<User>>>> {
        Box::pin(self.inner.readers.read("sqlite.user_store.list", move |db| {
            let after = page.after.unwrap_or_default();
            let mut select = db.statement(sql::USERS_AFTER)?;
            let mut rows = select.query(params![after, codec::one_too_many(page.limit)])?;
            let mut users = Vec::new();
            while let Some(row) = rows.next()? {
                let json: String = row.get(0)?;
                users.push(Arc::new(codec::decode(&json, || format!("user after {after}"))?));
            }
            Ok(Page::from_one_too_many(users, page.limit))
        }))
    }

    fn any(&self) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(self.inner.readers.read("sqlite.user_store.any", |db| {
            Ok(db.statement(sql::USER_BUT)?.exists([BOT.as_bytes()])?)
        }))
    }
}

/// Reads it from the file.
pub(crate) fn by_id(db: &Connection, id: UserId) -> Outcome<Option<Arc<User>>> {
    let json: Option<String> = db
        .statement(sql::USER)?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    json.map(|json| codec::decode(&json, || format!("user {id}")).map(Arc::new))
        .transpose()
}

fn by_name(db: &Connection, folded: &str) -> Outcome<Option<Arc<User>>> {
    let json: Option<String> = db
        .statement(sql::USER_BY_NAME)?
        .query_row([folded], |row| row.get(0))
        .optional()?;
    json.map(|json| codec::decode(&json, || format!("user {folded}")).map(Arc::new))
        .transpose()
}
