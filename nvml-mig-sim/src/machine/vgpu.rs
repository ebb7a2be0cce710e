//! A vGPU, which the vGPU manager starts with a virtual machine. NVML can't start one, so a test does.

use serde::{Deserialize, Serialize};

/// A vGPU of a running virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vgpu {
    /// Index of the GPU.
    pub gpu: u32,
    /// ID of the GPU instance; `None` for a share of a GPU without MIG.
    pub gpu_instance: Option<u32>,
    /// Number of its type.
    pub vgpu_type: u32,
    /// Its ID, which is not 0 and unique on the machine.
    pub id: u32,
}

impl Vgpu {
    /// Describes a vGPU of a type on a whole GPU.
    #[must_use]
    pub fn new(gpu: u32, vgpu_type: u32, id: u32) -> Self {
        Self {
            gpu,
            gpu_instance: None,
            vgpu_type,
            id,
        }
    }

    /// Places the vGPU on a GPU instance.
    #[must_use]
    pub fn gpu_instance(mut self, id: u32) -> Self {
        self.gpu_instance = Some(id);
        self
    }
}
