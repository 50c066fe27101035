//! The port [`UserStore`].

use std::sync::Arc;

use flowra_core::event::StreamId;
use flowra_core::page::{Page, PageRequest};
use flowra_core::user::{BOT, User, UserStore, Username};
use flowra_core::{BoxFuture, PortResult, UserId};
use mongodb::bson::{Document, doc};

use crate::fault::Outcome;
use crate::{MongoStore, codec, load, schema};

impl UserStore for MongoStore {
    fn load(&self, id: UserId) -> BoxFuture<'_, PortResult<Option<Arc<User>>>> {
        Box::pin(async move {
            let stored = self.inner.shared.load(StreamId::User(id)).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.user_store.load"))?;
            Ok(stored.and_then(load::user))
        })
    }

    fn load_many(&self, ids: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        Box::pin(async move {
            let streams = load::streams(ids, StreamId::User);
            let stored = self.inner.shared.load_many(streams).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.user_store.load_many"))?;
            Ok(stored.into_iter().filter_map(load::user).collect())
        })
    }

    fn find_by_username(&self, names: Vec<Username>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        Box::pin(async move {
            let names: Vec<_> = names.iter().map(Username::folded).collect();
            self.users(doc! { "name": { "$in": names } }, None)
                .await
                .map_err(|fault| fault.into_failure("mongo.user_store.find_by_username"))
        })
    }

    fn list(&self, page: PageRequest<String>) -> BoxFuture<'_, PortResult<Page<Arc<User>>>> {
        Box::pin(async move {
            let filter = doc! { "name": { "$gt": page.after.unwrap_or_default() } };
            let users = self.users(filter, Some(page.limit.get() + 1)).await;
            let users = users.map_err(|fault| fault.into_failure("mongo.user_store.list"))?;
            Ok(Page::from_one_too_many(users, page.limit))
        })
    }

    fn any(&self) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            self.barrier().await;
            // Two are enough to know: one of them is not the bot.
            let rows = self
                .collection(schema::USERS)
                .find(doc! { "name": { "$gte": "" } })
                .limit(2)
                .await;
            let any = async {
                let mut rows = rows?;
                let mut is_any = false;
                while rows.advance().await? {
                    let row = rows.deserialize_current()?;
                    is_any |= codec::read_id(&row, "_id")? != BOT;
                }
                Outcome::Ok(is_any)
            };
            any.await
                .map_err(|fault| fault.into_failure("mongo.user_store.any"))
        })
    }
}

impl MongoStore {
    async fn users(&self, filter: Document, limit: Option<usize>) -> Outcome<Vec<Arc<User>>> {
        self.barrier().await;
        let users = self.collection(schema::USERS);
        let mut find = users.find(filter).sort(doc! { "name": 1 });
        if let Some(limit) = limit {
            find = find.limit(codec::number(limit as u64));
        }
        let mut users = Vec::new();
        for row in self.listed(find).await? {
            let stream = StreamId::User(codec::read_id(&row, "_id")?);
            users.extend(load::from_row(stream, &row)?.and_then(load::user));
        }
        Ok(users)
    }
}
