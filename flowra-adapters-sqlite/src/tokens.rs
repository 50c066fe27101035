//! The port [`TokenStore`].

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{Token, TokenId, TokenStore};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};

/// Uses within so many milliseconds are written down once.
const COARSE: i64 = 60_000;

impl TokenStore for SqliteStore {
    fn add(&self, token: Token) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        Box::pin(self.inner.writer.write("sqlite.token_store.add", move |group| {
            let json = serde_json::to_string(&token)
                .map_err(|error| Fault::corrupt(format!("token {}", token.id), error))?;
            let added = group.db.statement(sql::TOKEN_INSERT)?.execute(params![
                token.id.as_bytes(),
                token.user.as_bytes(),
                token.digest.as_bytes(),
                token.last_used_at.map(Timestamp::millis),
                json
            ])?;
            if added == 0 {
                let row = group
                    .db
                    .statement(sql::TOKEN)?
                    .query_row([token.id.as_bytes()], columns)?;
                return self::token(row).map(Some);
            }
            group.publish(move |memory| memory.caches.tokens.put(token.digest, Arc::new(token)));
            Ok(None)
        }))
    }

    fn by_digest(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.tokens.find(&digest) {
                Found::Here(token) => return Ok(Some(token)),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| {
                let row = db
                    .statement(sql::TOKEN_BY_DIGEST)?
                    .query_row([digest.as_bytes()], columns)
                    .optional()?;
                row.map(token).transpose()
            };
            let token = self
                .inner
                .readers
                .read("sqlite.token_store.by_digest", read)
                .await?;
            if let Some(token) = &token {
                fill(place, token);
            }
            Ok(token)
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<TokenId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Token>>>> {
        Box::pin(self.inner.readers.read("sqlite.token_store.of_user", move |db| {
            let after = codec::after(page.after.as_ref());
            let rows = db
                .statement(sql::TOKENS_OF_USER)?
                .query_map(
                    params![user.as_bytes(), after, codec::one_too_many(page.limit)],
                    columns,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let tokens = rows.into_iter().map(token).collect::<Outcome<Vec<_>>>()?;
            Ok(Page::from_one_too_many(tokens, page.limit))
        }))
    }

    fn revoke(&self, user: UserId, id: TokenId) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(
            self.inner
                .writer
                .write("sqlite.token_store.revoke", move |group| {
                    let digest: Option<[u8; 32]> = group
                        .db
                        .statement(sql::TOKEN_DELETE)?
                        .query_row(params![id.as_bytes(), user.as_bytes()], |row| row.get(0))
                        .optional()?;
                    if let Some(digest) = digest {
                        group.publish(move |memory| memory.caches.tokens.remove(&Digest::from_bytes(digest)));
                    }
                    Ok(digest.is_some())
                }),
        )
    }

    fn used(&self, id: TokenId, at: Timestamp) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let noted = self.inner.shared.caches.token_uses.get(&id);
            if noted.is_some_and(|noted| at.millis() < noted.saturating_add(COARSE)) {
                return Ok(());
            }
            let write = self.inner.writer.write("sqlite.token_store.used", move |group| {
                let digest: Option<[u8; 32]> = group
                    .db
                    .statement(sql::TOKEN_USED)?
                    .query_row(params![id.as_bytes(), at.millis()], |row| row.get(0))
                    .optional()?;
                group.publish(move |memory| {
                    memory.caches.token_uses.put(id, at.millis());
                    if let Some(digest) = digest {
                        memory.caches.tokens.remove(&Digest::from_bytes(digest));
                    }
                });
                Ok(())
            });
            write.await
        })
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(String, Option<i64>)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn token((json, used): (String, Option<i64>)) -> Outcome<Arc<Token>> {
    let mut token: Token = codec::decode(&json, || "token".to_owned())?;
    token.last_used_at = used.map(Timestamp::from_millis);
    Ok(Arc::new(token))
}
