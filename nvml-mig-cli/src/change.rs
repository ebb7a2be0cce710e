//! Shows plans and applies them, with a line of output or a progress bar for each step.

pub(crate) mod lock;
mod plan_json;
pub(crate) mod progress;
mod question;
mod shown;
pub(crate) mod signals;
mod usable;

use std::error::Error;

use nvml_mig::apply::Applied;
use nvml_mig::{GpuPlan, MachineLock};
use serde::Serialize;

use crate::arguments::{Consent, LockArguments};
use crate::console::{Console, Unreadable, chain, note, print};
use crate::drawing::drawing;
use crate::exit::{DoneBut, Exit, Usage};
use crate::machine::{Machine, MachineOptions, Readable};

use lock::{Recovered, recovered};
pub(crate) use plan_json::PlanJson;
use progress::ProgressLine;
use question::ask;
use shown::Shown;
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

/// A change that is done.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) plans: Vec<GpuPlan>,
    /// Why some GPUs can't be read.
    pub(crate) refused: Option<Unreadable>,
    applied: Applied,
    usable: Usable,
}

#[cfg(feature = "kubernetes")]
impl Done {
    /// Returns what could not be done after the change.
    pub(crate) fn warnings(&self) -> &[String] {
        self.usable.warnings()
    }
}

/// Shows plans. GPUs that can't be read are a failure, as with `--dry-run`: the layout would not be on all GPUs.
pub(crate) fn plan(console: &Console, plans: &Readable<GpuPlan>) -> Result<Exit, Box<dyn Error>> {
    console.show(PlanJson::all(&plans.items)?, || text(&plans.items))?;
    Ok(console.left_out(plans.refused.as_ref()))
}

/// Takes the lock of the selected GPUs, or of all, shows the plans, asks for confirmation, and applies them.
pub(crate) fn apply(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
) -> Result<Exit, Box<dyn Error>> {
    apply_and_check(console, machine, options, consent, plan, Vec::new)
}

/// The same. Then `check` looks at the result, and returns what a person should know of it.
pub(crate) fn apply_and_check(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    check: impl FnOnce() -> Vec<String>,
) -> Result<Exit, Box<dyn Error>> {
    let plan = || -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let plans = plan()?;
        console.left_out(plans.refused.as_ref());
        options.check_selected(plans.refused.as_ref())?;
        Ok(plans)
    };
    if consent.dry_run {
        lock::tell_interrupted(machine, consent.lock.lock_folder.as_deref());
        let Readable { items, refused } = plan()?;
        show(console, &items, None)?;
        return Ok(console.left_out(refused.as_ref()));
    }
    if console.is_json() && !consent.yes {
        let sentence = "with --json nobody is asked: pass --yes or --dry-run";
        return Err(Usage(sentence.to_owned()).into());
    }
    let asked = if consent.yes {
        None
    } else {
        Some(agreed(console, plan()?)?)
    };
    let mut done = under_lock(machine, options, consent, plan, |plans| match &asked {
        None => console.text(&text(plans)?),
        Some(asked) if *asked != Shown::all(plans) => {
            let sentence = "the GPUs are not as the plan showed them any more, so nothing was changed: run the command again";
            Err(sentence.into())
        }
        Some(_) => Ok(()),
    })?;
    done.usable.warn(check());
    let exit = console.left_out(done.refused.as_ref());
    let old_specification = done.usable.old_specification.take();
    console.change_is_done();
    // That nobody can read it does not undo it.
    if let Err(error) = show_done(console, done) {
        note(&format!(
            "warning: the change is done, but the result can't be printed: {}",
            chain(&*error)
        ));
    }
    old_specification.map_or(Ok(exit), |warning| Err(DoneBut(warning).into()))
}

