//! The rule of each value: text in, checked value out, or the rule in words.
//!
//! A rule says what the value must be ("must be …"); the caller adds the key, the value and where it came from.

use std::net::SocketAddr;
use std::path::PathBuf;

use flowra_adapters_redis::RedisOptions;
use salvo::http::uri::Uri;
use tracing_subscriber::EnvFilter;

use super::{Identity, Registration, Storage, Worker};

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080".to_owned())
}

/// Scheme, host and optional port, as browsers send it in `Origin`; a single trailing slash is dropped.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let rule = || "must be http:// or https:// with a host and, if needed, a port".to_owned();
    let uri: Uri = text.parse().map_err(|_| rule())?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))
        .ok_or_else(rule)?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))
        .ok_or_else(rule)?;
    if uri.path() != "/" || uri.query().is_some() {
        return Err(rule());
    }
    Ok(format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()))
}

pub(super) fn storage(text: &str) -> Result<Storage, String> {
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Storage::Sqlite(PathBuf::from(path))),
        _ => Err("must be sqlite: and the path of a file, the only storage of this build".to_owned()),
    }
}

pub(super) fn redis(text: &str) -> Result<RedisOptions, String> {
    RedisOptions::parse(text).map_err(|bad| bad.to_string())
}

pub(super) fn identity(text: &str) -> Result<Identity, String> {
    match text {
        "local" => Ok(Identity::Local),
        _ => Err("must be local, the only identity provider of this build".to_owned()),
    }
}

pub(super) fn registration(text: &str) -> Result<Registration, String> {
    match text {
        "open" => Ok(Registration::Open),
        "closed" => Ok(Registration::Closed),
        _ => Err("must be open or closed".to_owned()),
    }
}

pub(super) fn worker(text: &str) -> Result<Worker, String> {
    match text {
        "inside" => Ok(Worker::Inside),
        "apart" => Err("must be inside: this build has no worker of its own yet".to_owned()),
        _ => Err("must be inside".to_owned()),
    }
}

pub(super) fn per_minute(text: &str) -> Result<Option<u32>, String> {
    match text.parse::<u32>() {
        Ok(0) => Ok(None),
        Ok(limit) if limit <= 1_000_000 => Ok(Some(limit)),
        _ => Err("must be a whole number from 0 (no limit) to 1000000".to_owned()),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    EnvFilter::builder()
        .parse(text)
        .map(|_| text.to_owned())
        .map_err(|_| "must be levels and targets such as info or info,flowra::access=off".to_owned())
}

/// A rule for a value that may be absent, written as the empty text.
pub(super) fn optional<T>(
    rule: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| {
        if text.is_empty() {
            Ok(None)
        } else {
            rule(text).map(Some)
        }
    }
}

/// A rule for several values separated by commas.
pub(super) fn list<T>(rule: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Vec<T>, String> {
    move |text| {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(&rule)
            .collect()
    }
}
