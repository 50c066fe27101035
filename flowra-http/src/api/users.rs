//! People and their personal access tokens.

use flowra_core::time::Timestamp;
use flowra_core::user::{CreateToken, Scopes, Token, TokenId, UpdateProfile, User};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Router, Writer};
use serde::{Deserialize, Serialize};

use super::caller::{Asker, RequireAdminScope};
use super::cursor::{Paging, encode};
use super::params::At;
use crate::body::UserBody;
use crate::http::ApiError;
use crate::http::envelope::{Created, Data, NoContent, Page};
use crate::http::extract::{Body, Query};

/// The routes below `/users`.
pub(super) fn router() -> Router {
    let tokens = Router::with_path("me/tokens")
        .hoop(RequireAdminScope)
        .get(list_tokens)
        .post(create_token)
        .push(Router::with_path("{token_id}").delete(revoke_token));
    Router::with_path("users")
        .push(Router::with_path("me").get(show_me).put(update_me))
        .push(tokens)
        .push(Router::with_path("{user_id}").get(find))
}

/// What is to be another; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
struct UpdateMeRequest {
    /// 1 to 100 characters.
    display_name: Option<String>,
    /// An address that no other account has.
    email: Option<String>,
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
struct CreateTokenRequest {
    /// 1 to 100 characters.
    name: String,
    /// Some of `read`, `write`, `admin`.
    scopes: Vec<String>,
    /// When it ends; never, when left out.
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    expires_at: Option<Timestamp>,
}

/// A token, without its secret unless it was just made.
#[derive(Debug, Serialize, ToSchema)]
struct TokenBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    id: TokenId,
    /// What it is called.
    name: String,
    /// Some of `read`, `write`, `admin`.
    scopes: Vec<&'static str>,
    /// When it was made.
    #[salvo(schema(value_type = String, format = DateTime))]
    created_at: Timestamp,
    /// When it was used last, to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    last_used_at: Option<Timestamp>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    expires_at: Option<Timestamp>,
    /// The secret; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl TokenBody {
    fn new(token: &Token, secret: Option<String>) -> Self {
        let Scopes { read, write, admin } = token.scopes;
        let scopes = [(read, "read"), (write, "write"), (admin, "admin")];
        Self {
            id: token.id,
            name: token.name.as_str().to_owned(),
            scopes: scopes
                .into_iter()
                .filter(|(has, _)| *has)
                .map(|(_, scope)| scope)
                .collect(),
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            expires_at: token.expires_at,
            token: secret,
        }
    }
}

/// Shows the caller's account
#[endpoint(tags("users"), status_codes(200))]
async fn show_me(asker: Asker) -> Data<UserBody> {
    Data(UserBody::private(&asker.identity.user))
}

/// Changes the caller's profile
#[endpoint(tags("users"), status_codes(200))]
async fn update_me(asker: Asker, body: Body<UpdateMeRequest>) -> Result<Data<UserBody>, ApiError> {
    let command = UpdateProfile {
        display_name: body.0.display_name,
        email: body.0.email,
    };
    let user = asker
        .state
        .app
        .accounts
        .update_profile(&asker.caller, command)
        .await?;
    Ok(Data(UserBody::private(&user)))
}

/// Shows somebody; their address only to themselves and system admins
#[endpoint(tags("users"), status_codes(200))]
async fn find(asker: Asker, user_id: At<User>) -> Result<Data<UserBody>, ApiError> {
    let user = asker.state.app.accounts.find(&asker.caller, user_id.0).await?;
    let is_private = asker.identity.user.is_admin || user.id == asker.caller.user;
    Ok(Data(if is_private {
        UserBody::private(&user)
    } else {
        UserBody::public(&user)
    }))
}

/// Lists the caller's tokens
#[endpoint(tags("users"), status_codes(200))]
async fn list_tokens(asker: Asker, paging: Query<Paging>) -> Result<Page<TokenBody>, ApiError> {
    let page = asker
        .state
        .app
        .accounts
        .tokens(&asker.caller, paging.0.request("tokens")?)
        .await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("tokens", &last.id));
    let items = page
        .items
        .iter()
        .map(|token| TokenBody::new(token, None))
        .collect();
    Ok(Page { items, next_cursor })
}

/// Makes a token; its secret is shown here and never again
#[endpoint(tags("users"), status_codes(201))]
async fn create_token(asker: Asker, body: Body<CreateTokenRequest>) -> Result<Created<TokenBody>, ApiError> {
    let scopes = scopes(&body.0.scopes)?;
    let command = CreateToken {
        name: body.0.name,
        scopes,
        expires_at: body.0.expires_at,
    };
    let (token, secret) = asker
        .state
        .app
        .accounts
        .create_token(&asker.caller, command)
        .await?;
    Ok(Created::new(TokenBody::new(&token, Some(secret))))
}

fn scopes(words: &[String]) -> Result<Scopes, ApiError> {
    let mut scopes = Scopes {
        read: false,
        write: false,
        admin: false,
    };
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "read" => scopes.read = true,
            "write" => scopes.write = true,
            "admin" => scopes.admin = true,
            _ => {
                return Err(
                    ApiError::validation("scopes must be some of read, write and admin").with_field("scopes"),
                );
            }
        }
    }
    Ok(scopes)
}

/// Makes a token worth nothing
#[endpoint(tags("users"), status_codes(204))]
async fn revoke_token(asker: Asker, token_id: At<Token>) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .accounts
        .revoke_token(&asker.caller, token_id.0)
        .await?;
    Ok(NoContent)
}
