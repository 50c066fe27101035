//! Reads a request's body within its limit.

use futures_util::StreamExt;
use salvo::Request;
use salvo::http::{ReqBody, StatusCode};
use salvo::hyper::body::Bytes;

use super::ApiError;

/// How much of a body that is too large is still read and dropped before the answer, in bytes. Closing on a client that is still
/// sending would reset the connection, and the client would never see why.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// The whole body; it stays on the request, so that it can be read again.
///
/// # Errors
/// 413 beyond the limit of the route ([`MAX_BODY`](super::MAX_BODY) unless the route sets its own), 400 when the client stops sending
/// half-way.
pub async fn bytes(req: &mut Request) -> Result<Bytes, ApiError> {
    let limit = req.secure_max_size();
    let mut body = req.take_body();
    let mut collected = Bytes::new();
    let mut parts: Vec<u8> = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.next().await {
        let frame = frame.map_err(|_| ApiError::validation("the body ended before its announced length"))?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > limit {
            parts = Vec::new();
            if seen > MAX_DRAINED {
                break;
            }
        } else if seen == data.len() {
            collected = data;
        } else {
            if parts.is_empty() {
                parts.extend_from_slice(&collected);
            }
            parts.extend_from_slice(&data);
        }
    }
    if seen > limit {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            format!("the body must not be larger than {limit} bytes"),
        ));
    }
    if !parts.is_empty() {
        collected = parts.into();
    }
    req.replace_body(ReqBody::Once(collected.clone()));
    Ok(collected)
}
