//! A GPU instance on a GPU, with the handles to it and to what is in it.

use crate::query::{ComputeInstance, GpuInstance};

/// A GPU instance that is there, with its compute instances.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) gpu_instance: GpuInstance,
    pub(crate) compute_instances: Vec<ComputeInstance>,
}
