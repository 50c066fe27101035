//! That commits are whole, ordered and held to what they expect.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use flowra_core::chat::{ChatEvent, ChatKind, Title};
use flowra_core::event::{
    AppendError, Claim, Commit, Conflict, Guard, Position, Recorded, StreamId, Version,
};
use flowra_core::user::{DisplayName, UserEvent};
use flowra_core::{ChatId, UserId};
use tokio::task::JoinSet;

use super::super::Scene;
use crate::build::{World, registered, text, valid};

pub(in crate::contract) async fn positions_are_dense_and_ordered(mut scene: Scene) {
    assert_eq!(scene.log.head().await.unwrap(), Position::START);
    let team = scene.team().await;
    let both = both_promoted(&mut scene.world, &[team.ada, team.bob]);
    let streams: Vec<_> = both.appends.iter().map(|append| append.stream).collect();
    let last = scene.store(both).await;

    let recorded = scene.recorded().await;
    assert_dense(&recorded);
    assert_eq!(
        scene.log.head().await.unwrap(),
        last,
        "the answer is the last event's place"
    );
    let tail: Vec<_> = recorded[recorded.len() - 2..]
        .iter()
        .map(|one| one.stream)
        .collect();
    assert_eq!(
        tail, streams,
        "the events of a commit stand in the order of its appends"
    );
}

pub(in crate::contract) async fn concurrent_commits_leave_no_hole(scene: Scene) {
    let mut world = scene.world.clone();
    let mut writers = JoinSet::new();
    for number in 0..64 {
        let (_, commit) = world.user(&format!("user{number}"));
        let log = Arc::clone(&scene.log);
        writers.spawn(async move { log.append(commit).await });
    }
    // What is read up to a position while others write must already be all there is up to it.
    let mut seen: Vec<Recorded> = Vec::new();
    while !writers.is_empty() {
        let after = seen.last().map_or(Position::START, |last| last.position);
        let entries = scene.log.read(after, 1_000).await.unwrap();
        seen.extend(entries.iter().map(|entry| Recorded::clone(&entry.recorded)));
        assert_dense(&seen);
        if let Some(written) = writers.join_next().await {
            written.unwrap().unwrap();
        }
    }
    let recorded = scene.recorded().await;
    assert_eq!(recorded.len(), 64);
    assert_dense(&recorded);
    assert!(recorded.starts_with(&seen));
}

pub(in crate::contract) async fn a_refused_commit_leaves_no_trace(mut scene: Scene) {
    let team = scene.team().await;
    let before = scene.recorded().await;

    // The first append would do; the second is stale, so the first must not be seen either.
    let mut later = scene.world.clone();
    let grace = later.id();
    let fine = later.append(StreamId::User(grace), grace, [registered("grace")]);
    let mut stale = later.append(StreamId::Chat(team.chat), team.ada, [renamed("Lost")]);
    stale.expected = Version::new(stale.expected.get() + 1);
    let commit = later.commit(vec![fine, stale]);

    assert_eq!(
        scene.conflict(commit).await,
        Conflict::Stale(StreamId::Chat(team.chat))
    );
    assert_eq!(scene.recorded().await, before);
    assert!(scene.users.load(grace).await.unwrap().is_none());
    let named = scene.users.find_by_username(vec![valid("grace")]).await.unwrap();
    assert!(named.is_empty());
    assert_eq!(title_of(&scene, team.chat).await, "General");
    scene.user("grace").await;
}

pub(in crate::contract) async fn stale_append_conflicts(mut scene: Scene) {
    let team = scene.team().await;
    let stream = StreamId::Chat(team.chat);
    let too_late = scene.world.clone().change(stream, team.bob, [renamed("Second")]);
    scene.change(stream, team.ada, renamed("First")).await;
    assert_eq!(scene.conflict(too_late).await, Conflict::Stale(stream));

    let mut too_early = scene.world.clone().change(stream, team.bob, [renamed("Third")]);
    too_early.appends[0].expected = Version::new(9);
    assert_eq!(scene.conflict(too_early).await, Conflict::Stale(stream));

    let mut again = scene.world.clone().change(stream, team.bob, [renamed("Anew")]);
    again.appends[0].expected = Version::NONE;
    assert_eq!(scene.conflict(again).await, Conflict::Stale(stream));
    assert_eq!(title_of(&scene, team.chat).await, "First");
}

