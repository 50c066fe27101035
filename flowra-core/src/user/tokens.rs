//! Personal access tokens: a person's programs act as them, within scopes.

use std::sync::Arc;

use super::sign_in::PERSONAL;
use super::{Accounts, Scopes, Token, TokenId, TokenName, UserRefusal};
use crate::app::Caller;
use crate::page::{Page, PageRequest};
use crate::port::fresh;
use crate::refusal::Error;
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
    /// Makes a token; its text is answered here and never again. A token is no event, so the log keeps no promise about repetition: who
    /// asks twice has two, and can revoke one.
    ///
    /// # Errors
    /// [`UserRefusal`] about name, scopes and expiry.
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
            let token = Token {
                id: fresh(&*self.ports.ids),
                user: user.id,
                name,
                scopes: command.scopes,
                digest: self.ports.secrets.digest(&text),
                created_at: now,
                last_used_at: None,
                expires_at: command.expires_at,
            };
            self.ports.tokens.add(token.clone()).await?;
            return Ok((token, text));
        };
        Err(UserRefusal::NoScope.into())
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
    /// [`UserRefusal::NotFound`].
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<(), Error> {
        let user = self.ports.caller(caller).await?;
        if self.ports.tokens.revoke(user.id, id).await? {
            Ok(())
        } else {
            Err(UserRefusal::NotFound.into())
        }
    }
}
