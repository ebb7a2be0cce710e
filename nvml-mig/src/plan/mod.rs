//! Planning: layouts, the model of a GPU, and the way from one partitioning to another. It knows no driver and no
//! device.

mod fit;
mod gpu_model;
mod layout;
mod partition;
mod planner;

pub use fit::{Fit, ProfileFit};
pub use gpu_model::{
    ComputeInstanceProfileModel, ComputePlacementRule, Engine, Engines, GpuInstanceProfileModel,
    GpuModel,
};
pub use layout::{
    Layout, LayoutComputeInstance, LayoutComputeProfile, LayoutError, LayoutGpuInstance,
    LayoutProfile,
};
pub(crate) use partition::are_same;
pub use partition::{SnapshotComputeInstance, SnapshotGpuInstance};
pub use planner::{
    Blocker, DoesNotFit, DoesNotFitReason, Plan, PlanError, PlanOptions, PlannedComputeInstance,
    PlannedGpuInstance, PresentComputeInstance, PresentGpuInstance, Protection, Step,
};
