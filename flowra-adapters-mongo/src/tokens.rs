//! The port [`TokenStore`].

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{Token, TokenId, TokenStore};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};
use mongodb::bson::{Document, doc};
use quick_cache::sync::Cache;

use crate::fault::{Fault, Outcome, is_duplicate};
use crate::{MongoStore, codec, schema};

/// Uses within so many milliseconds are written down once.
const COARSE: i64 = 60_000;
/// So many tokens are remembered of which a use was written down of late.
const USES: usize = 4096;

/// When this process last wrote down that a token was used, in milliseconds.
pub(crate) struct Uses(Cache<TokenId, i64>);

impl Uses {
    pub(crate) fn new() -> Self {
        Self(Cache::new(USES))
    }
}

impl TokenStore for MongoStore {
    fn add(&self, added: Token) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        Box::pin(async move {
            let stored = async {
                let mut row = doc! {
                    "_id": codec::id(added.id),
                    "user": codec::id(added.user),
                    "digest": codec::digest(added.digest),
                    "json": codec::json(&added, || format!("token {}", added.id))?,
                };
                if let Some(used) = added.last_used_at {
                    row.insert("used", used.millis());
                }
                let tokens = self.durable(schema::TOKENS);
                let Err(error) = tokens.insert_one(row).await else {
                    return Ok(None);
                };
                let taken = tokens.find_one(doc! { "_id": codec::id(added.id) }).await?;
                match taken {
                    Some(taken) if is_duplicate(&error) => Ok(Some(token(&taken)?)),
                    Some(_) | None => Err(Fault::from(error)),
                }
            };
            stored
                .await
                .map_err(|fault| fault.into_failure("mongo.token_store.add"))
        })
    }

    fn by_digest(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        Box::pin(async move {
            let brief = &self.inner.shared.tokens;
            if let Some(token) = brief.get(digest) {
                return Ok(Some(token));
            }
            let begun = brief.begin();
            let read = async {
                let row = self
                    .collection(schema::TOKENS)
                    .find_one(doc! { "digest": codec::digest(digest) })
                    .await?;
                row.as_ref().map(token).transpose()
            };
            let token = read
                .await
                .map_err(|fault| fault.into_failure("mongo.token_store.by_digest"))?;
            if let Some(token) = &token {
                brief.keep(begun, digest, token);
            }
            Ok(token)
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<TokenId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Token>>>> {
        Box::pin(async move {
            let read = async {
                let filter = doc! { "user": codec::id(user), "_id": codec::following(page.after) };
                let mut rows = self
                    .collection(schema::TOKENS)
                    .find(filter)
                    .sort(doc! { "user": 1, "_id": 1 })
                    .limit(codec::number(page.limit.get() as u64 + 1))
                    .await?;
                let mut tokens = Vec::new();
                while rows.advance().await? {
                    tokens.push(token(&rows.deserialize_current()?)?);
                }
                Outcome::Ok(Page::from_one_too_many(tokens, page.limit))
            };
            read.await
                .map_err(|fault| fault.into_failure("mongo.token_store.of_user"))
        })
    }

    fn revoke(&self, user: UserId, id: TokenId) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let revoked = self
                .durable(schema::TOKENS)
                .delete_one(doc! { "_id": codec::id(id), "user": codec::id(user) })
                .await;
            self.inner.shared.tokens.end();
            let revoked =
                revoked.map_err(|error| Fault::from(error).into_failure("mongo.token_store.revoke"))?;
            Ok(revoked.deleted_count == 1)
        })
    }

    fn used(&self, id: TokenId, at: Timestamp) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let noted = self.inner.shared.token_uses.0.get(&id);
            if noted.is_some_and(|noted| at.millis() < noted.saturating_add(COARSE)) {
                return Ok(());
            }
            self.collection(schema::TOKENS)
                .update_one(
                    doc! { "_id": codec::id(id) },
                    doc! { "$max": { "used": at.millis() } },
                )
                .await
                .map_err(|error| Fault::from(error).into_failure("mongo.token_store.used"))?;
            self.inner.shared.tokens.end();
            self.inner.shared.token_uses.0.insert(id, at.millis());
            Ok(())
        })
    }
}

fn token(row: &Document) -> Outcome<Arc<Token>> {
    let json = row
        .get_str("json")
        .map_err(|error| Fault::corrupt("token", error))?;
    let mut token: Token = codec::decode(json, || "token".to_owned())?;
    token.last_used_at = row.get_i64("used").ok().map(Timestamp::from_millis);
    Ok(Arc::new(token))
}
