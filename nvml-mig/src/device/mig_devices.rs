//! MIG devices of a GPU: listing and finding them.

use core::ops::ControlFlow;

use crate::driver::call::{Failure, still_there};
use crate::error::{CallError, Cause, Error, ReturnCode, Subject};
use crate::explain;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::{Device, MigDevice};

/// Most searches for a MIG device while others come and go.
const SEARCHES: usize = 16;

/// # MIG devices
impl Device {
    /// Returns the maximum number of MIG devices on this GPU; 0 on a GPU without MIG and while MIG mode is off.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMaxMigDeviceCount")]
    #[inline]
    pub fn max_mig_device_count(&self) -> Result<u32, Error> {
        self.max_mig_device_count_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns the MIG device with this index; `None` if there is none. Indices may have gaps. For an index below
    /// [`max_mig_device_count`](Self::max_mig_device_count) without a MIG device, some drivers return
    /// [`ReturnCode::NotFound`], others [`ReturnCode::InvalidArgument`], and some the handle of a destroyed MIG device,
    /// with which every query fails; [`each_mig_device`](Self::each_mig_device) leaves these out.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`] if `index` is not below [`max_mig_device_count`](Self::max_mig_device_count).
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    #[inline]
    pub fn mig_device_by_index(&self, index: u32) -> Result<Option<MigDevice>, Error> {
        match self.mig_device_by_index_or_failure(index) {
            Ok(device) => Ok(Some(device)),
            Err(failure) if failure.is(ReturnCode::NotFound) => Ok(None),
            Err(failure) if self.is_vacant(index, failure) => Ok(None),
            Err(failure) => Err(self.mig_device_by_index_error(failure)),
        }
    }

    /// Whether `failure` means that the index is valid, but no MIG device has it.
    #[cold]
    #[inline(never)]
    fn is_vacant(&self, index: u32, failure: Failure) -> bool {
        let most = self.max_mig_device_count_or_failure();
        failure.is(ReturnCode::InvalidArgument) && most.is_ok_and(|most| index < most)
    }

    #[cold]
    #[inline(never)]
    fn mig_device_by_index_error(&self, failure: Failure) -> Error {
        self.error_about(failure, &Subject::default, &|code| {
            explain::mig_device_by_index(self, code)
        })
    }

    /// Returns all MIG devices, one for each compute instance. A GPU instance without compute instances has none. To keep
    /// the others when one can't be opened, use [`each_mig_device`](Self::each_mig_device), which also says what others may
    /// change meanwhile.
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
    /// for mig_device in device.mig_devices()? {
    ///     println!("{} {}", mig_device.name()?, mig_device.uuid()?);
    /// }
    /// # assert_eq!(device.mig_devices()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn mig_devices(&self) -> Result<Vec<MigDevice>, Error> {
        self.each_mig_device()?.map(|(_, device)| device).collect()
    }

    /// Returns the MIG device of this compute instance in this GPU instance.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`] if there is none.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn mig_device_by_ids(
        &self,
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
    ) -> Result<MigDevice, Error> {
        let ids = (gpu_instance, compute_instance);
        let mut earlier = None;
        for _ in 0..SEARCHES {
            match self.search_mig_devices(ids)? {
                ControlFlow::Break(found) => return Ok(found),
                ControlFlow::Continue(seen) if earlier.as_ref() == Some(&seen) => break,
                // Indices are dense: if one before it was destroyed meanwhile, it was passed over.
                ControlFlow::Continue(seen) => earlier = Some(seen),
            }
        }
        Err(no_mig_device(self, ids))
    }

    /// Looks at all indices once. Returns the MIG device with these ids, or the others if there is none.
    fn search_mig_devices(
        &self,
        ids: (GpuInstanceId, ComputeInstanceId),
    ) -> Result<ControlFlow<MigDevice, Vec<MigDevice>>, Error> {
        let (mut seen, mut problem) = (Vec::new(), None);
        for index in 0..self.max_mig_device_count()? {
            match self.mig_device_at(index, ids) {
                Ok(Some((device, true))) => return Ok(ControlFlow::Break(device)),
                Ok(Some((device, false))) => seen.push(device),
                Ok(None) => {}
                // It may be another one that can't be asked.
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        problem.map_or(Ok(ControlFlow::Continue(seen)), Err)
    }

    /// Returns the MIG device with this index, and whether it is the one with these ids.
    fn mig_device_at(
        &self,
        index: u32,
        (gpu_instance, compute_instance): (GpuInstanceId, ComputeInstanceId),
    ) -> Result<Option<(MigDevice, bool)>, Error> {
        let Some(device) = self.mig_device_by_index(index)? else {
            return Ok(None);
        };
        match still_there(device.is_in(gpu_instance, compute_instance)).transpose() {
            Ok(is_it) => Ok(Some((device, is_it.unwrap_or(false)))),
            Err(failure) => Err(device.as_device().error(failure)),
        }
    }
}

#[cold]
fn no_mig_device(gpu: &Device, ids: (GpuInstanceId, ComputeInstanceId)) -> Error {
    let subject = Subject {
        device: gpu.uuid_or_failure().ok(),
        gpu_instance: Some(ids.0),
        compute_instance: Some(ids.1),
        ..Subject::default()
    };
    let hint = Cause::Gone.hint("no MIG device has these ids: the compute instance does not exist");
    let function = "nvmlDeviceGetMigDeviceHandleByIndex";
    let error = CallError::new(function, ReturnCode::NotFound)
        .with_subject(subject)
        .explained(Some(hint));
    Error::Call(Box::new(error))
}
