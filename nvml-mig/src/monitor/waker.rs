//! Ends a wait from another thread.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

/// The longest single wait, after which it is checked whether the wait was ended. NVML itself can't be interrupted.
const SLICE: Duration = Duration::from_millis(200);

/// Ends a wait from another thread, for example at Ctrl-C or when a program has other work.
///
/// ```
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
/// use std::time::Duration;
///
/// use nvml_mig::monitor::MigWatch;
///
/// let mut watch = MigWatch::start(&nvml.devices()?)?;
/// let waker = watch.waker();
/// let thread = std::thread::spawn(move || watch.wait(Duration::MAX));
/// waker.wake();
/// assert_eq!(thread.join().expect("the thread ends")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Waker {
    woken: Arc<AtomicBool>,
}

impl Waker {
    /// Ends the current wait within 200 ms, or the next one at once if there is none now. The wait returns `None`.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::Release);
    }

    /// Repeats `step`, which waits for at most the given time, until it finds something, the time is over, or the wait is
    /// ended. `step` runs at least once.
    pub(super) fn wait<T, E>(
        &self,
        timeout: Duration,
        mut step: impl FnMut(Duration) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let began = Instant::now();
        loop {
            if self.woken.swap(false, Ordering::Acquire) {
                return Ok(None);
            }
            let left = timeout.saturating_sub(began.elapsed());
            let found = step(left.min(SLICE))?;
            if found.is_some() || left.is_zero() {
                return Ok(found);
            }
        }
    }
}
