//! The resources of a MIG device.

use nvml_mig_sys as sys;

use super::MigDevice;
use crate::driver::call::{Failure, call, or_older};

/// The resources of a MIG device: the SMs of its compute instance, and the memory and engines of its GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlDeviceAttributes_t")]
pub struct MigDeviceAttributes {
    /// Streaming multiprocessors (SMs).
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

impl MigDevice {
    pub(crate) fn attributes_or_failure(&self) -> Result<MigDeviceAttributes, Failure> {
        let library = self.as_device().driver().library();
        let handle = self.as_device().handle();
        let mut raw = sys::nvmlDeviceAttributes_t::default();
        let newest = call!(library.nvmlDeviceGetAttributes_v2(handle, &mut raw));
        or_older(newest, || {
            call!(library.nvmlDeviceGetAttributes(handle, &mut raw))
        })?;
        Ok(MigDeviceAttributes::from_raw(&raw))
    }
}
