//! The machines on which the operations are tried.

use anyhow::{Context, Result};
use nvml_mig::instance::vgpu::VgpuSchedulerEngine;
use nvml_mig::plan::{GpuModel, PlanOptions};
use nvml_mig::{ComputeInstance, Device, GpuInstance, Layout, MigDevice, MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Process, Simulator, Vgpu, Virtualization};

use crate::operations::vgpus::{RUNS, TYPE};

/// A machine with one GPU, on which two GPU instances stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MachineKind {
    pub(crate) board: &'static str,
    pub(crate) driver: &'static str,
    /// The first has two compute instances, and a process runs on the second.
    layout: &'static str,
    /// What a change makes of it: the first GPU instance goes, the second stays.
    pub(crate) target: &'static str,
    /// The profile of the second, of which one more fits.
    pub(crate) small: &'static str,
    /// Whether it is a vGPU host, with a vGPU on the second.
    pub(crate) has_vgpus: bool,
}

/// The page is about the first, and about the last for vGPUs. On the others, which lack functions of it, the same rules must hold.
pub(crate) const MACHINES: [MachineKind; 5] = [
    MachineKind {
        board: "h100-sxm5-80gb",
        driver: "580.95.05",
        layout: "3g.40gb(1c, 1c), 1g.10gb",
        target: "2g.20gb, 1g.10gb, 1g.10gb",
        small: "1g.10gb",
        has_vgpus: false,
    },
    MachineKind {
        board: "a100-sxm4-40gb",
        driver: "535.261.03",
        layout: "3g.20gb(1c, 1c), 1g.5gb",
        target: "2g.10gb, 1g.5gb, 1g.5gb",
        small: "1g.5gb",
        has_vgpus: false,
    },
    MachineKind {
        board: "a30",
        driver: "470.256.02",
        layout: "2g.12gb(1c, 1c), 1g.6gb",
        target: "1g.6gb:1, 1g.6gb:2, 1g.6gb:3",
        small: "1g.6gb",
        has_vgpus: false,
    },
    MachineKind {
        board: "a30",
        driver: "450.248.02",
        layout: "2g.12gb(1c, 1c), 1g.6gb",
        target: "1g.6gb, 1g.6gb, 1g.6gb",
        small: "1g.6gb",
        has_vgpus: false,
    },
    MachineKind {
        board: "rtx-pro-6000-bse",
        driver: "595.45.04",
        layout: "2g.48gb(1c, 1c), 1g.24gb+gfx",
        target: "1g.24gb+gfx, 1g.24gb",
        small: "1g.24gb+gfx",
        has_vgpus: true,
    },
];

/// Such a machine.
pub(crate) struct Machine {
    pub(crate) kind: MachineKind,
    pub(crate) simulator: Simulator,
    /// Tells the truth, and sets the machine up.
    honest: Device,
}

/// What is on the GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// The MIG mode, and all instances by profile and placement.
    pub(crate) there: Vec<String>,
    /// The ids of the instances.
    ids: Vec<String>,
}

/// What an operation is tried with, opened anew for each trial so that nothing is remembered.
pub(crate) struct Scene {
    pub(crate) kind: MachineKind,
    pub(crate) mig_device: MigDevice,
    pub(crate) compute_instance: ComputeInstance,
    pub(crate) gpu_instance: GpuInstance,
    pub(crate) small_gpu_instance: GpuInstance,
    pub(crate) device: Device,
    pub(crate) nvml: Nvml,
}

impl Machine {
    pub(crate) fn start(kind: MachineKind) -> Result<Self> {
        let builder = Simulator::builder().driver_version(kind.driver);
        let gpu = GpuSpec::new(kind.board);
        let gpu = match kind.has_vgpus {
            true => gpu.virtualization(Virtualization::VgpuHost),
            false => gpu,
        };
        let simulator = builder.gpu(gpu).start()?;
        let honest = Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
        let machine = Self {
            kind,
            simulator,
            honest,
        };
        machine.begin()?;
        Ok(machine)
    }

