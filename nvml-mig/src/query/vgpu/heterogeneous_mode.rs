//! Heterogeneous mode: whether vGPUs with different amounts of memory can share a GPU instance.

use nvml_mig_sys::{self as sys, nvmlEnableState_t as State};

use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::query::GpuInstance;

impl GpuInstance {
    pub(crate) fn vgpu_heterogeneous_mode_or_failure(&self) -> Result<bool, Failure> {
        let library = self.device().driver().library();
        let mut mode = Roomy::new(sys::nvmlVgpuHeterogeneousMode_t {
            version: sys::nvmlVgpuHeterogeneousMode_v1,
            mode: 0,
        });
        call!(library.nvmlGpuInstanceGetVgpuHeterogeneousMode(self.handle(), mode.place()))?;
        match State(mode.value.mode) {
            State::NVML_FEATURE_DISABLED => Ok(false),
            State::NVML_FEATURE_ENABLED => Ok(true),
            _ => Err(Failure::implausible(
                "nvmlGpuInstanceGetVgpuHeterogeneousMode",
            )),
        }
    }

    pub(crate) fn set_vgpu_heterogeneous_mode_or_failure(&self, on: bool) -> Result<(), Failure> {
        let library = self.device().driver().library();
        let mode = sys::nvmlVgpuHeterogeneousMode_t {
            version: sys::nvmlVgpuHeterogeneousMode_v1,
            mode: u32::from(on),
        };
        call!(library.nvmlGpuInstanceSetVgpuHeterogeneousMode(self.handle(), &mode))
    }
}
