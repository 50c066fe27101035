//! The port [`SessionStore`].

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::user::{Session, SessionId, SessionStore};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};
use crate::writer::Group;

impl SessionStore for SqliteStore {
    fn begin(&self, session: Session) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(
            self.inner
                .writer
                .write("sqlite.session_store.begin", move |group| {
                    let now = session.created_at.millis();
                    let expired = many(&mut group.db.statement(sql::SESSIONS_EXPIRED)?, [now])?;
                    for session in expired {
                        remove(group, &session)?;
                    }
                    store(group, session)
                }),
        )
    }

    fn by_access(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.sessions.find(&digest) {
                Found::Here(session) => return Ok(Some(session)),
                Found::Missing(place) => place,
            };
            let read =
                move |db: &Connection| one(&mut db.statement(sql::SESSION_BY_ACCESS)?, [digest.as_bytes()]);
            let session = self
                .inner
                .readers
                .read("sqlite.session_store.by_access", read)
                .await?
                .map(Arc::new);
            if let Some(session) = &session {
                fill(place, session);
            }
            Ok(session)
        })
    }

    fn by_refresh(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        let what = "sqlite.session_store.by_refresh";
        Box::pin(
            self.inner
                .readers
                .read(what, move |db| Ok(by_refresh(db, digest)?.map(Arc::new))),
        )
    }

    fn rotate(&self, used: Digest, renewed: Session) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(
            self.inner
                .writer
                .write("sqlite.session_store.rotate", move |group| {
                    let current = by_refresh(group.db, used)?
                        .filter(|session| session.refresh == used && session.id == renewed.id);
                    let Some(current) = current else {
                        return Ok(false);
                    };
                    group.publish(move |memory| memory.caches.sessions.remove(&current.access));
                    store(group, renewed)?;
                    Ok(true)
                }),
        )
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<SessionId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Session>>>> {
        let what = "sqlite.session_store.of_user";
        Box::pin(self.inner.readers.read(what, move |db| {
            // Without a place to start behind, behind what is greater than any id.
            let after = page
                .after
                .as_ref()
                .map_or(&[u8::MAX; 17][..], |id| &id.as_bytes()[..]);
            let range = params![user.as_bytes(), after, codec::one_too_many(page.limit)];
            let sessions = many(&mut db.statement(sql::SESSIONS_LISTED)?, range)?;
            let sessions = sessions.into_iter().map(Arc::new).collect();
            Ok(Page::from_one_too_many(sessions, page.limit))
        }))
    }

    fn end(&self, id: SessionId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(self.inner.writer.write("sqlite.session_store.end", move |group| {
            let session = one(&mut group.db.statement(sql::SESSION_BY_ID)?, [id.as_bytes()])?;
            session.map_or(Ok(()), |session| remove(group, &session))
        }))
    }

    fn end_all(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(
            self.inner
                .writer
                .write("sqlite.session_store.end_all", move |group| {
                    let sessions = many(&mut group.db.statement(sql::SESSIONS_OF_USER)?, [user.as_bytes()])?;
                    sessions.iter().try_for_each(|session| remove(group, session))
                }),
        )
    }
}

fn by_refresh(db: &Connection, digest: Digest) -> Outcome<Option<Session>> {
    one(&mut db.statement(sql::SESSION_BY_REFRESH)?, [digest.as_bytes()])
}

fn store(group: &mut Group<'_>, session: Session) -> Outcome<()> {
    let json = serde_json::to_string(&session)
        .map_err(|error| Fault::corrupt(format!("session {}", session.id), error))?;
    group.db.statement(sql::SESSION_UPSERT)?.execute(params![
        session.id.as_bytes(),
        session.user.as_bytes(),
        session.access.as_bytes(),
        session.refresh_expires_at.millis(),
        json
    ])?;
    group
        .db
        .statement(sql::REFRESH_INSERT)?
        .execute(params![session.refresh.as_bytes(), session.id.as_bytes()])?;
    group.publish(move |memory| memory.caches.sessions.put(session.access, Arc::new(session)));
    Ok(())
}

fn remove(group: &mut Group<'_>, session: &Session) -> Outcome<()> {
    group
        .db
        .statement(sql::SESSION_DELETE)?
        .execute([session.id.as_bytes()])?;
    group
        .db
        .statement(sql::REFRESHES_DELETE)?
        .execute([session.id.as_bytes()])?;
    let access = session.access;
    group.publish(move |memory| memory.caches.sessions.remove(&access));
    Ok(())
}

fn one(select: &mut CachedStatement<'_>, with: impl Params) -> Outcome<Option<Session>> {
    let json: Option<String> = select.query_row(with, |row| row.get(0)).optional()?;
    json.map(|json| codec::decode(&json, || "session".to_owned()))
        .transpose()
}

fn many(select: &mut CachedStatement<'_>, with: impl Params) -> Outcome<Vec<Session>> {
    let json = select
        .query_map(with, |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    json.iter()
        .map(|json| codec::decode(json, || "session".to_owned()))
        .collect()
}
