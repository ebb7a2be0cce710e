//! Creates and destroys instances on an empty GPU, and checks it after each change.

use std::error::Error;
use std::ops::ControlFlow;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget, Rollback};
use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock};
use nvml_mig_boards::board_file::BoardFile;

use super::finding::{Findings, Source, list};
use super::{capture, instances, layouts};
use crate::arguments::LockArguments;
use crate::change::{lock, signals};
use crate::console::chain;
use crate::exit::{Exit, NotEmptied, Usage, code_of};
use crate::machine::{Machine, no_mig};

/// How often the GPU is emptied until that succeeds.
const ATTEMPTS: u32 = 3;
/// The error after a signal.
pub(super) const STOPPED: &str = "the check was stopped before its end";

/// A GPU on which instances are created and destroyed. Nothing is destroyed that was not created here.
pub(super) struct Trial<'a> {
    machine: &'a Machine,
    pub(super) device: &'a Device,
    lock: &'a LockArguments,
    pub(super) findings: Findings,
    /// The board, with the compute instance profiles inside all instances that there were.
    pub(super) capture: Option<BoardFile>,
    /// What is on the GPU, all of it from here.
    there: Vec<PlacedGpuInstance>,
    /// Whether that is certain: no change failed halfway, and nobody else changed the GPU.
    is_certain: bool,
}

impl<'a> Trial<'a> {
    pub(super) fn of(machine: &'a Machine, device: &'a Device, lock: &'a LockArguments) -> Self {
        Self {
            machine,
            device,
            lock,
            findings: Findings::default(),
            capture: None,
            there: Vec::new(),
            is_certain: true,
        }
    }

    /// Tries each profile at each placement, and each layout that fills the GPU. Returns what was done.
    ///
    /// # Errors
    ///
    /// [`Usage`] if there is anything on the GPU. Others if it can't be emptied again, or if somebody else changes it or wants
    /// this to stop.
    pub(super) fn try_layouts(&mut self) -> Result<String, Box<dyn Error>> {
        let mut lock = self.locked()?;
        self.check_empty(&lock)?;
        let tried = self.try_all(&mut lock);
        self.empty_again(&mut lock, tried)
    }

    fn try_all(&mut self, lock: &mut MachineLock) -> Result<String, Box<dyn Error>> {
        let model = Inventory::read(self.device)?.model()?;
        let single = layouts::of_one_instance(&model);
        let full = layouts::that_fill_the_gpu(&model);
        for layout in single.iter().chain(&full) {
            self.try_layout(lock, layout)?;
        }
        Ok(format!(
            "changed: {} instances one by one, then {} layouts that fill the GPU",
            single.len(),
            full.len()
        ))
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
        if self.there.is_empty() && !lock.give_up(&self.device.uuid()?)? {
            // What stands there is of others, and stays.
            return tried.and(Err(error));
        }
        let index = self.device.index()?;
        let first = match &tried {
            Ok(_) => String::new(),
            Err(first) => format!("{}; then ", chain(&**first)),
        };
        let (left, error) = (self.leave(lock)?, chain(&*error));
        Err(NotEmptied(format!(
            "{first}GPU {index} could not be emptied: {error}; {left}"
        ))
        .into())
    }

    /// Says what is left on the GPU. Nothing that the check had made is to come back, so no journal of it stays.
    fn leave(&self, lock: &mut MachineLock) -> Result<String, Box<dyn Error>> {
        lock.give_up(&self.device.uuid()?)?;
        let inventory = Inventory::read(self.device)?;
        let live = inventory.gpu_instances()?.iter();
        let found: Vec<PlacedGpuInstance> = live.map(LiveGpuInstance::placed).collect();
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
        let (index, uuid) = (self.device.index()?, self.device.uuid()?);
        let inventory = Inventory::read(self.device)?;
        if inventory.mig_modes().is_none() {
            return Err(no_mig(&format!("GPU {index}")).into());
        }
        let why = if !inventory.is_mig_enabled() {
            "has MIG mode off: turn it on with `nvml-mig mode enable`"
        } else if lock.interrupted_gpus()?.contains(&uuid) {
            "is as an interrupted change left it: roll that back with `nvml-mig apply` first"
        } else if !inventory.gpu_instances()?.is_empty() {
            "has instances"
        } else if !self.device.processes()?.is_empty() {
            "is used by processes"
        } else {
            return Ok(());
        };
        Err(Usage(format!(
            "--change needs an empty GPU, and GPU {index} {why}"
        ))
        .into())
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
        self.findings.compare(Source::Rule, same, &"done", &found);
        if applied.is_err() {
            return Ok(());
        }
        let inventory = Inventory::read(self.device)?;
        instances::check(&mut self.findings, self.machine.nvml(), &inventory);
        let read = capture::read(self.machine.nvml(), &inventory);
        if let Some(read) = self.findings.read(&text, read) {
            self.add(&text, read);
        }
        Ok(())
    }

    /// What else is read of the board must not change.
    fn add(&mut self, about: &str, read: BoardFile) {
        let Some(capture) = &mut self.capture else {
            self.capture = Some(read);
            return;
        };
        let found = match capture.add(&read) {
            Ok(()) => "as before".to_owned(),
            Err(figure) => format!("different: {figure}"),
        };
        let same = (about, "board");
        self.findings
            .compare(Source::Rule, same, &"as before", &found);
    }

    /// Changes what is from here to a layout.
    fn apply(&mut self, lock: &mut MachineLock, layout: &Layout) -> Result<(), Box<dyn Error>> {
        signals::catch()?;
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
            self.is_certain = false;
            return Err(self.changed_by_others()?.into());
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

    fn changed_by_others(&self) -> Result<String, nvml_mig::Error> {
        let index = self.device.index()?;
        Ok(format!(
            "another program changed GPU {index}, so it was left as it is"
        ))
    }

    fn plan(&self, layout: &Layout) -> Result<GpuPlan, Box<dyn Error>> {
        let target = GpuTarget::Layout(layout.clone());
        let plan = GpuPlan::from_device(self.device, target, GpuPlanOptions::default());
        Ok(plan?)
    }

    /// Looks at what an interrupted creation left: the layout, or nothing. Returns whether it is the layout.
    ///
    /// # Errors
    ///
    /// If it is something else, which then stays.
    pub(super) fn look(
        &mut self,
        lock: &mut MachineLock,
        layout: &Layout,
    ) -> Result<bool, Box<dyn Error>> {
        lock.recover(self.machine.nvml(), |_| {})?;
        let plan = self.plan(layout)?;
        if lock
            .interrupted_gpus()?
            .iter()
            .any(|uuid| uuid == plan.uuid())
        {
            self.is_certain = false;
            let (others, left) = (self.changed_by_others()?, self.leave(lock)?);
            return Err(NotEmptied(format!("{others}; {left}")).into());
        }
        let is_all = plan.changes_nothing();
        if is_all {
            self.there = plan.after();
        }
        Ok(is_all)
    }

    /// Takes the lock of the GPU.
    ///
    /// # Errors
    ///
    /// Those of the lock.
    pub(super) fn locked(&self) -> Result<MachineLock, Box<dyn Error>> {
        lock::take(self.machine, self.lock, Some(vec![self.device.uuid()?]))
    }
}
