//! A process on a GPU or MIG device.

use core::fmt;

use super::process_records::Record;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::quoted::Escaped;

/// NVML's number for memory that is not known (nvml.h: `NVML_VALUE_NOT_AVAILABLE`).
const NO_MEMORY: u64 = u64::MAX;

/// A process on a GPU or MIG device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Computation, for example with CUDA.
    Compute,
    /// Computation with CUDA through the Multi-Process Service (MPS).
    MpsCompute,
    /// Graphics, for example with Vulkan or OpenGL.
    Graphics,
}

impl ProcessKind {
    pub(super) const ALL: [Self; 3] = [Self::Compute, Self::MpsCompute, Self::Graphics];
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
    /// Creates a process with an id and a kind only, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::device::{ProcessInfo, ProcessKind};
    /// use nvml_mig::instance::GpuInstanceId;
    ///
    /// let process = ProcessInfo::new(4711, ProcessKind::Compute)
    ///     .with_name("/usr/bin/python3")
    ///     .with_gpu_instance_id(GpuInstanceId::new(1));
    /// assert_eq!(process.compute_instance_id, None);
    /// ```
    #[must_use]
    pub const fn new(pid: u32, kind: ProcessKind) -> Self {
        Self {
            pid,
            kind,
            name: None,
            used_gpu_memory_bytes: None,
            gpu_instance_id: None,
            compute_instance_id: None,
        }
    }

    /// Sets the path of its program.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Sets the GPU memory that it uses, in bytes.
    #[must_use]
    pub fn with_used_gpu_memory_bytes(self, bytes: u64) -> Self {
        Self {
            used_gpu_memory_bytes: Some(bytes),
            ..self
        }
    }

    /// Sets its GPU instance.
    #[must_use]
    pub fn with_gpu_instance_id(self, id: GpuInstanceId) -> Self {
        Self {
            gpu_instance_id: Some(id),
            ..self
        }
    }

    /// Sets its compute instance.
    #[must_use]
    pub fn with_compute_instance_id(self, id: ComputeInstanceId) -> Self {
        Self {
            compute_instance_id: Some(id),
            ..self
        }
    }

    pub(super) fn from_record(kind: ProcessKind, record: &Record, name: Option<String>) -> Self {
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

/// Prints, for example, `process 4242 (/usr/bin/python3)`.
impl fmt::Display for ProcessInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        match &self.name {
            Some(name) => write!(f, " ({})", Escaped(name)),
            None => Ok(()),
        }
    }
}

/// Prints each process once: one that both computes and draws is in two lists of NVML.
pub(crate) fn process_names<'a>(
    processes: impl IntoIterator<Item = &'a ProcessInfo>,
) -> Vec<String> {
    let mut names: Vec<String> = processes.into_iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
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
