//! What the timer promises.

use std::time::Duration;

use super::super::Sources;

pub(in crate::contract) async fn a_sleep_lasts_its_time(sources: Sources) {
    for millis in [0_u64, 1, 30] {
        let before = sources.clock.now().plus(Duration::from_millis(millis));
        sources.timer.sleep(Duration::from_millis(millis)).await;
        assert!(
            sources.clock.now() >= before,
            "a sleep of {millis} ms was too short"
        );
    }
}
