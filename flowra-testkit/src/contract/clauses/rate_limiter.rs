//! What a limiter promises.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Id;
use flowra_core::cluster::{LimitKey, Quota, Scope, Verdict, Who};

use super::super::{Node, Nodes};

fn requests(user: u8) -> LimitKey {
    LimitKey {
        scope: Scope::Requests,
        who: Who::User(Id::from_bytes([user; 16])),
    }
}

fn passes(verdict: &Verdict) -> bool {
    verdict.retry_after.is_none()
}

/// A quota whose count does not move while a clause runs.
fn slow(burst: u32) -> Quota {
    Quota::per_minute(1).with_burst(burst)
}

pub(in crate::contract) async fn a_burst_passes_and_the_next_event_is_refused(nodes: Nodes) {
    let limits = &nodes.one.limits;
    for left in (0..5).rev() {
        let verdict = limits.take(requests(1), slow(5)).await;
        assert!(passes(&verdict), "{verdict:?}");
        assert_eq!((verdict.limit, verdict.remaining), (5, left));
    }
    let refused = limits.take(requests(1), slow(5)).await;
    let wait = refused
        .retry_after
        .expect("the sixth of five events was let through");
    assert!(
        wait > Duration::from_secs(30) && wait <= Duration::from_mins(1),
        "the next event may happen within a minute: {refused:?}"
    );
    assert_eq!((refused.limit, refused.remaining), (5, 0));
    assert!(
        refused.reset > Duration::from_mins(4) && refused.reset <= Duration::from_mins(5),
        "all five may happen again after five minutes: {refused:?}"
    );
}

pub(in crate::contract) async fn a_refused_event_is_not_counted(nodes: Nodes) {
    let limits = &nodes.one.limits;
    let quota = Quota::per_minute(300).with_burst(1);
    assert!(passes(&limits.take(requests(1), quota).await));
    let mut wait = None;
    for _ in 0..20 {
        wait = limits.take(requests(1), quota).await.retry_after.or(wait);
    }
    let wait = wait.expect("twenty events of a fifth of a second each were let through at once");
    assert!(wait <= quota.pace(), "refused events were counted: {wait:?}");
    tokio::time::sleep(wait + Duration::from_millis(2)).await;
    assert!(passes(&limits.take(requests(1), quota).await));
}

pub(in crate::contract) async fn keys_are_counted_apart(nodes: Nodes) {
    let address = Who::address([192, 0, 2, 1].into());
    let home = Who::address([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into());
    let account = Who::Account([1; 16]);
    let keys = [
        requests(1),
        requests(2),
        LimitKey {
            scope: Scope::Requests,
            who: address,
        },
        LimitKey {
            scope: Scope::Requests,
            who: home,
        },
        LimitKey {
            scope: Scope::Logins,
            who: address,
        },
        LimitKey {
            scope: Scope::Logins,
            who: account,
        },
        LimitKey {
            scope: Scope::Requests,
            who: account,
        },
        LimitKey {
            scope: Scope::Frames,
            who: requests(1).who,
        },
    ];
    for key in keys {
        assert!(passes(&nodes.one.limits.take(key, slow(1)).await), "{key:?}");
    }
    for key in keys {
        assert!(!passes(&nodes.one.limits.take(key, slow(1)).await), "{key:?}");
    }
}

pub(in crate::contract) async fn nodes_count_together(nodes: Nodes) {
    let (one, other) = (&nodes.one.limits, &nodes.other.limits);
    assert!(passes(&one.take(requests(1), slow(3)).await));
    let second = other.take(requests(1), slow(3)).await;
    assert_eq!(second.remaining, 1, "{second:?}");
    assert!(passes(&one.take(requests(1), slow(3)).await));
    assert!(!passes(&other.take(requests(1), slow(3)).await));
    assert!(!passes(&one.take(requests(1), slow(3)).await));
}

pub(in crate::contract) async fn racing_events_are_each_counted(nodes: Nodes) {
    let takers = [&nodes.one, &nodes.other].into_iter().cycle().take(40);
    let racing: Vec<_> = takers
        .map(|Node { limits, .. }| {
            let limits = Arc::clone(limits);
            tokio::spawn(async move { limits.take(requests(1), slow(25)).await })
        })
        .collect();
    let mut passed = 0;
    for take in racing {
        passed += usize::from(passes(&take.await.unwrap()));
    }
    assert_eq!(passed, 25);
}
