//! How often NVML is asked for a task, and how long the task takes, on simulated GPUs.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::inventory::Inventory;
use nvml_mig::preflight::Preflight;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::snapshot::Snapshot;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

/// The board of all tasks, with room for seven MIG devices.
const BOARD: &str = "a100-sxm4-40gb";
const FULL: &str = "7*1g.5gb";
/// 7g.40gb on that board (`nvidia-smi mig -lgip`).
const WHOLE_GPU: GpuInstanceProfileId = GpuInstanceProfileId::new(0);

/// What a task costs.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub questions: usize,
    pub time: Duration,
}

/// Tasks in the order in which one does them.
pub type Questions = Vec<(&'static str, Asked)>;

/// A simulated machine that counts.
struct Machine {
    simulator: Simulator,
    nvml: Nvml,
    devices: Vec<Device>,
    folder: tempfile::TempDir,
}

impl Machine {
    fn of(gpus: usize) -> Result<Self> {
        let mut builder = Simulator::builder();
        for _ in 0..gpus {
            builder = builder.gpu(GpuSpec::new(BOARD));
        }
        let simulator = builder.start()?;
        let nvml = Nvml::init_from(simulator.library_path())?;
        Ok(Self {
            devices: nvml.devices()?,
            nvml,
            simulator,
            folder: tempfile::tempdir()?,
        })
    }

    /// Seven MIG devices on every GPU, made by a library that is closed again, so that nothing is known.
    fn full(gpus: usize) -> Result<Self> {
        let mut machine = Self::of(gpus)?;
        machine.apply(&machine.plan(FULL)?)?;
        machine.nvml = Nvml::init_from(machine.simulator.library_path())?;
        machine.devices = machine.nvml.devices()?;
        Ok(machine)
    }

    fn plan(&self, layout: &str) -> Result<Vec<GpuPlan>> {
        let target: GpuTarget = layout.parse::<Layout>()?.into();
        let plan = |device| GpuPlan::from_device(device, &target, GpuPlanOptions::default());
        Ok(self.devices.iter().map(plan).collect::<Result<_, _>>()?)
    }

    fn apply(&self, plans: &[GpuPlan]) -> Result<()> {
        let mut lock = MachineLock::take_in(self.folder.path())?;
        lock.apply(plans, |_| ControlFlow::Continue(()))?;
        Ok(())
    }

    fn ask<T>(&self, task: impl FnOnce(&Self) -> Result<T>) -> Result<(Asked, T)> {
        self.simulator.log_calls(true)?;
        let began = Instant::now();
        let outcome = task(self)?;
        let time = began.elapsed();
        let questions = self.simulator.calls()?.len();
        self.simulator.log_calls(false)?;
        Ok((Asked { questions, time }, outcome))
    }

    /// All that `nvml-mig list` shows.
    fn list(&self) -> Result<()> {
        self.nvml.driver_version()?;
        self.nvml.nvml_version()?;
        for device in &self.devices {
            let inventory = Inventory::read(device)?;
            let known = (inventory.index()?, inventory.name()?, inventory.uuid()?);
            ensure!(known.1.starts_with("NVIDIA"), "{known:?}");
            inventory.pci_info()?;
            for profile in inventory.profiles()? {
                inventory.possible_placements(profile.id)?;
                device.gpu_instance_remaining_capacity(profile.id)?;
            }
            ensure!(inventory.partition()?.len() == 7, "seven GPU instances");
            ensure!(inventory.mig_devices()?.len() == 7, "seven MIG devices");
        }
        Ok(())
    }
}

/// Every task.
pub fn all() -> Result<Questions> {
    let mut questions = Questions::new();
    one_gpu(&mut questions)?;
    eight_gpus(&mut questions)?;
    Ok(questions)
}

fn one_gpu(questions: &mut Questions) -> Result<()> {
    let machine = Machine::full(1)?;
    questions.push(("list one full A100", machine.ask(Machine::list)?.0));
    questions.push(("list it again", machine.ask(Machine::list)?.0));
    let (mut refused, error) = machine.ask(|machine| {
        let created = machine
            .devices
            .first()
            .map(|device| device.create_gpu_instance(WHOLE_GPU));
        Ok(created.and_then(Result::err))
    })?;
    ensure!(error.is_some(), "a full GPU took another GPU instance");
    // The profiles are cached, as for any caller that looked a profile up by name.
    refused.questions -= 1;
    questions.push(("a creation that is refused, besides the call", refused));
    // A process that planned and applied before, as a scheduler has.
    let machine = Machine::of(1)?;
    machine.apply(&machine.plan(FULL)?)?;
    let (asked, plans) = machine.ask(|machine| machine.plan("3g.20gb, 4g.20gb"))?;
    questions.push(("plan a full change of a GPU", asked));
    let (asked, ()) = machine.ask(|machine| machine.apply(&plans))?;
    questions.push(("apply it", asked));
    Ok(())
}

fn eight_gpus(questions: &mut Questions) -> Result<()> {
    let machine = Machine::full(8)?;
    let eight = [
        ("list eight full A100s", machine.ask(Machine::list)?.0),
        ("list the eight again", machine.ask(Machine::list)?.0),
        (
            "take a snapshot of the eight",
            machine
                .ask(|machine| Ok(Snapshot::read(&machine.devices)?))?
                .0,
        ),
        (
            "preflight the eight",
            machine
                .ask(|machine| {
                    let files = nvml_mig::node::DriverFiles::new();
                    Ok::<Preflight, _>(machine.nvml.preflight(&files))
                })?
                .0,
        ),
    ];
    questions.extend(eight);
    let (asked, plans) = machine.ask(|machine| machine.plan("3g.20gb, 4g.20gb"))?;
    questions.push(("plan a full change of the eight", asked));
    let (asked, ()) = machine.ask(|machine| machine.apply(&plans))?;
    questions.push(("apply it to the eight", asked));
    Ok(())
}
