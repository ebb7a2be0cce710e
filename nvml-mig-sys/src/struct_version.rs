//! Version words of versioned structures; nvml.h computes them with a macro that bindgen can't translate.

use crate::{
    nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3_t,
    nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t, nvmlMemory_v2_t,
};

/// Returns the version word that NVML expects in the first field of the structure `T`: its size in the lower 24 bits,
/// and `version` above.
///
/// ```
/// use nvml_mig_sys::{nvmlMemory_v2_t, struct_version};
/// assert_eq!(struct_version::<nvmlMemory_v2_t>(2), 0x0200_0028);
/// ```
#[doc(alias = "NVML_STRUCT_VERSION")]
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "NVML's structures are far smaller than 16 MiB"
)]
pub const fn struct_version<T>(version: u32) -> u32 {
    size_of::<T>() as u32 | version << 24
}

/// Version word of [`nvmlGpuInstanceProfileInfo_v2_t`].
#[expect(non_upper_case_globals, reason = "C's name")]
pub const nvmlGpuInstanceProfileInfo_v2: u32 = struct_version::<nvmlGpuInstanceProfileInfo_v2_t>(2);

/// Version word of [`nvmlGpuInstanceProfileInfo_v3_t`].
#[expect(non_upper_case_globals, reason = "C's name")]
pub const nvmlGpuInstanceProfileInfo_v3: u32 = struct_version::<nvmlGpuInstanceProfileInfo_v3_t>(3);

/// Version word of [`nvmlComputeInstanceProfileInfo_v2_t`].
#[expect(non_upper_case_globals, reason = "C's name")]
pub const nvmlComputeInstanceProfileInfo_v2: u32 =
    struct_version::<nvmlComputeInstanceProfileInfo_v2_t>(2);

/// Version word of [`nvmlComputeInstanceProfileInfo_v3_t`].
#[expect(non_upper_case_globals, reason = "C's name")]
pub const nvmlComputeInstanceProfileInfo_v3: u32 =
    struct_version::<nvmlComputeInstanceProfileInfo_v3_t>(3);

/// Version word of [`nvmlMemory_v2_t`].
#[expect(non_upper_case_globals, reason = "C's name")]
pub const nvmlMemory_v2: u32 = struct_version::<nvmlMemory_v2_t>(2);
