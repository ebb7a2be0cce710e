//! What an instance of a profile gets, in one shape whichever version of the structure the driver speaks.

use super::{ComputeInstanceProfile, GpuInstanceProfile, ReportedName};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// What a GPU instance of a profile gets on a particular GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlGpuInstanceProfileInfo_t")]
#[doc(alias = "nvmlGpuInstanceProfileInfo_v2_t")]
#[doc(alias = "nvmlGpuInstanceProfileInfo_v3_t")]
pub struct GpuInstanceProfileInfo {
    /// Which profile of nvml.h it is; `None` if the driver tells of it by its id only.
    pub profile: Option<GpuInstanceProfile>,
    /// The id that creating, listing and placement queries take; it differs between GPU models.
    pub id: GpuInstanceProfileId,
    /// The driver's own name without `MIG `, such as `1g.5gb+me`; computed where the driver gives none.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// How many fit on an empty GPU. Some A30 drivers report it wrong.
    pub instance_count: u32,
    /// SMs.
    pub multiprocessor_count: u32,
    /// Copy engines.
    pub copy_engine_count: u32,
    /// NVDEC engines.
    pub decoder_count: u32,
    /// NVENC engines.
    pub encoder_count: u32,
    /// JPEG engines.
    pub jpeg_count: u32,
    /// Optical flow engines.
    pub ofa_count: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Whether peer-to-peer access works.
    pub p2p: bool,
    /// Whether graphics works.
    pub graphics: bool,
}

/// What a compute instance of a profile gets in a particular GPU instance. It has compute slices of its own, and
/// shares the engines and the memory of its GPU instance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlComputeInstanceProfileInfo_t")]
#[doc(alias = "nvmlComputeInstanceProfileInfo_v2_t")]
#[doc(alias = "nvmlComputeInstanceProfileInfo_v3_t")]
pub struct ComputeInstanceProfileInfo {
    /// Which profile of nvml.h it is.
    pub profile: ComputeInstanceProfile,
    /// The id that creating, listing and placement queries take.
    pub id: ComputeInstanceProfileId,
    /// The driver's own name without `MIG `, such as `1c.3g.20gb`; computed where the driver gives none.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// How many fit in an empty GPU instance.
    pub instance_count: u32,
    /// SMs.
    pub multiprocessor_count: u32,
    /// Copy engines of the GPU instance.
    pub shared_copy_engine_count: u32,
    /// NVDEC engines of the GPU instance.
    pub shared_decoder_count: u32,
    /// NVENC engines of the GPU instance.
    pub shared_encoder_count: u32,
    /// JPEG engines of the GPU instance.
    pub shared_jpeg_count: u32,
    /// Optical flow engines of the GPU instance.
    pub shared_ofa_count: u32,
    /// Whether graphics works; drivers before version 3 of the structure do not say, which reads as no.
    pub graphics: bool,
}
