//! How many frames a client may send: a bucket that fills steadily and holds a burst.

use std::time::Duration;

use tokio::time::Instant;

/// What a frame is worth, in the parts in which the bucket is measured.
const FRAME: u64 = 60_000;

/// After so many refused frames on end the connection is ended.
const PATIENCE: u32 = 60;

/// What is to be done with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Obey it.
    Pass,
    /// Refuse it.
    Refuse,
    /// End the connection.
    End,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Bucket {
    per_minute: u64,
    capacity: u64,
    level: u64,
    filled: Instant,
    refused: u32,
}

impl Bucket {
    /// A full bucket; with 0 frames a minute there is no limit.
    pub(super) fn new(per_minute: u32, burst: u32, now: Instant) -> Self {
        let capacity = u64::from(burst.max(1)) * FRAME;
        Self {
            per_minute: per_minute.into(),
            capacity,
            level: capacity,
            filled: now,
            refused: 0,
        }
    }

    /// Judges a frame that comes now.
    pub(super) fn take(&mut self, now: Instant) -> Verdict {
        if self.per_minute == 0 {
            return Verdict::Pass;
        }
        let passed = now.duration_since(self.filled).min(Duration::from_hours(24));
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        self.filled += Duration::from_millis(millis);
        // A frame is worth as many parts as a minute has milliseconds, so each of these brings `per_minute` parts.
        self.level = self
            .level
            .saturating_add(millis.saturating_mul(self.per_minute))
            .min(self.capacity);
        if self.level >= FRAME {
            self.level -= FRAME;
            self.refused = 0;
            return Verdict::Pass;
        }
        self.refused += 1;
        if self.refused < PATIENCE {
            Verdict::Refuse
        } else {
            Verdict::End
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, 120, start);
        assert!((0..120).all(|_| bucket.take(start) == Verdict::Pass));
        assert_eq!(bucket.take(start), Verdict::Refuse);
        assert_eq!(bucket.take(start + Duration::from_millis(999)), Verdict::Refuse);
        assert_eq!(bucket.take(start + Duration::from_secs(1)), Verdict::Pass);
        assert_eq!(bucket.take(start + Duration::from_millis(1001)), Verdict::Refuse);
    }

    #[test]
    fn a_pause_fills_the_bucket_to_its_burst_only() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, 2, start);
        let later = start + Duration::from_hours(1);
        assert_eq!(
            [(); 3].map(|()| bucket.take(later)),
            [Verdict::Pass, Verdict::Pass, Verdict::Refuse]
        );
    }

    #[test]
    fn who_goes_on_and_on_is_ended_and_zero_means_no_limit() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, 1, start);
        let verdicts: Vec<Verdict> = (0..=PATIENCE).map(|_| bucket.take(start)).collect();
        assert_eq!(verdicts.last(), Some(&Verdict::End));
        let mut open = Bucket::new(0, 0, start);
        assert!((0..1000).all(|_| open.take(start) == Verdict::Pass));
    }
}
