//! The log of calls made by this process; off by default.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

static ON: AtomicBool = AtomicBool::new(false);
/// Whether the machine also logs calls to the file beside its state file.
static IN_FILE: AtomicBool = AtomicBool::new(false);
static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());

/// A logged call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Name of the C function.
    pub function: String,
    /// Arguments as `name=value`, in order.
    pub arguments: String,
    /// Return code of the call.
    pub code: u32,
}

impl Call {
    pub(crate) fn new(function: &str, arguments: String, code: u32) -> Self {
        Self {
            function: function.to_owned(),
            arguments,
            code,
        }
    }
}

/// Whether calls are logged anywhere. Cheap, since every call checks it.
pub(crate) fn is_wanted() -> bool {
    ON.load(Ordering::Relaxed) || is_in_file()
}

/// Whether calls are logged to the file beside the state file.
pub(crate) fn is_in_file() -> bool {
    IN_FILE.load(Ordering::Relaxed)
}

/// Turns logging to the file beside the state file on or off.
pub(crate) fn switch_in_file(on: bool) {
    IN_FILE.store(on, Ordering::Relaxed);
}

/// Turns logging in this process on or off. Either way, earlier calls are discarded.
pub(crate) fn switch(on: bool) {
    ON.store(on, Ordering::Relaxed);
    lock().clear();
}

/// Logs a call in this process if logging is on.
pub(crate) fn note(call: Call) {
    if ON.load(Ordering::Relaxed) {
        lock().push(call);
    }
}

/// Returns the calls logged so far.
pub(crate) fn noted() -> Vec<Call> {
    lock().clone()
}

/// Formats arguments for the log.
pub(crate) fn arguments(arguments: &[(&str, &dyn Debug)]) -> String {
    let texts: Vec<String> = arguments
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    texts.join(", ")
}

/// Keeps the log from other threads.
pub(crate) fn lock() -> MutexGuard<'static, Vec<Call>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}
