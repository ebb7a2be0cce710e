//! What an instance of a profile gets, in one shape whichever version of the structure the driver speaks.

use super::{ComputeInstanceProfile, GpuInstanceProfile, ReportedName};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// The resources of a GPU instance of a profile on a particular GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlGpuInstanceProfileInfo_t")]
#[doc(alias = "nvmlGpuInstanceProfileInfo_v2_t")]
#[doc(alias = "nvmlGpuInstanceProfileInfo_v3_t")]
pub struct GpuInstanceProfileInfo {
    /// The profile in nvml.h; `None` if the driver reports it only by id.
    pub profile: Option<GpuInstanceProfile>,
    /// Id for creating, listing and placement queries; it differs between GPU models.
    pub id: GpuInstanceProfileId,
    /// Name from the driver without `MIG `, such as `1g.5gb+me`; computed if the driver reports none.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// Number of instances that fit on an empty GPU. Some A30 drivers report a wrong number.
    pub instance_count: u32,
    /// Streaming multiprocessors (SMs).
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

/// The resources of a compute instance of a profile in a particular GPU instance. It has its own compute slices, and
/// shares the engines and the memory of its GPU instance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlComputeInstanceProfileInfo_t")]
#[doc(alias = "nvmlComputeInstanceProfileInfo_v2_t")]
#[doc(alias = "nvmlComputeInstanceProfileInfo_v3_t")]
pub struct ComputeInstanceProfileInfo {
    /// The profile in nvml.h.
    pub profile: ComputeInstanceProfile,
    /// Id for creating, listing and placement queries.
    pub id: ComputeInstanceProfileId,
    /// Name from the driver without `MIG `, such as `1c.3g.20gb`; computed if the driver reports none.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// Number of instances that fit in an empty GPU instance.
    pub instance_count: u32,
    /// Streaming multiprocessors (SMs).
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
    /// Whether graphics works; `false` with drivers that predate version 3 of the structure.
    pub graphics: bool,
}
