//! What a guest of a workspace may not do, through the use cases.

use flowra_core::chat::{ChatKind, ChatRefusal, CreateChat};
use flowra_core::event::EventLog;
use flowra_core::workspace::Role;
use flowra_core::{App, Caller, Error, Refusal};
use flowra_testkit::Memory;
use flowra_testkit::build::World;

#[tokio::test]
async fn guests_make_no_chats_of_any_kind() {
    let memory = Memory::seeded(1);
    let mut world = World::new(1);
    let (ada, registered) = world.user("ada");
    let (gus, arrived) = world.user("gus");
    let (workspace, founded) = world.workspace(ada, &[(gus, Role::Guest)]);
    for commit in [registered, arrived, founded] {
        memory.append(commit).await.unwrap();
    }
    let app = App::new(memory.ports());
    let made_by = async |user, other, kind: ChatKind| {
        let command = CreateChat {
            workspace,
            kind,
            title: (kind != ChatKind::Direct).then(|| "Backroom".to_owned()),
            topic: None,
            participants: vec![other],
        };
        app.chats.create(&Caller::new(user, world.id()), command).await
    };
    for kind in [ChatKind::Direct, ChatKind::Group, ChatKind::Channel] {
        let refused = made_by(gus, ada, kind).await;
        assert!(
            matches!(
                refused,
                Err(Error::Refused(Refusal::Chat(ChatRefusal::GuestMayNot)))
            ),
            "{kind:?}: {refused:?}"
        );
        assert!(
            made_by(ada, gus, kind).await.is_ok(),
            "a member makes one: {kind:?}"
        );
    }
}
