//! Compute instances of a GPU instance: creating, listing and finding them.

use nvml_mig_sys::{Handle, nvmlComputeInstance_t};

use crate::driver::call::{Failure, call};
use crate::error::{Error, Subject};
use crate::explain;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId};
use crate::placement::ComputeInstancePlacement;
use crate::query::{ComputeInstance, GpuInstance};

/// # Compute instances
impl GpuInstance {
    /// Creates a compute instance, and with it a MIG device, at a placement that the driver chooses. It outlives this
    /// process.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// use nvml_mig::profile::ComputeInstanceProfile;
    ///
    /// let profile = gpu_instance.compute_instance_profile(ComputeInstanceProfile::Slice2)?;
    /// let compute_instance = gpu_instance.create_compute_instance(profile.id)?;
    /// println!("CUDA_VISIBLE_DEVICES={}", compute_instance.mig_device()?.uuid()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InsufficientResources`](crate::ReturnCode::InsufficientResources) if there is no room,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU instance does not have,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceCreateComputeInstance")]
    pub fn create_compute_instance(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        self.create(profile, None, |created| {
            call!(library.nvmlGpuInstanceCreateComputeInstance(instance, id, created))
        })
    }

    /// Creates a compute instance at a placement, one of
    /// [`compute_instance_possible_placements`](Self::compute_instance_possible_placements).
    ///
    /// # Errors
    ///
    /// As [`create_compute_instance`](Self::create_compute_instance); a placement that the profile can't have is
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument), an occupied one
    /// [`InUse`](crate::ReturnCode::InUse). [`Error::FunctionMissing`] on drivers older than 525.
    #[doc(alias = "nvmlGpuInstanceCreateComputeInstanceWithPlacement")]
    pub fn create_compute_instance_at(
        &self,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, id, raw) = (self.handle(), profile.number(), placement.to_raw());
        self.create(profile, Some(placement), |created| {
            call!(
                library
                    .nvmlGpuInstanceCreateComputeInstanceWithPlacement(instance, id, &raw, created)
            )
        })
    }

    fn create(
        &self,
        profile: ComputeInstanceProfileId,
        placement: Option<ComputeInstancePlacement>,
        query: impl FnOnce(&mut nvmlComputeInstance_t) -> Result<(), Failure>,
    ) -> Result<ComputeInstance, Error> {
        let mut raw = Handle::NULL.raw();
        query(&mut raw).map_err(|failure| {
            let subject = || Subject {
                profile: Some(self.describe_compute_instance_profile(profile)),
                placement: placement.map(|placement| placement.to_string()),
                ..Subject::default()
            };
            let hint = |code| explain::create_compute_instance(self, code, profile, placement);
            self.error_about(failure, &subject, &hint)
        })?;
        ComputeInstance::from_new_handle(self, Handle::new(raw))
    }

    /// Returns all compute instances, ordered by id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the GPU instance is gone,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstances")]
    pub fn compute_instances(&self) -> Result<Vec<ComputeInstance>, Error> {
        self.compute_instances_or_failure()
            .map_err(|failure| self.profiles_error(failure))
    }

    /// Returns the compute instance with this id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceById")]
    pub fn compute_instance_by_id(&self, id: ComputeInstanceId) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, mut raw) = (self.handle(), Handle::NULL.raw());
        let found =
            call!(library.nvmlGpuInstanceGetComputeInstanceById(instance, id.number(), &mut raw));
        found
            .and_then(|()| ComputeInstance::from_handle(self, Handle::new(raw)))
            .and_then(|found| found.of_id(id))
            .map_err(|failure| {
                let subject = || Subject {
                    compute_instance: Some(id),
                    ..Subject::default()
                };
                self.error_about(failure, &subject, &|code| {
                    explain::compute_instance_by_id(self, code)
                })
            })
    }
}
