//! Passwords of local accounts, hashed with argon2id.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use flowra_core::user::PasswordHasher;
use flowra_core::{BoxFuture, PortFailure, PortResult};
use tokio::sync::Semaphore;

/// The hash of a password that nobody has, for checks that must take as long as any other.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Zmxvd3JhLW5vYm9keXM$LKe8cYnpbKrF1XJkCBoCM5jC4jOQzGuMrwW9GsAHBLo";

/// argon2id with the parameters that OWASP recommends as a minimum: 19 MiB, two passes.
pub struct Argon2id {
    /// Each hash takes 19 MiB and a core for a while, so only a few run at once; more wait their turn.
    turns: Arc<Semaphore>,
}

impl Default for Argon2id {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::new(Semaphore::new(cores)),
        }
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

impl Argon2id {
    /// Works on a thread of its own, in turn.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> PortResult<T> + Send + 'static,
    ) -> PortResult<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            job()
        });
        done.await
            .map_err(|error| PortFailure::unavailable("argon2.password_hasher", error))?
    }
}

impl PasswordHasher for Argon2id {
    fn hash(&self, password: String) -> BoxFuture<'_, PortResult<String>> {
        Box::pin(self.work(move || {
            let hash = argon2().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string())
                .map_err(|error| PortFailure::unavailable("argon2.password_hasher.hash", error))
        }))
    }

    fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(self.work(move || {
            let is_somebodys = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
            let hash =
                PasswordHash::new(&hash).map_err(|error| PortFailure::corrupt("password hash", error))?;
            Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok() && is_somebodys)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let hasher = Argon2id::default();
        let hash = hasher.hash("teal-lantern".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            hasher
                .verify("teal-lantern".to_owned(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("teal-lanterns".to_owned(), Some(hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn nobody_is_checked_like_everybody() {
        assert!(
            !Argon2id::default()
                .verify("anything".to_owned(), None)
                .await
                .unwrap()
        );
    }
}