pub(in crate::contract) async fn one_of_racing_appends_wins(mut scene: Scene) {
    let team = scene.team().await;
    let stream = StreamId::Chat(team.chat);
    let version = scene.world.version(stream);
    let commits = (0..16)
        .map(|number| {
            let mut world = scene.world.clone();
            world.change(stream, team.ada, [renamed(&format!("Title {number}"))])
        })
        .collect();
    assert_eq!(winners(&scene, commits).await, 1);
    assert_eq!(scene.log.stream(stream, version, 9).await.unwrap().len(), 1);
}

pub(in crate::contract) async fn a_guard_on_a_changed_stream_conflicts(mut scene: Scene) {
    let team = scene.team().await;
    let chat = StreamId::Chat(team.chat);
    let guard = Guard::Unchanged(chat, scene.world.version(chat));
    scene.change(chat, team.ada, ChatEvent::Closed).await;
    let (message, mut commit) = scene.world.clone().message(team.chat, team.bob, &[]);
    commit.guards = vec![guard];
    assert_eq!(scene.conflict(commit).await, Conflict::Stale(chat));
    assert!(scene.messages.load(message).await.unwrap().is_none());
}

pub(in crate::contract) async fn a_guard_on_a_missing_claim_conflicts(mut scene: Scene) {
    let team = scene.team().await;
    let claim = Claim::DirectChat(team.workspace, team.ada.min(team.bob), team.ada.max(team.bob));
    let (_, mut commit) = scene.world.clone().message(team.chat, team.bob, &[]);
    commit.guards = vec![Guard::Held(claim.clone())];
    assert_eq!(scene.conflict(commit).await, Conflict::NotHeld(claim));
}

pub(in crate::contract) async fn guards_that_hold_let_the_commit_through(mut scene: Scene) {
    let team = scene.team().await;
    let chat = StreamId::Chat(team.chat);
    let (message, mut commit) = scene.world.message(team.chat, team.bob, &[]);
    let unborn = StreamId::Chat(scene.world.id());
    commit.guards = vec![
        Guard::Unchanged(chat, scene.world.version(chat)),
        Guard::Unchanged(unborn, Version::NONE),
        Guard::Held(Claim::Username("ada".to_owned())),
    ];
    scene.store(commit).await;
    assert!(scene.messages.load(message).await.unwrap().is_some());
}

pub(in crate::contract) async fn a_claim_has_one_holder(mut scene: Scene) {
    let team = scene.team().await;
    let (_, same_name) = scene.world.clone().user("ADA");
    let taken = Claim::Username("ada".to_owned());
    assert_eq!(scene.conflict(same_name).await, Conflict::Taken(taken));

    let pair = [team.ada, team.bob];
    scene.chat(team.workspace, ChatKind::Direct, &pair).await;
    let (_, second) = scene
        .world
        .clone()
        .chat(team.workspace, ChatKind::Direct, &[team.bob, team.ada]);
    let taken = Claim::DirectChat(team.workspace, team.ada.min(team.bob), team.ada.max(team.bob));
    assert_eq!(scene.conflict(second).await, Conflict::Taken(taken));

    let mut twice = scene.world.clone();
    let appends = ["grace", "Grace"].map(|name| {
        let id = twice.id();
        twice.append(StreamId::User(id), id, [registered(name)])
    });
    let twice = twice.commit(appends.into());
    let taken = Claim::Username("grace".to_owned());
    assert_eq!(scene.conflict(twice).await, Conflict::Taken(taken));
}

pub(in crate::contract) async fn one_of_racing_claims_wins(scene: Scene) {
    let commits = (0..16).map(|_| scene.world.clone().user("grace").1).collect();
    assert_eq!(winners(&scene, commits).await, 1);
    assert_eq!(scene.recorded().await.len(), 1);
}

