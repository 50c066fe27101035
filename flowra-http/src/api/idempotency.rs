//! `Idempotency-Key`: the same POST twice acts once and is answered the same.
//!
//! Two things together keep the promise. The log stores the key with the request's events in one commit, so that the effect happens once
//! whatever dies in between. And this step keeps the answers themselves for a day in memory, so that a repeated request gets the very
//! same bytes, and lets requests with the same key in one after the other. After a restart the first answer is made anew from what the
//! log knows, and the secret of an invite is then not shown again. Personal tokens are no events, so the log knows nothing of them: one that
//! is asked for again when its answer is gone is another token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flowra_core::event::Idempotency;
use flowra_core::user::Scopes;
use flowra_core::{Refusal, UserId};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use salvo::http::header::{CONTENT_TYPE, HeaderName};
use salvo::http::{HeaderValue, Method, ResBody, StatusCode};
use salvo::hyper::body::Bytes;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use sha2::{Digest, Sha256};

use super::caller::scopes;
use crate::http::{ApiError, SignedIn, bytes, client_address};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const HX_TRIGGER: HeaderName = HeaderName::from_static("hx-trigger");

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);

/// How many bytes of answers are kept at most; the least used go first, and are then made anew from the log.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Whose key it is: a user's with the scopes of their credential, or, before anybody is known, an address's.
///
/// The scopes, because routes further in ask for more of them: a credential that may not ask must not be told what one that may was answered.
type Key = ([u8; 16], Option<Scopes>, Arc<str>);

#[derive(Clone)]
struct Answer {
    fingerprint: [u8; 32],
    at: Instant,
    status: StatusCode,
    content_type: Option<HeaderValue>,
    trigger: Option<HeaderValue>,
    body: Bytes,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Answer> for ByBytes {
    fn weight(&self, key: &Key, answer: &Answer) -> u64 {
        (key.2.len() + answer.body.len() + 200) as u64
    }
}

/// The step that keeps the promise.
pub(super) struct IdempotencyKeys {
    answers: Cache<Key, Answer, ByBytes>,
}

impl Default for IdempotencyKeys {
    fn default() -> Self {
        Self {
            answers: Cache::with_weighter(1_000, MAX_BYTES, ByBytes),
        }
    }
}

#[async_trait]
impl Handler for IdempotencyKeys {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        if *req.method() != Method::POST || !req.headers().contains_key(IDEMPOTENCY_KEY) {
            return;
        }
        if let Err(error) = self.keep(req, depot, res, ctrl).await {
            error.render(depot, res);
            ctrl.skip_rest();
        }
    }
}

impl IdempotencyKeys {
    async fn keep(
        &self,
        req: &mut Request,
        depot: &mut Depot,
        res: &mut Response,
        ctrl: &mut FlowCtrl,
    ) -> Result<(), ApiError> {
        let text = key_text(req)?;
        let fingerprint = fingerprint(req).await?;
        let user = depot.get_typed::<SignedIn>().ok().copied();
        let owner = user.map_or_else(|| address_owner(req), |user| *user.0.as_bytes());
        let key: Key = (owner, scopes(depot), text);
        // Who comes second waits here until the first has an answer, or has failed.
        let guard = match self.answers.get_value_or_guard_async(&key).await {
            Ok(answer) if answer.fingerprint != fingerprint => return Err(Refusal::KeyReused.into()),
            Ok(answer) if answer.at.elapsed() < KEPT => {
                answer.send(res);
                ctrl.skip_rest();
                return Ok(());
            }
            Ok(_) => {
                self.answers.remove(&key);
                None
            }
            Err(guard) => Some(guard),
        };
        if let Some(user) = user {
            let promise = Idempotency {
                user: UserId::from_bytes(*user.0.as_bytes()),
                key: Arc::clone(&key.2),
                fingerprint,
            };
            depot.insert_typed(promise);
        }
        ctrl.call_next(req, depot, res).await;
        if let (Some(guard), Some(answer)) = (guard, Answer::of(res, fingerprint)) {
            // Refused only when the key was dropped while the answer was made; then the next one is made anew.
            let _ = guard.insert(answer);
        }
        Ok(())
    }
}

impl Answer {
    /// What was answered, when it is a success with a whole body; a refusal is decided anew, as its reason may be gone.
    fn of(res: &Response, fingerprint: [u8; 32]) -> Option<Self> {
        let status = res.status_code?;
        if !status.is_success() {
            return None;
        }
        let body = match &res.body {
            ResBody::None => Bytes::new(),
            ResBody::Once(body) => body.clone(),
            _ => return None,
        };
        let header = |name: &HeaderName| res.headers().get(name).cloned();
        let (content_type, trigger) = (header(&CONTENT_TYPE), header(&HX_TRIGGER));
        Some(Self {
            fingerprint,
            at: Instant::now(),
            status,
            content_type,
            trigger,
            body,
        })
    }

    fn send(self, res: &mut Response) {
        res.status_code(self.status);
        for (name, value) in [(CONTENT_TYPE, self.content_type), (HX_TRIGGER, self.trigger)] {
            if let Some(value) = value {
                res.headers_mut().insert(name, value);
            }
        }
        if !self.body.is_empty() {
            res.body(ResBody::Once(self.body));
        }
    }
}

fn key_text(req: &Request) -> Result<Arc<str>, ApiError> {
    let bad = || {
        ApiError::validation("Idempotency-Key must be 1 to 255 printable ASCII characters")
            .with_field("Idempotency-Key")
    };
    let value = req.headers().get(IDEMPOTENCY_KEY).ok_or_else(bad)?;
    let text = value.to_str().map_err(|_| bad())?;
    if (1..=255).contains(&text.len()) {
        Ok(text.into())
    } else {
        Err(bad())
    }
}

/// Target and body: what makes two requests the same. The method is POST for all of them.
async fn fingerprint(req: &mut Request) -> Result<[u8; 32], ApiError> {
    let body = bytes(req).await?;
    let mut hash = Sha256::new();
    hash.update(
        req.uri()
            .path_and_query()
            .map_or("", |target| target.as_str())
            .as_bytes(),
    );
    hash.update([0]);
    hash.update(&body);
    Ok(hash.finalize().into())
}

fn address_owner(req: &Request) -> [u8; 16] {
    let mut owner = [0; 16];
    owner.copy_from_slice(&Sha256::digest(client_address(req).to_string().as_bytes())[..16]);
    owner
}
