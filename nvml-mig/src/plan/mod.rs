//! Plans a partitioning without a driver: layouts, the model of a GPU, and the steps from one layout to another.
//!
//! A [`GpuModel`] is plain data. [`GpuModel::plan`] finds the way from the existing instances to a [`Layout`], or explains
//! why there is none; [`GpuModel::fit`] reports what else still fits. A [`GpuPool`] does both for many GPUs together.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::Layout;
//! use nvml_mig::plan::{GpuModel, PlanOptions};
//!
//! let model = GpuModel::read(&device)?; // or from JSON, on a machine without a GPU
//! let layout: Layout = "2g.12gb, 2*1g.6gb".parse()?;
//! let plan = model.plan(&[], &layout, PlanOptions::default())?;
//! println!("{plan}");
//!
//! let too_much: Layout = "4g.24gb, 1g.6gb".parse()?;
//! let why_not = model.plan(&[], &too_much, PlanOptions::default()).unwrap_err();
//! assert!(why_not.to_string().starts_with("the layout does not fit"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fit;
#[cfg(feature = "serde")]
pub(crate) mod format_version;
mod gpu_model;
mod impossible_gpu;
#[cfg(any(feature = "apply", feature = "json"))]
pub(crate) mod json_text;
mod layout;
mod placed_instance;
mod planner;
mod pool;

pub use fit::{Fit, ProfileFit};
#[cfg(feature = "json")]
pub use gpu_model::GpuModelError;
pub use gpu_model::{
    ComputeInstanceProfileModel, ComputePlacementRule, Engine, Engines, GpuInstanceProfileModel,
    GpuModel, ProfileSource,
};
#[cfg(feature = "apply")]
pub(crate) use gpu_model::{is_possible_place, most_instances};
pub use impossible_gpu::ImpossibleGpu;
pub use layout::{
    Layout, LayoutComputeInstance, LayoutComputeProfile, LayoutError, LayoutErrorKind,
    LayoutGpuInstance, LayoutProfile,
};
pub use placed_instance::{PlacedComputeInstance, PlacedGpuInstance};
#[cfg(feature = "apply")]
pub(crate) use planner::Numbering;
pub use planner::{
    Blocker, DoesNotFit, DoesNotFitReason, Plan, PlanError, PlanOptions, PresentComputeInstance,
    PresentGpuInstance, ProfileSubstitution, Protection, Step,
};
pub use pool::{
    AssignedInstance, GpuInstanceRequest, GpuPool, MovedInstance, PlannedGpu, PoolDoesNotFit,
    PoolError, PoolFit, PoolGpu, PoolOptions, PoolPlan, PoolProfileFit,
};
