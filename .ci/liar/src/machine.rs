//! The machine that is lied about, and what it honestly has.

use anyhow::{Result, ensure};
use nvml_mig::device::MigModes;
use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::{Device, Nvml};
use nvml_mig_sim::{GpuSpec, Process, Simulator, Vgpu, VgpuPlacements, VgpuRun, Virtualization};

use crate::witness::Identity;

/// The GPU with the instances, that of a vGPU host, and one with MIG mode off.
pub(crate) const MIG: u32 = 0;
pub(crate) const HOST: u32 = 1;
pub(crate) const MIG_OFF: u32 = 2;

/// A machine with a busy and an idle GPU instance, and the honest way to it.
pub(crate) struct Machine {
    pub(crate) simulator: Simulator,
    honest: Vec<Device>,
    pub(crate) busy: Identity,
    pub(crate) idle: Identity,
}

/// What a GPU honestly has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) gpu: usize,
    pub(crate) modes: Option<MigModes>,
    pub(crate) instances: Vec<Instance>,
}

/// A GPU instance, and the ids of its compute instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) id: u32,
    pub(crate) placed: PlacedGpuInstance,
    pub(crate) inside: Vec<u32>,
}

impl Machine {
    /// Starts it with this many further GPUs, which are idle.
    pub(crate) fn start(more: usize) -> Result<Self> {
        // The newest driver without nvmlEventSetWait_v3, so that a lie about version 2 is heard.
        let builder = Simulator::builder().driver_version("610.10");
        let host = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
        let mut builder = builder
            .gpu(GpuSpec::new("h100-sxm5-80gb"))
            .gpu(host)
            .gpu(GpuSpec::new("a30").mig(false));
        for _ in 0..more {
            builder = builder.gpu(GpuSpec::new("a30"));
        }
        let simulator = builder.start()?;
        let nvml = Nvml::init_from(simulator.library_path())?;
        let honest = nvml.devices()?;
        let gpu = &honest[MIG as usize];
        let profile = gpu.gpu_instance_profile_by_name("3g.40gb")?.id;
        let (busy, idle) = (partition(gpu, profile)?, partition(gpu, profile)?);
        let process = Process::new(MIG, 4242).gpu_instance(busy.gpu_instance);
        simulator.busy(process.compute_instance(0))?;
        share(&simulator, &honest[HOST as usize])?;
        Ok(Self {
            simulator,
            honest,
            busy,
            idle,
        })
    }

    /// What the GPUs honestly have, but for the further ones.
    pub(crate) fn readings(&self) -> Result<Vec<Reading>> {
        self.honest.iter().take(3).map(Reading::of).collect()
    }
}

impl Reading {
    fn of(gpu: &Device) -> Result<Self> {
        let inventory = Inventory::read(gpu)?;
        Ok(Self {
            gpu: gpu.as_raw().addr(),
            modes: inventory.mig_modes(),
            instances: inventory.gpu_instances()?.iter().map(instance).collect(),
        })
    }

    /// The GPU instance with this id.
    pub(crate) fn instance(&self, id: u32) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id)
    }

    pub(crate) fn placed(&self) -> Vec<PlacedGpuInstance> {
        let placed = self.instances.iter().map(|instance| &instance.placed);
        placed.cloned().collect()
    }

    /// The names of the profiles, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.instances.iter();
        let mut names: Vec<_> = names.map(|it| it.placed.name.to_string()).collect();
        names.sort();
        names
    }

    /// Whether it has the instance.
    pub(crate) fn has(&self, instance: Identity) -> bool {
        let found = self.instance(instance.gpu_instance);
        instance.gpu == self.gpu
            && found.is_some_and(|found| {
                let inside = instance.compute_instance;
                inside.is_none_or(|inside| found.inside.contains(&inside))
            })
    }

    /// The GPU instances that it has and the other has not.
    pub(crate) fn since(&self, earlier: &Self) -> Vec<Identity> {
        let new = self.instances.iter();
        let new = new.filter(|it| earlier.instance(it.id).is_none());
        new.map(|it| self.identity(it.id)).collect()
    }

    pub(crate) const fn identity(&self, gpu_instance: u32) -> Identity {
        Identity {
            gpu: self.gpu,
            gpu_instance,
            compute_instance: None,
        }
    }
}

fn instance(live: &LiveGpuInstance) -> Instance {
    let inside = live.compute_instances.iter();
    let mut inside: Vec<u32> = inside.map(|inside| inside.id().number()).collect();
    inside.sort_unstable();
    Instance {
        id: live.gpu_instance.id().number(),
        placed: live.placed(),
        inside,
    }
}

/// A GPU instance with a compute instance.
fn partition(gpu: &Device, profile: nvml_mig::profile::GpuInstanceProfileId) -> Result<Identity> {
    let mig_device = gpu.create_mig_device(profile)?;
    ensure!(
        mig_device.compute_instance_id()?.number() == 0,
        "the process is to be on the first"
    );
    Ok(Identity {
        gpu: gpu.as_raw().addr(),
        gpu_instance: mig_device.gpu_instance_id()?.number(),
        compute_instance: None,
    })
}

/// A GPU instance with a vGPU, placements for more, and a log.
fn share(simulator: &Simulator, device: &Device) -> Result<()> {
    let profile = device.gpu_instance_profile_by_name("1g.24gb+gfx")?.id;
    let gpu_instance = device.create_gpu_instance(profile)?;
    gpu_instance.set_vgpu_heterogeneous_mode(true)?;
    let id = gpu_instance.id().number();
    simulator.start_vgpu(Vgpu::new(HOST, 1546, 7).gpu_instance(id))?;
    for vgpu_type in [1546, 1558, 1560] {
        let placements = VgpuPlacements {
            vgpu_type,
            size: 2,
            ids: vec![2, 4],
        };
        simulator.set_vgpu_placements(HOST, id, placements)?;
    }
    simulator.log_vgpu_run(HOST, id, 1, VgpuRun::default())?;
    Ok(())
}
