//! The lock of the machine, and what an earlier change left behind.

use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use nvml_mig::MachineLock;
use nvml_mig::apply::{ApplyError, ApplyFailure, LockOptions, Rollback};

use super::progress::count_step;
use super::signals;
use crate::arguments::LockArguments;
use crate::console::{chain, note};
use crate::exit::{LockStopped, LockTimeout, StillOpen, TemporaryLeft, partitioning};
use crate::machine::Machine;
#[cfg(feature = "kubernetes")]
use crate::machine::lock_options_in;

/// Said of a GPU in the middle of an interrupted change.
pub(super) const AS_LEFT: &str = "as an interrupted change left it: the next command that changes it rolls that back or completes it first";

/// Said of a GPU that is as wanted but for a temporary instance.
const WITH_TEMPORARY: &str = "as an earlier change was to make it, but for a temporary instance that is left: the next command that \
                              changes it destroys that first";

/// Maximum length of one wait, after which a signal is noticed.
const STEP: Duration = Duration::from_millis(200);

/// The lock, and what became of a change that a killed process left behind.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(super) lock: MachineLock,
    /// What was rolled back.
    #[cfg_attr(
        not(feature = "kubernetes"),
        expect(dead_code, reason = "only the agent repeats what is printed already")
    )]
    pub(crate) rollback: Option<String>,
    /// The UUIDs of the GPUs that are not as before and not given up.
    pub(super) open: Vec<String>,
}

/// Takes the lock and rolls back what a killed process left behind. Of these GPUs, or of all, what can't be restored may be given up.
pub(super) fn recovered(
    machine: &Machine,
    options: &LockArguments,
    give_up: bool,
    gpus: Option<&[String]>,
) -> Result<Recovered, Box<dyn Error>> {
    let given_up = |uuid: &String| give_up && gpus.is_none_or(|gpus| gpus.contains(uuid));
    let mut lock = take(machine, options, gpus.map(<[String]>::to_vec))?;
    let (rollback, open) = match recover(machine, given_up, &mut lock) {
        Err(error) if is_not_locked(&*error) => {
            // The interrupted change is of other GPUs too.
            drop(lock);
            lock = take(machine, options, None)?;
            recover(machine, given_up, &mut lock)?
        }
        recovered => recovered?,
    };
    Ok(Recovered {
        lock,
        rollback,
        open,
    })
}

fn is_not_locked(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<ApplyError>();
    error.is_some_and(|error| matches!(*error.failure, ApplyFailure::NotLocked { .. }))
}

/// Says which GPUs are as an interrupted change left them, and returns their UUIDs: what is shown of them changes when it is
/// rolled back, or when its temporary instances are destroyed.
pub(crate) fn tell_interrupted(machine: &Machine, folder: Option<&Path>) -> Vec<String> {
    let options = machine.lock_options(folder);
    let found = options.interrupted_gpus();
    match found.and_then(|uuids| tell_left(machine, &options, uuids)) {
        Ok(uuids) => return uuids,
        // Without permission to read the folder, this user can't change the GPUs either.
        Err(error) if is_denied(&error) => {}
        Err(error) => note(&format!("warning: {}", chain(&error))),
    }
    Vec::new()
}

fn tell_left(
    machine: &Machine,
    options: &LockOptions,
    uuids: Vec<String>,
) -> Result<Vec<String>, ApplyError> {
    // The journals are read once more, and to name a GPU, all are.
    if uuids.is_empty() {
        return Ok(uuids);
    }
    let done = options.left_over_gpus()?;
    let names = machine.gpu_names();
    for uuid in &uuids {
        let state = if done.contains(uuid) {
            WITH_TEMPORARY
        } else {
            AS_LEFT
        };
        note(&names.in_text(&format!("warning: {uuid} is {state}")));
    }
    Ok(uuids)
}

fn is_denied(error: &ApplyError) -> bool {
    matches!(&*error.failure, ApplyFailure::Journal { source, .. }
        if source.kind() == ErrorKind::PermissionDenied)
}

