//! What the store of leases promises.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::event::{Fence, Lease};
use flowra_core::time::Timestamp;
use tokio::task::JoinSet;

use super::Scene;

const TTL: Duration = Duration::from_secs(10);

pub(in crate::contract) async fn one_of_racing_holders_gets_the_lease(scene: Scene) {
    let mut racers = JoinSet::new();
    for number in 0..16 {
        let leases = Arc::clone(&scene.leases);
        racers.spawn(async move {
            let holder = format!("node {number}");
            leases
                .acquire("mail", &holder, Fence::NONE, at(0), TTL)
                .await
                .unwrap()
        });
    }
    let won: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
    let [lease] = &won[..] else {
        panic!("one gets the lease, and not {won:?}");
    };
    assert_eq!((lease.name.as_str(), lease.until), ("mail", at(10_000)));
    assert!(lease.fence > Fence::NONE);
    assert_eq!(acquire(&scene, "node 99", at(9_999)).await, None);
}

pub(in crate::contract) async fn a_lease_that_ran_out_is_free(scene: Scene) {
    held(&scene, "ada", at(0)).await;
    assert_eq!(acquire(&scene, "bob", at(9_999)).await, None);
    let bobs = held(&scene, "bob", at(10_000)).await;
    assert_eq!(bobs.holder, "bob");
    assert_eq!(acquire(&scene, "ada", at(10_001)).await, None);
}

pub(in crate::contract) async fn a_released_lease_is_free(scene: Scene) {
    let adas = held(&scene, "ada", at(0)).await;
    scene.leases.release(&adas).await.unwrap();
    held(&scene, "bob", at(1)).await;
    scene.leases.release(&adas).await.unwrap();
}

pub(in crate::contract) async fn a_fence_grows_whenever_the_lease_is_given(scene: Scene) {
    let first = held(&scene, "ada", at(0)).await;
    let second = held(&scene, "bob", at(10_000)).await;
    assert!(second.fence > first.fence);
    scene.leases.release(&second).await.unwrap();
    let third = held(&scene, "bob", at(10_001)).await;
    assert!(third.fence > second.fence);
    let fourth = held(&scene, "bob", at(99_000)).await;
    assert!(fourth.fence > third.fence);
}

pub(in crate::contract) async fn a_fence_exceeds_the_one_named(scene: Scene) {
    let above = Fence::new(1_000_000);
    let lease = scene.leases.acquire("mail", "ada", above, at(0), TTL);
    let first = lease.await.unwrap().unwrap();
    assert!(first.fence > above);
    let second = held(&scene, "bob", at(10_000)).await;
    assert!(
        second.fence > first.fence,
        "a lower one named later changes nothing"
    );
}

pub(in crate::contract) async fn a_holder_may_ask_again(scene: Scene) {
    let first = held(&scene, "ada", at(0)).await;
    let again = held(&scene, "ada", at(5_000)).await;
    assert!(again.fence > first.fence);
    assert_eq!(again.until, at(15_000));
    let renewed = scene.leases.renew(&first, at(5_001), TTL).await.unwrap();
    assert_eq!(renewed, None, "it was given anew");
}

pub(in crate::contract) async fn a_renewed_lease_lasts_longer(scene: Scene) {
    let lease = held(&scene, "ada", at(0)).await;
    let renewed = scene.leases.renew(&lease, at(9_999), TTL).await.unwrap();
    let expected = Lease {
        until: at(19_999),
        ..lease
    };
    assert_eq!(renewed, Some(expected));
    assert_eq!(acquire(&scene, "bob", at(19_998)).await, None);
    held(&scene, "bob", at(19_999)).await;
}

pub(in crate::contract) async fn a_lease_that_ran_out_is_not_renewed(scene: Scene) {
    let lease = held(&scene, "ada", at(0)).await;
    assert_eq!(scene.leases.renew(&lease, at(10_000), TTL).await.unwrap(), None);
    let bobs = held(&scene, "bob", at(10_000)).await;
    assert_eq!(scene.leases.renew(&lease, at(10_001), TTL).await.unwrap(), None);
    scene.leases.release(&bobs).await.unwrap();
    assert_eq!(scene.leases.renew(&bobs, at(10_002), TTL).await.unwrap(), None);
}

pub(in crate::contract) async fn a_late_release_takes_nothing_away(scene: Scene) {
    let adas = held(&scene, "ada", at(0)).await;
    let bobs = held(&scene, "bob", at(10_000)).await;
    scene.leases.release(&adas).await.unwrap();
    assert_eq!(acquire(&scene, "ada", at(10_001)).await, None);
    assert!(
        scene
            .leases
            .renew(&bobs, at(10_001), TTL)
            .await
            .unwrap()
            .is_some()
    );
}

pub(in crate::contract) async fn leases_of_different_names_are_independent(scene: Scene) {
    let mail = held(&scene, "ada", at(0)).await;
    let search = scene.leases.acquire("search", "bob", Fence::NONE, at(0), TTL);
    let search = search.await.unwrap().unwrap();
    scene.leases.release(&mail).await.unwrap();
    let renewed = scene.leases.renew(&search, at(1), TTL).await.unwrap();
    assert!(renewed.is_some());
}

/// So many milliseconds after some day began.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + millis)
}

async fn acquire(scene: &Scene, holder: &str, now: Timestamp) -> Option<Lease> {
    let asked = scene.leases.acquire("mail", holder, Fence::NONE, now, TTL);
    asked.await.unwrap()
}

async fn held(scene: &Scene, holder: &str, now: Timestamp) -> Lease {
    acquire(scene, holder, now).await.unwrap()
}
