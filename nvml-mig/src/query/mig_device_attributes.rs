//! The resources of a MIG device.

use nvml_mig_sys as sys;

use super::MigDevice;
use crate::driver::call::{Failure, call, or_older};
use crate::driver::roomy::Roomy;
use crate::profile::setters::setters;

/// The resources of a MIG device: the SMs of its compute instance, and the memory and engines of its GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlDeviceAttributes_t")]
pub struct MigDeviceAttributes {
    /// Number of streaming multiprocessors (SMs).
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
    /// Creates attributes with these numbers of compute slices and without other resources, for example in a
    /// test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::device::MigDeviceAttributes;
    ///
    /// let attributes = MigDeviceAttributes::new(1, 2).with_memory_mib(9856);
    /// assert_eq!(attributes.compute_instance_slice_count, 1);
    /// assert_eq!(attributes.gpu_instance_slice_count, 2);
    /// ```
    #[must_use]
    pub const fn new(compute_instance_slice_count: u32, gpu_instance_slice_count: u32) -> Self {
        Self {
            multiprocessor_count: 0,
            shared_copy_engine_count: 0,
            shared_decoder_count: 0,
            shared_encoder_count: 0,
            shared_jpeg_count: 0,
            shared_ofa_count: 0,
            gpu_instance_slice_count,
            compute_instance_slice_count,
            memory_mib: 0,
        }
    }

    setters! {
        /// Sets the number of streaming multiprocessors (SMs).
        with_multiprocessor_count: multiprocessor_count: u32;
        /// Sets the number of copy engines.
        with_shared_copy_engine_count: shared_copy_engine_count: u32;
        /// Sets the number of NVDEC engines.
        with_shared_decoder_count: shared_decoder_count: u32;
        /// Sets the number of NVENC engines.
        with_shared_encoder_count: shared_encoder_count: u32;
        /// Sets the number of JPEG engines.
        with_shared_jpeg_count: shared_jpeg_count: u32;
        /// Sets the number of optical flow engines.
        with_shared_ofa_count: shared_ofa_count: u32;
        /// Sets the memory of the GPU instance, in MiB.
        with_memory_mib: memory_mib: u64;
    }

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

impl MigDevice {
    pub(crate) fn attributes_or_failure(&self) -> Result<MigDeviceAttributes, Failure> {
        let library = self.as_device().driver().library();
        let handle = self.as_device().handle();
        let mut raw = Roomy::<sys::nvmlDeviceAttributes_t>::default();
        let newest = call!(library.nvmlDeviceGetAttributes_v2(handle, raw.place()));
        or_older(newest, || {
            call!(library.nvmlDeviceGetAttributes(handle, raw.place()))
        })?;
        Ok(MigDeviceAttributes::from_raw(&raw.value))
    }
}
