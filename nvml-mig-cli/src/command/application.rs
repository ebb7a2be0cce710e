//! `nvml-mig apply`.

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;

use nvml_mig::GpuPlan;
use nvml_mig::apply::{Applied, ApplyError};
use serde::Serialize;

use super::hooked::{self, HooksFile};
use super::unchanged;
use crate::arguments::{Consent, Limits, Target};
use crate::change::PlanJson;
use crate::console::{Console, chain, note};
use crate::exit::{Exit, code_of};
use crate::machine::{Machine, MachineOptions};

/// What a change did whose MIG modes stay pending.
#[derive(Debug, Serialize)]
struct Pending<'a> {
    plans: Vec<PlanJson<'a>>,
    applied: Applied,
    pending: String,
}

/// The plans that were made last, and the exit code for GPUs that can't be read.
type Last = Option<(Vec<GpuPlan>, Exit)>;

/// Applies a layout, with the hooks of a file around it.
pub(crate) fn apply(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    (target, limits): (&Target, Limits),
    (hooks_file, skip_reset): (Option<&Path>, bool),
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    let wanted = target.read()?;
    let plan_options = limits.plan_options(&wanted);
    let mode_only = wanted.is_mode_only();
    let hooks = HooksFile {
        path: hooks_file,
        variables: target.hook_variables(mode_only),
        mode_only,
    };
    // A change whose modes stay pending is an error, which does not have the plans.
    let last = RefCell::new(Last::None);
    let plans = |plan_options: &_| {
        last.take();
        let plans = wanted.plans(machine, options, plan_options)?;
        last.replace(Some((
            plans.items.clone(),
            console.left_out(plans.refused.as_ref()),
        )));
        Ok(plans)
    };
    let settle = |applied: Result<Exit, Box<dyn Error>>| match applied {
        Err(error) if skip_reset && mode_only && is_only_pending(&*error) => {
            let last = last.take().unwrap_or((Vec::new(), Exit::Done));
            leave_pending(console, machine, &*error, last)
        }
        applied => applied,
    };
    hooked::apply(
        console,
        machine,
        options,
        consent,
        hooks,
        &plan_options,
        (plans, Vec::new, settle),
    )
}

/// Whether all that was wanted is done or pending. A mode that was taken back on another GPU is no success.
fn is_only_pending(error: &(dyn Error + 'static)) -> bool {
    let rollback = error
        .downcast_ref::<ApplyError>()
        .map(|error| &error.rollback);
    code_of(error) == Exit::ResetNeeded && rollback.is_none_or(Option::is_none)
}

/// With `--skip-reset`, the caller resets the GPUs or reboots, and the pending modes are all that was wanted until then.
fn leave_pending(
    console: &Console,
    machine: &Machine,
    error: &dyn Error,
    (plans, exit): (Vec<GpuPlan>, Exit),
) -> Result<Exit, Box<dyn Error>> {
    let pending = machine.gpu_names().in_text(&chain(error));
    note(&format!(
        "no GPU is reset, because of --skip-reset: {pending}"
    ));
    if console.is_json() {
        let result = Pending {
            plans: PlanJson::all(&plans)?,
            applied: unchanged::read(&plans)?,
            pending,
        };
        console.show(result, || Ok(String::new()))?;
    }
    Ok(exit)
}
