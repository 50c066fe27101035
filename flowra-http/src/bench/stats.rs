//! Order statistics over measured times. Knows nothing of what was measured.

use std::time::Duration;

/// Times in milliseconds, in no particular order until they are asked about.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    millis: Vec<f64>,
}

impl Samples {
    pub(super) fn add(&mut self, time: Duration) {
        self.millis.push(time.as_secs_f64() * 1_000.0);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.millis.append(&mut other.millis);
    }

    pub(super) fn len(&self) -> usize {
        self.millis.len()
    }

    /// The smallest time that at least `share` (0 to 1) of all are not above, in milliseconds; 0 without any time.
    pub(super) fn percentile(&mut self, share: f64) -> f64 {
        self.millis.sort_unstable_by(f64::total_cmp);
        let rank = rank(self.millis.len(), share);
        self.millis.get(rank).copied().unwrap_or_default()
    }

    pub(super) fn median(&mut self) -> f64 {
        self.percentile(0.5)
    }

    pub(super) fn worst(&mut self) -> f64 {
        self.percentile(1.0)
    }
}

/// The index of the nearest-rank percentile among `count` sorted values.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of samples are far below 2^52 and shares are between 0 and 1"
)]
fn rank(count: usize, share: f64) -> usize {
    let rank = (count as f64 * share.clamp(0.0, 1.0)).ceil() as usize;
    rank.saturating_sub(1)
}

/// How many of something there were in a second.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn per_second(count: u64, time: Duration) -> f64 {
    if time.is_zero() {
        0.0
    } else {
        count as f64 / time.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "every value here is exact")]

    use super::*;

    fn samples(millis: impl IntoIterator<Item = u64>) -> Samples {
        let mut samples = Samples::default();
        millis
            .into_iter()
            .for_each(|millis| samples.add(Duration::from_millis(millis)));
        samples
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut hundred = samples((1..=100).rev());
        assert_eq!(
            [0.0, 0.5, 0.99, 0.995, 1.0].map(|share| hundred.percentile(share)),
            [1.0, 50.0, 99.0, 100.0, 100.0]
        );
        let mut three = samples([30, 10, 20]);
        assert_eq!(
            [three.median(), three.percentile(0.99), three.worst()],
            [20.0, 30.0, 30.0]
        );
    }

    #[test]
    fn nothing_measured_is_zero() {
        assert_eq!(samples([]).percentile(0.99), 0.0);
        assert_eq!(per_second(5, Duration::ZERO), 0.0);
    }

    #[test]
    fn samples_of_several_clients_are_judged_together() {
        let mut all = samples([1, 2]);
        all.append(samples([3, 4]));
        assert_eq!((all.len(), all.worst()), (4, 4.0));
    }

    #[test]
    fn a_rate_counts_by_the_second() {
        assert_eq!(per_second(50, Duration::from_millis(500)), 100.0);
    }
}