/// Takes the lock of these GPUs, or of all.
pub(crate) fn take(
    machine: &Machine,
    lock: &LockArguments,
    gpus: Option<Vec<String>>,
) -> Result<MachineLock, Box<dyn Error>> {
    let options = machine.lock_options(lock.lock_folder.as_deref());
    let options = match gpus {
        None => options,
        Some(gpus) => options.with_gpus(gpus),
    };
    if let Some(lock) = options.clone().with_time_limit(Duration::ZERO).take()? {
        return Ok(lock);
    }
    let holder = options.holder()?;
    note(&format!("waiting for {}", partitioning(holder.as_ref())));
    let began = Instant::now();
    let is_over = || {
        lock.lock_timeout
            .is_some_and(|seconds| began.elapsed().as_secs() >= seconds)
    };
    while !is_over() {
        if signals::has_stopped() {
            return Err(LockStopped { holder }.into());
        }
        if let Some(lock) = options.clone().with_time_limit(STEP).take()? {
            return Ok(lock);
        }
    }
    let seconds = began.elapsed().as_secs();
    Err(LockTimeout { seconds, holder }.into())
}

/// Returns the UUIDs of the GPUs that are as an interrupted change left them, and changes nothing: the library is not opened, which
/// would keep the driver from resetting a GPU.
///
/// # Errors
///
/// [`LockTimeout`] if another process has the lock, and those of the lock and of the journals.
#[cfg(feature = "kubernetes")]
pub(crate) fn interrupted(folder: Option<&Path>) -> Result<Vec<String>, Box<dyn Error>> {
    let options = lock_options_in(folder);
    let lock = options.clone().with_time_limit(Duration::ZERO).take()?;
    let Some(lock) = lock else {
        let holder = options.holder()?;
        return Err(LockTimeout { seconds: 0, holder }.into());
    };
    Ok(lock.interrupted_gpus()?)
}

/// Returns whether no change was left behind, or is being made, as far as it can be known while another process has the lock.
///
/// # Errors
///
/// Those of the journals.
#[cfg(feature = "kubernetes")]
pub(crate) fn has_no_journal(folder: Option<&Path>) -> Result<bool, ApplyError> {
    let uuids = lock_options_in(folder).unfinished_gpus()?;
    Ok(uuids.is_empty())
}

/// Rolls back what a killed process left behind. Returns what was rolled back, and the UUIDs of the GPUs that are not as before
/// and not given up.
fn recover(
    machine: &Machine,
    is_given_up: impl Fn(&String) -> bool,
    lock: &mut MachineLock,
) -> Result<(Option<String>, Vec<String>), Box<dyn Error>> {
    let names = machine.gpu_names();
    let tell = |line: &str| note(&names.in_text(line));
    let rollback = lock.recover(machine.nvml(), |step| {
        count_step();
        tell(&step.to_string());
    })?;
    let rollback = rollback.map(|rollback| names.in_text(&what_became(&rollback)));
    if let Some(rollback) = &rollback {
        note(rollback);
    }
    let (given_up, open) = lock.interrupted_gpus()?.into_iter().partition(is_given_up);
    let given_up: Vec<String> = given_up;
    for uuid in &given_up {
        lock.give_up(uuid)?;
    }
    Ok((rollback, open))
}

/// What became of an earlier change. One that is done but for temporary instances was not interrupted.
fn what_became(rollback: &Rollback) -> String {
    let mut gpus = rollback.gpus.iter();
    if gpus.all(|gpu| gpu.done_but_for_temporary) {
        return format!("of an earlier change: {rollback}");
    }
    format!("an earlier change was interrupted: {rollback}")
}

/// The error of these GPUs, which an earlier change left: of those in the middle of one, or else of those with a temporary instance.
pub(super) fn still_open(
    lock: &MachineLock,
    open: &[String],
) -> Result<Box<dyn Error>, Box<dyn Error>> {
    let done = lock.left_over_gpus()?;
    let halfway: Vec<&str> = open
        .iter()
        .map(String::as_str)
        .filter(|uuid| !done.iter().any(|done| done == uuid))
        .collect();
    Ok(if halfway.is_empty() {
        TemporaryLeft(open.join(", ")).into()
    } else {
        StillOpen(halfway.join(", ")).into()
    })
}
