//! A step of a plan.

use core::fmt;

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// A step of a plan: a single NVML call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Step {
    /// Destroy a compute instance.
    #[non_exhaustive]
    DestroyComputeInstance {
        /// Id of its GPU instance.
        gpu_instance: GpuInstanceId,
        /// Id of the compute instance.
        compute_instance: ComputeInstanceId,
        /// Its profile, to recreate it if a later step fails.
        profile: ComputeInstanceProfileId,
        /// Its placement, to recreate it if a later step fails.
        placement: ComputeInstancePlacement,
    },
    /// Destroy a GPU instance, after its compute instances.
    #[non_exhaustive]
    DestroyGpuInstance {
        /// Id of the GPU instance.
        gpu_instance: GpuInstanceId,
        /// Its profile, to recreate it if a later step fails.
        profile: GpuInstanceProfileId,
        /// Its placement, to recreate it if a later step fails.
        placement: GpuInstancePlacement,
    },
    /// Create a GPU instance.
    #[non_exhaustive]
    CreateGpuInstance {
        /// Its index in [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances).
        planned: usize,
        /// Id of its profile.
        profile: GpuInstanceProfileId,
        /// Placement of the GPU instance.
        placement: GpuInstancePlacement,
    },
    /// Create a compute instance.
    #[non_exhaustive]
    CreateComputeInstance {
        /// Index of its GPU instance in [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances): an existing one, or one
        /// created by an earlier step.
        planned: usize,
        /// Id of its profile.
        profile: ComputeInstanceProfileId,
        /// Its placement in the GPU instance.
        placement: ComputeInstancePlacement,
    },
    /// Create a GPU instance without compute instances, so that the GPU is never without one. If the driver refuses it, the
    /// change goes on without.
    #[non_exhaustive]
    CreateTemporaryGpuInstance {
        /// Id of its profile.
        profile: GpuInstanceProfileId,
        /// Placement of the GPU instance.
        placement: GpuInstancePlacement,
    },
    /// Destroy that GPU instance again.
    #[non_exhaustive]
    DestroyTemporaryGpuInstance {
        /// Id of its profile.
        profile: GpuInstanceProfileId,
        /// Placement of the GPU instance.
        placement: GpuInstancePlacement,
    },
    /// Create a compute instance that occupies an id, so that a later one gets the next. If the driver refuses it, the change
    /// goes on without.
    #[non_exhaustive]
    CreateTemporaryComputeInstance {
        /// Index of its GPU instance in [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances).
        planned: usize,
        /// Id of its profile.
        profile: ComputeInstanceProfileId,
        /// Its placement in the GPU instance.
        placement: ComputeInstancePlacement,
    },
    /// Destroy that compute instance again.
    #[non_exhaustive]
    DestroyTemporaryComputeInstance {
        /// Index of its GPU instance in [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances).
        planned: usize,
        /// Id of its profile.
        profile: ComputeInstanceProfileId,
        /// Its placement in the GPU instance.
        placement: ComputeInstancePlacement,
    },
}

impl Step {
    /// Returns whether it destroys an instance that existed before.
    #[must_use]
    pub const fn destroys(&self) -> bool {
        matches!(
            self,
            Self::DestroyComputeInstance { .. } | Self::DestroyGpuInstance { .. }
        )
    }

    /// Whether it creates a compute instance in this planned GPU instance, or ends a temporary one.
    #[cfg(feature = "apply")]
    pub(crate) const fn creates_inside(&self, in_planned: usize) -> bool {
        match self {
            Self::CreateComputeInstance { planned, .. }
            | Self::CreateTemporaryComputeInstance { planned, .. }
            | Self::DestroyTemporaryComputeInstance { planned, .. } => *planned == in_planned,
            _ => false,
        }
    }
}

/// Prints ids; [`Plan`](crate::plan::Plan) prints names.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
                ..
            } => write!(
                f,
                "destroy compute instance {compute_instance} of GPU instance {gpu_instance}"
            ),
            Self::DestroyGpuInstance { gpu_instance, .. } => {
                write!(f, "destroy GPU instance {gpu_instance}")
            }
            Self::CreateGpuInstance {
                profile, placement, ..
            } => write!(f, "create GPU instance of profile {profile} at {placement}"),
            Self::CreateComputeInstance {
                planned,
                profile,
                placement,
            } => write!(
                f,
                "create compute instance of profile {profile} at {placement} in GPU instance number {planned} of the layout"
            ),
            Self::CreateTemporaryGpuInstance { profile, placement } => write!(
                f,
                "create temporary GPU instance of profile {profile} at {placement}"
            ),
            Self::DestroyTemporaryGpuInstance { profile, placement } => write!(
                f,
                "destroy temporary GPU instance of profile {profile} at {placement}"
            ),
            Self::CreateTemporaryComputeInstance {
                planned,
                profile,
                placement,
            } => write!(
                f,
                "create temporary compute instance of profile {profile} at {placement} in GPU instance number {planned} of the layout"
            ),
            Self::DestroyTemporaryComputeInstance {
                planned,
                profile,
                placement,
            } => write!(
                f,
                "destroy temporary compute instance of profile {profile} at {placement} in GPU instance number {planned} of the layout"
            ),
        }
    }
}
