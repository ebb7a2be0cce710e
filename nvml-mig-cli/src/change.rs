//! Shows plans and applies them, with a line of output or a progress bar for each step.

mod plan_json;
mod progress;
mod usable;

use std::error::Error;
use std::io::{BufRead, IsTerminal, Write, stdin};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nvml_mig::apply::{Applied, ApplyError, ApplyFailure};
use nvml_mig::{GpuPlan, MachineLock};
use serde::Serialize;

use crate::arguments::Consent;
use crate::console::{Console, note, print};
use crate::drawing::drawing;
use crate::exit::{Exit, LockTimeout, Usage, of_refused};
use crate::machine::{Machine, MachineOptions, Readable};

use plan_json::PlanJson;
use progress::ProgressLine;
use usable::Usable;

/// What a change did.
#[derive(Debug, Serialize)]
struct Change<'a> {
    plans: Vec<PlanJson<'a>>,
    /// `None` if the plans were only shown.
    applied: Option<Applied>,
    #[serde(flatten)]
    usable: Option<Usable>,
}

/// Shows plans. GPUs that can't be read are a failure if they were selected.
pub(crate) fn plan(
    console: Console,
    options: &MachineOptions,
    plans: Readable<GpuPlan>,
) -> Result<Exit, Box<dyn Error>> {
    console.show(PlanJson::all(&plans.items)?, || text(&plans.items))?;
    let refused = plans.refused.filter(|_| options.selects_gpus());
    Ok(of_refused(refused.as_ref()))
}

/// Takes the lock of the selected GPUs, or of all, shows the plans, asks for confirmation, and applies them.
pub(crate) fn apply(
    console: Console,
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
) -> Result<Exit, Box<dyn Error>> {
    let plan = || -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let plans = plan()?;
        options.check_selected(plans.refused.as_ref())?;
        Ok(plans)
    };
    if consent.dry_run {
        let Readable { items, refused } = plan()?;
        show(console, &items, None)?;
        return Ok(of_refused(refused.as_ref()));
    }
    if console.is_json() && !consent.yes {
        let sentence = "with --json nobody is asked: pass --yes or --dry-run";
        return Err(Usage(sentence.to_owned()).into());
    }
    // The lock is not held while somebody thinks about the plans. They are made again under the lock.
    let asked = if consent.yes {
        None
    } else {
        let Readable { items, .. } = plan()?;
        console.text(&text(&items)?)?;
        if !items.iter().all(GpuPlan::changes_nothing) {
            ask()?;
        }
        Some(lines(&items))
    };
    let (mut lock, open) = recovered(machine, consent, options.selected_uuids(machine)?)?;
    let planned = plan();
    // GPUs that an earlier change left open do not stop the others.
    let is_open = |plan: &GpuPlan| open.iter().any(|uuid| uuid == plan.uuid());
    let stops = match &planned {
        Ok(planned) => planned.items.iter().any(is_open),
        Err(_) => !open.is_empty(),
    };
    if stops {
        let gpus = machine.gpu_names().in_text(&open.join(", "));
        return Ok(console.fail_with(
            &format!(
                "an interrupted change of {gpus} could not be rolled back: run the command again to try once more, or with \
                 --give-up to continue from the current state"
            ),
            Exit::NotRolledBack,
        ));
    }
    let Readable {
        items: plans,
        refused,
    } = planned?;
    match asked {
        None => console.text(&text(&plans)?)?,
        Some(asked) if asked != lines(&plans) => {
            let sentence = "the GPUs changed after the plan was shown: nothing was changed; run the command again";
            return Err(sentence.into());
        }
        Some(_) => {}
    }
    let applied = carry_out(machine, &mut lock, &plans)?;
    let usable = Usable::make(machine, &plans, consent.cdi_spec.as_deref());
    show_done(console, &plans, (applied, usable), refused.is_some())?;
    Ok(of_refused(refused.as_ref()))
}

