//! GPU performance monitoring (GPM) of GPU instances, on Hopper and newer.

mod metric;
mod owner;

use nvml_mig_sys::{self as sys, Handle, nvmlGpmSample_st};

use crate::driver::call::{Failure, call, check};
use crate::error::{Error, InputError, ReturnCode, Subject};
use crate::explain;
use crate::id::GpuInstanceId;
use crate::query::{Device, GpuInstance, MigDevice};
use owner::Owner;

pub use metric::GpmMetric;

/// # Performance monitoring
impl Device {
    /// Returns whether this GPU supports performance monitoring, as Hopper and newer do.
    ///
    /// # Errors
    ///
    /// [`Error::FunctionMissing`] on a driver without it, [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlGpmQueryDeviceSupport")]
    pub fn has_gpm(&self) -> Result<bool, Error> {
        let library = self.driver().library();
        let version = sys::NVML_GPM_SUPPORT_VERSION;
        let mut support = sys::nvmlGpmSupport_t {
            version,
            ..Default::default()
        };
        match call!(library.nvmlGpmQueryDeviceSupport(self.handle(), &mut support)) {
            Ok(()) => Ok(support.isSupportedDevice != 0),
            Err(failure) if failure.is(ReturnCode::NotSupported) => Ok(false),
            // An older driver would not help on an older GPU.
            Err(failure) if failure.is_missing() && explain::is_too_old_for_gpm(self) => Ok(false),
            Err(failure) => Err(self.error(failure)),
        }
    }
}

/// # Performance monitoring
impl GpuInstance {
    /// Reads the performance counters of this GPU instance. Metrics are computed from two samples.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without performance monitoring, which begins with Hopper;
    /// [`ReturnCode::NotFound`] or `InvalidArgument` if the instance was destroyed since this handle was returned.
    #[doc(alias = "nvmlGpmSampleAlloc")]
    #[doc(alias = "nvmlGpmMigSampleGet")]
    pub fn gpm_sample(&self) -> Result<GpmSample, Error> {
        let owner = Owner::GpuInstance(self.another_handle());
        GpmSample::take(self.device(), self.id(), owner)
    }
}

/// # Performance monitoring
impl MigDevice {
    /// Reads the performance counters of its GPU instance, which it may share with other MIG devices. This needs no
    /// privilege. Metrics are computed from two samples.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("h100-sxm5-80gb")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.40gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("4g.40gb")?.id;
    /// # let _compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// for mig_device in device.mig_devices()? {
    ///     let sample = mig_device.gpm_sample()?;
    ///     println!("GPU instance {}", sample.gpu_instance_id());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without performance monitoring, which begins with Hopper;
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlGpmMigSampleGet")]
    pub fn gpm_sample(&self) -> Result<GpmSample, Error> {
        let (parent, id) = (self.parent()?, self.gpu_instance_id()?);
        GpmSample::take(&parent, id, Owner::MigDevice(self.clone()))
    }
}

/// A sample of the performance counters of a GPU instance. It is freed when dropped.
#[derive(Debug)]
#[doc(alias = "nvmlGpmSample_t")]
pub struct GpmSample {
    device: Device,
    gpu_instance_id: GpuInstanceId,
    /// Shows whether the GPU instance still exists.
    owner: Owner,
    sample: Handle<nvmlGpmSample_st>,
}

impl GpmSample {
    /// The owner is checked after the counters were read, since an id alone may mean a newer instance.
    fn take(device: &Device, id: GpuInstanceId, owner: Owner) -> Result<Self, Error> {
        let library = device.driver().library();
        let mut raw = Handle::<nvmlGpmSample_st>::NULL.raw();
        call!(library.nvmlGpmSampleAlloc(&mut raw)).map_err(|failure| refused(device, failure))?;
        let sample = Self {
            device: device.clone(),
            gpu_instance_id: id,
            owner,
            sample: Handle::new(raw),
        };
        let (handle, number) = (device.handle(), id.number());
        call!(library.nvmlGpmMigSampleGet(handle, number, sample.sample))
            .map_err(|failure| refused(device, failure))?;
        sample.owner.check(id)?;
        Ok(sample)
    }

    /// Returns the id of the GPU instance.
    #[must_use]
    pub const fn gpu_instance_id(&self) -> GpuInstanceId {
        self.gpu_instance_id
    }

