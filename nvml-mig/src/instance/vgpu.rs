//! vGPUs on GPU instances of a vGPU host: which fit, which run, and how they share a GPU instance.
//!
//! A vGPU is a share of a GPU in a virtual machine. On a vGPU host with MIG, it runs on a GPU instance; on chips GB20x and
//! newer several can share one. NVML reports vGPUs but can't start them: the Virtual GPU Manager does, with the virtual
//! machine. Elsewhere these methods fail with [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported), and
//! [`Error::cause`](crate::Error::cause) says why. The functions need driver R575 unless they say otherwise.
//!
//! ```
//! # use nvml_mig_sim::{GpuSpec, Simulator, Vgpu, Virtualization};
//! # let gpu = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
//! # let simulator = Simulator::builder().driver_version("595.45.04").gpu(gpu).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! let profile = device.gpu_instance_profile_by_name("1g.24gb+gfx")?.id;
//! let gpu_instance = device.create_gpu_instance(profile)?;
//! for vgpu_type in gpu_instance.creatable_vgpu_types()? {
//!     let most = vgpu_type.max_instances_per_gpu_instance()?;
//!     println!("nvidia-{}: {most} on a GPU instance", vgpu_type.id());
//! }
//! # simulator.start_vgpu(Vgpu::new(0, 1558, 7).gpu_instance(gpu_instance.id().number()))?;
//! for vgpu in gpu_instance.active_vgpus()? {
//!     println!("vGPU {}", vgpu.id());
//! }
//! # assert_eq!(gpu_instance.active_vgpus()?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod heterogeneous_mode;
mod placements;
mod scheduler;
mod vgpu_instance;
mod vgpu_type;

pub use vgpu_instance::VgpuInstance;
pub use vgpu_type::VgpuType;

pub use crate::id::{VgpuInstanceId, VgpuTypeId};
pub use crate::query::{
    VgpuArrMode, VgpuPlacements, VgpuRoundRobin, VgpuSchedulerEngine, VgpuSchedulerLog,
    VgpuSchedulerLogEntry, VgpuSchedulerPolicy, VgpuSchedulerSettings, VgpuSchedulerState,
};

use crate::driver::call::Failure;
use crate::error::{Error, Subject};
use crate::explain::{self, VgpuCall};
use crate::query::GpuInstance;

impl GpuInstance {
    /// Describes a failed call about its vGPUs.
    fn vgpu_error(&self, failure: Failure, call: VgpuCall) -> Error {
        self.vgpu_error_about(failure, &Subject::default, call)
    }

    /// Describes a failed call about a vGPU type on it.
    fn vgpu_error_about(
        &self,
        failure: Failure,
        subject: &dyn Fn() -> Subject,
        call: VgpuCall,
    ) -> Error {
        self.error_about(failure, subject, &|code| explain::vgpus(self, code, call))
    }
}
