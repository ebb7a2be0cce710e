//! A simulated process that computes on a GPU and so keeps it busy.

use serde::{Deserialize, Serialize};

/// A process on a GPU, or on one of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Index of the GPU.
    pub gpu: u32,
    /// Id of the GPU instance; `None` on a GPU without MIG.
    pub gpu_instance: Option<u32>,
    /// Id of the compute instance in it.
    pub compute_instance: Option<u32>,
    /// Process id.
    pub pid: u32,
    /// What `nvmlSystemGetProcessName` says.
    pub name: String,
    /// GPU memory that it uses.
    pub memory_mib: u64,
}

impl Process {
    /// A process on a whole GPU.
    #[must_use]
    pub fn new(gpu: u32, pid: u32) -> Self {
        Self {
            gpu,
            gpu_instance: None,
            compute_instance: None,
            pid,
            name: "simulated-process".to_owned(),
            memory_mib: 0,
        }
    }

    /// The same process on a GPU instance.
    #[must_use]
    pub fn gpu_instance(mut self, id: u32) -> Self {
        self.gpu_instance = Some(id);
        self
    }

    /// The same process on a compute instance of its GPU instance.
    #[must_use]
    pub fn compute_instance(mut self, id: u32) -> Self {
        self.compute_instance = Some(id);
        self
    }

    /// The same process under another name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same process with this much GPU memory in use.
    #[must_use]
    pub fn memory_mib(mut self, memory_mib: u64) -> Self {
        self.memory_mib = memory_mib;
        self
    }
}

/// Which processes end. What is `None` doesn't matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProcessFilter {
    /// Index of the GPU.
    pub gpu: Option<u32>,
    /// Id of the GPU instance.
    pub gpu_instance: Option<u32>,
    /// Id of the compute instance.
    pub compute_instance: Option<u32>,
    /// Process id.
    pub pid: Option<u32>,
}

impl ProcessFilter {
    /// Whether a process is meant.
    #[must_use]
    pub fn matches(&self, process: &Process) -> bool {
        self.gpu.is_none_or(|gpu| gpu == process.gpu)
            && self.pid.is_none_or(|pid| pid == process.pid)
            && (self.gpu_instance.is_none() || self.gpu_instance == process.gpu_instance)
            && (self.compute_instance.is_none()
                || self.compute_instance == process.compute_instance)
    }
}
