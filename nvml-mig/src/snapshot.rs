//! What stands on GPUs, as data to keep, to compare and to restore.

mod instances;

pub(crate) use instances::are_same;
pub use instances::{SnapshotComputeInstance, SnapshotGpuInstance};
