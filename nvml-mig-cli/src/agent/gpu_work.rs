//! Works on the GPUs: looks, applies, and reads what could still be made. Each time it opens the library anew and closes it again,
//! since a program that has it open keeps the driver from resetting a GPU.

use std::cell::RefCell;
use std::error::Error;

use nvml_mig::GpuPlan;
use nvml_mig::apply::GpuPlanOptions;

use super::fit::read_fit;
use super::gpu_error::{of_error, still_open, waiting};
use super::kept::Kept;
use super::outcome::Outcome;
use super::recovery::Recovered;
use super::request::{Order, Purpose};

use crate::arguments::{AgentOptions, Consent, LockArguments};
use crate::change;
use crate::change::lock;
use crate::console::{chain, note};
use crate::exit::StillOpen;
use crate::machine::{Machine, MachineOptions, Readable};
use crate::target::Wanted;

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
                // Then it says who has the lock, and tries again later.
                lock_timeout: Some(1),
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
    pub(super) fn look(&self, order: &Order) -> Outcome {
        self.with(order, |machine, wanted| match order.purpose {
            Purpose::Make => self.look_at_all(machine, wanted),
            Purpose::Keep => self.look_for_lost(machine, wanted),
        })
    }

    fn look_at_all(&self, machine: &Machine, wanted: &Wanted) -> Result<Outcome, Box<dyn Error>> {
        let plans = self.plans(machine, wanted)?;
        match in_place(&plans, false) {
            Some(outcome) => Ok(self.if_usable(outcome, machine, &plans.items)),
            None => Ok(planned(&plans.items, machine)),
        }
    }

    /// What looks lost or changed may be in the middle of a change by another process, so it is looked at once more under the lock. A
    /// change that was interrupted is nobody's layout.
    fn look_for_lost(&self, machine: &Machine, wanted: &Wanted) -> Result<Outcome, Box<dyn Error>> {
        let (mut kept, mut open) = (self.kept(machine, wanted), Vec::new());
        if !kept.as_ref().is_ok_and(Kept::is_complete) {
            let lock = lock::take(machine, &self.at_once().lock, None)?;
            kept = self.kept(machine, wanted);
            open = lock.interrupted_gpus()?;
        }
        let kept = kept?;
        if !kept.lost.is_empty() {
            return Ok(planned(&kept.lost, machine));
        }
        if !open.is_empty() {
            let reason = machine.gpu_names().in_text(&as_interrupted(&open));
            return Ok(Outcome::Open { reason });
        }
        Ok(kept.trouble(machine).unwrap_or_else(|| {
            self.if_usable(Outcome::InPlace { plan: None }, machine, &kept.there)
        }))
    }

    /// Changes the GPUs, by the same path as `nvml-mig apply`.
    pub(super) fn apply(&self, order: &Order) -> Outcome {
        self.with(order, |machine, wanted| match order.purpose {
            Purpose::Make => {
                let (plans, warnings) = self.change(machine, || self.plans(machine, wanted))?;
                let outcome = in_place(&plans, true);
                let outcome = outcome.unwrap_or_else(|| done(&plans.items, machine));
                Ok(unless_unusable(outcome, &warnings, machine))
            }
            Purpose::Keep => self.make_lost_again(machine, wanted),
        })
    }

    /// Changes only GPUs that have still lost the layout once the lock is taken: others may have changed them meanwhile.
    fn make_lost_again(
        &self,
        machine: &Machine,
        wanted: &Wanted,
    ) -> Result<Outcome, Box<dyn Error>> {
        let rest = RefCell::new(Kept::default());
        let (plans, warnings) = self.change(machine, || {
            let mut kept = self.kept(machine, wanted)?;
            let items = std::mem::take(&mut kept.lost);
            *rest.borrow_mut() = kept;
            Ok(Readable {
                items,
                refused: None,
            })
        })?;
        let outcome = rest.borrow().trouble(machine);
        let outcome = outcome.unwrap_or_else(|| done(&plans.items, machine));
        Ok(unless_unusable(outcome, &warnings, machine))
    }

    /// Returns what was changed, and what could not be done after it.
    fn change(
        &self,
        machine: &Machine,
        plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    ) -> Result<(Readable<GpuPlan>, Vec<String>), Box<dyn Error>> {
        let done = change::under_lock(machine, &self.machine, &self.consent, plan, |plans| {
            note(&text(plans, machine));
            Ok(())
        })?;
        let warnings = done.warnings().to_vec();
        let plans = Readable {
            items: done.plans,
            refused: done.refused,
        };
        Ok((plans, warnings))
    }

    /// Rolls back what an agent before this one left behind. It does not wait for another process that changes the GPUs, since
    /// nothing is left behind as long as that one works.
    pub(super) fn recover(&self) -> Recovered {
        let machine = match self.machine.open() {
            Ok(machine) => machine,
            Err(error) => return Recovered::Unknown(chain(&*error)),
        };
        match change::recover(&machine, &self.at_once()) {
            Ok(rollback) => Recovered::Whole(rollback),
            Err(error) => {
                let reason = machine.gpu_names().in_text(&chain(&*error));
                note(&format!("what was left behind is not known: {reason}"));
                if let Some(StillOpen(gpus)) = error.downcast_ref() {
                    let reason = machine.gpu_names().in_text(&still_open(gpus));
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
            Ok(gpus) => Recovered::Found(as_interrupted(&gpus)),
            Err(error) => match waiting(&*error) {
                Some(who) => Recovered::Locked(who),
                None => Recovered::Unknown(chain(&*error)),
            },
        }
    }

    /// Reads what could still be made on each GPU, as JSON.
    pub(super) fn fit(&self) -> Option<String> {
        match read_fit(&self.machine) {
            Ok(fit) => Some(fit.to_string()),
            Err(error) => {
                note(&format!("what fits can't be read: {}", chain(&*error)));
                None
            }
        }
    }

    /// With no wait for another process that has the lock.
    fn at_once(&self) -> Consent {
        let mut consent = self.consent.clone();
        consent.lock.lock_timeout = Some(0);
        consent
    }

    fn kept(&self, machine: &Machine, wanted: &Wanted) -> Result<Kept, Box<dyn Error>> {
        Kept::read(machine, &self.machine, wanted, &plan_options())
    }

    fn plans(
        &self,
        machine: &Machine,
        wanted: &Wanted,
    ) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        wanted.plans(machine, &self.machine, &plan_options())
    }

    fn if_usable(&self, outcome: Outcome, machine: &Machine, plans: &[GpuPlan]) -> Outcome {
        let warnings = change::make_usable(machine, &self.consent, plans);
        unless_unusable(outcome, &warnings, machine)
    }

    fn with(
        &self,
        order: &Order,
        work: impl FnOnce(&Machine, &Wanted) -> Result<Outcome, Box<dyn Error>>,
    ) -> Outcome {
        let request = &order.request;
        let file = match &request.file {
            Ok(file) => file,
            Err(reason) => return Outcome::failed(reason.clone(), false),
        };
        // A wrong file is said to be so even if there is no driver yet.
        let wanted = match Wanted::of_text(&self.file, file.text(), &request.config) {
            Ok(wanted) => wanted,
            Err(error) => return Outcome::failed(chain(&*error), false),
        };
        let machine = match self.machine.open() {
            Ok(machine) => machine,
            Err(error) => return Outcome::failed(chain(&*error), true),
        };
        let outcome = work(&machine, &wanted).unwrap_or_else(|error| of_error(&*error, &machine));
        match order.purpose {
            Purpose::Make => outcome,
            Purpose::Keep => outcome.may_pass(),
        }
    }
}

fn plan_options() -> GpuPlanOptions {
    GpuPlanOptions::default().with_change_mig_mode(true)
}

fn as_interrupted(gpus: &[String]) -> String {
    format!("as an interrupted change left it: {}", gpus.join(", "))
}

fn planned(plans: &[GpuPlan], machine: &Machine) -> Outcome {
    Outcome::Change {
        changes_mode: plans.iter().any(|plan| plan.mig_mode().is_some()),
        plan: text(plans, machine),
    }
}

fn done(plans: &[GpuPlan], machine: &Machine) -> Outcome {
    let has_changed = plans.iter().any(|plan| !plan.changes_nothing());
    let plan = has_changed.then(|| text(plans, machine));
    Outcome::InPlace { plan }
}

/// The outcome if nothing is left to do. GPUs that can't be read are none of which that can be said.
fn in_place(plans: &Readable<GpuPlan>, is_done: bool) -> Option<Outcome> {
    if !is_done && !plans.items.iter().all(GpuPlan::changes_nothing) {
        return None;
    }
    match &plans.refused {
        Some(error) => Some(Outcome::failed(
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
