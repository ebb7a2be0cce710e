//! A MIG device.

use nvml_mig_sys::{self as sys, Handle, nvmlDevice_st};

use crate::call::{Failure, Reason, call};
use crate::compute_instance::ComputeInstance;
use crate::device::{Bar1Info, Device, MemoryInfo};
use crate::error::Error;
use crate::gpu_instance::GpuInstance;
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// A MIG device: one compute instance of a GPU instance, as CUDA programs see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigDevice {
    /// NVML gives MIG devices handles of the same type as GPUs; the two differ in what may be asked of them.
    device: Device,
}

impl MigDevice {
    pub(crate) const fn new(device: Device) -> Self {
        Self { device }
    }

    /// The same handle, for what NVML answers on GPUs and MIG devices alike.
    pub(crate) const fn as_device(&self) -> &Device {
        &self.device
    }

    /// UUID, `MIG-...`. It is made from the GPU and the ids of the two instances, so the same instances made
    /// again have the same UUID.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetUUID")]
    pub fn uuid(&self) -> Result<String, Error> {
        self.device.uuid()
    }

    /// Name: that of the GPU, `MIG` and the profile, such as `NVIDIA A30 MIG 2c.4g.24gb`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetName")]
    pub fn name(&self) -> Result<String, Error> {
        self.device.name()
    }

    /// Index among the MIG devices of its GPU. It changes when others come and go.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetIndex")]
    pub fn index(&self) -> Result<u32, Error> {
        self.device.index()
    }

    /// Id of the GPU instance that it is in.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetGpuInstanceId")]
    pub fn gpu_instance_id(&self) -> Result<GpuInstanceId, Error> {
        self.gpu_instance_id_or_failure()
            .map_err(|failure| self.device.error(failure))
    }

    fn gpu_instance_id_or_failure(&self) -> Result<GpuInstanceId, Failure> {
        let library = self.device.driver().library();
        let mut id = 0;
        call!(library.nvmlDeviceGetGpuInstanceId(self.device.handle(), &mut id))?;
        Ok(GpuInstanceId::new(id))
    }

    /// Id of the compute instance that it is.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetComputeInstanceId")]
    pub fn compute_instance_id(&self) -> Result<ComputeInstanceId, Error> {
        self.compute_instance_id_or_failure()
            .map_err(|failure| self.device.error(failure))
    }

    fn compute_instance_id_or_failure(&self) -> Result<ComputeInstanceId, Failure> {
        let library = self.device.driver().library();
        let mut id = 0;
        call!(library.nvmlDeviceGetComputeInstanceId(self.device.handle(), &mut id))?;
        Ok(ComputeInstanceId::new(id))
    }

    /// Whether it is this compute instance of this GPU instance.
    pub(crate) fn is_in(
        &self,
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
    ) -> Result<bool, Failure> {
        Ok(self.gpu_instance_id_or_failure()? == gpu_instance
            && self.compute_instance_id_or_failure()? == compute_instance)
    }

    /// The GPU that it is on.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetDeviceHandleFromMigDeviceHandle")]
    pub fn parent(&self) -> Result<Device, Error> {
        let library = self.device.driver().library();
        let mut raw = Handle::<nvmlDevice_st>::NULL.raw();
        call!(library.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self.device.handle(), &mut raw))
            .map_err(|failure| self.device.error(failure))?;
        Ok(self.device.sibling(Handle::new(raw)))
    }

    /// Memory of its GPU instance, in bytes. A few MiB are used when it is idle.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetMemoryInfo")]
    pub fn memory_info(&self) -> Result<MemoryInfo, Error> {
        self.device.memory_info()
    }

    /// Window on the PCI bus of its GPU instance, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetBAR1MemoryInfo")]
    pub fn bar1_info(&self) -> Result<Bar1Info, Error> {
        self.device.bar1_info()
    }

    /// The GPU instance that it is in. Needs root or `CAP_SYS_ADMIN`; the ids alone do not.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_by_id`].
    pub fn gpu_instance(&self) -> Result<GpuInstance, Error> {
        self.parent()?.gpu_instance_by_id(self.gpu_instance_id()?)
    }

    /// The compute instance that it is. Needs root or `CAP_SYS_ADMIN`; the ids alone do not.
    ///
    /// # Errors
    ///
    /// As [`GpuInstance::compute_instance_by_id`].
    pub fn compute_instance(&self) -> Result<ComputeInstance, Error> {
        self.gpu_instance()?
            .compute_instance_by_id(self.compute_instance_id()?)
    }

    /// What it has: SMs of its compute instance, memory and engines of its GPU instance.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetAttributes_v2")]
    #[doc(alias = "nvmlDeviceGetAttributes")]
    pub fn attributes(&self) -> Result<MigDeviceAttributes, Error> {
        let library = self.device.driver().library();
        let handle = self.device.handle();
        let mut raw = sys::nvmlDeviceAttributes_t::default();
        let newest = call!(library.nvmlDeviceGetAttributes_v2(handle, &mut raw));
        let answer = match newest {
            Err(Failure {
                reason: Reason::Missing,
                ..
            }) => {
                call!(library.nvmlDeviceGetAttributes(handle, &mut raw))
            }
            answer => answer,
        };
        answer.map_err(|failure| self.device.error(failure))?;
        Ok(MigDeviceAttributes::from_raw(&raw))
    }
}

/// What a MIG device has: SMs of its compute instance, memory and engines of its GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlDeviceAttributes_t")]
pub struct MigDeviceAttributes {
    /// SMs.
    pub multiprocessor_count: u32,
    /// Copy engines, shared within the GPU instance.
    pub shared_copy_engine_count: u32,
    /// NVDEC engines, shared within the GPU instance.
    pub shared_decoder_count: u32,
    /// NVENC engines, shared within the GPU instance.
    pub shared_encoder_count: u32,
    /// JPEG engines, shared within the GPU instance.
    pub shared_jpeg_count: u32,
    /// Optical flow engines, shared within the GPU instance.
    pub shared_ofa_count: u32,
    /// Compute slices of the GPU instance.
    pub gpu_instance_slice_count: u32,
    /// Compute slices of the compute instance.
    pub compute_instance_slice_count: u32,
    /// Memory of the GPU instance in MiB.
    pub memory_mib: u64,
}

impl MigDeviceAttributes {
    const fn from_raw(raw: &sys::nvmlDeviceAttributes_t) -> Self {
        Self {
            multiprocessor_count: raw.multiprocessorCount,
            shared_copy_engine_count: raw.sharedCopyEngineCount,
            shared_decoder_count: raw.sharedDecoderCount,
            shared_encoder_count: raw.sharedEncoderCount,
            shared_jpeg_count: raw.sharedJpegCount,
            shared_ofa_count: raw.sharedOfaCount,
            gpu_instance_slice_count: raw.gpuInstanceSliceCount,
            compute_instance_slice_count: raw.computeInstanceSliceCount,
            memory_mib: raw.memorySizeMB,
        }
    }
}
