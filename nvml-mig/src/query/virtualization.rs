//! Whether this is a virtual machine, and how it accesses its GPU.

use nvml_mig_sys::nvmlGpuVirtualizationMode as Mode;

use super::Device;
use crate::driver::call::{Failure, call};

impl Device {
    /// Returns whether this is a virtual machine with a share of a GPU, which only its host can partition. A driver that can't tell
    /// counts as none.
    #[doc(alias = "nvmlDeviceGetVirtualizationMode")]
    #[must_use]
    pub fn is_vgpu_guest(&self) -> bool {
        self.virtualization() == Some(Mode::NVML_GPU_VIRTUALIZATION_MODE_VGPU)
    }

    /// Returns whether this GPU is that of a vGPU host, which gives shares of it to virtual machines. A driver that can't tell
    /// counts as none.
    #[doc(alias = "nvmlDeviceGetVirtualizationMode")]
    #[must_use]
    pub fn is_vgpu_host(&self) -> bool {
        self.virtualization() == Some(Mode::NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU)
    }

    /// The same, where a driver that can't tell counts as one.
    pub(crate) fn is_vgpu_host_or_unknown(&self) -> bool {
        let mode = self.virtualization();
        mode.is_none_or(|mode| mode == Mode::NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU)
    }

    /// Whether this is a virtual machine with a whole GPU passed through to it.
    pub(crate) fn is_pass_through(&self) -> bool {
        self.virtualization() == Some(Mode::NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH)
    }

    /// Returns how this machine accesses the GPU, cached; `None` if the driver can't tell.
    fn virtualization(&self) -> Option<Mode> {
        let ask = || {
            let library = self.driver().library();
            let mut mode = Mode::NVML_GPU_VIRTUALIZATION_MODE_NONE;
            call!(library.nvmlDeviceGetVirtualizationMode(self.handle(), &mut mode))?;
            Ok::<_, Failure>(mode)
        };
        self.identity().virtualization.get_or_ask((), ask).ok()
    }
}
