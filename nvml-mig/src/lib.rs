#![doc = include_str!("../README.md")]

#[cfg(feature = "apply")]
mod apply;
mod architecture;
mod device;
mod driver;
mod error;
mod explain;
pub mod functions;
mod id;
mod instance;
mod inventory;
#[cfg(feature = "mig-parted")]
mod mig_parted;
mod monitor;
mod node;
mod placement;
mod plan;
mod preflight;
mod profile;
mod query;
#[cfg(feature = "apply")]
mod snapshot;

pub use nvml_mig_sys as sys;

#[cfg(feature = "apply")]
pub use apply::{
    ApplyError, ApplyFailure, Difference, GpuPlan, GpuPlanError, GpuPlanErrorReason,
    GpuPlanOptions, GpuRollback, GpuTarget, LockError, MachineLock, Progress, RefusedUndo,
    Rollback,
};
pub use architecture::Architecture;
pub use device::{AnyDevice, Nvml};
pub use error::{
    CallError, Cause, DestroyError, DriverFileError, Error, FunctionMissing, InputError,
    ProfileError, ProfileNameError, ReturnCode, Subject,
};
pub use id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
pub use instance::ScopedGpuInstance;
pub use inventory::{Inventory, LiveGpuInstance, LiveMigDevice};
#[cfg(feature = "mig-parted")]
pub use mig_parted::{MigPartedConfig, MigPartedError, MigPartedExportError, MigPartedFile};
pub use monitor::{GpmMetric, GpmSample, MigConfigChange, MigWatch};
pub use node::{Capability, CapabilityNode, DriverFiles, MigDeviceNodes};
#[cfg(feature = "cdi")]
pub use node::{
    CdiContainerEdits, CdiDevice, CdiDeviceNames, CdiDeviceNode, CdiError, CdiSpec, CdiSpecBuilder,
};
pub use placement::{ComputeInstancePlacement, GpuInstancePlacement};
pub use plan::{
    Blocker, ComputeInstanceProfileModel, ComputePlacementRule, DoesNotFit, DoesNotFitReason,
    Engine, Engines, Fit, GpuInstanceProfileModel, GpuModel, Layout, LayoutComputeInstance,
    LayoutComputeProfile, LayoutError, LayoutGpuInstance, LayoutProfile, PlacedComputeInstance,
    PlacedGpuInstance, Plan, PlanError, PlanOptions, PresentComputeInstance, PresentGpuInstance,
    ProfileFit, Protection, Step,
};
pub use preflight::{GpuPreflight, Obstacle, Preflight, Privilege};
pub use profile::{
    ComputeInstanceProfile, ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo,
    MediaEngines, ProfileName, ReportedName,
};
pub use query::{
    Bar1Info, ComputeInstance, ComputeProcess, Device, GpuInstance, MemoryInfo, MigDevice,
    MigDeviceAttributes, MigMode, MigModeChange, MigModes, PciInfo,
};
#[cfg(feature = "snapshot")]
pub use snapshot::SnapshotError;
#[cfg(feature = "apply")]
pub use snapshot::{GpuMatch, GpuSnapshot, Snapshot};
