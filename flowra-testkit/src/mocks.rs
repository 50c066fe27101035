//! Mocks, for tests whose point is how a port was called; everywhere else [`Memory`](crate::Memory) serves better.

use flowra_core::chat::Presence;
use flowra_core::user::PasswordHasher;
use flowra_core::{BoxFuture, PortResult, UserId};
use mockall::mock;

mock! {
    /// Tells which passwords were hashed and verified, for instance that an unknown user takes as long as a known one.
    pub PasswordHasher {}

    impl PasswordHasher for PasswordHasher {
        fn hash(&self, password: String) -> BoxFuture<'static, PortResult<String>>;
        fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'static, PortResult<bool>>;
    }
}

mock! {
    /// Tells who was asked about, for instance that nobody is without `@here`.
    pub Presence {}

    impl Presence for Presence {
        fn online(&self, users: Vec<UserId>) -> BoxFuture<'static, Vec<UserId>>;
    }
}
