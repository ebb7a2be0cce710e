//! Panics of the caller's progress function.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::progress::Progress;

/// Holds back a panic of the caller's progress function until the GPUs are restored. After the first panic, the function is
/// not called again.
#[derive(Default)]
pub(super) struct HeldPanic {
    panic: Option<Box<dyn Any + Send>>,
}

impl HeldPanic {
    /// Runs something that calls the function; returns `None` if it panics.
    pub(super) fn hold<T>(&mut self, run: impl FnOnce() -> T) -> Option<T> {
        let ran = catch_unwind(AssertUnwindSafe(run));
        ran.map_err(|panic| self.panic = Some(panic)).ok()
    }

    /// Reports a step, unless the function has panicked.
    pub(super) fn tell(&mut self, step: &Progress, progress: &mut dyn FnMut(&Progress)) {
        if self.panic.is_none() {
            self.hold(|| progress(step));
        }
    }

    /// Lets the panic go on, if there is one.
    pub(super) fn release(self) {
        if let Some(panic) = self.panic {
            resume_unwind(panic);
        }
    }
}