/// Applies the plans; a plan that changes nothing only tells what is there.
fn carry_out(
    machine: &Machine,
    lock: &mut MachineLock,
    plans: &[GpuPlan],
) -> Result<Applied, Box<dyn Error>> {
    let stopped = stop_at_signals()?;
    let mut progress = ProgressLine::new(machine.gpu_names());
    let applied = lock.apply(plans, |step| {
        progress.step(step);
        if stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    progress.finish();
    Ok(applied?)
}

fn show_done(
    console: Console,
    plans: &[GpuPlan],
    (applied, usable): (Applied, Usable),
    is_partial: bool,
) -> Result<(), Box<dyn Error>> {
    if console.is_json() {
        return show(console, plans, Some((applied, usable)));
    }
    let instances = applied.gpus.iter().flat_map(|gpu| &gpu.gpu_instances);
    for inside in instances.flat_map(|gpu_instance| &gpu_instance.instance.compute_instances) {
        if let (true, Some(uuid)) = (inside.created, &inside.mig_uuid) {
            print(&format!("created {} {uuid}\n", inside.instance.name))?;
        }
    }
    if plans.iter().all(GpuPlan::changes_nothing) {
        return Ok(());
    }
    print(if is_partial {
        "done, except for the GPUs that can't be read\n"
    } else {
        "done\n"
    })
}

fn show(
    console: Console,
    plans: &[GpuPlan],
    done: Option<(Applied, Usable)>,
) -> Result<(), Box<dyn Error>> {
    let (applied, usable) = done.unzip();
    let change = Change {
        plans: PlanJson::all(plans)?,
        applied,
        usable,
    };
    console.show(change, || text(plans))
}

/// The steps of the plans, to see whether they have changed.
fn lines(plans: &[GpuPlan]) -> Vec<(String, Vec<String>)> {
    let lines = plans.iter();
    lines
        .map(|plan| (plan.uuid().to_owned(), plan.lines()))
        .collect()
}

fn text(plans: &[GpuPlan]) -> Result<String, Box<dyn Error>> {
    if plans.is_empty() {
        return Ok("no GPU is selected\n".to_owned());
    }
    let drawings = plans.iter().map(drawing);
    Ok(drawings.collect::<Result<String, _>>()?)
}

/// Takes the lock and rolls back what a killed process left behind. Returns the UUIDs of the GPUs that are not as before and
/// not given up too.
fn recovered(
    machine: &Machine,
    consent: &Consent,
    gpus: Option<Vec<String>>,
) -> Result<(MachineLock, Vec<String>), Box<dyn Error>> {
    let mut lock = take(machine, consent, gpus)?;
    let open = match recover(machine, consent, &mut lock) {
        Err(error) if is_not_locked(&*error) => {
            // The interrupted change is of other GPUs too.
            drop(lock);
            lock = take(machine, consent, None)?;
            recover(machine, consent, &mut lock)?
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
    machine: &Machine,
    consent: &Consent,
    gpus: Option<Vec<String>>,
) -> Result<MachineLock, Box<dyn Error>> {
    let options = machine.lock_options(consent.lock_folder.as_deref());
    let options = match gpus {
        None => options,
        Some(gpus) => options.with_gpus(gpus),
    };
    if let Some(lock) = options.clone().with_time_limit(Duration::ZERO).take()? {
        return Ok(lock);
    }
    let holder = MachineLock::holder(options.folder())?;
    let holder = holder.map_or_else(String::new, |holder| format!(" ({holder})"));
    let who = format!("another process that is partitioning these GPUs{holder}");
    note(&format!("waiting for {who}"));
    let Some(seconds) = consent.lock_timeout else {
        loop {
            // Without a time limit, it is always taken.
            if let Some(lock) = options.take()? {
                return Ok(lock);
            }
        }
    };
    let lock = options
        .with_time_limit(Duration::from_secs(seconds))
        .take()?;
    lock.ok_or_else(|| {
        LockTimeout(format!("gave up after {seconds} s of waiting for {who}")).into()
    })
}

/// Rolls back what a killed process left behind. Returns the UUIDs of the GPUs that are not as before and not given up.
fn recover(
    machine: &Machine,
    consent: &Consent,
    lock: &mut MachineLock,
) -> Result<Vec<String>, Box<dyn Error>> {
    let names = machine.gpu_names();
    let tell = |line: &str| note(&names.in_text(line));
    let recovered = lock.recover(machine.nvml(), |step| tell(&step.to_string()))?;
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

fn ask() -> Result<(), Box<dyn Error>> {
    if !stdin().is_terminal() {
        return Err(
            Usage("standard input is not a terminal: pass --yes or --dry-run".to_owned()).into(),
        );
    }
    let _ = write!(std::io::stderr(), "Apply these changes? [y/N] ");
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "yes" => Ok(()),
        _ => Err(Usage("cancelled, nothing was changed".to_owned()).into()),
    }
}

/// Requests a stop at Ctrl-C, a hang-up and SIGTERM, which takes effect between two steps.
fn stop_at_signals() -> Result<Arc<AtomicBool>, Box<dyn Error>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    Ok(stopped)
}
