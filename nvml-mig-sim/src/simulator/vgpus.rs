//! vGPUs of a simulated vGPU host.

use super::{Simulator, SimulatorError};
use crate::control::Request;
use crate::machine::{Vgpu, VgpuPlacements, VgpuRun};

/// # vGPUs
impl Simulator {
    /// Starts a vGPU on a vGPU host, as its vGPU manager does with a virtual machine.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if the GPU is no vGPU host, the type is not for this place, or there is no room.
    pub fn start_vgpu(&self, vgpu: Vgpu) -> Result<(), SimulatorError> {
        self.ask(&Request::StartVgpu(vgpu))
    }

    /// Stops the vGPU with this ID.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is none.
    pub fn stop_vgpu(&self, id: u32) -> Result<(), SimulatorError> {
        self.ask(&Request::StopVgpu(id))
    }

    /// Sets the creatable placements of a vGPU type on a GPU instance, which are reported in heterogeneous mode. There is
    /// no public source of them, so the query is not supported without this.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such GPU instance.
    pub fn set_vgpu_placements(
        &self,
        gpu: u32,
        gpu_instance: u32,
        placements: VgpuPlacements,
    ) -> Result<(), SimulatorError> {
        self.ask(&Request::SetVgpuPlacements {
            gpu,
            gpu_instance,
            placements,
        })
    }

    /// Adds a run to the log of the vGPU scheduler of an engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`) of a GPU instance.
    /// Simulated vGPUs compute nothing: without this, logs are empty.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such GPU instance.
    pub fn log_vgpu_run(
        &self,
        gpu: u32,
        gpu_instance: u32,
        engine: u32,
        run: VgpuRun,
    ) -> Result<(), SimulatorError> {
        self.ask(&Request::LogVgpuRun {
            gpu,
            gpu_instance,
            engine,
            run,
        })
    }
}
