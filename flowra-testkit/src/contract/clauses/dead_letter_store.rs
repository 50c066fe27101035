//! What the store of dead letters promises.

use flowra_core::event::{DeadLetter, Fence, LetterKey, Position};
use flowra_core::time::Timestamp;

use super::{Scene, all, paged};

pub(in crate::contract) async fn a_letter_is_kept_as_put(scene: Scene) {
    let letter = put(&scene, "mail", 7).await;
    assert_eq!(load(&scene, "mail", 7).await, Some(letter));
    assert_eq!(load(&scene, "mail", 8).await, None);
    assert_eq!(load(&scene, "search", 7).await, None);
}

pub(in crate::contract) async fn a_letter_put_again_takes_the_place_of_the_first(scene: Scene) {
    let letter = put(&scene, "mail", 7).await;
    let again = DeadLetter {
        reason: "still down: \u{2018}no\u{2019} route".to_owned(),
        failures: 6,
        time: letter.time.plus_seconds(60),
        ..letter
    };
    assert!(
        scene
            .dead_letters
            .put(again.clone(), Fence::new(1))
            .await
            .unwrap()
    );
    assert_eq!(scene.dead_letters.list(all()).await.unwrap().items, [again]);
}

pub(in crate::contract) async fn an_old_fence_puts_no_letter(scene: Scene) {
    let fence = Fence::new(2);
    scene.checkpoints.claim("mail", fence).await.unwrap();
    let late = letter("mail", 7);
    assert!(!scene.dead_letters.put(late.clone(), Fence::new(1)).await.unwrap());
    assert_eq!(load(&scene, "mail", 7).await, None);
    let others = letter("search", 7);
    assert!(scene.dead_letters.put(others, Fence::new(1)).await.unwrap());
    assert!(scene.dead_letters.put(late, fence).await.unwrap());
}

pub(in crate::contract) async fn letters_page_by_consumer_and_position(scene: Scene) {
    for (consumer, position) in [
        ("search", 1),
        ("mail", 10),
        ("mail", 9),
        ("search", 300),
        ("mailer", 2),
    ] {
        put(&scene, consumer, position).await;
    }
    let letters = paged(
        async |page| scene.dead_letters.list(page).await.unwrap(),
        |letter| letter.key.clone(),
    )
    .await;
    let keys: Vec<_> = letters
        .iter()
        .map(|letter| (letter.key.consumer.as_str(), letter.key.position.get()))
        .collect();
    assert_eq!(
        keys,
        [
            ("mail", 9),
            ("mail", 10),
            ("mailer", 2),
            ("search", 1),
            ("search", 300)
        ]
    );
}

pub(in crate::contract) async fn replays_come_in_order_to_their_consumer(scene: Scene) {
    for position in [5, 10, 9] {
        put(&scene, "mail", position).await;
    }
    assert_eq!(scene.dead_letters.next_replay("mail").await.unwrap(), None);
    for position in [10, 9] {
        assert!(
            scene
                .dead_letters
                .ask_replay(key("mail", position))
                .await
                .unwrap()
        );
    }
    assert!(!scene.dead_letters.ask_replay(key("mail", 6)).await.unwrap());
    assert_eq!(scene.dead_letters.next_replay("search").await.unwrap(), None);
    let due = DeadLetter {
        is_replay_due: true,
        ..letter("mail", 9)
    };
    for _ in 0..2 {
        let next = scene.dead_letters.next_replay("mail").await.unwrap();
        assert_eq!(next, Some(due.clone()), "it stays until it is dealt with");
    }
    assert!(scene.dead_letters.remove(due.key).await.unwrap());
    let next = scene.dead_letters.next_replay("mail").await.unwrap().unwrap();
    assert_eq!(next.key, key("mail", 10));
}

pub(in crate::contract) async fn a_letter_put_again_waits_for_no_replay(scene: Scene) {
    put(&scene, "mail", 7).await;
    assert!(scene.dead_letters.ask_replay(key("mail", 7)).await.unwrap());
    put(&scene, "mail", 7).await;
    assert_eq!(scene.dead_letters.next_replay("mail").await.unwrap(), None);
}

pub(in crate::contract) async fn a_removed_letter_is_gone(scene: Scene) {
    put(&scene, "mail", 7).await;
    let kept = put(&scene, "mail", 8).await;
    assert!(scene.dead_letters.remove(key("mail", 7)).await.unwrap());
    assert!(!scene.dead_letters.remove(key("mail", 7)).await.unwrap());
    assert_eq!(load(&scene, "mail", 7).await, None);
    assert!(!scene.dead_letters.ask_replay(key("mail", 7)).await.unwrap());
    assert_eq!(load(&scene, "mail", 8).await, Some(kept));
}

fn key(consumer: &str, position: u64) -> LetterKey {
    LetterKey {
        consumer: consumer.to_owned(),
        position: Position::new(position),
    }
}

fn letter(consumer: &str, position: u64) -> DeadLetter {
    DeadLetter {
        key: key(consumer, position),
        event: "chat.renamed".to_owned(),
        reason: "the mail server is down: connection refused".to_owned(),
        failures: 5,
        time: Timestamp::from_millis(1_767_225_600_123),
        is_replay_due: false,
    }
}

async fn put(scene: &Scene, consumer: &str, position: u64) -> DeadLetter {
    let letter = letter(consumer, position);
    let put = scene.dead_letters.put(letter.clone(), Fence::new(1)).await;
    assert!(put.unwrap());
    letter
}

async fn load(scene: &Scene, consumer: &str, position: u64) -> Option<DeadLetter> {
    scene.dead_letters.load(key(consumer, position)).await.unwrap()
}
