//! A compute instance: its MIG device, and its destruction.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st};

use crate::driver::call::{Failure, call};
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
            let undone = undone.and_then(|()| match Self::from_handle(gpu_instance, handle) {
                Ok(_) => Err(Failure::implausible("nvmlComputeInstanceDestroy")),
                Err(_) => Ok(()),
            });
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
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege,
    /// [`NotFound`](crate::ReturnCode::NotFound) or `InvalidArgument` if the instance was destroyed since this handle was
    /// returned; an instance that took its place is not destroyed.
    /// [`Cause::NotDestroyed`](crate::error::Cause::NotDestroyed) if NVML reports success but the instance stays.
    #[doc(alias = "nvmlComputeInstanceDestroy")]
    pub fn destroy(self) -> Result<(), DestroyError<Self>> {
        match self.destroy_verified() {
            Ok(()) => Ok(()),
            Err(error) => Err(DestroyError {
                instance: self,
                error,
            }),
        }
    }

    fn destroy_verified(&self) -> Result<(), Error> {
        self.check_same()?;
        self.destroy_and_read_back()
    }

    /// The same as [`destroy`](Self::destroy) for a handle that was checked just now.
    #[cfg(feature = "apply")]
    pub(crate) fn destroy_checked(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.destroy_and_read_back();
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    fn destroy_and_read_back(&self) -> Result<(), Error> {
        self.destroy_alone()?;
        if self.is_same() == Ok(true) {
            return Err(self.destroy_error(Failure::implausible("nvmlComputeInstanceDestroy")));
        }
        Ok(())
    }

    /// Fails if NVML's handle is for another instance now. A handle for no instance is refused by NVML itself.
    pub(crate) fn check_same(&self) -> Result<(), Error> {
        if self.is_same() == Ok(false) {
            return Err(self.destroy_error(Self::REUSED));
        }
        Ok(())
    }

    /// The same for a handle that was returned just now, by a caller who reads back the result.
    pub(crate) fn destroy_unverified(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.destroy_alone();
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    fn destroy_alone(&self) -> Result<(), Error> {
        let library = self.device().driver().library();
        call!(library.nvmlComputeInstanceDestroy(self.handle()))
            .map_err(|failure| self.destroy_error(failure))
    }

    fn destroy_error(&self, failure: Failure) -> Error {
        let subject = || Subject {
            gpu_instance: Some(self.gpu_instance_id()),
            compute_instance: Some(self.id()),
            ..Subject::default()
        };
        let hint = |code| explain::destroy_compute_instance(self, code);
        self.device().error_about(failure, &subject, &hint)
    }
}
