//! A GPU instance: its profile, and its destruction.

use nvml_mig_sys::{Handle, nvmlGpuInstance_st};

use crate::driver::call::{Failure, call};
use crate::error::hint::{self, Hint};
use crate::error::{DestroyError, Error, ReturnCode, Subject};
use crate::explain;
use crate::id::GpuInstanceProfileId;
use crate::profile::GpuInstanceProfileInfo;
use crate::query::{Device, GpuInstance};

/// # Profile and destruction
impl GpuInstance {
    /// Reads the instance behind the handle of a new instance. If NVML can't describe it, it is destroyed again: the
    /// caller would have no handle to it.
    pub(crate) fn from_new_handle(
        device: &Device,
        handle: Handle<nvmlGpuInstance_st>,
    ) -> Result<Self, Error> {
        Self::from_handle(device, handle).map_err(|failure| {
            let library = device.driver().library();
            let undone = call!(library.nvmlGpuInstanceDestroy(handle));
            let undone = undone.and_then(|()| match Self::from_handle(device, handle) {
                Ok(_) => Err(Failure::implausible("nvmlGpuInstanceDestroy")),
                Err(_) => Ok(()),
            });
            device.error_about(failure, &Subject::default, &|_| {
                Some(explain::not_read_back("GPU instance", undone))
            })
        })
    }

    /// Fails if a new instance has another profile than the one asked for. It is left alone: it need not be the new one.
    pub(crate) fn of_profile(self, profile: GpuInstanceProfileId) -> Result<Self, Error> {
        if self.profile_id() == profile {
            return Ok(self);
        }
        Err(self.not_believed())
    }

    /// The error if what NVML says of this instance, or of one in it, can't be right.
    pub(crate) fn not_believed(&self) -> Error {
        let failure = Failure::implausible("nvmlGpuInstanceGetInfo");
        self.error(failure, &hint::general)
    }

    /// Returns the profile of this GPU instance, with its resources.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_profile_by_id`].
    pub fn profile(&self) -> Result<GpuInstanceProfileInfo, Error> {
        self.device().gpu_instance_profile_by_id(self.profile_id())
    }

    /// Destroys the GPU instance. Its compute instances must be destroyed first.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("2c.4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// // A GPU instance with a compute instance can't be destroyed; the error has the handle.
    /// let refused = gpu_instance.destroy().unwrap_err();
    /// compute_instance.destroy()?;
    /// refused.instance.destroy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error returns the handle: [`ReturnCode::InUse`] while compute instances or processes use it,
    /// [`ReturnCode::NoPermission`] without the privilege, [`ReturnCode::NotFound`] or `InvalidArgument` if the instance was
    /// destroyed since this handle was returned; an instance that took its place is not destroyed.
    /// [`Cause::NotDestroyed`](crate::error::Cause::NotDestroyed) if NVML reports success but the instance stays.
    #[doc(alias = "nvmlGpuInstanceDestroy")]
    pub fn destroy(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.verified(|| self.destroy_alone());
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    /// Destroys only the instance that this handle was made for, and reads back that it is gone.
    pub(super) fn verified(
        &self,
        destroy: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.check_same()?;
        self.gone_after(destroy)
    }

    /// Destroys it, and reads back that it is gone: drivers were seen to report a success that was none.
    fn gone_after(&self, destroy: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        destroy()?;
        if self.is_same() == Ok(true) {
            let failure = Failure::implausible("nvmlGpuInstanceDestroy");
            return Err(self.destroy_error(failure));
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

    fn destroy_error(&self, failure: Failure) -> Error {
        self.error(failure, &|code| explain::destroy_gpu_instance(self, code))
    }

    /// The same as [`destroy`](Self::destroy) for a handle that was checked just now.
    #[cfg(feature = "apply")]
    pub(crate) fn destroy_checked(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.gone_after(|| self.destroy_alone());
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    pub(super) fn destroy_alone(&self) -> Result<(), Error> {
        let library = self.device().driver().library();
        call!(library.nvmlGpuInstanceDestroy(self.handle()))
            .map_err(|failure| self.destroy_error(failure))
    }

    /// Destroys its compute instances and then the GPU instance. It stops at the first failure; compute instances that
    /// were destroyed until then stay destroyed.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("2c.4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// gpu_instance.destroy_with_compute_instances()?;
    /// assert!(device.gpu_instances()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error returns the handle: [`ReturnCode::InUse`] while processes run on it, [`ReturnCode::NoPermission`]
    /// without the privilege.
    #[doc(alias = "nvmlComputeInstanceDestroy")]
    #[doc(alias = "nvmlGpuInstanceDestroy")]
    pub fn destroy_with_compute_instances(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.verified(|| self.destroy_all());
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    pub(crate) fn destroy_all(&self) -> Result<(), Error> {
        for compute_instance in self.compute_instances()? {
            compute_instance.destroy_unverified()?;
        }
        self.destroy_alone()
    }

    /// Describes a failed call about this GPU instance.
    pub(crate) fn error(
        &self,
        failure: Failure,
        hint: &dyn Fn(ReturnCode) -> Option<Hint>,
    ) -> Error {
        self.error_about(failure, &Subject::default, hint)
    }

    /// Describes a failed call about something in this GPU instance.
    pub(crate) fn error_about(
        &self,
        failure: Failure,
        subject: &dyn Fn() -> Subject,
        hint: &dyn Fn(ReturnCode) -> Option<Hint>,
    ) -> Error {
        let subject = || Subject {
            gpu_instance: Some(self.id()),
            ..subject()
        };
        self.device().error_about(failure, &subject, hint)
    }
}
