//! The object of a failed call.

use core::fmt;

use crate::id::{ComputeInstanceId, GpuInstanceId, VgpuInstanceId, VgpuTypeId};

/// The object of a failed call, as far as the call names one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Subject {
    /// UUID of the GPU or MIG device, the text or index of a failed lookup, or the library's file if NVML did not start.
    pub device: Option<String>,
    /// Id of the GPU instance.
    pub gpu_instance: Option<GpuInstanceId>,
    /// Id of the compute instance in the GPU instance.
    pub compute_instance: Option<ComputeInstanceId>,
    /// Name and id of the profile, such as `4g.24gb (id 0)`.
    pub profile: Option<String>,
    /// Requested placement, such as `0:4`.
    pub placement: Option<String>,
    /// Number of the vGPU type.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub vgpu_type: Option<VgpuTypeId>,
    /// Id of the vGPU.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub vgpu_instance: Option<VgpuInstanceId>,
}

impl Subject {
    pub(crate) fn of_profile(profile: &impl ToString) -> Self {
        Self {
            profile: Some(profile.to_string()),
            ..Self::default()
        }
    }
}

/// Prints, for example, `GPU-12..., GPU instance 1, profile 2c.4g.24gb (id 1), placement 0:2`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.device.clone(),
            self.gpu_instance.map(|id| format!("GPU instance {id}")),
            self.compute_instance
                .map(|id| format!("compute instance {id}")),
            self.profile
                .as_ref()
                .map(|profile| format!("profile {profile}")),
            self.placement
                .as_ref()
                .map(|placement| format!("placement {placement}")),
            self.vgpu_type.map(|id| format!("vGPU type {id}")),
            self.vgpu_instance.map(|id| format!("vGPU {id}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}
