//! Creates and destroys instances on an empty GPU, and checks it after each change.

use std::error::Error;
use std::ops::ControlFlow;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::inventory::Inventory;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock};
use nvml_mig_boards::board_file::BoardFile;

use super::finding::{Findings, Source};
use super::{capture, instances, layouts};
use crate::arguments::LockArguments;
use crate::change::{lock, signals};
use crate::console::chain;
use crate::exit::Usage;
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
    there: Layout,
}

impl<'a> Trial<'a> {
    pub(super) fn of(machine: &'a Machine, device: &'a Device, lock: &'a LockArguments) -> Self {
        Self {
            machine,
            device,
            lock,
            findings: Findings::default(),
            capture: None,
            there: Layout::new(),
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
        let index = self.device.index()?;
        let (left, error) = (&self.there, chain(&*error));
        let sentence = match &tried {
            Ok(_) => format!("GPU {index} could not be emptied, and has {left}: {error}"),
            Err(first) => {
                let first = chain(&**first);
                format!("{first}; then GPU {index} could not be emptied, and has {left}: {error}")
            }
        };
        Err(sentence.into())
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
        self.check_unchanged()?;
        signals::catch()?;
        lock.apply(&[self.plan(layout)?], |_| {
            if signals::has_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        self.there = layout.clone();
        Ok(())
    }

    /// Destroys what is from here.
    ///
    /// # Errors
    ///
    /// What prevents it.
    fn empty(&mut self, lock: &mut MachineLock) -> Result<(), Box<dyn Error>> {
        self.check_unchanged()?;
        let none = Layout::new();
        lock.apply(&[self.plan(&none)?], |_| ControlFlow::Continue(()))?;
        self.there = none;
        Ok(())
    }

    /// Programs that do not know the lock may have changed the GPU.
    fn check_unchanged(&self) -> Result<(), Box<dyn Error>> {
        if self.plan(&self.there)?.changes_nothing() {
            return Ok(());
        }
        let index = self.device.index()?;
        Err(
            format!("another program changed GPU {index} during the check: it was left as it is")
                .into(),
        )
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
        let is_all = self.plan(layout)?.changes_nothing();
        if is_all {
            self.there = layout.clone();
        }
        self.check_unchanged()?;
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
