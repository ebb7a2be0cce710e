//! Processes on a GPU or MIG device.

use core::fmt;

use super::Device;
use super::process_records::{self, Record};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, or_older};
use crate::error::ReturnCode;
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// Room for the path of a program; NVML cuts a longer one off.
const NAME_SIZE: usize = 4096;

/// NVML's number for memory that is not known (nvml.h: `NVML_VALUE_NOT_AVAILABLE`).
const NO_MEMORY: u64 = u64::MAX;

/// A process on a GPU or MIG device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlProcessInfo_t")]
pub struct ProcessInfo {
    /// Process id in the process namespace of the NVIDIA driver.
    pub pid: u32,
    /// What it uses the GPU for. A process that computes and draws is in both lists of NVML, so it is listed twice.
    pub kind: ProcessKind,
    /// Path of its program, if NVML reports it; it does not for processes outside the caller's container.
    pub name: Option<String>,
    /// GPU memory that it uses, in bytes; `None` if the driver does not report it.
    pub used_gpu_memory_bytes: Option<u64>,
    /// Its GPU instance, if it runs on one and the caller may see it.
    pub gpu_instance_id: Option<GpuInstanceId>,
    /// Its compute instance, if it runs on one and the caller may see it.
    pub compute_instance_id: Option<ComputeInstanceId>,
}

/// What a process uses a GPU for: NVML has a list for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ProcessKind {
    /// It computes, for example with CUDA.
    Compute,
    /// It computes through the Multi-Process Service (MPS).
    MpsCompute,
    /// It draws.
    Graphics,
}

impl ProcessKind {
    const ALL: [Self; 3] = [Self::Compute, Self::MpsCompute, Self::Graphics];
}

/// Prints `compute`, `MPS compute` or `graphics`.
impl fmt::Display for ProcessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compute => "compute",
            Self::MpsCompute => "MPS compute",
            Self::Graphics => "graphics",
        })
    }
}

impl ProcessInfo {
    fn from_record(kind: ProcessKind, record: &Record, name: Option<String>) -> Self {
        let memory = record.used_gpu_memory;
        Self {
            pid: record.pid,
            kind,
            name,
            used_gpu_memory_bytes: (memory != NO_MEMORY).then_some(memory),
            gpu_instance_id: record.gpu_instance.map(GpuInstanceId::new),
            compute_instance_id: record.compute_instance.map(ComputeInstanceId::new),
        }
    }
}

impl Device {
    /// The processes of all three lists. Every driver with MIG has the first; the others may be missing.
    pub(crate) fn processes_or_failure(&self) -> Result<Vec<ProcessInfo>, Failure> {
        let mut processes = Vec::new();
        for kind in ProcessKind::ALL {
            let records = match self.records(kind) {
                Err(failure) if kind != ProcessKind::Compute && has_no_list(failure) => continue,
                records => records?,
            };
            let process = |record| self.process(kind, record);
            processes.extend(records.iter().map(process));
        }
        Ok(processes)
    }

    /// One list, by the newest function that the driver has. The oldest ones do not tell the instances.
    fn records(&self, kind: ProcessKind) -> Result<Vec<Record>, Failure> {
        let library = self.driver().library();
        let device = self.handle();
        macro_rules! read {
            ($function:ident) => {
                process_records::read(stringify!($function), |records, count| {
                    call!(library.$function(device, count, records))
                })
            };
            ($newest:ident, $newer:ident, $oldest:ident) => {
                or_older(or_older(read!($newest), || read!($newer)), || {
                    read!($oldest)
                })
            };
        }
        match kind {
            ProcessKind::Compute => read!(
                nvmlDeviceGetComputeRunningProcesses_v3,
                nvmlDeviceGetComputeRunningProcesses_v2,
                nvmlDeviceGetComputeRunningProcesses
            ),
            ProcessKind::MpsCompute => read!(
                nvmlDeviceGetMPSComputeRunningProcesses_v3,
                nvmlDeviceGetMPSComputeRunningProcesses_v2,
                nvmlDeviceGetMPSComputeRunningProcesses
            ),
            ProcessKind::Graphics => read!(
                nvmlDeviceGetGraphicsRunningProcesses_v3,
                nvmlDeviceGetGraphicsRunningProcesses_v2,
                nvmlDeviceGetGraphicsRunningProcesses
            ),
        }
    }

    fn process(&self, kind: ProcessKind, record: &Record) -> ProcessInfo {
        ProcessInfo::from_record(kind, record, self.process_name(record.pid))
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

/// Whether a driver has no list of this kind: it is too old, or the GPU can't do it.
fn has_no_list(failure: Failure) -> bool {
    failure.is_missing() || failure.is(ReturnCode::NotSupported)
}

#[cfg(test)]
mod tests {
    use super::super::process_records::Record;
    use super::{ProcessInfo, ProcessKind};

    /// nvml.h: all bits set is `NVML_VALUE_NOT_AVAILABLE` for the memory.
    #[test]
    fn memory_that_is_not_known_is_no_number() {
        let record = Record {
            pid: 42,
            used_gpu_memory: u64::MAX,
            gpu_instance: None,
            compute_instance: None,
        };
        let process = ProcessInfo::from_record(ProcessKind::Compute, &record, None);
        assert_eq!(process.used_gpu_memory_bytes, None);
        let record = Record {
            used_gpu_memory: u64::MAX - 1,
            ..record
        };
        let process = ProcessInfo::from_record(ProcessKind::Compute, &record, None);
        assert_eq!(process.used_gpu_memory_bytes, Some(u64::MAX - 1));
    }
}
