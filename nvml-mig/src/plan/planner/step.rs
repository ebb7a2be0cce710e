//! A step of a plan.

use core::fmt;

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// One thing to do, each a single call of NVML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Step {
    /// Destroy a compute instance.
    DestroyComputeInstance {
        /// Its GPU instance.
        gpu_instance: GpuInstanceId,
        /// Its id in that.
        compute_instance: ComputeInstanceId,
        /// Its profile, to make it again if a later step fails.
        profile: ComputeInstanceProfileId,
        /// Where it stands, to make it again if a later step fails.
        placement: ComputeInstancePlacement,
    },
    /// Destroy a GPU instance. Its compute instances were destroyed before.
    DestroyGpuInstance {
        /// Its id.
        gpu_instance: GpuInstanceId,
        /// Its profile, to make it again if a later step fails.
        profile: GpuInstanceProfileId,
        /// Where it stands, to make it again if a later step fails.
        placement: GpuInstancePlacement,
    },
    /// Create a GPU instance.
    CreateGpuInstance {
        /// Which of [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances) it will be.
        planned: usize,
        /// The profile.
        profile: GpuInstanceProfileId,
        /// Where.
        placement: GpuInstancePlacement,
    },
    /// Create a compute instance.
    CreateComputeInstance {
        /// In which of [`Plan::gpu_instances`](crate::plan::Plan::gpu_instances): one that exists, or that an earlier step created.
        planned: usize,
        /// The profile.
        profile: ComputeInstanceProfileId,
        /// Where in it.
        placement: ComputeInstancePlacement,
    },
}

impl Step {
    /// Whether it takes something away.
    #[must_use]
    pub const fn destroys(&self) -> bool {
        matches!(
            self,
            Self::DestroyComputeInstance { .. } | Self::DestroyGpuInstance { .. }
        )
    }
}

/// With ids alone; [`Plan`](crate::plan::Plan) prints them with names.
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
        }
    }
}
