use super::*;

const NOW: Duration = Duration::from_secs(1_000);

fn of(who: Who) -> LimitKey {
    LimitKey {
        scope: Scope::Requests,
        who,
    }
}

fn user(id: u128) -> LimitKey {
    of(Who::User(UserId::from_bytes(id.to_be_bytes())))
}

#[test]
fn a_minutes_worth_passes_at_once_and_the_next_event_is_refused() {
    let limiter = InProcessLimiter::default();
    let quota = Quota::per_minute(20);
    for left in (0..20).rev() {
        let verdict = limiter.take_at(user(1), quota, NOW);
        assert_eq!((verdict.remaining, verdict.retry_after), (left, None));
    }
    let refused = limiter.take_at(user(1), quota, NOW);
    assert_eq!(refused.retry_after, Some(Duration::from_secs(3)));
    assert_eq!(
        (refused.limit, refused.remaining, refused.reset),
        (20, 0, Duration::from_mins(1))
    );
}

#[test]
fn a_refused_event_is_not_counted_and_passes_after_the_wait_it_was_told() {
    let limiter = InProcessLimiter::default();
    let quota = Quota::per_minute(60).with_burst(1);
    assert_eq!(limiter.take_at(user(1), quota, NOW).retry_after, None);
    for _ in 0..100 {
        assert_eq!(
            limiter.take_at(user(1), quota, NOW).retry_after,
            Some(Duration::from_secs(1))
        );
    }
    assert_eq!(
        limiter
            .take_at(user(1), quota, NOW + Duration::from_secs(1))
            .retry_after,
        None
    );
}

#[test]
fn over_a_long_time_the_rate_holds() {
    let limiter = InProcessLimiter::default();
    let quota = Quota::per_minute(60).with_burst(120);
    let passed = (0..600_000_u64)
        .filter(|milli| {
            limiter
                .take_at(user(1), quota, NOW + Duration::from_millis(*milli))
                .retry_after
                .is_none()
        })
        .count();
    assert_eq!(passed, 120 + 599);
}

#[test]
fn users_addresses_and_scopes_are_counted_apart() {
    let limiter = InProcessLimiter::default();
    let quota = Quota::per_minute(1);
    let address = Who::address("192.0.2.1".parse().unwrap());
    let keys = [
        user(1),
        user(2),
        of(address),
        LimitKey {
            scope: Scope::Logins,
            who: address,
        },
        LimitKey {
            scope: Scope::Logins,
            who: account("ada"),
        },
        LimitKey {
            scope: Scope::Frames,
            who: user(1).who,
        },
    ];
    for key in keys {
        assert_eq!(limiter.take_at(key, quota, NOW).retry_after, None, "{key:?}");
    }
    for key in keys {
        assert!(limiter.take_at(key, quota, NOW).retry_after.is_some(), "{key:?}");
    }
}

#[test]
fn one_household_is_one_address_and_one_account_is_one_name() {
    let address = |text: &str| Who::address(text.parse().unwrap());
    assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
    assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
    assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    assert_eq!(account(" Ada "), account("ada"));
    assert_ne!(account("ada"), account("bob"));
}

#[tokio::test]
async fn a_login_is_refused_by_its_address_or_by_its_account() {
    let settings = Limits {
        requests_per_minute: None,
        logins_per_minute: Some(2),
        frames_per_minute: None,
    };
    let limits = RateLimits::new(Arc::new(InProcessLimiter::default()), settings);
    let address = |last: u8| IpAddr::from([192, 0, 2, last]);
    assert!(limits.login(address(1), "ada").await.is_ok());
    assert!(limits.login(address(1), "bob").await.is_ok());
    let by_address = limits.login(address(1), "cy").await.unwrap_err();
    assert_eq!(
        (by_address.status(), by_address.code()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED")
    );
    assert!(limits.login(address(2), "ada").await.is_ok());
    assert!(limits.login(address(3), "ada").await.is_err());
    assert!(limits.request(user(1).who).await.is_none());
}

#[test]
fn the_memory_for_keys_is_bounded() {
    let limiter = InProcessLimiter::default();
    for id in 0..250_000 {
        limiter.take_at(user(id), Quota::per_minute(1), NOW);
    }
    assert!(limiter.keys() <= 100_000, "{}", limiter.keys());
}
