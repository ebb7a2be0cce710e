//! A compute instance: its MIG device, and its destruction.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st};

use crate::driver::call::call;
use crate::error::{DestroyError, Error, Subject};
use crate::explain;
use crate::query::{ComputeInstance, GpuInstance, MigDevice};

/// # MIG device and destruction
impl ComputeInstance {
    /// Reads the instance behind the handle of a new instance. If NVML can't describe it, it is destroyed again: the
    /// caller would have no handle to it.
    pub(crate) fn from_new_handle(
        gpu_instance: &GpuInstance,
        handle: Handle<nvmlComputeInstance_st>,
    ) -> Result<Self, Error> {
        Self::from_handle(gpu_instance, handle).map_err(|failure| {
            let library = gpu_instance.device().driver().library();
            let undone = call!(library.nvmlComputeInstanceDestroy(handle));
            gpu_instance.error(failure, &|_| {
                Some(explain::not_read_back("compute instance", undone))
            })
        })
    }

    /// Returns the MIG device of this compute instance.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none, for example because the
    /// instance was destroyed in the meantime.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn mig_device(&self) -> Result<MigDevice, Error> {
        self.device()
            .mig_device_by_ids(self.gpu_instance_id(), self.id())
    }

    /// Destroys the compute instance and its MIG device.
    ///
    /// # Errors
    ///
    /// The error returns the handle: [`ReturnCode::InUse`](crate::ReturnCode::InUse) while processes run on it,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlComputeInstanceDestroy")]
    pub fn destroy(self) -> Result<(), DestroyError<Self>> {
        let library = self.device().driver().library();
        let destroyed = call!(library.nvmlComputeInstanceDestroy(self.handle()));
        destroyed.map_err(|failure| {
            let subject = || Subject {
                gpu_instance: Some(self.gpu_instance_id()),
                compute_instance: Some(self.id()),
                ..Subject::default()
            };
            let hint = |code| explain::destroy_compute_instance(&self, code);
            let error = self.device().error_about(failure, &subject, &hint);
            DestroyError {
                instance: self,
                error,
            }
        })
    }
}
