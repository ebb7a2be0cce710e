//! Compute processes on a GPU or MIG device.

use super::Device;
use super::process_records::{self, Record};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, or_older};
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// Room for the path of a program; NVML cuts a longer one off.
const NAME_SIZE: usize = 4096;

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
    fn from_record(record: &Record, name: Option<String>) -> Self {
        let memory = record.used_gpu_memory;
        Self {
            pid: record.pid,
            name,
            used_gpu_memory_bytes: (memory != NO_MEMORY).then_some(memory),
            gpu_instance_id: record.gpu_instance.map(GpuInstanceId::new),
            compute_instance_id: record.compute_instance.map(ComputeInstanceId::new),
        }
    }
}

impl Device {
    pub(crate) fn compute_processes_or_failure(&self) -> Result<Vec<ComputeProcess>, Failure> {
        let library = self.driver().library();
        let device = self.handle();
        let newest = process_records::read(
            "nvmlDeviceGetComputeRunningProcesses_v3",
            |records, count| {
                call!(library.nvmlDeviceGetComputeRunningProcesses_v3(device, count, records))
            },
        );
        let records = or_older(newest, || {
            process_records::read(
                "nvmlDeviceGetComputeRunningProcesses_v2",
                |records, count| {
                    call!(library.nvmlDeviceGetComputeRunningProcesses_v2(device, count, records))
                },
            )
        })?;
        Ok(records
            .iter()
            .map(|record| self.compute_process(record))
            .collect())
    }

    fn compute_process(&self, record: &Record) -> ComputeProcess {
        ComputeProcess::from_record(record, self.process_name(record.pid))
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
    use super::super::process_records::Record;
    use super::ComputeProcess;

    /// nvml.h: all bits set is `NVML_VALUE_NOT_AVAILABLE` for the memory.
    #[test]
    fn memory_that_is_not_known_is_no_number() {
        let record = Record {
            pid: 42,
            used_gpu_memory: u64::MAX,
            gpu_instance: None,
            compute_instance: None,
        };
        let process = ComputeProcess::from_record(&record, None);
        assert_eq!(process.used_gpu_memory_bytes, None);
        let record = Record {
            used_gpu_memory: u64::MAX - 1,
            ..record
        };
        let process = ComputeProcess::from_record(&record, None);
        assert_eq!(process.used_gpu_memory_bytes, Some(u64::MAX - 1));
    }
}
