//! Personal access tokens: a person's programs act as them, within scopes.

use std::sync::Arc;

use super::sign_in::PERSONAL;
use super::{Accounts, Scopes, Token, TokenId, TokenName, UserRefusal};
use crate::UserId;
use crate::app::Caller;
use crate::page::{Page, PageRequest};
use crate::port::{Digest, fresh};
use crate::refusal::{Error, Refusal};
use crate::time::Timestamp;

/// Makes a token.
#[derive(Clone, Debug)]
pub struct CreateToken {
    /// 1 to 100 characters.
    pub name: String,
    /// At least one.
    pub scopes: Scopes,
    /// When it ends; in the future. Never, if none.
    pub expires_at: Option<Timestamp>,
}

impl Accounts {
    /// Makes a token; its text is answered here and never again. Under an idempotency key it is made once: its id follows from
    /// the key, and the store takes an id once. Whoever repeats the request over a lost answer is told which token it made, as its text is not kept.
    ///
    /// # Errors
    /// [`UserRefusal`] about name, scopes and expiry; [`UserRefusal::TokenMade`] and [`Refusal::KeyReused`] for a key that made one already.
    pub async fn create_token(
        &self,
        caller: &Caller,
        command: CreateToken,
    ) -> Result<(Token, String), Error> {
        let name =
            TokenName::parse(&command.name).map_err(|fault| UserRefusal::Invalid { field: "name", fault })?;
        let user = self.ports.caller(caller).await?;
        let now = self.ports.clock.now();
        if command.expires_at.is_some_and(|end| end <= now) {
            return Err(UserRefusal::ExpiryInPast.into());
        }
        let Scopes {
            read: false,
            write: false,
            admin: false,
        } = command.scopes
        else {
            let text = format!("{PERSONAL}{}", self.ports.secrets.mint());
            let promise = caller
                .idempotency
                .as_ref()
                .filter(|promise| promise.user == user.id);
            let id = match promise {
                Some(promise) => self.id_of(user.id, &promise.key),
                None => fresh(&*self.ports.ids),
            };
            let token = Token {
                id,
                user: user.id,
                name,
                scopes: command.scopes,
                digest: self.ports.secrets.digest(&text),
                request: promise.map(|promise| Digest::from_bytes(promise.fingerprint)),
                created_at: now,
                last_used_at: None,
                expires_at: command.expires_at,
            };
            return match self.ports.tokens.add(token.clone()).await? {
                None => Ok((token, text)),
                Some(earlier) if earlier.request == token.request => {
                    Err(UserRefusal::TokenMade { id: earlier.id }.into())
                }
                Some(_) => Err(Refusal::KeyReused.into()),
            };
        };
        Err(UserRefusal::NoScope.into())
    }

    /// The id of the token that a person makes under a key.
    fn id_of(&self, user: UserId, key: &str) -> TokenId {
        let digest = self.ports.secrets.digest(&format!("token {user} {key}"));
        let mut id = [0; 16];
        id.copy_from_slice(&digest.as_bytes()[..16]);
        TokenId::from_bytes(id)
    }

    /// The caller's tokens, in the order of their ids.
    ///
    /// # Errors
    /// Failures of the ports, and a caller who may do nothing.
    pub async fn tokens(
        &self,
        caller: &Caller,
        page: PageRequest<TokenId>,
    ) -> Result<Page<Arc<Token>>, Error> {
        let user = self.ports.caller(caller).await?;
        Ok(self.ports.tokens.of_user(user.id, page).await?)
    }

    /// Makes one of the caller's tokens worth nothing.
    ///
    /// # Errors
    /// [`UserRefusal::TokenNotFound`], also for one that is revoked: nothing is kept of it.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<(), Error> {
        let user = self.ports.caller(caller).await?;
        if self.ports.tokens.revoke(user.id, id).await? {
            Ok(())
        } else {
            Err(UserRefusal::TokenNotFound.into())
        }
    }
}
