//! A GPU of a pool.

use crate::plan::planner::PresentGpuInstance;

/// A GPU of a [`GpuPool`](crate::plan::GpuPool).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct PoolGpu {
    pub(super) name: String,
    /// Index of the model in the pool.
    pub(super) model: usize,
    pub(super) present: Vec<PresentGpuInstance>,
}

impl PoolGpu {
    pub(super) const fn new(name: String, model: usize, present: Vec<PresentGpuInstance>) -> Self {
        Self {
            name,
            model,
            present,
        }
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its instances.
    #[must_use]
    pub fn present(&self) -> &[PresentGpuInstance] {
        &self.present
    }
}
