//! Changes with the hooks of a file of mig-parted around them.

use std::error::Error;
use std::path::Path;

use nvml_mig::GpuPlan;
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::plan::PlanOptions;

use crate::arguments::{Consent, Variables};
use crate::change;
use crate::console::{Console, chain, note};
use crate::exit::{Exit, HookFailed, Usage};
use crate::hooks::{Hook, Hooks};
use crate::machine::{Machine, MachineOptions, Readable};

/// An optional hooks file, and the environment variables for its hooks.
pub(super) type HooksFile<'a> = (Option<&'a Path>, Variables);

/// Makes a change as [`change::apply_and_check`] does. The plans are made with the options that they get.
pub(super) fn apply(
    console: Console,
    machine: &Machine,
    options: &MachineOptions,
    consent: &Consent,
    (path, variables): HooksFile<'_>,
    plan_options: &GpuPlanOptions,
    (plans, check): (
        impl Fn(&GpuPlanOptions) -> Result<Readable<GpuPlan>, Box<dyn Error>>,
        impl FnOnce() -> Vec<String>,
    ),
) -> Result<Exit, Box<dyn Error>> {
    let plan = || plans(plan_options);
    let Some(path) = path.filter(|_| !consent.dry_run) else {
        return change::apply_and_check(console, machine, options, consent, plan, check);
    };
    if !consent.yes {
        let sentence = "hooks run without asking: pass --yes or --dry-run with --hooks-file";
        return Err(Usage(sentence.to_owned()).into());
    }
    let hooks = Hooks::read(path, variables)?;
    // A signal must not keep the last hook from running.
    change::signals::catch()?;
    hooks.run(Hook::ApplyStart)?;
    let applied = before(&plans, &hooks)
        .and_then(|()| change::apply_and_check(console, machine, options, consent, plan, check));
    // What the first hooks stopped is started again, whatever has become of the change.
    match (applied, hooks.run(Hook::ApplyExit)) {
        (Ok(exit), Ok(())) => Ok(exit),
        (Ok(Exit::Done), Err(failed)) => Err(HookFailed::at_end(&failed).into()),
        (applied, Err(failed)) => {
            note(&format!("error: {}", chain(&failed)));
            applied
        }
        (failed, Ok(())) => failed,
    }
}

/// Runs the hooks for what is going to change. They may stop the programs that still use instances, so these count as idle here.
fn before(
    plans: impl Fn(&GpuPlanOptions) -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    hooks: &Hooks,
) -> Result<(), Box<dyn Error>> {
    let instances = PlanOptions::default().with_destroy_busy(true);
    let plan_options = GpuPlanOptions::from(instances).with_change_mig_mode(true);
    let plans = plans(&plan_options)?.items;
    if plans.iter().any(|plan| plan.mig_mode().is_some()) {
        hooks.run(Hook::PreApplyMode)?;
    }
    let changes_instances = |plan: &GpuPlan| plan.before() != plan.after();
    if plans.iter().any(changes_instances) {
        hooks.run(Hook::PreApplyConfig)?;
    }
    Ok(())
}
