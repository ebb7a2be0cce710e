#![doc = include_str!("../README.md")]

mod any_device;
mod apply;
mod architecture;
mod buffer;
mod call;
mod capability;
#[cfg(feature = "cdi")]
mod cdi;
mod compute_instance;
mod compute_instance_profiles;
mod compute_instances;
mod device;
mod driver;
mod driver_files;
mod error;
mod explain;
mod fit;
pub mod functions;
mod gpm;
mod gpu_instance;
mod gpu_instance_profiles;
mod gpu_instances;
mod gpu_model;
mod id;
mod inventory;
mod layout;
mod mig_device;
mod mig_devices;
mod mig_mode;
#[cfg(feature = "mig-parted")]
mod mig_parted;
mod nvml;
mod placement;
mod planner;
mod preflight;
mod process;
mod profile;
mod profile_info;
mod profile_list;
mod profile_name;
mod profile_version;
mod return_code;
mod scoped_gpu_instance;
mod snapshot;
mod watch;

pub use any_device::AnyDevice;
pub use apply::{
    ApplyError, ApplyFailure, Difference, GpuPlan, GpuPlanError, GpuPlanErrorReason,
    GpuPlanOptions, GpuRollback, GpuTarget, LockError, MachineLock, Progress, RefusedUndo,
    Rollback,
};
pub use architecture::Architecture;
pub use capability::{Capability, CapabilityNode, MigDeviceNodes};
#[cfg(feature = "cdi")]
pub use cdi::{
    CdiContainerEdits, CdiDevice, CdiDeviceNames, CdiDeviceNode, CdiSpec, CdiSpecBuilder,
};
pub use compute_instance::ComputeInstance;
pub use device::{Bar1Info, Device, MemoryInfo, PciInfo};
pub use driver_files::{DriverFileError, DriverFiles};
pub use error::{CallError, Cause, DestroyError, Error, FunctionMissing, InputError, Subject};
pub use fit::{Fit, ProfileFit};
pub use gpm::{GpmMetric, GpmSample};
pub use gpu_instance::GpuInstance;
pub use gpu_model::{
    ComputeInstanceProfileModel, ComputePlacementRule, Engine, Engines, GpuInstanceProfileModel,
    GpuModel,
};
pub use id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
pub use layout::{
    Layout, LayoutComputeInstance, LayoutComputeProfile, LayoutError, LayoutGpuInstance,
    LayoutProfile,
};
pub use mig_device::{MigDevice, MigDeviceAttributes};
pub use mig_mode::{MigMode, MigModeChange, MigModes};
#[cfg(feature = "mig-parted")]
pub use mig_parted::{MigPartedConfig, MigPartedError, MigPartedFile};
pub use nvml::Nvml;
pub use placement::{ComputeInstancePlacement, GpuInstancePlacement};
pub use planner::{
    Blocker, DoesNotFit, Lack, Plan, PlanError, PlanOptions, PlannedComputeInstance,
    PlannedGpuInstance, PresentComputeInstance, PresentGpuInstance, Protection, Step,
};
pub use preflight::{GpuPreflight, Obstacle, Preflight, Privilege};
pub use process::ComputeProcess;
pub use profile::{ComputeInstanceProfile, GpuInstanceProfile};
pub use profile_info::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
pub use profile_name::{MediaEngines, ProfileName};
pub use return_code::ReturnCode;
pub use scoped_gpu_instance::ScopedGpuInstance;
#[cfg(feature = "snapshot")]
pub use snapshot::SnapshotError;
pub use snapshot::{GpuMatch, GpuSnapshot, Snapshot, SnapshotComputeInstance, SnapshotGpuInstance};
pub use watch::{MigConfigChange, MigWatch};
