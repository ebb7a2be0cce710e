//! The log of the calls that this process makes, off until switched on.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

static ON: AtomicBool = AtomicBool::new(false);
/// Whether the machine wants the calls in the file beside its own.
static IN_FILE: AtomicBool = AtomicBool::new(false);
static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The C function.
    pub function: String,
    /// Its arguments as `name=value`, in order.
    pub arguments: String,
    /// What it returned.
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

/// Whether calls are noted anywhere; a cheap question, since every call asks it.
pub(crate) fn is_wanted() -> bool {
    ON.load(Ordering::Relaxed) || is_in_file()
}

/// Whether calls are noted beside the state file.
pub(crate) fn is_in_file() -> bool {
    IN_FILE.load(Ordering::Relaxed)
}

/// Notes calls beside the state file from now on, or stops.
pub(crate) fn switch_in_file(on: bool) {
    IN_FILE.store(on, Ordering::Relaxed);
}

/// Notes calls from now on, or stops. Either forgets the earlier ones.
pub(crate) fn switch(on: bool) {
    ON.store(on, Ordering::Relaxed);
    calls().clear();
}

/// Notes a call in this process, if that was asked for.
pub(crate) fn note(call: Call) {
    if ON.load(Ordering::Relaxed) {
        calls().push(call);
    }
}

/// The calls so far.
pub(crate) fn noted() -> Vec<Call> {
    calls().clone()
}

/// Arguments as the log has them.
pub(crate) fn arguments(arguments: &[(&str, &dyn Debug)]) -> String {
    let texts: Vec<String> = arguments
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    texts.join(", ")
}

fn calls() -> std::sync::MutexGuard<'static, Vec<Call>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}
