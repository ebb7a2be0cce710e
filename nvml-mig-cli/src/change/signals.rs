//! Ctrl-C, a hang-up and SIGTERM, which end a change between two steps.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

static SIGNALS: AtomicU32 = AtomicU32::new(0);
static BEGIN: Once = Once::new();
/// Signals that come within this time are one: `timeout` sends it twice, and so may a terminal that is closed.
const ONE: Duration = Duration::from_millis(200);

/// From now on, these signals only request a stop.
///
/// # Errors
///
/// Those of the operating system.
pub(crate) fn catch() -> Result<(), Box<dyn Error>> {
    let mut caught = Ok(());
    BEGIN.call_once(|| {
        let mut last: Option<Instant> = None;
        caught = ctrlc::set_handler(move || {
            if last.is_none_or(|last| last.elapsed() > ONE) {
                last = Some(Instant::now());
                stop();
            }
        });
    });
    Ok(caught?)
}

/// How often a stop was requested.
pub(crate) fn count() -> u32 {
    SIGNALS.load(Ordering::Relaxed)
}

/// Whether a stop is requested.
pub(crate) fn has_stopped() -> bool {
    count() > 0
}

/// Whether a change goes on with its next step.
pub(crate) fn go_on() -> ControlFlow<()> {
    if has_stopped() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// From now on, other code catches these signals, and requests a stop with [`stop`].
#[cfg(feature = "kubernetes")]
pub(crate) fn leave_to_others() {
    BEGIN.call_once(|| {});
}

/// Requests a stop.
pub(crate) fn stop() {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}