pub(in crate::contract) async fn a_released_claim_can_be_taken_again(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let moved = UserEvent::ProfileUpdated {
        display_name: text("Ada", DisplayName::parse),
        email: valid("countess@example.org"),
        previous_email: valid("ada@example.org"),
    };
    scene.change(StreamId::User(ada), ada, moved).await;

    let registers = |name: &str, email: &str| {
        let mut event = registered(name);
        if let UserEvent::Registered { email: address, .. } = &mut event {
            *address = valid(email);
        }
        event
    };
    let mut other = scene.world.clone();
    let id = other.id();
    let taken = other.change(
        StreamId::User(id),
        id,
        [registers("grace", "Countess@example.org")],
    );
    let countess = Claim::Email("countess@example.org".to_owned());
    assert_eq!(scene.conflict(taken).await, Conflict::Taken(countess));
    let id = scene.world.id();
    scene
        .change(StreamId::User(id), id, registers("grace", "ada@example.org"))
        .await;
}

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let team = scene.team().await;
    let stream = StreamId::Chat(team.chat);
    for number in 0..20 {
        let title = format!("Title {number}");
        let position = scene.change(stream, team.ada, renamed(&title)).await;
        assert_eq!(title_of(&scene, team.chat).await, title);
        assert!(scene.log.head().await.unwrap() >= position);
    }
}

pub(in crate::contract) async fn a_dropped_append_is_whole_or_absent(mut scene: Scene) {
    for number in 0..20 {
        let mut world = scene.world.clone();
        let pair: [UserId; 2] = [world.id(), world.id()];
        let appends = pair
            .iter()
            .zip(["left", "right"])
            .map(|(&id, side)| world.append(StreamId::User(id), id, [registered(&format!("{side}{number}"))]))
            .collect();
        {
            let mut begun = pin!(scene.log.append(world.commit(appends)));
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(stored) = begun.as_mut().poll(&mut context) {
                stored.unwrap();
            }
        }
        // A later commit stands behind the dropped one, or in its stead.
        scene.user(&format!("later{number}")).await;
        let events = async |id| {
            let stream = scene.log.stream(StreamId::User(id), Version::NONE, 9).await;
            stream.unwrap().len()
        };
        let stored = events(pair[0]).await;
        assert_eq!(
            stored,
            events(pair[1]).await,
            "half of a dropped commit is stored"
        );
        let loaded = scene.users.load_many(pair.into()).await.unwrap();
        assert_eq!(loaded.len(), 2 * stored);
    }
    assert_dense(&scene.recorded().await);
}

/// One commit in which each of these people gets administration.
fn both_promoted(world: &mut World, people: &[UserId]) -> Commit {
    let appends = people
        .iter()
        .map(|&user| {
            world.append(
                StreamId::User(user),
                user,
                [UserEvent::AdminChanged { is_admin: true }],
            )
        })
        .collect();
    world.commit(appends)
}

fn renamed(title: &str) -> ChatEvent {
    ChatEvent::Renamed {
        title: text(title, Title::parse),
    }
}

async fn title_of(scene: &Scene, chat: ChatId) -> String {
    let chat = scene.chats.load(chat).await.unwrap().unwrap();
    chat.title.as_ref().unwrap().to_string()
}

fn assert_dense(recorded: &[Recorded]) {
    for (number, one) in (1..).zip(recorded) {
        assert_eq!(one.position, Position::new(number));
    }
}

/// How many of these commits are stored when all are tried at once; the others must conflict.
async fn winners(scene: &Scene, commits: Vec<Commit>) -> usize {
    let mut writers = JoinSet::new();
    for commit in commits {
        let log = Arc::clone(&scene.log);
        writers.spawn(async move { log.append(commit).await });
    }
    let mut stored = 0;
    for written in writers.join_all().await {
        match written {
            Ok(_) => stored += 1,
            Err(AppendError::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    stored
}
