//! The mocks stand in for their ports.

use std::sync::Arc;

use flowra_core::{Ports, UserId};
use flowra_testkit::mocks::{MockPasswordHasher, MockPresence};

#[tokio::test]
async fn mocks_take_the_place_of_ports_and_tell_how_they_were_called() {
    let mut passwords = MockPasswordHasher::new();
    passwords
        .expect_verify()
        .withf(|password, hash| password == "guess" && hash.is_none())
        .once()
        .returning(|_, _| Box::pin(async { Ok(false) }));
    let mut presence = MockPresence::new();
    presence
        .expect_online()
        .once()
        .returning(|users| Box::pin(async move { users }));
    let ports = Ports {
        passwords: Arc::new(passwords),
        presence: Arc::new(presence),
        ..flowra_testkit::ports()
    };
    assert!(!ports.passwords.verify("guess".to_owned(), None).await.unwrap());
    let ada = UserId::from_bytes([1; 16]);
    assert_eq!(ports.presence.online(vec![ada]).await, [ada]);
}
