//! That a repeated request acts once.

use std::sync::Arc;

use flowra_core::UserId;
use flowra_core::event::{AppendError, Appended, Commit, Idempotency, Outcome, StreamId, Version};
use flowra_core::user::UserEvent;
use tokio::task::JoinSet;

use super::super::Scene;

pub(in crate::contract) async fn a_repeated_key_answers_the_first_outcome(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let (grace, commit) = scene.world.user("grace");
    scene.store(keyed(commit, ada, "k", 1, grace)).await;
    let before = scene.recorded().await;
    let found = scene.log.outcome(ada, "k").await.unwrap();
    assert_eq!(found, Some(([1; 32], Outcome::User(grace))));

    // The repetition was decided anew and would make somebody else. Nothing about it is looked at: neither its version nor its claims.
    let (other, repeated) = scene.world.clone().user("grace");
    assert_repeated(&scene, keyed(repeated, ada, "k", 1, other), grace).await;
    let mut stale = scene
        .world
        .clone()
        .change(StreamId::User(ada), ada, [UserEvent::Deactivated]);
    stale.appends[0].expected = Version::new(9);
    assert_repeated(&scene, keyed(stale, ada, "k", 1, other), grace).await;

    assert_eq!(scene.recorded().await, before);
    assert!(scene.users.load(other).await.unwrap().is_none());
}

pub(in crate::contract) async fn racing_repetitions_act_once(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let mut writers = JoinSet::new();
    for number in 0..16 {
        let (made, commit) = scene.world.clone().user(&format!("grace{number}"));
        let commit = keyed(commit, ada, "k", 1, made);
        let log = Arc::clone(&scene.log);
        writers.spawn(async move { (made, log.append(commit).await.unwrap()) });
    }
    let answers = writers.join_all().await;
    let now: Vec<_> = answers
        .iter()
        .filter(|(_, appended)| matches!(appended, Appended::Now(_)))
        .collect();
    assert_eq!(now.len(), 1, "one of the repetitions is stored");
    let first = Outcome::User(now[0].0);
    assert!(answers.iter().all(|(_, appended)| match appended {
        Appended::Now(_) => true,
        Appended::Before(outcome) => *outcome == first,
    }));
    assert_eq!(scene.recorded().await.len(), 2);
}

pub(in crate::contract) async fn a_key_with_another_fingerprint_is_refused(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let (grace, commit) = scene.world.user("grace");
    scene.store(keyed(commit, ada, "k", 1, grace)).await;
    let before = scene.recorded().await;

    let (other, commit) = scene.world.clone().user("edsger");
    let refused = scene.log.append(keyed(commit, ada, "k", 2, other)).await;
    assert!(matches!(refused, Err(AppendError::KeyReused)), "{refused:?}");
    let (other, taken) = scene.world.clone().user("grace");
    let refused = scene.log.append(keyed(taken, ada, "k", 2, other)).await;
    assert!(
        matches!(refused, Err(AppendError::KeyReused)),
        "the key comes before the claims: {refused:?}"
    );
    assert_eq!(scene.recorded().await, before);
}

pub(in crate::contract) async fn a_refused_commit_leaves_its_key_free(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let (other, taken) = scene.world.clone().user("ada");
    scene.conflict(keyed(taken, ada, "k", 1, other)).await;
    assert_eq!(scene.log.outcome(ada, "k").await.unwrap(), None);
    let (grace, commit) = scene.world.user("grace");
    scene.store(keyed(commit, ada, "k", 2, grace)).await;
}

pub(in crate::contract) async fn keys_are_each_callers_own(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let (grace, commit) = scene.world.user("grace");
    scene.store(keyed(commit, ada, "k", 1, grace)).await;
    assert_eq!(scene.log.outcome(bob, "k").await.unwrap(), None);
    assert_eq!(
        scene.log.outcome(ada, "K").await.unwrap(),
        None,
        "keys have a case"
    );
    let (edsger, commit) = scene.world.user("edsger");
    scene.store(keyed(commit, bob, "k", 2, edsger)).await;
}

async fn assert_repeated(scene: &Scene, commit: Commit, first: UserId) {
    let answer = scene.log.append(commit).await.unwrap();
    assert_eq!(answer, Appended::Before(Outcome::User(first)));
}

fn keyed(mut commit: Commit, user: UserId, key: &str, fingerprint: u8, made: UserId) -> Commit {
    let promise = Idempotency {
        user,
        key: key.into(),
        fingerprint: [fingerprint; 32],
    };
    commit.idempotency = Some((promise, Outcome::User(made)));
    commit
}
