//! Works on the GPUs: looks, applies, and reads what could still be made. Each time it opens the library anew and closes it again,
//! since a program that has it open keeps the driver from resetting a GPU.

use std::error::Error;

use nvml_mig::GpuPlan;
use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanError, GpuPlanErrorReason, GpuPlanOptions};
use nvml_mig::plan::{GpuModel, PlanError, PlanOptions, PresentGpuInstance};
use serde_json::{Value, json};

use super::lost::{has_lost, is_lost};
use super::outcome::Outcome;
use super::recovery::Recovered;
use super::request::Request;

use crate::arguments::{AgentOptions, Consent, LockArguments};
use crate::change;
use crate::change::lock;
use crate::console::{chain, note};
use crate::exit::{Exit, LockStopped, LockTimeout, StillOpen, code_of, partitioning};
use crate::machine::{Machine, MachineOptions, Readable, read_each};
use crate::target::{Wanted, each_with_mig};

/// Works on the GPUs of the node.
#[derive(Debug, Clone)]
pub(super) struct GpuWork {
    machine: MachineOptions,
    /// The file's name in messages.
    file: String,
    consent: Consent,
}

impl GpuWork {
    pub(super) fn new(options: &AgentOptions, machine: &MachineOptions, file: String) -> Self {
        let consent = Consent {
            dry_run: false,
            yes: true,
            cdi_spec: options.cdi_spec.clone(),
            lock: LockArguments {
                lock_folder: options.lock_folder.clone(),
                // Then it tries again later. It must not count as hanging.
                lock_timeout: Some(options.hang_limit * 3 / 4),
            },
            give_up: false,
        };
        Self {
            machine: machine.clone(),
            file,
            consent,
        }
    }

    /// Plans, and changes nothing of the GPUs. If they are as wanted, it sees to it that containers can use them, which may have
    /// failed after the change.
    pub(super) fn look(&self, request: &Request) -> Outcome {
        self.with(request, |machine, wanted| {
            let plans = self.plans(machine, wanted)?;
            if let Some(outcome) = in_place(&plans, false) {
                let warnings = change::make_usable(machine, &self.consent, &plans.items);
                return Ok(unless_unusable(outcome, &warnings, machine));
            }
            Ok(Outcome::Change {
                changes_mode: plans.items.iter().any(|plan| plan.mig_mode().is_some()),
                is_lost: plans.items.iter().any(is_lost),
                plan: text(&plans.items, machine),
            })
        })
    }

    /// Changes the GPUs, by the same path as `nvml-mig apply`.
    pub(super) fn apply(&self, request: &Request) -> Outcome {
        self.with(request, |machine, wanted| {
            let plan = || self.plans(machine, wanted);
            let done = change::under_lock(machine, &self.machine, &self.consent, plan, |plans| {
                note(&text(plans, machine));
                Ok(())
            })?;
            let warnings = done.warnings().to_vec();
            let plans = Readable {
                items: done.plans,
                refused: done.refused,
            };
            let plan = Some(text(&plans.items, machine));
            let outcome = in_place(&plans, true).unwrap_or(Outcome::InPlace { plan });
            Ok(unless_unusable(outcome, &warnings, machine))
        })
    }

    /// Rolls back what an agent before this one left behind. It does not wait for another process that changes the GPUs, since
    /// nothing is left behind as long as that one works.
    pub(super) fn recover(&self) -> Recovered {
        let machine = match self.machine.open() {
            Ok(machine) => machine,
            Err(error) => return Recovered::Unknown(chain(&*error)),
        };
        let mut at_once = self.consent.clone();
        at_once.lock.lock_timeout = Some(0);
        match change::recover(&machine, &at_once) {
            Ok(rollback) => Recovered::Whole(rollback),
            Err(error) => {
                let reason = machine.gpu_names().in_text(&chain(&*error));
                note(&format!("what was left behind is not known: {reason}"));
                if error.is::<StillOpen>() {
                    Recovered::Open(reason)
                } else if let Some(who) = waiting(&*error) {
                    Recovered::Locked(who)
                } else {
                    Recovered::Unknown(reason)
                }
            }
        }
    }

    /// Looks for what an agent before this one left behind, and changes nothing.
    pub(super) fn inspect(&self) -> Recovered {
        match lock::interrupted(self.consent.lock.lock_folder.as_deref()) {
            Ok(gpus) if gpus.is_empty() => Recovered::Whole(None),
            Ok(gpus) => {
                let gpus = gpus.join(", ");
                Recovered::Found(format!("{gpus} is as an interrupted change left it"))
            }
            Err(error) => match waiting(&*error) {
                Some(who) => Recovered::Locked(who),
                None => Recovered::Unknown(chain(&*error)),
            },
        }
    }

    /// Reads what could still be made on each GPU, as JSON.
    pub(super) fn fit(&self) -> Option<String> {
        match self.read_fit() {
            Ok(fit) => Some(fit.to_string()),
            Err(error) => {
                note(&format!("what fits can't be read: {}", chain(&*error)));
                None
            }
        }
    }

    fn read_fit(&self) -> Result<Value, Box<dyn Error>> {
        let machine = self.machine.open()?;
        let rooms = read_each(each_with_mig(&machine, &self.machine)?, |device| {
            let model = GpuModel::read(device)?;
            let present = PresentGpuInstance::read_all(device)?;
            let fit = model.fit(&present, PlanOptions::default());
            let profiles = fit.profiles.iter().filter(|profile| profile.count > 0);
            let more: serde_json::Map<String, Value> = profiles
                .map(|profile| (profile.name.to_string(), profile.count.into()))
                .collect();
            Ok(json!({
                "gpu": device.index()?,
                "uuid": device.uuid()?,
                "layout": model.layout_of(&present).to_string(),
                "more": more,
            }))
        })?;
        Ok(rooms.items.into())
    }