/// Takes the lock, plans, and applies what is agreed to.
///
/// # Errors
///
/// [`StillOpen`](crate::exit::StillOpen), [`TemporaryLeft`](crate::exit::TemporaryLeft), and those of the lock, of the plans, of the
/// agreement and of the change.
pub(crate) fn under_lock(
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    agree: impl FnOnce(&[GpuPlan]) -> Result<(), Box<dyn Error>>,
) -> Result<Done, Box<dyn Error>> {
    let Recovered { mut lock, open, .. } = recovered(
        machine,
        &consent.lock,
        consent.give_up,
        options.selected_uuids(machine)?.as_deref(),
    )?;
    let planned = plan();
    // GPUs that an earlier change left open do not stop the others.
    let is_open = |plan: &GpuPlan| open.iter().any(|uuid| uuid == plan.uuid());
    let stops = match &planned {
        Ok(planned) => planned.items.iter().any(is_open),
        Err(_) => !open.is_empty(),
    };
    if stops {
        return Err(lock::still_open(&lock, &open)?);
    }
    let Readable {
        items: plans,
        refused,
    } = planned?;
    agree(&plans)?;
    let applied = carry_out(machine, &mut lock, &plans)?;
    let usable = Usable::make(machine, &plans, consent, open);
    Ok(Done {
        plans,
        refused,
        applied,
        usable,
    })
}

/// Takes the lock of all GPUs, and rolls back what a killed process left behind. Returns what was rolled back, if anything.
///
/// # Errors
///
/// [`StillOpen`](crate::exit::StillOpen), [`TemporaryLeft`](crate::exit::TemporaryLeft), and those of the lock.
#[cfg(feature = "kubernetes")]
pub(crate) fn recover(
    machine: &Machine,
    consent: &Consent,
) -> Result<Option<String>, Box<dyn Error>> {
    Ok(locked(machine, &consent.lock)?.rollback)
}

/// Takes the lock of all GPUs, and rolls back what a killed process left behind.
///
/// # Errors
///
/// [`StillOpen`](crate::exit::StillOpen), [`TemporaryLeft`](crate::exit::TemporaryLeft), and those of the lock.
pub(crate) fn locked(machine: &Machine, lock: &LockArguments) -> Result<Recovered, Box<dyn Error>> {
    let recovered = recovered(machine, lock, false, None)?;
    if recovered.open.is_empty() {
        return Ok(recovered);
    }
    Err(lock::still_open(&recovered.lock, &recovered.open)?)
}

/// Makes the device nodes and the CDI specification if the GPUs are as wanted already. Returns what could not be done.
#[cfg(feature = "kubernetes")]
pub(crate) fn make_usable(machine: &Machine, consent: &Consent, plans: &[GpuPlan]) -> Vec<String> {
    let usable = Usable::make(machine, plans, consent, Vec::new());
    usable.warnings().to_vec()
}

/// Shows the plans, and asks. The lock is not held while somebody thinks about them: they are made again under the lock.
fn agreed(console: &Console, plans: Readable<GpuPlan>) -> Result<Vec<Shown>, Box<dyn Error>> {
    let plans = plans.items;
    console.text(&text(&plans)?)?;
    if !plans.iter().all(GpuPlan::changes_nothing) {
        ask()?;
    }
    Ok(Shown::all(&plans))
}

/// Applies the plans; a plan that changes nothing only tells what is there.
fn carry_out(
    machine: &Machine,
    lock: &mut MachineLock,
    plans: &[GpuPlan],
) -> Result<Applied, Box<dyn Error>> {
    signals::catch()?;
    let mut progress = ProgressLine::new(machine.gpu_names());
    let applied = lock.apply(plans, |step| {
        progress.step(step);
        signals::go_on()
    });
    progress.finish();
    Ok(applied?)
}

fn show_done(console: &Console, done: Done) -> Result<(), Box<dyn Error>> {
    let Done {
        plans,
        refused,
        applied,
        usable,
    } = done;
    if console.is_json() {
        return show(console, &plans, Some((applied, usable)));
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
    print(if refused.is_some() {
        "done, except for the GPUs that can't be read\n"
    } else {
        "done\n"
    })
}

fn show(
    console: &Console,
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

fn text(plans: &[GpuPlan]) -> Result<String, Box<dyn Error>> {
    if plans.is_empty() {
        return Ok("no GPU is selected\n".to_owned());
    }
    let drawings = plans.iter().map(drawing);
    Ok(drawings.collect::<Result<String, _>>()?)
}
