//! The port [`SessionStore`].
//!
//! A session that was found is believed for a moment (`brief.rs`), so that one which ends on one server is over on all of them within half a second. The
//! server removes what has expired, by the indexes on `expires`.

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{Session, SessionId, SessionStore};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};
use mongodb::bson::{self, Document, doc};

use crate::fault::{Fault, Outcome};
use crate::{MongoStore, codec, schema};

impl SessionStore for MongoStore {
    fn begin(&self, session: Session) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let stored = async {
                let mut row = row(&session)?;
                row.insert("_id", codec::id(session.id));
                self.durable(schema::SESSIONS).insert_one(row).await?;
                Outcome::Ok(())
            };
            stored
                .await
                .map_err(|fault| fault.into_failure("mongo.session_store.begin"))
        })
    }

    fn by_access(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        Box::pin(async move {
            let brief = &self.inner.shared.sessions;
            if let Some(session) = brief.get(digest) {
                return Ok(Some(session));
            }
            let begun = brief.begin();
            let session = self
                .session(doc! { "access": codec::digest(digest) })
                .await
                .map_err(|fault| fault.into_failure("mongo.session_store.by_access"))?;
            if let Some(session) = &session {
                brief.keep(begun, digest, session);
            }
            Ok(session)
        })
    }

    fn by_refresh(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        Box::pin(async move {
            self.refreshed(digest)
                .await
                .map_err(|fault| fault.into_failure("mongo.session_store.by_refresh"))
        })
    }

    fn rotate(&self, used: Digest, renewed: Session) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let rotated = self.rotate_from(used, renewed).await;
            self.inner.shared.sessions.end();
            rotated.map_err(|fault| fault.into_failure("mongo.session_store.rotate"))
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<SessionId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Session>>>> {
        Box::pin(async move {
            let listed = async {
                let mut filter = doc! { "user": codec::id(user) };
                if let Some(after) = page.after {
                    filter.insert("_id", doc! { "$lt": codec::id(after) });
                }
                let mut rows = self
                    .collection(schema::SESSIONS)
                    .find(filter)
                    .sort(doc! { "user": -1, "_id": -1 })
                    .limit(codec::number(page.limit.get() as u64 + 1))
                    .await?;
                let mut sessions = Vec::new();
                while rows.advance().await? {
                    sessions.push(read(&rows.deserialize_current()?)?);
                }
                Outcome::Ok(Page::from_one_too_many(sessions, page.limit))
            };
            listed
                .await
                .map_err(|fault| fault.into_failure("mongo.session_store.of_user"))
        })
    }

    fn end(&self, id: SessionId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let ended = self
                .durable(schema::SESSIONS)
                .delete_one(doc! { "_id": codec::id(id) })
                .await;
            self.inner.shared.sessions.end();
            ended
                .map(drop)
                .map_err(|error| Fault::from(error).into_failure("mongo.session_store.end"))
        })
    }

    fn end_all(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let ended = self
                .durable(schema::SESSIONS)
                .delete_many(doc! { "user": codec::id(user) })
                .await;
            self.inner.shared.sessions.end();
            ended
                .map(drop)
                .map_err(|error| Fault::from(error).into_failure("mongo.session_store.end_all"))
        })
    }
}

impl MongoStore {
    async fn session(&self, filter: Document) -> Outcome<Option<Arc<Session>>> {
        let row = self.collection(schema::SESSIONS).find_one(filter).await?;
        row.as_ref().map(read).transpose()
    }

    async fn refreshed(&self, digest: Digest) -> Outcome<Option<Arc<Session>>> {
        let current = self.session(doc! { "refresh": codec::digest(digest) }).await?;
        if current.is_some() {
            return Ok(current);
        }
        // Asked for second: a token is written down as used before it stops being current.
        let used = self
            .collection(schema::REFRESHES)
            .find_one(doc! { "_id": codec::digest(digest) })
            .await?;
        match used {
            None => Ok(None),
            Some(used) => {
                let id = codec::read_id::<()>(&used, "session")?;
                self.session(doc! { "_id": codec::id(id) }).await
            }
        }
    }

    async fn rotate_from(&self, used: Digest, renewed: Session) -> Outcome<bool> {
        self.durable(schema::REFRESHES)
            .update_one(
                doc! { "_id": codec::digest(used) },
                doc! {
                    "$set": {
                        "session": codec::id(renewed.id),
                        "expires": date(renewed.refresh_expires_at),
                    },
                },
            )
            .upsert(true)
            .await?;
        let rotated = self
            .durable(schema::SESSIONS)
            .update_one(
                doc! { "_id": codec::id(renewed.id), "refresh": codec::digest(used) },
                doc! { "$set": row(&renewed)? },
            )
            .await?;
        Ok(rotated.matched_count == 1)
    }
}

fn read(row: &Document) -> Outcome<Arc<Session>> {
    let json = row
        .get_str("json")
        .map_err(|error| Fault::corrupt("session", error))?;
    codec::decode(json, || "session".to_owned()).map(Arc::new)
}

fn row(session: &Session) -> Outcome<Document> {
    Ok(doc! {
        "user": codec::id(session.user),
        "access": codec::digest(session.access),
        "refresh": codec::digest(session.refresh),
        "expires": date(session.refresh_expires_at),
        "json": codec::json(session, || format!("session {}", session.id))?,
    })
}

fn date(time: Timestamp) -> bson::DateTime {
    bson::DateTime::from_millis(time.millis())
}
