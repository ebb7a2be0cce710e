//! Whether vGPUs with different amounts of memory can share a GPU instance.

use crate::error::Error;
use crate::explain::VgpuCall;
use crate::query::GpuInstance;

/// # vGPUs
impl GpuInstance {
    /// Returns whether vGPUs with different amounts of memory can share it (heterogeneous mode). It is off on a new GPU
    /// instance.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host, or its chip is older than GB20x;
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetVgpuHeterogeneousMode")]
    pub fn vgpu_heterogeneous_mode(&self) -> Result<bool, Error> {
        let found = self.vgpu_heterogeneous_mode_or_failure();
        found.map_err(|failure| self.vgpu_error(failure, VgpuCall::Shared))
    }

    /// Turns heterogeneous mode on or off, until the GPU instance is destroyed. Needs root.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InUse`](crate::ReturnCode::InUse) while vGPUs run on it,
    /// [`ReturnCode::NoPermission`](crate::ReturnCode::NoPermission) without the privilege, otherwise as
    /// [`vgpu_heterogeneous_mode`](Self::vgpu_heterogeneous_mode). [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if
    /// another instance has taken the place of this one, which is left as it is.
    #[doc(alias = "nvmlGpuInstanceSetVgpuHeterogeneousMode")]
    pub fn set_vgpu_heterogeneous_mode(&self, on: bool) -> Result<(), Error> {
        let set = self
            .check()
            .and_then(|()| self.set_vgpu_heterogeneous_mode_or_failure(on));
        set.map_err(|failure| self.vgpu_error(failure, VgpuCall::Change))
    }
}
