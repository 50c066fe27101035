//! What the clock promises.

use std::time::{Duration, Instant};

use flowra_core::time::Timestamp;

use super::super::Sources;

pub(in crate::contract) async fn the_time_is_told_at_once(sources: Sources) {
    let begun = Instant::now();
    for _ in 0..1_000 {
        let now = sources.clock.now();
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&now));
    }
    let each = begun.elapsed() / 1_000;
    assert!(
        each < Duration::from_millis(1),
        "a look at the clock took {each:?}"
    );
}
