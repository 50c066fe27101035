//! What the maker of secrets promises.

use std::collections::HashSet;

use super::super::Sources;

pub(in crate::contract) async fn secrets_never_repeat(sources: Sources) {
    let minted: HashSet<_> = (0..1_000).map(|_| sources.secrets.mint()).collect();
    assert_eq!(minted.len(), 1_000);
    for secret in minted {
        let is_url_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(secret.chars().all(is_url_safe), "{secret:?} is not URL-safe");
        assert!(secret.len() >= 22, "{secret:?} cannot hold 128 bits");
    }
}

pub(in crate::contract) async fn a_digest_follows_from_its_secret(sources: Sources) {
    let secrets = [
        "",
        "a",
        "b",
        "ab",
        "ba",
        "a secret that is longer than one block of any digest, by far",
    ];
    let digests: HashSet<_> = secrets.map(|secret| sources.secrets.digest(secret)).into();
    assert_eq!(
        digests.len(),
        secrets.len(),
        "different secrets have different digests"
    );
    for secret in secrets {
        assert!(digests.contains(&sources.secrets.digest(secret)));
    }
}
