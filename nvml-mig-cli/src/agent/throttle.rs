//! Keeps the agent from writing without a pause, whatever undoes what it wrote.

use std::time::{Duration, Instant};

/// So many requests to change the node may be made in so long. A change of the GPUs takes about four.
const MOST: u32 = 30;
const PERIOD: Duration = Duration::from_secs(10);

/// The requests of the present period.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    began: Option<Instant>,
    count: u32,
}

impl Throttle {
    /// Returns until when to wait, if there were too many.
    pub(super) fn full_until(&self, now: Instant) -> Option<Instant> {
        let until = self.began? + PERIOD;
        (self.count >= MOST && now < until).then_some(until)
    }

    /// Counts a request.
    pub(super) fn count(&mut self, now: Instant) {
        if self.began.is_none_or(|began| began + PERIOD <= now) {
            *self = Self {
                began: Some(now),
                count: 0,
            };
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{MOST, PERIOD, Throttle};

    #[test]
    fn many_requests_at_once_have_to_wait() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..3 {
            for _ in 0..MOST {
                assert_eq!(throttle.full_until(now), None);
                throttle.count(now);
                now += Duration::from_millis(10);
            }
            let until = throttle.full_until(now);
            assert!(until.is_some_and(|until| until > now + PERIOD / 2));
            now += PERIOD;
        }
    }
}
