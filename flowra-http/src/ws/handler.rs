//! The door: the handshake, and who is there.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Error;
use flowra_core::user::UserRefusal;
use salvo::http::header::{AUTHORIZATION, CONNECTION, UPGRADE};
use salvo::http::{HeaderValue, StatusCode, StatusError};
use salvo::prelude::WebSocketUpgrade;
use salvo::websocket::WebSocket;
use salvo::{Request, Response, handler};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::authenticator::{Authenticator, Identity};
use super::command::{Command, TokenField};
use super::session::Session;
use super::socket::{Incoming, MAX_FRAME, part, receive};
use crate::config::Limits;
use crate::feed::{Farewell, Form, Listener, Live};
use crate::http::ApiError;
use crate::http::limit::{InProcessLimiter, RateLimits};

/// How much a client may do.
#[derive(Clone)]
pub struct Options {
    /// How many frames somebody may send, over all their connections.
    pub limits: Arc<RateLimits>,
    /// How long it may take to say who it is.
    pub patience: Duration,
    /// In what form its clients hear of events.
    pub form: Form,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Arc::new(RateLimits::new(
                Arc::new(InProcessLimiter::default()),
                Limits {
                    requests_per_minute: None,
                    logins_per_minute: None,
                    frames_per_minute: Some(60),
                },
            )),
            patience: Duration::from_secs(10),
            form: Form::Json,
        }
    }
}

/// The handler of `GET /api/v1/ws`.
#[derive(Clone)]
pub struct LiveSocket {
    live: Live,
    authenticator: Arc<dyn Authenticator>,
    options: Options,
}

#[handler]
impl LiveSocket {
    async fn handle(&self, req: &mut Request, res: &mut Response) -> Result<(), ApiError> {
        self.open(req, res).await
    }
}

impl LiveSocket {
    /// The handler over this feed, for those whom the authenticator knows.
    #[must_use]
    pub fn new(live: Live, authenticator: Arc<dyn Authenticator>, options: Options) -> Self {
        Self {
            live,
            authenticator,
            options,
        }
    }

    /// Answers the handshake and serves the connection in the background.
    ///
    /// # Errors
    /// 401 for a token that is no good, 426 for a request that is no handshake, 503 when the token cannot be checked.
    pub async fn open(&self, req: &mut Request, res: &mut Response) -> Result<(), ApiError> {
        let token = match req.headers().get(AUTHORIZATION) {
            None => None,
            Some(value) => {
                let token = value.to_str().ok().and_then(bearer);
                Some(
                    token
                        .ok_or_else(|| Error::from(UserRefusal::BadToken))?
                        .to_owned(),
                )
            }
        };
        self.open_as(token, req, res).await
    }

    /// As [`open`](Self::open), for who has shown this token elsewhere than in the header; nobody yet, when none.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_as(
        &self,
        token: Option<String>,
        req: &mut Request,
        res: &mut Response,
    ) -> Result<(), ApiError> {
        let known = match token {
            None => None,
            Some(token) => Some((self.authenticator.authenticate(&token).await?, token)),
        };
        let door = self.clone();
        WebSocketUpgrade::with_config(config())
            .upgrade(req, res, move |socket| {
                // Two futures, one after the other: what letting in needs is gone when the long wait begins.
                let entering = Box::pin(door.enter(socket, known));
                async move {
                    if let Some(session) = entering.await {
                        Box::pin(session.run()).await;
                    }
                }
            })
            .await
            .map_err(|refused| no_handshake(&refused))
    }

    /// Finds out who is there and lets them in; `None` when they were sent away.
    async fn enter(self, mut socket: WebSocket, known: Option<(Identity, String)>) -> Option<Session> {
        let known = match known {
            Some(known) => Ok(known),
            None => match timeout(self.options.patience, self.introduce(&mut socket)).await {
                Ok(introduced) => introduced,
                Err(_) => Err(Some(Farewell::Unauthenticated)),
            },
        };
        match known {
            Ok((identity, token)) => {
                let listener = Listener {
                    form: self.options.form,
                    ..identity.into()
                };
                let limits = self.options.limits;
                let again = async { self.authenticator.authenticate(&token).await.is_ok() };
                return Session::begin(
                    self.live.clone(),
                    socket,
                    (listener, identity.may_write),
                    limits,
                    again,
                )
                .await;
            }
            Err(Some(farewell)) => part(socket, farewell).await,
            Err(None) => {}
        }
        None
    }

    /// Reads the first frame, which must say who is there; the error is the farewell, if anybody is left to hear it.
    async fn introduce(&self, socket: &mut WebSocket) -> Result<(Identity, String), Option<Farewell>> {
        let message = match receive(socket).await {
            Incoming::Text(message) => message,
            Incoming::Farewell(farewell) => return Err(Some(farewell)),
            Incoming::Gone => return Err(None),
        };
        let Ok(Command::Auth(TokenField { token })) = Command::read(message.as_str().unwrap_or_default())
        else {
            return Err(Some(Farewell::Unauthenticated));
        };
        match self.authenticator.authenticate(&token).await {
            Ok(identity) => Ok((identity, token)),
            Err(Error::Refused(_)) => Err(Some(Farewell::Unauthenticated)),
            Err(Error::Failed(_)) => Err(Some(Farewell::Failed)),
        }
    }
}

fn no_handshake(refused: &StatusError) -> ApiError {
    let message = format!("this route is a WebSocket: {}", refused.brief);
    ApiError::new(StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED", message)
        .with_header(UPGRADE, HeaderValue::from_static("websocket"))
        .with_header(CONNECTION, HeaderValue::from_static("upgrade"))
}

/// The token of a `Bearer` credential.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Small buffers: most connections are quiet most of the time. Frames a little over the limit are read, so that their sender can be told
/// in order; larger ones are cut off.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(128)
        .write_buffer_size(4096)
        .max_message_size(Some(2 * MAX_FRAME))
        .max_frame_size(Some(2 * MAX_FRAME))
}
