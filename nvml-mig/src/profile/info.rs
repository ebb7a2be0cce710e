//! The resources of profiles, in the same form for all versions of the C structures.

use super::setters::setters;
use super::{ComputeInstanceProfile, GpuInstanceProfile, ReportedName};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// The resources of a GPU instance of a profile on a particular GPU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Number of compute slices.
    pub slice_count: u32,
    /// Number of instances that fit on an empty GPU. Some A30 drivers report a wrong number.
    pub instance_count: u32,
    /// Number of streaming multiprocessors (SMs).
    pub multiprocessor_count: u32,
    /// Number of copy engines.
    pub copy_engine_count: u32,
    /// Number of NVDEC engines.
    pub decoder_count: u32,
    /// Number of NVENC engines.
    pub encoder_count: u32,
    /// Number of JPEG engines.
    pub jpeg_count: u32,
    /// Number of optical flow engines.
    pub ofa_count: u32,
    /// Memory of an instance in MiB.
    pub memory_mib: u64,
    /// Whether peer-to-peer access works.
    pub p2p: bool,
    /// Whether instances support graphics APIs.
    pub graphics: bool,
}

impl GpuInstanceProfileInfo {
    /// Creates a profile without resources, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::profile::{GpuInstanceProfile, GpuInstanceProfileId, GpuInstanceProfileInfo};
    ///
    /// let profile = GpuInstanceProfileInfo::new(GpuInstanceProfileId::new(14), "2g.10gb")
    ///     .with_profile(GpuInstanceProfile::Slice2)
    ///     .with_slice_count(2)
    ///     .with_memory_mib(9856);
    /// assert_eq!(profile.name, "2g.10gb");
    /// ```
    #[must_use]
    pub fn new(id: GpuInstanceProfileId, name: impl Into<ReportedName>) -> Self {
        Self {
            profile: None,
            id,
            name: name.into(),
            slice_count: 0,
            instance_count: 0,
            multiprocessor_count: 0,
            copy_engine_count: 0,
            decoder_count: 0,
            encoder_count: 0,
            jpeg_count: 0,
            ofa_count: 0,
            memory_mib: 0,
            p2p: false,
            graphics: false,
        }
    }

    /// Sets the profile in nvml.h.
    #[must_use]
    pub fn with_profile(self, profile: GpuInstanceProfile) -> Self {
        Self {
            profile: Some(profile),
            ..self
        }
    }

    setters! {
        /// Sets the number of compute slices.
        with_slice_count: slice_count: u32;
        /// Sets the number of instances that fit on an empty GPU.
        with_instance_count: instance_count: u32;
        /// Sets the number of streaming multiprocessors (SMs).
        with_multiprocessor_count: multiprocessor_count: u32;
        /// Sets the number of copy engines.
        with_copy_engine_count: copy_engine_count: u32;
        /// Sets the number of NVDEC engines.
        with_decoder_count: decoder_count: u32;
        /// Sets the number of NVENC engines.
        with_encoder_count: encoder_count: u32;
        /// Sets the number of JPEG engines.
        with_jpeg_count: jpeg_count: u32;
        /// Sets the number of optical flow engines.
        with_ofa_count: ofa_count: u32;
        /// Sets the memory, in MiB.
        with_memory_mib: memory_mib: u64;
        /// Sets whether peer-to-peer access works.
        with_p2p: p2p: bool;
        /// Sets whether graphics works.
        with_graphics: graphics: bool;
    }
}

/// The resources of a compute instance of a profile in a particular GPU instance. It has its own compute slices, and
/// shares the engines and the memory of its GPU instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Number of compute slices.
    pub slice_count: u32,
    /// Number of instances that fit in an empty GPU instance.
    pub instance_count: u32,
    /// Number of streaming multiprocessors (SMs).
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

impl ComputeInstanceProfileInfo {
    /// Creates a profile without resources, for example in a test.
    #[must_use]
    pub fn new(
        profile: ComputeInstanceProfile,
        id: ComputeInstanceProfileId,
        name: impl Into<ReportedName>,
    ) -> Self {
        Self {
            profile,
            id,
            name: name.into(),
            slice_count: 0,
            instance_count: 0,
            multiprocessor_count: 0,
            shared_copy_engine_count: 0,
            shared_decoder_count: 0,
            shared_encoder_count: 0,
            shared_jpeg_count: 0,
            shared_ofa_count: 0,
            graphics: false,
        }
    }

    setters! {
        /// Sets the number of compute slices.
        with_slice_count: slice_count: u32;
        /// Sets the number of instances that fit in an empty GPU instance.
        with_instance_count: instance_count: u32;
        /// Sets the number of streaming multiprocessors (SMs).
        with_multiprocessor_count: multiprocessor_count: u32;
        /// Sets the number of copy engines of the GPU instance.
        with_shared_copy_engine_count: shared_copy_engine_count: u32;
        /// Sets the number of NVDEC engines of the GPU instance.
        with_shared_decoder_count: shared_decoder_count: u32;
        /// Sets the number of NVENC engines of the GPU instance.
        with_shared_encoder_count: shared_encoder_count: u32;
        /// Sets the number of JPEG engines of the GPU instance.
        with_shared_jpeg_count: shared_jpeg_count: u32;
        /// Sets the number of optical flow engines of the GPU instance.
        with_shared_ofa_count: shared_ofa_count: u32;
        /// Sets whether graphics works.
        with_graphics: graphics: bool;
    }
}
