//! Ctrl-C, a hang-up and SIGTERM, which end a change between two steps.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static HAS_STOPPED: AtomicBool = AtomicBool::new(false);
static BEGIN: Once = Once::new();

/// From now on, these signals only request a stop.
///
/// # Errors
///
/// Those of the operating system.
pub(crate) fn catch() -> Result<(), Box<dyn Error>> {
    let mut caught = Ok(());
    BEGIN.call_once(|| {
        caught = ctrlc::set_handler(|| HAS_STOPPED.store(true, Ordering::Relaxed));
    });
    Ok(caught?)
}

/// Whether a stop is requested.
pub(crate) fn has_stopped() -> bool {
    HAS_STOPPED.load(Ordering::Relaxed)
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
#[cfg(feature = "kubernetes")]
pub(crate) fn stop() {
    HAS_STOPPED.store(true, Ordering::Relaxed);
}
