//! Signing in and out, and finding out who asks.

use std::sync::Arc;

use super::{
    Accounts, ClientName, Renewal, Scopes, Session, SessionId, TokenId, User, UserRefusal, Username,
};
use crate::draft::Attempts;
use crate::port::fresh;
use crate::refusal::Error;
use crate::time::Timestamp;

/// How long an access token is good, in seconds: an hour, after which a stolen one is worth nothing.
const ACCESS_SECONDS: i64 = 3_600;
/// How long a session lasts without being used, in seconds: thirty days.
const REFRESH_SECONDS: i64 = 30 * 86_400;

/// How long a request with an idempotency key may be repeated, in seconds: a day.
pub(super) const REPEATABLE_SECONDS: i64 = 86_400;

/// How the texts of the three kinds of tokens begin, so that each is looked up in its own place and recognized where it leaks.
const ACCESS: &str = "fla_";
const REFRESH: &str = "flr_";
pub(super) const PERSONAL: &str = "flp_";

/// How long the last use of a personal token is not noted again, in seconds.
const USE_NOTED_SECONDS: i64 = 60;

/// What a person gets who signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub user: Arc<User>,
    /// Opens everything, for a while.
    pub access_token: String,
    /// Makes new tokens, once.
    pub refresh_token: String,
    /// How long the access token is good, in seconds.
    pub expires_in: i64,
}

/// Who asks, as a token shows.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who.
    pub user: Arc<User>,
    /// What the token allows.
    pub scopes: Scopes,
    /// The session, when they signed in.
    pub session: Option<SessionId>,
    /// The personal token, when a program acts for them.
    pub token: Option<TokenId>,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
}

impl Accounts {
    /// Signs in with a password. The client is what it says of itself; of a long text the first 200 characters are kept.
    ///
    /// # Errors
    /// [`UserRefusal::BadCredentials`], whatever of them was wrong and as slowly as if nothing were; [`UserRefusal::Deactivated`] only
    /// to somebody who knows the password.
    pub async fn sign_in(
        &self,
        username: &str,
        password: String,
        client: Option<&str>,
    ) -> Result<SignedIn, Error> {
        let user = match Username::parse(username) {
            Ok(name) => self
                .ports
                .users
                .find_by_username(vec![name])
                .await?
                .into_iter()
                .next(),
            Err(_) => None,
        };
        let hash = match &user {
            Some(user) => self.ports.credentials.password_hash(user.id).await?,
            None => None,
        };
        if !self.ports.passwords.verify(password, hash.clone()).await? {
            return Err(UserRefusal::BadCredentials.into());
        }
        let user = user.ok_or(UserRefusal::BadCredentials)?;
        let id = user.id;
        let (session, signed_in) = self.begin(user, client).await?;
        // Another password that was set after this one was verified may have ended all sessions before this one began.
        if self.ports.credentials.password_hash(id).await? != hash {
            self.ports.sessions.end(session).await?;
            return Err(UserRefusal::BadCredentials.into());
        }
        Ok(signed_in)
    }

    /// Begins a session for somebody who has proven who they are; the client is as in [`sign_in`](Self::sign_in).
    ///
    /// # Errors
    /// [`UserRefusal::Deactivated`].
    pub async fn begin_session(&self, user: Arc<User>, client: Option<&str>) -> Result<SignedIn, Error> {
        Ok(self.begin(user, client).await?.1)
    }

    async fn begin(&self, user: Arc<User>, client: Option<&str>) -> Result<(SessionId, SignedIn), Error> {
        if !user.is_active {
            return Err(UserRefusal::Deactivated.into());
        }
        let id = fresh(&*self.ports.ids);
        let (mut session, signed_in) = self.issue(id, user, self.ports.clock.now());
        session.client = client.and_then(client_name);
        self.ports.sessions.begin(session).await?;
        Ok((id, signed_in))
    }

    fn issue(&self, id: SessionId, user: Arc<User>, created_at: Timestamp) -> (Session, SignedIn) {
        let secrets = &self.ports.secrets;
        let now = self.ports.clock.now();
        let (access_token, refresh_token) = (
            format!("{ACCESS}{}", secrets.mint()),
            format!("{REFRESH}{}", secrets.mint()),
        );
        let session = Session {
            id,
            user: user.id,
            access: secrets.digest(&access_token),
            access_expires_at: now.plus_seconds(ACCESS_SECONDS),
            refresh: secrets.digest(&refresh_token),
            refresh_expires_at: now.plus_seconds(REFRESH_SECONDS),
            created_at,
            client: None,
            renewal: None,
        };
        (
            session,
            SignedIn {
                user,
                access_token,
                refresh_token,
                expires_in: ACCESS_SECONDS,
            },
        )
    }

