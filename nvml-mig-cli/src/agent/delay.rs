//! Growing delays.

use std::time::Duration;

/// The most of a fast delay, and the least and the most of a slow one, in first delays.
const FAST_MOST: u32 = 60;
const SLOW_LEAST: u32 = 12;
const SLOW_MOST: u32 = 720;

/// How fast delays grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// For a look, which disturbs nobody.
    Fast,
    /// For a change, which pauses clients.
    Slow,
}

/// Returns the delay before another try, after this many. It is spread by a quarter, so that the agents of a cluster do not all
/// ask at once.
pub(super) fn delay(first: Duration, tries: u32, pace: Pace) -> Duration {
    let (least, most) = match pace {
        Pace::Fast => (1, FAST_MOST),
        Pace::Slow => (SLOW_LEAST, SLOW_MOST),
    };
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1).min(16));
    let delay = first.saturating_mul(doubled.saturating_mul(least).min(most));
    delay.mul_f64(1.0 + fastrand::f64() / 4.0)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Pace, delay};

    #[test]
    fn the_longest_delay_can_be_reckoned_with() {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let most = delay(year, 1000, Pace::Slow);
        assert!(Instant::now().checked_add(most).is_some());
    }

    #[test]
    fn delays_double_up_to_a_limit() {
        let first = Duration::from_secs(5);
        for (tries, pace, seconds) in [
            (1, Pace::Fast, 5),
            (2, Pace::Fast, 10),
            (4, Pace::Fast, 40),
            (1000, Pace::Fast, 300),
            (1, Pace::Slow, 60),
            (3, Pace::Slow, 240),
            (1000, Pace::Slow, 3600),
        ] {
            let least = Duration::from_secs(seconds);
            let found = delay(first, tries, pace);
            assert!(
                found >= least && found <= least.mul_f64(1.25),
                "{tries}: {found:?}"
            );
        }
    }
}
