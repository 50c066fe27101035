//! Random sequences of commands by several people, held against a small model after every step.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod checks;
mod decide;
mod driver;
mod model;
mod text;

use flowra_core::chat::ChatKind;
use flowra_core::workspace::Role;
use flowra_testkit::strategies::commands::{NewChat, Slot, Step, Turn, WorkspaceStep, turns};
use proptest::collection::vec;
use proptest::prelude::*;

use driver::World;

/// A workspace of the first person with an admin, two members and a guest, a channel and a group; the sixth person stays outside.
fn beginning() -> Vec<Turn> {
    let workspace = |step| Step::Workspace(Slot(0), step);
    let add = |who, role| workspace(WorkspaceStep::AddMember(Slot(who), role));
    let chat = |kind, people: &[u8]| {
        let people = people.iter().copied().map(Slot).collect();
        let title = "general".to_owned();
        Step::CreateChat(Slot(0), NewChat { kind, title, people })
    };
    let steps = [
        workspace(WorkspaceStep::Create),
        add(1, Role::Admin),
        add(2, Role::Member),
        add(3, Role::Member),
        add(4, Role::Guest),
        chat(ChatKind::Channel, &[1, 2, 4]),
        chat(ChatKind::Group, &[2, 3]),
    ];
    steps
        .into_iter()
        .map(|step| Turn { who: Slot(0), step })
        .collect()
}

async fn play(turns: &[Turn], checked: bool) -> World {
    let mut world = World::new(7).await;
    for (at, turn) in beginning().iter().chain(turns).enumerate() {
        world.take(turn).await;
        if checked {
            world.check(at % world.people.len()).await;
        }
    }
    world
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_people_do_the_rules_hold(turns in vec(turns(), 60)) {
        run(async {
            let mut world = play(&turns, true).await;
            for who in 0..world.people.len() {
                world.check(who).await;
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_same_seed_leaves_the_same_log_byte_for_byte(turns in vec(turns(), 60)) {
        run(async {
            let one = play(&turns, false).await.memory.log_as_json_lines();
            let other = play(&turns, false).await.memory.log_as_json_lines();
            assert_eq!(one, other);
        });
    }
}
