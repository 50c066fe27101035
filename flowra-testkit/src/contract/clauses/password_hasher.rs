//! What the hasher of passwords promises.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use super::super::Sources;

pub(in crate::contract) async fn every_hash_has_its_own_salt(sources: Sources) {
    let one = sources.passwords.hash("correct horse".to_owned()).await.unwrap();
    let other = sources.passwords.hash("correct horse".to_owned()).await.unwrap();
    assert_ne!(one, other);
    assert!(!one.contains("correct horse"));
}

pub(in crate::contract) async fn a_hash_verifies_its_own_password_only(sources: Sources) {
    let hash = sources
        .passwords
        .hash("correct horse ✓".to_owned())
        .await
        .unwrap();
    for (password, expected) in [
        ("correct horse ✓", true),
        ("correct horse", false),
        ("Correct horse ✓", false),
        ("", false),
    ] {
        let verified = sources
            .passwords
            .verify(password.to_owned(), Some(hash.clone()))
            .await;
        assert_eq!(verified.unwrap(), expected, "{password:?}");
    }
}

pub(in crate::contract) async fn no_hash_verifies_nothing(sources: Sources) {
    for password in ["", "correct horse"] {
        assert!(!sources.passwords.verify(password.to_owned(), None).await.unwrap());
    }
}

pub(in crate::contract) async fn hashing_leaves_the_thread_free(sources: Sources) {
    let mut shortest = Duration::MAX;
    // A busy machine may hold the thread by itself, but not each time; a hasher that blocks does so each time.
    for _ in 0..5 {
        let mut hashing = pin!(sources.passwords.hash("correct horse".to_owned()));
        let begun = Instant::now();
        let polled = hashing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        shortest = shortest.min(begun.elapsed());
        if polled.is_pending() {
            hashing.await.unwrap();
        }
    }
    assert!(
        shortest < Duration::from_millis(10),
        "the thread was held for {shortest:?}"
    );
}
