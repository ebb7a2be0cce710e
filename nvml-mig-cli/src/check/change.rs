//! Creates and destroys instances on an empty GPU, and checks it after each change.

use std::error::Error;
use std::ops::ControlFlow;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget, Rollback};
use nvml_mig::inventory::Inventory;
use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock};
use nvml_mig_boards::board_file::BoardFile;

use super::finding::{Source, list};
use super::gpu::{CheckedGpu, placed};
use super::{capture, instances, layouts};
use crate::change::signals;
use crate::console::chain;
use crate::exit::{Exit, NotEmptied, Usage, code_of};
use crate::machine::{Machine, no_mig};

/// How often the GPU is emptied until that succeeds.
const ATTEMPTS: u32 = 3;
/// The error after a signal.
pub(super) const STOPPED: &str = "the check was stopped before its end";

/// A GPU on which instances are created and destroyed. Nothing is destroyed that was not created here.
pub(super) struct Trial<'a> {
    pub(super) machine: &'a Machine,
    pub(super) gpu: &'a mut CheckedGpu,
    /// Read before: a GPU that gets lost does not tell it any more.
    pub(super) uuid: String,
    /// What is on the GPU, all of it from here.
    pub(super) there: Vec<PlacedGpuInstance>,
    /// Whether that is certain: no change failed halfway, and nobody else changed the GPU.
    pub(super) is_certain: bool,
}

impl<'a> Trial<'a> {
    pub(super) const fn of(machine: &'a Machine, gpu: &'a mut CheckedGpu, uuid: String) -> Self {
        Self {
            machine,
            gpu,
            uuid,
            there: Vec::new(),
            is_certain: true,
        }
    }

    pub(super) const fn device(&self) -> &Device {
        &self.gpu.device
    }

    /// Tries each profile at each placement, and each layout that fills the GPU.
    ///
    /// # Errors
    ///
    /// [`Usage`] if there is anything on the GPU. Others if it can't be emptied again, or if somebody else changes it or wants
    /// this to stop.
    pub(super) fn try_layouts(&mut self, lock: &mut MachineLock) -> Result<(), Box<dyn Error>> {
        self.check_empty(lock)?;
        let tried = self.try_all(lock);
        self.empty_again(lock, tried)
    }

    fn try_all(&mut self, lock: &mut MachineLock) -> Result<(), Box<dyn Error>> {
        let model = Inventory::read(self.device())?.model()?;
        let single = layouts::of_one_instance(&model);
        let full = layouts::that_fill_the_gpu(&model);
        let mut layouts = single.iter().chain(&full).zip(1..);
        let mut tried = 0;
        let ended = layouts.try_for_each(|(layout, number)| {
            tried = number;
            self.try_layout(lock, layout)
        });
        let of = (single.len(), full.len());
        let (ones, fulls) = (tried.min(of.0), tried.saturating_sub(of.0));
        self.gpu.changes.push(format!(
            "changed: {ones} of {} instances one by one, then {fulls} of {} layouts that fill the GPU",
            of.0, of.1
        ));
        ended
    }

    /// Empties the GPU, whatever came of a trial, which is returned.
    ///
    /// # Errors
    ///
    /// That of the trial, or if the GPU can't be emptied, with what is left.
    pub(super) fn empty_again<T>(
        &mut self,
        lock: &mut MachineLock,
        tried: Result<T, Box<dyn Error>>,
    ) -> Result<T, Box<dyn Error>> {
        // A driver may refuse once what it does the next time.
        let emptied = (0..ATTEMPTS).fold(None, |emptied, _| match emptied {
            Some(Ok(())) => emptied,
            _ => Some(self.empty(lock)),
        });
        let Some(Err(error)) = emptied else {
            return tried;
        };
        if self.there.is_empty() && !lock.give_up(&self.uuid)? {
            // What stands there is of others, and stays.
            return tried.and(Err(error));
        }
        let first = match &tried {
            Ok(_) => String::new(),
            Err(first) => format!("{}; then ", chain(&**first)),
        };
        let (left, error) = (self.leave(lock)?, chain(&*error));
        Err(NotEmptied(format!(
            "{first}GPU {} could not be emptied: {error}; {left}",
            self.gpu.index
        ))
        .into())
    }

    /// Says what is left on the GPU. Nothing that the check had made is to come back, so no journal of it stays.
    pub(super) fn leave(&self, lock: &mut MachineLock) -> Result<String, Box<dyn Error>> {
        lock.give_up(&self.uuid)?;
        let Ok(found) = placed(self.device()) else {
            return Ok("what is left on it can't be read".to_owned());
        };
        let left = list(&found);
        Ok(if found.is_empty() {
            "nothing is left on it".to_owned()
        } else if self.is_certain && PlacedGpuInstance::are_same(&found, &self.there) {
            format!("of the check, it still has {left}: destroy that with `nvml-mig destroy`")
        } else {
            format!(
                "it has {left}, and what of that the check or another program made is not known: look whose it is before you \
                 destroy it"
            )
        })
    }

