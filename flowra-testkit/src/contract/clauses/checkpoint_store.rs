//! What the store of checkpoints promises.

use flowra_core::event::{Checkpoint, Fence, Position};

use super::Scene;

pub(in crate::contract) async fn a_checkpoint_is_kept(scene: Scene) {
    assert_eq!(scene.checkpoints.load("mail").await.unwrap(), None);
    let claimed = scene.checkpoints.claim("mail", Fence::new(3)).await.unwrap();
    assert_eq!(claimed, Some(Position::START));
    assert!(save(&scene, "mail", 3, 7).await);
    assert_eq!(stored(&scene, "mail").await, (7, 3));
    let claimed = scene.checkpoints.claim("mail", Fence::new(3)).await.unwrap();
    assert_eq!(claimed, Some(Position::new(7)));
    assert_eq!(stored(&scene, "mail").await, (7, 3));
}

pub(in crate::contract) async fn checkpoints_are_each_consumers_own(scene: Scene) {
    assert!(save(&scene, "mail", 9, 7).await);
    assert!(save(&scene, "mailer", 1, 2).await);
    assert_eq!(stored(&scene, "mail").await, (7, 9));
    assert_eq!(stored(&scene, "mailer").await, (2, 1));
    assert_eq!(scene.checkpoints.load("Mail").await.unwrap(), None);
}

pub(in crate::contract) async fn an_old_fence_saves_nothing(scene: Scene) {
    assert!(save(&scene, "mail", 4, 10).await);
    assert!(!save(&scene, "mail", 3, 11).await);
    let claimed = scene.checkpoints.claim("mail", Fence::new(3)).await.unwrap();
    assert_eq!(claimed, None);
    assert_eq!(stored(&scene, "mail").await, (10, 4));
}

pub(in crate::contract) async fn a_claim_shuts_the_former_holder_out(scene: Scene) {
    assert!(save(&scene, "mail", 1, 10).await);
    let claimed = scene.checkpoints.claim("mail", Fence::new(2)).await.unwrap();
    assert_eq!(claimed, Some(Position::new(10)));
    assert!(!save(&scene, "mail", 1, 11).await);
    assert_eq!(stored(&scene, "mail").await, (10, 2));
    assert!(save(&scene, "mail", 2, 11).await);
}

pub(in crate::contract) async fn a_checkpoint_never_goes_back(scene: Scene) {
    assert!(save(&scene, "mail", 1, 10).await);
    assert!(save(&scene, "mail", 2, 9).await);
    assert_eq!(stored(&scene, "mail").await, (10, 2));
}

async fn save(scene: &Scene, consumer: &str, fence: u64, position: u64) -> bool {
    let (fence, position) = (Fence::new(fence), Position::new(position));
    scene.checkpoints.save(consumer, fence, position).await.unwrap()
}

/// Position and fence.
async fn stored(scene: &Scene, consumer: &str) -> (u64, u64) {
    let Checkpoint { position, fence } = scene.checkpoints.load(consumer).await.unwrap().unwrap();
    (position.get(), fence.get())
}
