//! A simulated process, which keeps a GPU in use.

use serde::{Deserialize, Serialize};

/// Which of NVML's three process lists contains a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ProcessKind {
    /// The list of compute processes.
    #[default]
    Compute,
    /// The list of processes that use the Multi-Process Service (MPS).
    MpsCompute,
    /// The list of graphics processes.
    Graphics,
    /// No list: a client that keeps a handle open, such as DCGM or an exporter.
    Unlisted,
}

/// The record format of a driver's newest process lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ProcessRecord {
    /// 16 bytes: process id and memory.
    WithoutIds,
    /// 24 bytes, as in nvml.h: also the ids of both instances.
    #[default]
    WithIds,
    /// 32 bytes, as in drivers 535.54 to 535.153: also the protected memory.
    WithProtectedMemory,
}

/// A process on a GPU, or on one of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Index of the GPU.
    pub gpu: u32,
    /// ID of the GPU instance; `None` on a GPU without MIG.
    pub gpu_instance: Option<u32>,
    /// ID of the compute instance within the GPU instance.
    pub compute_instance: Option<u32>,
    /// Process ID.
    pub pid: u32,
    /// Name that `nvmlSystemGetProcessName` returns.
    pub name: String,
    /// GPU memory in use, in MiB.
    pub memory_mib: u64,
    /// The list that contains it.
    #[serde(default)]
    pub kind: ProcessKind,
}

impl Process {
    /// Returns the GPU memory in use, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_mib.saturating_mul(1 << 20)
    }

    /// Creates a process on a whole GPU.
    #[must_use]
    pub fn new(gpu: u32, pid: u32) -> Self {
        Self {
            gpu,
            gpu_instance: None,
            compute_instance: None,
            pid,
            name: "simulated-process".to_owned(),
            memory_mib: 0,
            kind: ProcessKind::default(),
        }
    }

    /// Places the process on a GPU instance.
    #[must_use]
    pub fn gpu_instance(mut self, id: u32) -> Self {
        self.gpu_instance = Some(id);
        self
    }

    /// Places the process on a compute instance of its GPU instance.
    #[must_use]
    pub fn compute_instance(mut self, id: u32) -> Self {
        self.compute_instance = Some(id);
        self
    }

    /// Sets the name of the process.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the list that contains the process.
    #[must_use]
    pub fn kind(mut self, kind: ProcessKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the GPU memory that the process uses.
    #[must_use]
    pub fn memory_mib(mut self, memory_mib: u64) -> Self {
        self.memory_mib = memory_mib;
        self
    }
}

/// Selects processes to end. A field that is `None` matches any process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProcessFilter {
    /// Index of the GPU.
    pub gpu: Option<u32>,
    /// ID of the GPU instance.
    pub gpu_instance: Option<u32>,
    /// ID of the compute instance.
    pub compute_instance: Option<u32>,
    /// Process ID.
    pub pid: Option<u32>,
}

impl ProcessFilter {
    /// Whether the filter matches a process.
    #[must_use]
    pub fn matches(&self, process: &Process) -> bool {
        self.gpu.is_none_or(|gpu| gpu == process.gpu)
            && self.pid.is_none_or(|pid| pid == process.pid)
            && (self.gpu_instance.is_none() || self.gpu_instance == process.gpu_instance)
            && (self.compute_instance.is_none()
                || self.compute_instance == process.compute_instance)
    }
}
