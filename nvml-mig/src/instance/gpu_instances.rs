//! GPU instances of a GPU: creating, listing and finding them.

use nvml_mig_sys::{Handle, nvmlGpuInstance_t};

use crate::driver::call::{Failure, call};
use crate::error::{Error, Subject};
use crate::explain;
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::query::{Device, GpuInstance};

/// # GPU instances
impl Device {
    /// Creates a GPU instance at a placement that the driver chooses. It outlives this process. Programs can use it once it
    /// has a compute instance.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::profile::GpuInstanceProfile;
    ///
    /// let profile = device.gpu_instance_profile(GpuInstanceProfile::Slice2)?;
    /// let gpu_instance = device.create_gpu_instance(profile.id)?;
    /// println!("GPU instance {} at {}", gpu_instance.id(), gpu_instance.placement());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InsufficientResources`](crate::ReturnCode::InsufficientResources) if there is no room,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) while MIG mode is off or in a vGPU guest,
    /// [`InUse`](crate::ReturnCode::InUse) while programs run on the whole GPU,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege, and
    /// [`InvalidArgument`](crate::ReturnCode::InvalidArgument) for an id that this GPU does not have.
    #[doc(alias = "nvmlDeviceCreateGpuInstance")]
    pub fn create_gpu_instance(&self, profile: GpuInstanceProfileId) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        self.create(profile, None, |instance| {
            call!(library.nvmlDeviceCreateGpuInstance(self.handle(), profile.number(), instance))
        })
    }

    /// Creates a GPU instance at a placement, one of
    /// [`gpu_instance_possible_placements`](Self::gpu_instance_possible_placements).
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::instance::GpuInstancePlacement;
    ///
    /// let profile = device.gpu_instance_profile_by_name("2g.12gb")?.id;
    /// let placement = GpuInstancePlacement { start: 2, size: 2 };
    /// let gpu_instance = device.create_gpu_instance_at(profile, placement)?;
    /// assert_eq!(gpu_instance.placement(), placement);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_gpu_instance`](Self::create_gpu_instance); a placement that the profile can't have is
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument), an occupied one
    /// [`InsufficientResources`](crate::ReturnCode::InsufficientResources).
    #[doc(alias = "nvmlDeviceCreateGpuInstanceWithPlacement")]
    pub fn create_gpu_instance_at(
        &self,
        profile: GpuInstanceProfileId,
        placement: GpuInstancePlacement,
    ) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        let raw = placement.to_raw();
        self.create(profile, Some(placement), |instance| {
            call!(library.nvmlDeviceCreateGpuInstanceWithPlacement(
                self.handle(),
                profile.number(),
                &raw,
                instance
            ))
        })
    }

    fn create(
        &self,
        profile: GpuInstanceProfileId,
        placement: Option<GpuInstancePlacement>,
        query: impl FnOnce(&mut nvmlGpuInstance_t) -> Result<(), Failure>,
    ) -> Result<GpuInstance, Error> {
        let mut raw = Handle::NULL.raw();
        query(&mut raw).map_err(|failure| {
            let subject = || Subject {
                profile: Some(self.describe_profile(profile)),
                placement: placement.map(|placement| placement.to_string()),
                ..Subject::default()
            };
            let hint = |code| explain::create_gpu_instance(self, code, profile, placement);
            self.error_about(failure, &subject, &hint)
        })?;
        let created = GpuInstance::from_new_handle(self, Handle::new(raw))?;
        created.of_profile(profile)
    }

    /// Returns all GPU instances, ordered by id; none while MIG mode is off.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlDeviceGetGpuInstances")]
    pub fn gpu_instances(&self) -> Result<Vec<GpuInstance>, Error> {
        self.gpu_instances_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns the GPU instance with this id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) while MIG mode is off,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlDeviceGetGpuInstanceById")]
    pub fn gpu_instance_by_id(&self, id: GpuInstanceId) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        let mut raw = Handle::NULL.raw();
        let found =
            call!(library.nvmlDeviceGetGpuInstanceById(self.handle(), id.number(), &mut raw));
        found
            .and_then(|()| GpuInstance::from_handle(self, Handle::new(raw)))
            .and_then(|found| found.of_id(id))
            .map_err(|failure| {
                let subject = || Subject {
                    gpu_instance: Some(id),
                    ..Subject::default()
                };
                self.error_about(failure, &subject, &|code| {
                    explain::gpu_instance_by_id(self, code)
                })
            })
    }
}
