//! Compute processes on a GPU or MIG device.

use nvml_mig_sys as sys;

use super::Device;
use crate::driver::buffer;
use crate::driver::call::{Failure, call, or_older};
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// Room for the path of a program; NVML cuts a longer one off.
const NAME_SIZE: usize = 4096;

/// NVML's number for "not known" or "not on an instance": all bits set.
const NONE: u32 = u32::MAX;

/// NVML's number for memory that is not known (nvml.h: `NVML_VALUE_NOT_AVAILABLE`).
const NO_MEMORY: u64 = u64::MAX;

/// A compute process on a GPU or MIG device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlProcessInfo_t")]
pub struct ComputeProcess {
    /// Process id in the process namespace of the NVIDIA driver.
    pub pid: u32,
    /// Path of its program, if NVML reports it; it does not for processes outside the caller's container.
    pub name: Option<String>,
    /// GPU memory that it uses, in bytes; `None` if the driver does not report it.
    pub used_gpu_memory_bytes: Option<u64>,
    /// Its GPU instance, if it runs on one and the caller may see it.
    pub gpu_instance_id: Option<GpuInstanceId>,
    /// Its compute instance, if it runs on one and the caller may see it.
    pub compute_instance_id: Option<ComputeInstanceId>,
}

impl ComputeProcess {
    fn from_raw(raw: &sys::nvmlProcessInfo_v2_t, name: Option<String>) -> Self {
        let known = |id: u32| (id != NONE).then_some(id);
        Self {
            pid: raw.pid,
            name,
            used_gpu_memory_bytes: (raw.usedGpuMemory != NO_MEMORY).then_some(raw.usedGpuMemory),
            gpu_instance_id: known(raw.gpuInstanceId).map(GpuInstanceId::new),
            compute_instance_id: known(raw.computeInstanceId).map(ComputeInstanceId::new),
        }
    }
}

impl Device {
    pub(crate) fn compute_processes_or_failure(&self) -> Result<Vec<ComputeProcess>, Failure> {
        let library = self.driver().library();
        let device = self.handle();
        let newest = buffer::growing_list(|processes, count| {
            call!(library.nvmlDeviceGetComputeRunningProcesses_v3(device, count, processes))
        });
        let processes = or_older(newest, || {
            buffer::growing_list(|processes, count| {
                call!(library.nvmlDeviceGetComputeRunningProcesses_v2(device, count, processes))
            })
        })?;
        Ok(processes
            .iter()
            .map(|raw| self.compute_process(raw))
            .collect())
    }

    fn compute_process(&self, raw: &sys::nvmlProcessInfo_v2_t) -> ComputeProcess {
        ComputeProcess::from_raw(raw, self.process_name(raw.pid))
    }

    /// A process may have ended since it was listed, so that it has no name is no error.
    fn process_name(&self, pid: u32) -> Option<String> {
        let library = self.driver().library();
        let name = buffer::text::<NAME_SIZE>(|text, length| {
            call!(library.nvmlSystemGetProcessName(pid, text, length))
        });
        name.ok().filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use nvml_mig_sys::nvmlProcessInfo_v2_t;

    use super::ComputeProcess;

    /// nvml.h: all bits set is `NVML_VALUE_NOT_AVAILABLE` for the memory, and no instance for the ids.
    #[test]
    fn what_is_not_known_is_no_number() {
        let raw = nvmlProcessInfo_v2_t {
            pid: 42,
            usedGpuMemory: u64::MAX,
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
        };
        let process = ComputeProcess::from_raw(&raw, None);
        assert_eq!(process.used_gpu_memory_bytes, None);
        assert_eq!(process.gpu_instance_id, None);
        assert_eq!(process.compute_instance_id, None);
        let raw = nvmlProcessInfo_v2_t {
            usedGpuMemory: u64::MAX - 1,
            ..raw
        };
        let process = ComputeProcess::from_raw(&raw, None);
        assert_eq!(process.used_gpu_memory_bytes, Some(u64::MAX - 1));
    }
}