    /// Puts everything where it is at the beginning.
    pub(crate) fn begin(&self) -> Result<()> {
        let modes = self.honest.mig_mode()?;
        if modes.current() != modes.pending() {
            self.simulator.idle(Default::default())?;
            self.simulator.reboot(false)?;
        }
        if self.honest.mig_mode()?.current() == MigMode::Disabled {
            let _changed = self.honest.set_mig_mode(MigMode::Enabled)?;
        }
        self.clear()?;
        self.create_all()?;
        let [_, busy] = self.gpu_instances()?;
        if self.kind.has_vgpus {
            let vgpu = Vgpu::new(0, TYPE.number(), RUNS.number());
            let vgpu = vgpu.gpu_instance(busy.id().number());
            return Ok(self.simulator.start_vgpu(vgpu)?);
        }
        let process = Process::new(0, 4242).gpu_instance(busy.id().number());
        self.simulator.busy(process.compute_instance(0))?;
        Ok(())
    }

    /// Destroys everything, so that MIG mode can be disabled.
    pub(crate) fn clear(&self) -> Result<()> {
        if self.kind.has_vgpus {
            let _was_there = self.simulator.stop_vgpu(RUNS.number());
        }
        self.simulator.idle(Default::default())?;
        for gpu_instance in self.honest.gpu_instances()? {
            gpu_instance.destroy_with_compute_instances()?;
        }
        Ok(())
    }

    fn create_all(&self) -> Result<()> {
        let model = GpuModel::read(&self.honest)?;
        let layout: Layout = self.kind.layout.parse()?;
        let plan = model.plan(&[], &layout, PlanOptions::new())?;
        for planned in &plan.gpu_instances {
            let created = self.honest.create_gpu_instance(planned.profile)?;
            for inside in &planned.compute_instances {
                let _created = created.create_compute_instance(inside.profile)?;
            }
        }
        Ok(())
    }

    /// The two, the larger one first.
    fn gpu_instances(&self) -> Result<[GpuInstance; 2]> {
        two(&self.honest)
    }

    /// Reads the MIG mode and all instances.
    pub(crate) fn state(&self) -> Result<State> {
        let modes = self.honest.mig_mode()?;
        let mut there = vec![format!(
            "MIG mode {}, pending {}",
            modes.current(),
            modes.pending()
        )];
        let mut ids = Vec::new();
        if modes.current() == MigMode::Enabled {
            for gpu_instance in self.honest.gpu_instances()? {
                let outer = format!(
                    "{} at {}",
                    gpu_instance.profile_id(),
                    gpu_instance.placement()
                );
                ids.push(format!("{outer}: {}", gpu_instance.id()));
                for inside in gpu_instance.compute_instances()? {
                    let inner =
                        format!("{outer}: {} at {}", inside.profile_id(), inside.placement());
                    ids.push(format!("{inner}: {}", inside.id()));
                    there.push(inner);
                }
                if self.kind.has_vgpus {
                    let state = gpu_instance.vgpu_scheduler_state(VgpuSchedulerEngine::Graphics);
                    let mode = gpu_instance.vgpu_heterogeneous_mode();
                    there.push(format!("{outer}: {state:?}, {mode:?}"));
                }
                there.push(outer);
            }
        }
        there.sort_unstable();
        ids.sort_unstable();
        Ok(State { there, ids })
    }

    pub(crate) fn scene(&self) -> Result<Scene> {
        let nvml = Nvml::init_from(self.simulator.library_path())?;
        let device = nvml.device_by_index(0)?;
        let [gpu_instance, small_gpu_instance] = two(&device)?;
        let compute_instances = gpu_instance.compute_instances()?.into_iter();
        let compute_instance = compute_instances.last().context("it has two")?;
        Ok(Scene {
            kind: self.kind,
            mig_device: compute_instance.mig_device()?,
            compute_instance,
            gpu_instance,
            small_gpu_instance,
            device,
            nvml,
        })
    }
}

fn two(device: &Device) -> Result<[GpuInstance; 2]> {
    let mut found = device.gpu_instances()?;
    found.sort_by_key(|one| std::cmp::Reverse(one.placement().size));
    let found: Result<[GpuInstance; 2], _> = found.try_into();
    found.ok().context("two GPU instances")
}
