//! Planning: layouts, the model of a GPU, and the way from one partitioning to another. It knows no driver and no
//! device.

mod fit;
mod gpu_model;
mod layout;
mod placed_instance;
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
pub use placed_instance::{PlacedComputeInstance, PlacedGpuInstance};
pub use planner::{
    Blocker, DoesNotFit, DoesNotFitReason, Plan, PlanError, PlanOptions, PresentComputeInstance,
    PresentGpuInstance, Protection, Step,
};
