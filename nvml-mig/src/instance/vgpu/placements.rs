//! Where another vGPU of a type can be placed.

use crate::error::{Error, Subject};
use crate::explain::VgpuCall;
use crate::id::VgpuTypeId;
use crate::query::{GpuInstance, VgpuPlacements};

/// # vGPUs
impl GpuInstance {
    /// Returns where another vGPU of this type can be placed now, in heterogeneous mode.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host, its chip is older than GB20x, or
    /// heterogeneous mode is off; [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if there is no such type
    /// or the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetVgpuTypeCreatablePlacements")]
    pub fn creatable_vgpu_placements(
        &self,
        vgpu_type: VgpuTypeId,
    ) -> Result<VgpuPlacements, Error> {
        let found = self.creatable_vgpu_placements_or_failure(vgpu_type);
        found.map_err(|failure| {
            let subject = || Subject {
                vgpu_type: Some(vgpu_type),
                ..Subject::default()
            };
            self.vgpu_error_about(failure, &subject, VgpuCall::Placements)
        })
    }
}
