//! Each error that a method's docs name, on an Ampere, a Hopper and a Blackwell GPU. What the sentences say is in
//! errors.rs; here it is the code and the cause.

mod gone;
mod lacking;
mod lost;
mod mig_mode;
mod privilege;

use crate::support::machine::Machine;
use nvml_mig::error::Cause;
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstancePlacement};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};
use nvml_mig::{ComputeInstance, Error, GpuInstance, MigDevice, ReturnCode};
use nvml_mig_sim::Caller;

/// A GPU with the largest GPU instance, and a compute instance of one slice in it.
struct Scene {
    machine: Machine,
    profile: GpuInstanceProfileId,
    part: ComputeInstanceProfileId,
    gpu_instance: GpuInstance,
    compute_instance: ComputeInstance,
    mig_device: MigDevice,
}

impl Scene {
    /// Every board has id 0 for the whole GPU, and in it id 0 for one compute slice (NVIDIA's tables).
    fn on(board: &str) -> Self {
        let machine = Machine::with(board);
        let profile = GpuInstanceProfileId::new(0);
        let part = ComputeInstanceProfileId::new(0);
        let gpu_instance = machine.device.create_gpu_instance(profile).unwrap();
        let compute_instance = gpu_instance.create_compute_instance(part).unwrap();
        let mig_device = compute_instance.mig_device().unwrap();
        Self {
            machine,
            profile,
            part,
            gpu_instance,
            compute_instance,
            mig_device,
        }
    }

    fn gpu_placement(&self) -> GpuInstancePlacement {
        self.gpu_instance.placement()
    }

    fn part_placement(&self) -> ComputeInstancePlacement {
        self.compute_instance.placement()
    }

    /// Another handle to the GPU instance.
    fn same_gpu_instance(&self) -> GpuInstance {
        let id = self.gpu_instance.id();
        self.machine.device.gpu_instance_by_id(id).unwrap()
    }

    /// Another handle to the compute instance.
    fn same_compute_instance(&self) -> ComputeInstance {
        let id = self.compute_instance.id();
        self.gpu_instance.compute_instance_by_id(id).unwrap()
    }

    /// What only root can get, in a process that is not root.
    fn as_root<T>(&self, get: impl FnOnce(&Self) -> T) -> T {
        let simulator = &self.machine.simulator;
        simulator.set_caller(Caller::Root).unwrap();
        let got = get(self);
        simulator.set_caller(Caller::Unprivileged).unwrap();
        got
    }
}

/// A method, and a call of it.
type Row = (&'static str, fn(&Scene) -> Result<(), Error>);

fn assert_all_refused(scene: &Scene, rows: &[Row], code: ReturnCode, cause: Option<Cause>) {
    for (name, ask) in rows {
        let error = ask(scene).expect_err(name);
        assert_eq!(error.code(), Some(code), "{name}: {error}");
        assert_eq!(error.cause(), cause, "{name}: {error}");
    }
}
