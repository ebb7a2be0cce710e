//! Applies plans, with a line of output for each step.

use std::error::Error;
use std::io::{BufRead, IsTerminal, Write, stdin, stdout};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nvml_mig::apply::{ApplyError, ApplyFailure, LockOptions};
use nvml_mig::{GpuPlan, MachineLock};

use crate::arguments::Consent;
use crate::common::readable::Readable;
use crate::common::{Session, note, print};
use crate::exit::{Exit, Usage, of_refused};
use crate::plan_drawing::drawing;

/// Takes the lock of these GPUs, or of all, shows the plans, asks for confirmation, and applies them.
pub(crate) fn apply(
    session: &Session,
    consent: &Consent,
    gpus: Option<Vec<String>>,
    plan: impl FnOnce() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
) -> Result<Exit, Box<dyn Error>> {
    if consent.dry_run {
        let Readable { items, refused } = plan()?;
        return show(&items).map(|()| of_refused(refused.as_ref()));
    }
    let (mut lock, open) = recovered(session, consent, gpus)?;
    let planned = plan();
    // GPUs that an earlier change left open do not stop the others.
    let is_open = |plan: &GpuPlan| open.iter().any(|uuid| uuid == plan.uuid());
    let stops = match &planned {
        Ok(planned) => planned.items.iter().any(is_open),
        Err(_) => !open.is_empty(),
    };
    if stops {
        note(
            "run the command again to try once more, or with --give-up to continue from the current state",
        );
        return Ok(Exit::NotRolledBack);
    }
    let Readable {
        items: plans,
        refused,
    } = planned?;
    show(&plans)?;
    if plans.iter().all(GpuPlan::changes_nothing) {
        return Ok(of_refused(refused.as_ref()));
    }
    ask(consent)?;
    let stopped = stop_at_ctrl_c()?;
    let names = session.gpu_names();
    lock.apply(&plans, |step| {
        note(&names.in_text(&step.to_string()));
        if stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    print(match refused {
        None => "done\n",
        Some(_) => "done, except for the GPUs that can't be read\n",
    })?;
    Ok(of_refused(refused.as_ref()))
}

/// Takes the lock and rolls back what a killed process left behind. Returns the UUIDs of the GPUs that are not as before and
/// not given up too.
fn recovered(
    session: &Session,
    consent: &Consent,
    gpus: Option<Vec<String>>,
) -> Result<(MachineLock, Vec<String>), Box<dyn Error>> {
    let mut lock = take(session, consent, gpus)?;
    let open = match recover(session, consent, &mut lock) {
        Err(error) if is_not_locked(&*error) => {
            // The interrupted change is of other GPUs too.
            drop(lock);
            lock = take(session, consent, None)?;
            recover(session, consent, &mut lock)?
        }
        open => open?,
    };
    Ok((lock, open))
}

fn is_not_locked(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<ApplyError>();
    error.is_some_and(|error| matches!(*error.failure, ApplyFailure::NotLocked { .. }))
}

fn take(
    session: &Session,
    consent: &Consent,
    gpus: Option<Vec<String>>,
) -> Result<MachineLock, Box<dyn Error>> {
    let beside = |state: &Path| {
        let mut folder = state.as_os_str().to_owned();
        folder.push(".apply");
        PathBuf::from(folder)
    };
    // A simulated machine has its own lock.
    let own = session.state().map(beside);
    let folder = consent.lock_folder.clone().or(own);
    let folder = folder.unwrap_or_else(|| PathBuf::from(MachineLock::FOLDER));
    let options = LockOptions::new().with_folder(&folder);
    let options = match gpus {
        None => options,
        Some(gpus) => options.with_gpus(gpus),
    };
    if let Some(lock) = options.clone().with_time_limit(Duration::ZERO).take()? {
        return Ok(lock);
    }
    let holder = MachineLock::holder(&folder)?;
    let holder = holder.map_or_else(String::new, |holder| format!(" ({holder})"));
    note(&format!(
        "waiting for another process that is partitioning these GPUs{holder}"
    ));
    loop {
        // Without a time limit, it is always taken.
        if let Some(lock) = options.take()? {
            return Ok(lock);
        }
    }
}

/// Rolls back what a killed process left behind. Returns the UUIDs of the GPUs that are not as before and not given up.
fn recover(
    session: &Session,
    consent: &Consent,
    lock: &mut MachineLock,
) -> Result<Vec<String>, Box<dyn Error>> {
    let names = session.gpu_names();
    let tell = |line: &str| note(&names.in_text(line));
    let recovered = lock.recover(session.nvml(), |step| tell(&step.to_string()))?;
    if let Some(rollback) = recovered {
        tell(&format!("an earlier change was interrupted: {rollback}"));
    }
    let open = lock.interrupted_gpus()?;
    if consent.give_up {
        for uuid in &open {
            lock.give_up(uuid)?;
        }
        return Ok(Vec::new());
    }
    Ok(open)
}

pub(crate) fn show(plans: &[GpuPlan]) -> Result<(), Box<dyn Error>> {
    if plans.is_empty() {
        return print("no GPU is selected\n");
    }
    plans.iter().try_for_each(|plan| print(&drawing(plan)?))
}

fn ask(consent: &Consent) -> Result<(), Box<dyn Error>> {
    if consent.yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        return Err(
            Usage("standard input is not a terminal: pass --yes or --dry-run".to_owned()).into(),
        );
    }
    print("Apply these changes? [y/N] ")?;
    stdout().flush()?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "yes" => Ok(()),
        _ => Err(Usage("cancelled, nothing was changed".to_owned()).into()),
    }
}

/// Requests a stop on Ctrl-C and SIGTERM, which takes effect between two steps.
fn stop_at_ctrl_c() -> Result<Arc<AtomicBool>, Box<dyn Error>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    Ok(stopped)
}