    /// New tokens for a refresh token, which is used up by it. It works after the access token has expired.
    ///
    /// With an idempotency key, the same token under the same key is no theft for a day, while what it was exchanged for is unused: the answer was
    /// lost, and another is given, which makes the lost one worth nothing.
    ///
    /// # Errors
    /// [`UserRefusal::BadToken`]; [`UserRefusal::RefreshReused`] for a token that was used before: one of the two who had it stole it, so
    /// the session ends; [`UserRefusal::Deactivated`].
    pub async fn refresh(&self, refresh_token: &str, key: Option<&str>) -> Result<SignedIn, Error> {
        let mut attempts = Attempts::new();
        loop {
            if let Some(signed_in) = self.try_refresh(refresh_token, key).await? {
                return Ok(signed_in);
            }
            attempts.again()?;
        }
    }

    /// Nothing when somebody else rotated the session meanwhile.
    async fn try_refresh(&self, refresh_token: &str, key: Option<&str>) -> Result<Option<SignedIn>, Error> {
        let secrets = &self.ports.secrets;
        let digest = secrets.digest(refresh_token);
        let request = key.map(|key| secrets.digest(&format!("{refresh_token} {key}")));
        let session = self
            .ports
            .sessions
            .by_refresh(digest)
            .await?
            .ok_or(UserRefusal::BadToken)?;
        let now = self.ports.clock.now();
        if session.refresh_expires_at <= now {
            return Err(UserRefusal::BadToken.into());
        }
        let user = self.ports.active_user(session.user).await?;
        let repeated = session.renewal.filter(|renewal| {
            Some(renewal.request) == request && now < renewal.at.plus_seconds(REPEATABLE_SECONDS)
        });
        if session.refresh != digest && repeated.is_none() {
            self.ports.sessions.end(session.id).await?;
            return Err(UserRefusal::RefreshReused.into());
        }
        let (mut renewed, signed_in) = self.issue(session.id, user, session.created_at);
        renewed.client.clone_from(&session.client);
        renewed.renewal = repeated.or_else(|| request.map(|request| Renewal { request, at: now }));
        let rotated = self.ports.sessions.rotate(session.refresh, renewed).await?;
        Ok(rotated.then_some(signed_in))
    }

    /// Ends a session: both its tokens are worth nothing at once.
    ///
    /// # Errors
    /// Failures of the ports only.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), Error> {
        Ok(self.ports.sessions.end(session).await?)
    }

    /// Who keeps a session, as its refresh token shows, which is not used up by it. For pages: their browser keeps one secret where no script
    /// reads it, and requests that it sends at once must not rotate the secret under one another.
    ///
    /// # Errors
    /// [`UserRefusal::BadToken`] for a token that is unknown, over, or was used up by [`refresh`](Self::refresh);
    /// [`UserRefusal::Deactivated`].
    pub async fn keeper(&self, refresh_token: &str) -> Result<Identity, Error> {
        let digest = self.ports.secrets.digest(refresh_token);
        let session = self.ports.sessions.by_refresh(digest).await?;
        let session = session
            .filter(|session| {
                session.refresh == digest && session.refresh_expires_at > self.ports.clock.now()
            })
            .ok_or(UserRefusal::BadToken)?;
        Ok(Identity {
            user: self.ports.active_user(session.user).await?,
            scopes: Scopes::ALL,
            session: Some(session.id),
            token: None,
            expires_at: Some(session.refresh_expires_at),
        })
    }

    /// Who a bearer token stands for.
    ///
    /// # Errors
    /// [`UserRefusal::BadToken`], [`UserRefusal::TokenExpired`], [`UserRefusal::Deactivated`].
    pub async fn authenticate(&self, token: &str) -> Result<Identity, Error> {
        let now = self.ports.clock.now();
        let digest = self.ports.secrets.digest(token);
        let mut unnoted = None;
        let (user, scopes, session, token, expires_at) = if token.starts_with(PERSONAL) {
            let token = self
                .ports
                .tokens
                .by_digest(digest)
                .await?
                .ok_or(UserRefusal::BadToken)?;
            if token
                .last_used_at
                .is_none_or(|last| last.plus_seconds(USE_NOTED_SECONDS) < now)
            {
                unnoted = Some(token.id);
            }
            (token.user, token.scopes, None, Some(token.id), token.expires_at)
        } else {
            let session = self
                .ports
                .sessions
                .by_access(digest)
                .await?
                .ok_or(UserRefusal::BadToken)?;
            (
                session.user,
                Scopes::ALL,
                Some(session.id),
                None,
                Some(session.access_expires_at),
            )
        };
        if expires_at.is_some_and(|end| end <= now) {
            return Err(UserRefusal::TokenExpired.into());
        }
        let user = self.ports.active_user(user).await?;
        // Only now: a token that was refused was not used.
        if let Some(token) = unnoted {
            self.ports.tokens.used(token, now).await?;
        }
        Ok(Identity {
            user,
            scopes,
            session,
            token,
            expires_at,
        })
    }
}

/// What a client calls itself, as one line: anybody can make it up, and nobody is to be kept out by it.
fn client_name(said: &str) -> Option<ClientName> {
    let line: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
    ClientName::parse(&line).ok()
}
