//! Registering, signing in, and losing the right to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use flowra_core::page::{Limit, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{
    Accounts, Authority, BOT, ClientName, CreateToken, CredentialStore, PasswordHasher, Register,
    Registration, Scopes, Session, UserRefusal,
};
use flowra_core::{App, BoxFuture, Caller, Code, Error, PortResult, Ports, Refusal, UserId};
use flowra_testkit::Memory;

use crate::race::raced;
use crate::team::{PASSWORD, Team, account, code, id, register};

fn refusal<T>(result: Result<T, Error>) -> UserRefusal {
    match result {
        Err(Error::Refused(Refusal::User(refusal))) => refusal,
        Err(other) => panic!("another refusal: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[tokio::test]
async fn the_first_account_administers_even_where_registration_is_closed() {
    let memory = Memory::seeded(1);
    let app = App::new(memory.ports());
    app.accounts.ensure_bot(id(&memory)).await.unwrap();
    let first = app
        .accounts
        .register(id(&memory), Registration::Closed, account("Ada"))
        .await;
    assert!(first.unwrap().is_admin);
    let second = app
        .accounts
        .register(id(&memory), Registration::Closed, account("Bob"))
        .await;
    assert_eq!(refusal(second), UserRefusal::RegistrationClosed);
    let second = app
        .accounts
        .register(id(&memory), Registration::Open, account("Bob"))
        .await;
    assert!(!second.unwrap().is_admin);
}

#[tokio::test]
async fn of_two_who_register_first_at_once_one_administers() {
    for (policy, accounts) in [(Registration::Closed, 1), (Registration::Open, 2)] {
        let memory = Memory::seeded(1);
        let app = raced(&memory);
        let (one, two) = tokio::join!(
            app.accounts.register(id(&memory), policy, account("Ada")),
            app.accounts.register(id(&memory), policy, account("Bob"))
        );
        let made: Vec<_> = [one, two].into_iter().filter_map(Result::ok).collect();
        assert_eq!(made.len(), accounts, "{policy:?}");
        assert_eq!(made.iter().filter(|user| user.is_admin).count(), 1, "{policy:?}");
    }
}

#[tokio::test]
async fn the_operator_adds_as_many_administrators_as_they_like() {
    let memory = Memory::seeded(1);
    let app = App::new(memory.ports());
    for name in ["Ada", "Bob"] {
        let operator = Authority::Operator(id(&memory));
        let added = app.accounts.add(&operator, account(name), true).await;
        assert!(added.unwrap().is_admin);
    }
}

#[tokio::test]
async fn a_username_is_taken_in_every_case_and_an_address_too() {
    let team = Team::new().await;
    let mut twin = account("aDA");
    twin.email = "other@example.org".to_owned();
    let taken = team
        .app
        .accounts
        .register(id(&team.memory), Registration::Open, twin)
        .await;
    assert_eq!(refusal(taken), UserRefusal::UsernameTaken);
    let mut twin = account("ada2");
    twin.email = "ADA@example.org".to_owned();
    let taken = team
        .app
        .accounts
        .register(id(&team.memory), Registration::Open, twin)
        .await;
    assert_eq!(refusal(taken), UserRefusal::EmailTaken);
}

/// Passwords, and whose they are.
struct Counted {
    store: Arc<dyn CredentialStore>,
    owners: Mutex<BTreeSet<UserId>>,
}

impl CredentialStore for Counted {
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>> {
        self.store.password_hash(user)
    }

    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>> {
        self.owners.lock().unwrap().insert(user);
        self.store.set_password_hash(user, hash)
    }

    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        self.owners.lock().unwrap().remove(&user);
        self.store.remove_password_hash(user)
    }
}

#[tokio::test]
async fn a_refused_account_leaves_no_password_behind() {
    let memory = Memory::seeded(1);
    let counted = Arc::new(Counted {
        store: memory.ports().credentials,
        owners: Mutex::default(),
    });
    let app = App::new(Ports {
        credentials: counted.clone(),
        ..memory.ports()
    });
    let ada = register(&memory, &app, "Ada").await;
    let same_address = || Register {
        username: "Bob".to_owned(),
        ..account("Ada")
    };
    let refused = app
        .accounts
        .register(id(&memory), Registration::Open, same_address())
        .await;
    assert_eq!(refusal(refused), UserRefusal::EmailTaken);
    let operator = Authority::Operator(id(&memory));
    let refused = app.accounts.add(&operator, same_address(), false).await;
    assert_eq!(refusal(refused), UserRefusal::EmailTaken);
    assert_eq!(*counted.owners.lock().unwrap(), BTreeSet::from([ada]));
}

#[tokio::test]
async fn nobody_registers_a_name_that_means_something_else_in_messages() {
    let team = Team::new().await;
    for name in ["channel", "Here", "ADMINS", "none", "flowrabot"] {
        let request = id(&team.memory);
        let reserved = team
            .app
            .accounts
            .register(request, Registration::Open, account(name));
        let refused = refusal(reserved.await);
        assert_eq!(
            (refused.code(), refused.field()),
            (Code::ValidationError, Some("username")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn nobody_learns_from_signing_in_who_exists() {
    let team = Team::new().await;
    for name in ["ada", "nobody", "no name", "FlowraBot"] {
        let wrong = team
            .app
            .accounts
            .sign_in(name, "wrong battery".to_owned(), None)
            .await;
        assert_eq!(refusal(wrong), UserRefusal::BadCredentials, "{name}");
    }
    assert!(
        team.app
            .accounts
            .sign_in("ADA", PASSWORD.to_owned(), None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_return_ends_the_session() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let first = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let second = accounts.refresh(&first.refresh_token, None).await.unwrap();
    assert_eq!(
        refusal(accounts.authenticate(&first.access_token).await),
        UserRefusal::BadToken
    );
    assert!(accounts.authenticate(&second.access_token).await.is_ok());
    assert_eq!(
        refusal(accounts.refresh(&first.refresh_token, None).await),
        UserRefusal::RefreshReused
    );
    assert_eq!(
        refusal(accounts.authenticate(&second.access_token).await),
        UserRefusal::BadToken
    );
    assert_eq!(
        refusal(accounts.refresh(&second.refresh_token, None).await),
        UserRefusal::BadToken
    );
}

#[tokio::test]
async fn an_access_token_lasts_an_hour_and_a_session_thirty_days_without_use() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let first = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    team.memory.clock.advance_seconds(3_599);
    assert!(accounts.authenticate(&first.access_token).await.is_ok());
    team.memory.clock.advance_seconds(1);
    assert_eq!(
        refusal(accounts.authenticate(&first.access_token).await),
        UserRefusal::TokenExpired
    );
    let second = accounts.refresh(&first.refresh_token, None).await.unwrap();
    team.memory.clock.advance_seconds(30 * 86_400);
    assert_eq!(
        refusal(accounts.refresh(&second.refresh_token, None).await),
        UserRefusal::BadToken
    );
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let one = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let other = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let session = accounts
        .authenticate(&one.access_token)
        .await
        .unwrap()
        .session
        .unwrap();
    accounts.sign_out(session).await.unwrap();
    assert_eq!(
        refusal(accounts.authenticate(&one.access_token).await),
        UserRefusal::BadToken
    );
    assert!(accounts.authenticate(&other.access_token).await.is_ok());
}

#[tokio::test]
async fn a_refresh_repeated_under_its_key_is_no_theft_until_its_tokens_are_used() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let first = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let used = &first.refresh_token;
    accounts.refresh(used, Some("k")).await.unwrap();
    let again = accounts.refresh(used, Some("k")).await.unwrap();
    accounts.refresh(&again.refresh_token, None).await.unwrap();
    assert_eq!(
        refusal(accounts.refresh(used, Some("k")).await),
        UserRefusal::RefreshReused
    );
    for (key, seconds) in [(None, 0), (Some("other"), 0), (Some("k"), 86_400)] {
        let first = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
        let second = accounts.refresh(&first.refresh_token, Some("k")).await.unwrap();
        team.memory.clock.advance_seconds(seconds);
        assert_eq!(
            refusal(accounts.refresh(&first.refresh_token, key).await),
            UserRefusal::RefreshReused,
            "{key:?}"
        );
        assert!(accounts.authenticate(&second.access_token).await.is_err());
    }
}

#[tokio::test]
async fn a_deactivated_person_is_refused_at_once_everywhere() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let cleo = accounts.sign_in("cleo", PASSWORD.to_owned(), None).await.unwrap();
    let authority = Authority::Admin(team.by(team.ada));
    accounts.deactivate(&authority, team.cleo).await.unwrap();
    assert_eq!(
        code(accounts.authenticate(&cleo.access_token).await),
        Code::Unauthorized
    );
    assert_eq!(
        code(accounts.refresh(&cleo.refresh_token, None).await),
        Code::Unauthorized
    );
    let again = accounts.sign_in("cleo", PASSWORD.to_owned(), None).await;
    assert_eq!(refusal(again), UserRefusal::Deactivated);
    let direct = team.app.workspaces.find(&team.by(team.cleo), team.id).await;
    assert_eq!(refusal(direct), UserRefusal::Deactivated);
    accounts.reactivate(&authority, team.cleo).await.unwrap();
    assert!(accounts.sign_in("cleo", PASSWORD.to_owned(), None).await.is_ok());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let team = Team::new().await;
    let authority = Authority::Admin(team.by(team.ada));
    let alone = team.app.accounts.deactivate(&authority, team.ada).await;
    assert_eq!(refusal(alone), UserRefusal::LastAdmin);
    team.app
        .accounts
        .set_admin(&authority, team.bob, true)
        .await
        .unwrap();
    assert!(
        team.app
            .accounts
            .set_admin(&authority, team.ada, false)
            .await
            .is_ok()
    );
    let not_any_more = team.app.accounts.deactivate(&authority, team.cleo).await;
    assert_eq!(refusal(not_any_more), UserRefusal::NotSystemAdmin);
}

#[tokio::test]
async fn two_administrators_who_dismiss_each_other_at_once_leave_one() {
    let team = Team::new().await;
    let accounts = raced(&team.memory).accounts;
    let (ada, bob) = (
        Authority::Admin(team.by(team.ada)),
        Authority::Admin(team.by(team.bob)),
    );
    accounts.set_admin(&ada, team.bob, true).await.unwrap();
    let (one, two) = tokio::join!(
        accounts.set_admin(&ada, team.bob, false),
        accounts.deactivate(&bob, team.ada)
    );
    let lost = if one.is_ok() { two } else { one };
    assert!(matches!(
        refusal(lost),
        UserRefusal::NotSystemAdmin | UserRefusal::Deactivated
    ));
}

#[tokio::test]
async fn two_administrators_who_resign_at_once_leave_one() {
    let team = Team::new().await;
    let accounts = raced(&team.memory).accounts;
    let (ada, bob) = (
        Authority::Admin(team.by(team.ada)),
        Authority::Admin(team.by(team.bob)),
    );
    accounts.set_admin(&ada, team.bob, true).await.unwrap();
    let (one, two) = tokio::join!(
        accounts.set_admin(&ada, team.ada, false),
        accounts.set_admin(&bob, team.bob, false)
    );
    let lost = if one.is_ok() { two } else { one };
    assert_eq!(refusal(lost), UserRefusal::LastAdmin);
}

#[tokio::test]
async fn a_refused_use_of_a_token_is_not_noted() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let command = CreateToken {
        name: "loom".to_owned(),
        scopes: Scopes::ALL,
        expires_at: None,
    };
    let (token, text) = accounts.create_token(&team.by(team.cleo), command).await.unwrap();
    let last_use = async || {
        let token = team.app.ports.tokens.by_digest(token.digest).await.unwrap();
        token.unwrap().last_used_at
    };
    let authority = Authority::Admin(team.by(team.ada));
    accounts.deactivate(&authority, team.cleo).await.unwrap();
    assert_eq!(
        refusal(accounts.authenticate(&text).await),
        UserRefusal::Deactivated
    );
    assert_eq!(last_use().await, None);
    accounts.reactivate(&authority, team.cleo).await.unwrap();
    accounts.authenticate(&text).await.unwrap();
    assert!(last_use().await.is_some());
}

#[tokio::test]
async fn the_bot_is_made_no_administrator() {
    let team = Team::new().await;
    let authority = Authority::Admin(team.by(team.ada));
    let bot = team.app.accounts.set_admin(&authority, BOT, true).await;
    assert_eq!(refusal(bot), UserRefusal::NotFound);
}

#[tokio::test]
async fn another_password_ends_every_other_session() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let before = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let here = accounts.sign_in("ada", PASSWORD.to_owned(), None).await.unwrap();
    let session = accounts.authenticate(&here.access_token).await.unwrap().session;
    let (old, new) = (PASSWORD.to_owned(), "battery staple".to_owned());
    accounts
        .change_password(&team.by(team.ada), old, new.clone(), session)
        .await
        .unwrap();
    assert_eq!(
        refusal(accounts.authenticate(&before.access_token).await),
        UserRefusal::BadToken
    );
    assert!(accounts.authenticate(&here.access_token).await.is_ok());
    assert!(accounts.sign_in("ada", new.clone(), None).await.is_ok());
    let newer = "staple battery".to_owned();
    accounts
        .change_password(&team.by(team.ada), new, newer, None)
        .await
        .unwrap();
    assert_eq!(
        refusal(accounts.authenticate(&here.access_token).await),
        UserRefusal::BadToken
    );
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_end_it_from_elsewhere() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let (ada, bob) = (team.by(team.ada), team.by(team.bob));
    let odd = format!("Cat\u{7}ch {}", "x".repeat(300));
    for client in [Some("Firefox"), Some(" "), Some(odd.as_str())] {
        let signed_in = accounts
            .sign_in("ada", PASSWORD.to_owned(), client)
            .await
            .unwrap();
        // What it is goes on through a renewal.
        accounts.refresh(&signed_in.refresh_token, None).await.unwrap();
    }
    let all = || accounts.sessions(&ada, PageRequest::first(Limit::MAX));
    let sessions = all().await.unwrap().items;
    let clients: Vec<_> = sessions
        .iter()
        .map(|one| one.client.as_ref().map(ClientName::as_str))
        .collect();
    let shortened = format!("Catch {}", "x".repeat(194));
    assert_eq!(clients, [Some(shortened.as_str()), None, Some("Firefox")]);
    accounts.end_session(&bob, sessions[0].id).await.unwrap();
    assert_eq!(all().await.unwrap().items.len(), 3);
    accounts.end_session(&ada, sessions[0].id).await.unwrap();
    accounts.end_session(&ada, sessions[0].id).await.unwrap();
    assert_eq!(all().await.unwrap().items, sessions[1..]);
    accounts
        .end_other_sessions(&ada, Some(sessions[2].id))
        .await
        .unwrap();
    assert_eq!(all().await.unwrap().items, sessions[2..]);
}

#[tokio::test]
async fn a_session_that_outlived_a_deactivation_stays_over_when_the_account_is_back() {
    let team = Team::new().await;
    let accounts = &team.app.accounts;
    let authority = Authority::Admin(team.by(team.ada));
    accounts.deactivate(&authority, team.cleo).await.unwrap();
    // A deactivation that broke off after its commit leaves a session behind, as does a sign-in that was under way.
    let left = Session {
        id: id(&team.memory),
        user: team.cleo,
        access: team.app.ports.secrets.digest("fla_left"),
        access_expires_at: Timestamp::MAX,
        refresh: team.app.ports.secrets.digest("flr_left"),
        refresh_expires_at: Timestamp::MAX,
        client: None,
        renewal: None,
        created_at: Timestamp::MIN,
    };
    team.app.ports.sessions.begin(left).await.unwrap();
    accounts.reactivate(&authority, team.cleo).await.unwrap();
    assert_eq!(
        refusal(accounts.authenticate("fla_left").await),
        UserRefusal::BadToken
    );
}

#[tokio::test]
async fn a_caller_without_account_is_nobody() {
    let memory = Memory::seeded(1);
    let app = App::new(memory.ports());
    register(&memory, &app, "Ada").await;
    let stranger = Caller::new(id(&memory), id(&memory));
    assert_eq!(
        refusal(app.accounts.find(&stranger, stranger.user).await),
        UserRefusal::BadToken
    );
}

/// Verifies a password, and sets another one before anybody hears of it.
struct Overtaken {
    passwords: Arc<dyn PasswordHasher>,
    reset: Accounts,
    operator: Authority,
    user: UserId,
}

#[deny(clippy::missing_trait_methods)]
impl PasswordHasher for Overtaken {
    fn hash(&self, password: String) -> BoxFuture<'_, PortResult<String>> {
        self.passwords.hash(password)
    }

    fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let fits = self.passwords.verify(password, hash).await;
            self.reset
                .reset_password(&self.operator, self.user, "battery staple".to_owned())
                .await
                .unwrap();
            fits
        })
    }
}

#[tokio::test]
async fn a_password_that_is_reset_while_somebody_signs_in_with_it_opens_nothing() {
    let team = Team::new().await;
    let ports = team.memory.ports();
    let overtaken = App::new(Ports {
        passwords: Arc::new(Overtaken {
            passwords: Arc::clone(&ports.passwords),
            reset: team.app.accounts.clone(),
            operator: Authority::Operator(id(&team.memory)),
            user: team.ada,
        }),
        ..ports
    });
    let late = overtaken.accounts.sign_in("ada", PASSWORD.to_owned(), None).await;
    assert_eq!(refusal(late), UserRefusal::BadCredentials);
    let accounts = &team.app.accounts;
    assert!(
        accounts
            .sign_in("ada", "battery staple".to_owned(), None)
            .await
            .is_ok()
    );
}
