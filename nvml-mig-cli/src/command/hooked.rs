//! Changes with the hooks of a file of mig-parted around them.

use std::error::Error;
use std::path::Path;

use nvml_mig::GpuPlan;
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::plan::PlanOptions;

use crate::arguments::{Consent, Variables};
use crate::change::{self, signals};
use crate::console::{Console, chain, note};
use crate::exit::{DoneBut, Exit, HookFailed, Usage};
use crate::hooks::{Hook, Hooks};
use crate::machine::{Machine, MachineOptions, Readable};

/// An optional hooks file, and what its hooks learn about the change.
pub(super) struct HooksFile<'a> {
    pub(super) path: Option<&'a Path>,
    pub(super) variables: Variables,
    /// Whether only MIG modes are changed.
    pub(super) mode_only: bool,
}

/// Makes a change as [`change::apply_and_check`] does. The plans are made with the options that they get. `settle` says what a
/// result means, before the last hook runs.
pub(super) fn apply(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    file: HooksFile<'_>,
    plan_options: &GpuPlanOptions,
    (plans, check, settle): (
        impl Fn(&GpuPlanOptions) -> Result<Readable<GpuPlan>, Box<dyn Error>>,
        impl FnOnce() -> Vec<String>,
        impl FnOnce(Result<Exit, Box<dyn Error>>) -> Result<Exit, Box<dyn Error>>,
    ),
) -> Result<Exit, Box<dyn Error>> {
    let change = || {
        let plan = || plans(plan_options);
        change::apply_and_check(console, machine, options, consent, plan, check)
    };
    let Some(path) = file.path.filter(|_| !consent.dry_run) else {
        return settle(change());
    };
    if !consent.yes {
        let sentence = "hooks run without asking: pass --yes or --dry-run with --hooks-file";
        return Err(Usage(sentence.to_owned()).into());
    }
    let hooks = Hooks::read(path, file.variables)?;
    // A signal must not keep the last hook from running.
    signals::catch()?;
    let started = match hooks.run(Hook::ApplyStart) {
        // As with mig-parted, nothing has begun.
        Err(failed @ HookFailed::Failed(_)) => return Err(failed.into()),
        started => started,
    };
    let started = started.map_err(Box::from);
    let ready = started.and_then(|()| before(&plans, &hooks, file.mode_only));
    let applied = settle(ready.and_then(|()| change()));
    // What the first hooks stopped is started again, whatever has become of the change.
    match (applied, hooks.run(Hook::ApplyExit)) {
        (applied, Ok(())) => applied,
        (Ok(_), Err(failed)) => Err(DoneBut(failed.to_string()).into()),
        (applied, Err(failed)) => {
            note(&format!("error: {}", chain(&failed)));
            applied
        }
    }
}

/// Runs the hooks for what is going to change. They may stop the programs that still use instances, so these count as idle here.
fn before(
    plans: impl Fn(&GpuPlanOptions) -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    hooks: &Hooks,
    mode_only: bool,
) -> Result<(), Box<dyn Error>> {
    let instances = PlanOptions::default().with_destroy_busy(true);
    let plan_options = GpuPlanOptions::from(instances).with_change_mig_mode(true);
    let plans = plans(&plan_options)?.items;
    if plans.iter().any(|plan| plan.mig_mode().is_some()) {
        hooks.run(Hook::PreApplyMode)?;
    }
    if !mode_only && plans.iter().any(changes_instances) {
        hooks.run(Hook::PreApplyConfig)?;
    }
    Ok(())
}

/// Whether instances are created or destroyed. Where the driver lists profiles only with MIG mode on, the steps are all that is known.
fn changes_instances(plan: &GpuPlan) -> bool {
    let of_mode = usize::from(plan.mig_mode().is_some());
    plan.before() != plan.after() || plan.lines().len() > of_mode
}