    /// Computes metrics between an earlier sample of the same GPU instance and this one, in the requested order. Each metric
    /// has its own result, which is a return code if the GPU does not support it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("h100-sxm5-80gb")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.40gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// use nvml_mig::monitor::GpmMetric;
    ///
    /// let earlier = gpu_instance.gpm_sample()?;
    /// // A second later:
    /// let later = gpu_instance.gpm_sample()?;
    /// for metric in later.metrics_since(&earlier, &[GpmMetric::SmUtilization])? {
    ///     match metric {
    ///         Ok(percent) => println!("{percent:.1} % of the SMs were busy"),
    ///         Err(code) => println!("not measured: {code}"),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for samples of different GPU instances or more metrics than NVML computes at once;
    /// [`ReturnCode::NotFound`] or `InvalidArgument` if the GPU instance was destroyed after the earlier sample, also if there
    /// is another with its id now; [`Error::Call`] if NVML refuses all metrics.
    #[doc(alias = "nvmlGpmMetricsGet")]
    pub fn metrics_since(
        &self,
        earlier: &Self,
        metrics: &[GpmMetric],
    ) -> Result<Vec<Result<f64, ReturnCode>>, Error> {
        if (&self.device, self.gpu_instance_id) != (&earlier.device, earlier.gpu_instance_id) {
            return Err(InputError::SamplesOfTwoInstances.into());
        }
        let mut request = self.request(earlier, metrics)?;
        earlier.owner.check(earlier.gpu_instance_id)?;
        let library = self.device.driver().library();
        call!(library.nvmlGpmMetricsGet(request.as_mut_slice()))
            .map_err(|failure| refused(&self.device, failure))?;
        let [answers, _] = &*request;
        let answers = answers.metrics.iter().take(metrics.len());
        Ok(answers.map(answer).collect())
    }

    /// Computes one metric between an earlier sample of the same GPU instance and this one.
    ///
    /// # Errors
    ///
    /// As [`metrics_since`](Self::metrics_since); [`Error::Call`] also if NVML refuses this metric.
    #[doc(alias = "nvmlGpmMetricsGet")]
    pub fn metric_since(&self, earlier: &Self, metric: GpmMetric) -> Result<f64, Error> {
        let values = self.metrics_since(earlier, &[metric])?;
        let value = values.into_iter().next();
        // There is one value for each metric.
        value.unwrap_or(Err(ReturnCode::Unknown)).map_err(|code| {
            let function = "nvmlGpmMetricsGet";
            refused(&self.device, Failure { function, code })
        })
    }

    /// On the heap: the structure has room for all metrics and is 19 KB. The second is spare room for a driver that writes more.
    fn request(
        &self,
        earlier: &Self,
        metrics: &[GpmMetric],
    ) -> Result<Box<[sys::nvmlGpmMetricsGet_t; 2]>, Error> {
        let mut both = Box::new([sys::nvmlGpmMetricsGet_t::default(); 2]);
        let [request, _] = &mut *both;
        let most = request.metrics.len();
        let count = u32::try_from(metrics.len())
            .ok()
            .filter(|_| metrics.len() <= most);
        let Some(count) = count else {
            let asked = metrics.len();
            return Err(InputError::TooManyMetrics { most, asked }.into());
        };
        request.version = sys::NVML_GPM_METRICS_GET_VERSION;
        request.numMetrics = count;
        request.sample1 = earlier.sample.raw();
        request.sample2 = self.sample.raw();
        for (slot, metric) in request.metrics.iter_mut().zip(metrics) {
            slot.metricId = metric.number();
        }
        Ok(both)
    }
}

fn refused(device: &Device, failure: Failure) -> Error {
    let is_hopeless = failure.is_missing() && explain::is_too_old_for_gpm(device);
    let failure = Failure {
        code: if is_hopeless {
            ReturnCode::NotSupported
        } else {
            failure.code
        },
        ..failure
    };
    device.error_about(failure, &Subject::default, &|code| {
        explain::gpm(device, code)
    })
}

fn answer(metric: &sys::nvmlGpmMetric_t) -> Result<f64, ReturnCode> {
    match check("nvmlGpmMetricsGet", metric.nvmlReturn) {
        Ok(()) => Ok(metric.value),
        Err(failure) => Err(failure.code),
    }
}

impl Drop for GpmSample {
    fn drop(&mut self) {
        let library = self.device.driver().library();
        // A sample that can't be freed is lost until NVML shuts down; nothing depends on it.
        let _refusal = call!(library.nvmlGpmSampleFree(self.sample));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use nvml_mig_sim::{GpuSpec, Simulator};

    use super::GpmMetric;
    use crate::device::Nvml;
    use crate::id::GpuInstanceProfileId;

    /// Metrics are those from the first sample to the second (nvml.h), so exchanged samples would give nonsense.
    #[test]
    fn the_earlier_sample_comes_first() {
        let spec = GpuSpec::new("h100-sxm5-80gb");
        let simulator = Simulator::builder().gpu(spec).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let instance = device.create_gpu_instance(GpuInstanceProfileId::new(0));
        let instance = instance.unwrap();
        let (earlier, later) = (
            instance.gpm_sample().unwrap(),
            instance.gpm_sample().unwrap(),
        );
        assert_ne!(earlier.sample, later.sample);
        let request = later
            .request(&earlier, &[GpmMetric::SmUtilization])
            .unwrap();
        let [request, _] = *request;
        assert_eq!(request.sample1, earlier.sample.raw());
        assert_eq!(request.sample2, later.sample.raw());
    }
}
