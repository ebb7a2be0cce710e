//! Works on the GPUs: looks, applies, and reads what could still be made. Each time it opens the library anew and closes it again,
//! since a program that has it open keeps the driver from resetting a GPU.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::error::Error;

use nvml_mig::GpuPlan;
use nvml_mig::apply::GpuPlanOptions;

use super::fit::read_fit;
use super::gpu_error::{of_error, still_open, waiting};
use super::outcome::Outcome;
use super::recovery::Recovered;
use super::request::Order;
use super::survey::{Survey, uuids};
use super::verdict::Verdict;

use crate::arguments::{AgentOptions, Consent, LockArguments};
use crate::change;
use crate::change::lock;
use crate::console::{chain, note};
use crate::exit::{Exit, StillOpen, TemporaryLeft, code_of};
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
    pub(super) fn look(&self, order: &Order) -> Verdict {
        self.with(order, |machine, wanted| {
            let (survey, open) = self.certain_survey(machine, wanted, order)?;
            let there = survey.there();
            let have_it = match open.is_empty() {
                true => uuids(&there),
                false => BTreeSet::new(),
            };
            let outcome = self.of_look(&survey, &there, &open, machine);
            Ok(Verdict { outcome, have_it })
        })
    }

    /// What looks lost or changed may be in the middle of a change by another process, so it is looked at once more under the lock.
    /// So it is before clients are paused, for a change or since they may be what is in the way: who has the lock goes first.
    /// Returns also the GPUs on which a change was interrupted, which is nobody's layout.
    fn certain_survey(
        &self,
        machine: &Machine,
        wanted: &Wanted,
        order: &Order,
    ) -> Result<(Survey, Vec<String>), Box<dyn Error>> {
        let survey = self.survey(machine, wanted, order);
        let is_doubtful = match &survey {
            Ok(survey) => survey.is_doubtful() || survey.has_work() || survey.is_in_use(),
            Err(error) => !order.had.is_empty() || code_of(&**error) == Exit::InUse,
        };
        if !is_doubtful {
            return Ok((survey?, Vec::new()));
        }
        let lock = lock::take(machine, &self.at_once().lock, None)?;
        let survey = self.survey(machine, wanted, order);
        let open = lock.interrupted_gpus()?;
        Ok((survey?, open))
    }

    fn of_look(
        &self,
        survey: &Survey,
        there: &[GpuPlan],
        open: &[String],
        machine: &Machine,
    ) -> Outcome {
        if let Some(error) = &survey.error {
            return of_error(error, machine).beside(changes_mode(&survey.plans));
        }
        if survey.has_work() {
            return planned(&survey.plans, machine);
        }
        if !open.is_empty() {
            let reason = machine.gpu_names().in_text(&as_interrupted(open));
            return Outcome::Open { reason };
        }
        survey.changed(machine).unwrap_or_else(|| {
            let warnings = change::make_usable(machine, &self.consent, there);
            unless_unusable(survey.done(None), &warnings, machine)
        })
    }

    /// Changes the GPUs, by the same path as `nvml-mig apply`. Of those that have had the layout, only the ones that have still lost
    /// it once the lock is taken: others may have changed them meanwhile.
    pub(super) fn apply(&self, order: &Order) -> Verdict {
        self.with(order, |machine, wanted| {
            let rest = RefCell::new(Survey::default());
            let (plans, warnings) = self.change(machine, || {
                let mut survey = self.survey(machine, wanted, order)?;
                if let Some(error) = survey.error.take() {
                    return Err(error.into());
                }
                let items = std::mem::take(&mut survey.plans);
                *rest.borrow_mut() = survey;
                Ok(Readable {
                    items,
                    refused: None,
                })
            })?;
            let rest = rest.into_inner();
            let outcome = rest.changed(machine);
            let outcome = outcome.unwrap_or_else(|| rest.done(steps_of(&plans, machine)));
            Ok(Verdict {
                outcome: unless_unusable(outcome, &warnings, machine),
                have_it: &uuids(&plans) | &uuids(&rest.there()),
            })
        })
    }

    /// Returns what was changed, and what could not be done after it.
    fn change(
        &self,
        machine: &Machine,
        plan: impl Fn() -> Result<Readable<GpuPlan>, Box<dyn Error>>,
    ) -> Result<(Vec<GpuPlan>, Vec<String>), Box<dyn Error>> {
        let done = change::under_lock(machine, &self.machine, &self.consent, plan, |plans| {
            note(&text(plans, machine));
            Ok(())
        })?;
        let warnings = done.warnings().to_vec();
        Ok((done.plans, warnings))
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
                if error.is::<TemporaryLeft>() {
                    Recovered::Open(reason)
                } else if let Some(StillOpen(gpus)) = error.downcast_ref() {
                    let reason = machine.gpu_names().in_text(&still_open(gpus));
                    Recovered::Open(reason)
                } else if let Some(who) = waiting(&*error) {
                    self.while_locked(who)
                } else {
                    Recovered::Unknown(reason)
                }
            }
        }
    }

    /// Another process has the lock. Without a journal, nothing was left behind.
    fn while_locked(&self, who: String) -> Recovered {
        match lock::has_no_journal(self.consent.lock.lock_folder.as_deref()) {
            Ok(true) => Recovered::Waiting(who),
            Ok(false) => Recovered::Locked(who),
            Err(error) => {
                note(&format!("the journals can't be read: {}", chain(&error)));
                Recovered::Locked(who)
            }
        }
    }

    /// Looks for what an agent before this one left behind, and changes nothing.
    pub(super) fn inspect(&self) -> Recovered {
        match lock::interrupted(self.consent.lock.lock_folder.as_deref()) {
            Ok(gpus) if gpus.is_empty() => Recovered::Whole(None),
            Ok(gpus) => Recovered::Found(as_interrupted(&gpus)),
            Err(error) => match waiting(&*error) {
                Some(who) => self.while_locked(who),
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

    fn survey(
        &self,
        machine: &Machine,
        wanted: &Wanted,
        order: &Order,
    ) -> Result<Survey, Box<dyn Error>> {
        Survey::read(machine, &self.machine, wanted, &plan_options(), &order.had)
    }

    fn with(
        &self,
        order: &Order,
        work: impl FnOnce(&Machine, &Wanted) -> Result<Verdict, Box<dyn Error>>,
    ) -> Verdict {
        let request = &order.request;
        let file = match &request.file {
            Ok(file) => file,
            Err(reason) => return Outcome::failed(reason.clone(), false).into(),
        };
        // A wrong file is said to be so even if there is no driver yet.
        let wanted = match Wanted::of_text(&self.file, file.text(), &request.config) {
            Ok(wanted) => wanted,
            Err(error) => return Outcome::failed(chain(&*error), false).into(),
        };
        let machine = match self.machine.open() {
            Ok(machine) => machine,
            Err(error) => return Outcome::failed(chain(&*error), true).into(),
        };
        let verdict = work(&machine, &wanted);
        let mut verdict = verdict.unwrap_or_else(|error| of_error(&*error, &machine).into());
        if !order.had.is_empty() {
            verdict.outcome = verdict.outcome.may_pass();
        }
        verdict
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
        changes_mode: changes_mode(plans),
        plan: text(plans, machine),
    }
}

fn changes_mode(plans: &[GpuPlan]) -> bool {
    plans.iter().any(|plan| plan.mig_mode().is_some())
}

/// The steps that were carried out; `None` if there were none.
fn steps_of(plans: &[GpuPlan], machine: &Machine) -> Option<String> {
    let has_changed = plans.iter().any(|plan| !plan.changes_nothing());
    has_changed.then(|| text(plans, machine))
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
