//! What the users' store promises.

use flowra_core::event::{Document, StreamId};
use flowra_core::user::{BOT, UserEvent, Username};

use super::{Scene, paged, sorted};
use crate::build::{registered, valid};

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let stream = StreamId::User(ada);
    for event in [
        UserEvent::AdminChanged { is_admin: true },
        UserEvent::Deactivated,
        UserEvent::Reactivated,
    ] {
        scene.change(stream, ada, event).await;
        let loaded = scene.users.load(ada).await.unwrap();
        assert_eq!(loaded.map(Document::User), scene.world.document(stream));
    }
    let nobody = scene.world.id();
    assert!(scene.users.load(nobody).await.unwrap().is_none());
}

pub(in crate::contract) async fn users_are_found_by_name_in_any_case(mut scene: Scene) {
    let ada = scene.user("Ada.L").await;
    let bob = scene.user("bob").await;
    let names: Vec<Username> = ["aDA.l", "BOB", "ada", "Bob"].map(valid).into();
    let found = scene.users.find_by_username(names).await.unwrap();
    let found = sorted(found.iter().map(|user| user.id));
    assert_eq!(found, sorted([ada, bob]), "each once, and nobody else");
    assert!(scene.users.find_by_username(Vec::new()).await.unwrap().is_empty());
}

pub(in crate::contract) async fn users_are_loaded_together(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    scene.user("grace").await;
    let asked = vec![bob, scene.world.id(), ada, bob];
    let loaded = scene.users.load_many(asked).await.unwrap();
    assert_eq!(sorted(loaded.iter().map(|user| user.id)), sorted([ada, bob]));
}

pub(in crate::contract) async fn users_page_by_folded_name(mut scene: Scene) {
    for name in ["carl", "Ada", "_root", "bob", "Zoe"] {
        scene.user(name).await;
    }
    let users = paged(
        async |page| scene.users.list(page).await.unwrap(),
        |user| user.username.folded(),
    )
    .await;
    let names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names, ["_root", "Ada", "bob", "carl", "Zoe"]);
}

pub(in crate::contract) async fn the_bot_alone_is_nobody(mut scene: Scene) {
    assert!(!scene.users.any().await.unwrap());
    scene
        .change(StreamId::User(BOT), BOT, registered("FlowraBot"))
        .await;
    assert!(!scene.users.any().await.unwrap());
    scene.user("ada").await;
    assert!(scene.users.any().await.unwrap());
}