    fn plans(
        &self,
        machine: &Machine,
        wanted: &Wanted,
    ) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        wanted.plans(machine, &self.machine, &options)
    }

    fn with(
        &self,
        request: &Request,
        work: impl FnOnce(&Machine, &Wanted) -> Result<Outcome, Box<dyn Error>>,
    ) -> Outcome {
        let text = match &request.file {
            Ok(text) => text,
            Err(reason) => return failed(reason.clone(), false),
        };
        // A wrong file is said to be so even if there is no driver yet.
        let wanted = match Wanted::of_text(&self.file, text, &request.config) {
            Ok(wanted) => wanted,
            Err(error) => return failed(chain(&*error), false),
        };
        let machine = match self.machine.open() {
            Ok(machine) => machine,
            Err(error) => return failed(chain(&*error), true),
        };
        work(&machine, &wanted).unwrap_or_else(|error| {
            let is_lost = || has_lost(&machine, &self.machine, &wanted).unwrap_or(false);
            of_error(&*error, &machine, is_lost)
        })
    }
}

/// The outcome if nothing is left to do. GPUs that can't be read are none of which that can be said.
fn in_place(plans: &Readable<GpuPlan>, is_done: bool) -> Option<Outcome> {
    if !is_done && !plans.items.iter().all(GpuPlan::changes_nothing) {
        return None;
    }
    match &plans.refused {
        Some(error) => Some(failed(
            format!("done, except for GPUs that can't be read: {}", chain(error)),
            true,
        )),
        None if is_done => None,
        None => Some(Outcome::InPlace { plan: None }),
    }
}

/// With a layout that containers can't use, nobody is served.
fn unless_unusable(outcome: Outcome, warnings: &[String], machine: &Machine) -> Outcome {
    match outcome {
        Outcome::InPlace { .. } if !warnings.is_empty() => {
            let what = machine.gpu_names().in_text(&warnings.join("; "));
            let reason = format!("the GPUs have the layout, but {what}");
            Outcome::Unusable { reason }
        }
        outcome => outcome,
    }
}

/// The steps of all GPUs.
fn text(plans: &[GpuPlan], machine: &Machine) -> String {
    let changing = plans.iter().filter(|plan| !plan.changes_nothing());
    let texts = changing.map(|plan| format!("GPU {}: {}", plan.uuid(), plan.lines().join("\n")));
    let text = texts.collect::<Vec<_>>().join("\n");
    machine.gpu_names().in_text(&text)
}

fn failed(reason: String, may_pass: bool) -> Outcome {
    Outcome::Failed {
        reason,
        fits_instead: None,
        may_pass,
    }
}

fn of_error(
    error: &(dyn Error + 'static),
    machine: &Machine,
    is_lost: impl FnOnce() -> bool,
) -> Outcome {
    let reason = machine.gpu_names().in_text(&chain(error));
    if let Some(reason) = waiting(error) {
        return Outcome::Locked { reason };
    }
    match code_of(error) {
        Exit::InUse => Outcome::Busy {
            reason,
            users: users(error),
            is_lost: is_lost(),
        },
        Exit::ResetNeeded => Outcome::ResetNeeded { reason },
        Exit::Usage | Exit::DoesNotFit | Exit::NoGpu => Outcome::Failed {
            reason,
            fits_instead: fits_instead(error),
            may_pass: false,
        },
        Exit::NotRolledBack => Outcome::Open { reason },
        _ => failed(reason, true),
    }
}

/// Says who has the lock, if the error is that another process has it; but not for how long, so that it is not told anew at each
/// try.
fn waiting(error: &(dyn Error + 'static)) -> Option<String> {
    let timeout = error.downcast_ref::<LockTimeout>().map(|it| &it.holder);
    let stopped = error.downcast_ref::<LockStopped>().map(|it| &it.holder);
    let mut holder = timeout.or(stopped)?.clone();
    if let Some(holder) = &mut holder {
        holder.since = None;
    }
    Some(format!("waiting for {}", partitioning(holder.as_ref())))
}

/// The error of a plan, also of one that was made again under the lock.
fn of_plan<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a GpuPlanError> {
    let again = error.downcast_ref::<ApplyError>();
    let again = again.and_then(|error| match &*error.failure {
        ApplyFailure::Plan(error) => Some(error),
        _ => None,
    });
    error.downcast_ref().or(again)
}

fn users(error: &(dyn Error + 'static)) -> Vec<String> {
    let busy = error.downcast_ref::<ApplyError>();
    let busy = busy.and_then(|error| match &*error.failure {
        ApplyFailure::Busy { processes, .. } | ApplyFailure::LeftOver { processes, .. } => {
            Some(processes)
        }
        _ => None,
    });
    let processes = busy.or_else(|| of_plan(error).map(|error| &error.processes));
    let mut users: Vec<String> = processes
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn fits_instead(error: &(dyn Error + 'static)) -> Option<String> {
    match &*of_plan(error)?.reason {
        GpuPlanErrorReason::Plan(PlanError::DoesNotFit(error)) => {
            error.would_fit.as_ref().map(ToString::to_string)
        }
        _ => None,
    }
}