    /// Refuses a GPU with anything on it, also if an interrupted change will put it there again.
    fn check_empty(&self, lock: &MachineLock) -> Result<(), Box<dyn Error>> {
        if let Some(refusal) = why_no_change(self.device())? {
            return Err(refusal.into());
        }
        let why = if lock.interrupted_gpus()?.contains(&self.uuid) {
            "is as an interrupted change left it: roll that back with `nvml-mig apply` first"
        } else if !placed(self.device())?.is_empty() {
            "has instances"
        } else if !self.device().processes()?.is_empty() {
            "is used by processes"
        } else {
            return Ok(());
        };
        Err(not_empty(self.device(), why)?.into())
    }

    /// Applies a layout, and checks what is there.
    fn try_layout(
        &mut self,
        lock: &mut MachineLock,
        layout: &Layout,
    ) -> Result<(), Box<dyn Error>> {
        let text = layout.to_string();
        let applied = self.apply(lock, layout);
        if signals::has_stopped() {
            return Err(STOPPED.into());
        }
        let applied = match applied {
            // Somebody uses an instance of the check, or changes the GPU: nothing more is created.
            Err(error) if code_of(&*error) == Exit::InUse || !self.is_certain => return Err(error),
            applied => applied,
        };
        let found = match &applied {
            Ok(()) => "done".to_owned(),
            Err(error) => chain(&**error),
        };
        let same = (text.as_str(), "change");
        self.gpu
            .findings
            .compare(Source::Rule, same, &"done", &found);
        if applied.is_err() {
            return Ok(());
        }
        let inventory = Inventory::read(self.device())?;
        instances::check(&mut self.gpu.findings, self.machine.nvml(), &inventory);
        let read = capture::read(self.machine.nvml(), &inventory);
        if let Some(read) = self.gpu.findings.read(&text, read) {
            self.add(&text, &read);
        }
        Ok(())
    }

    /// What else is read of the board must not change.
    fn add(&mut self, about: &str, read: &BoardFile) {
        let found = match self.gpu.capture.add(read) {
            Ok(()) => "as before".to_owned(),
            Err(figure) => format!("different: {figure}"),
        };
        let same = (about, "board");
        self.gpu
            .findings
            .compare(Source::Rule, same, &"as before", &found);
    }

    /// Changes what is from here to a layout.
    fn apply(&mut self, lock: &mut MachineLock, layout: &Layout) -> Result<(), Box<dyn Error>> {
        self.carry_out(lock, layout, signals::go_on)
    }

    /// Destroys what is from here. What a change has left halfway is rolled back first.
    fn empty(&mut self, lock: &mut MachineLock) -> Result<(), Box<dyn Error>> {
        lock.recover(self.machine.nvml(), |_| {})?;
        self.carry_out(lock, &Layout::new(), || ControlFlow::Continue(()))
    }

    fn carry_out(
        &mut self,
        lock: &mut MachineLock,
        layout: &Layout,
        go_on: impl Fn() -> ControlFlow<()>,
    ) -> Result<(), Box<dyn Error>> {
        let plan = self.plan(layout)?;
        // Programs that do not know the lock may have changed the GPU. What came later than the plan stops the change itself.
        if !PlacedGpuInstance::are_same(&plan.before(), &self.there) {
            let error = self.not_as_left();
            self.is_certain = false;
            return Err(error.into());
        }
        let after = plan.after();
        let applied = lock.apply(&[plan], |_| go_on());
        let rollback = applied
            .as_ref()
            .err()
            .and_then(|error| error.rollback.as_ref());
        self.is_certain &= rollback.is_none_or(Rollback::is_complete);
        applied?;
        self.is_certain = true;
        self.there = after;
        Ok(())
    }

    /// Nobody is blamed for what a failed change of the check may have left.
    fn not_as_left(&self) -> String {
        let or = if self.is_certain {
            ""
        } else {
            "a change of the check was not undone, or "
        };
        let index = self.gpu.index;
        format!("{or}another program changed GPU {index}, so it was left as it is")
    }

    pub(super) fn plan(&self, layout: &Layout) -> Result<GpuPlan, Box<dyn Error>> {
        let target = GpuTarget::Layout(layout.clone());
        let plan = GpuPlan::from_device(self.device(), target, GpuPlanOptions::default());
        Ok(plan?)
    }
}

/// Returns why a GPU can't be changed, whatever is on it: it has no MIG, or MIG mode is off.
///
/// # Errors
///
/// Those of NVML.
pub(super) fn why_no_change(device: &Device) -> Result<Option<Usage>, nvml_mig::Error> {
    let inventory = Inventory::read(device)?;
    if inventory.mig_modes().is_none() {
        return Ok(Some(no_mig(&format!("GPU {}", device.index()?))));
    }
    if inventory.is_mig_enabled() {
        return Ok(None);
    }
    let why = "has MIG mode off: turn it on with `nvml-mig mode enable`";
    not_empty(device, why).map(Some)
}

fn not_empty(device: &Device, why: &str) -> Result<Usage, nvml_mig::Error> {
    let index = device.index()?;
    Ok(Usage(format!(
        "--change needs an empty GPU, and GPU {index} {why}"
    )))
}
