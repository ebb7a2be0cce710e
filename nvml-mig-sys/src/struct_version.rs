//! Version words of versioned structures. NVIDIA's nvml.h computes them with a macro that bindgen cannot translate.

use crate::{
    nvmlActiveVgpuInstanceInfo_v1_t, nvmlComputeInstanceProfileInfo_v2_t,
    nvmlComputeInstanceProfileInfo_v3_t, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3_t, nvmlMemory_v2_t, nvmlVgpuCreatablePlacementInfo_v1_t,
    nvmlVgpuHeterogeneousMode_v1_t, nvmlVgpuSchedulerLogInfo_v1_t, nvmlVgpuSchedulerState_v1_t,
    nvmlVgpuSchedulerStateInfo_v1_t, nvmlVgpuTypeIdInfo_v1_t, nvmlVgpuTypeMaxInstance_v1_t,
};

/// Returns the version word that NVML expects in the first field of the structure `T`: its size in the lower 24 bits
/// and `version` in the upper 8 bits.
///
/// # Examples
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

/// Defines the version word of each structure under C's name.
macro_rules! version_words {
    ($($name:ident: $structure:ident, $version:literal;)*) => {
        $(
            #[doc = concat!("Version word of [`", stringify!($structure), "`].")]
            #[expect(non_upper_case_globals, reason = "C's name")]
            pub const $name: u32 = struct_version::<$structure>($version);
        )*
    };
}

version_words! {
    nvmlGpuInstanceProfileInfo_v2: nvmlGpuInstanceProfileInfo_v2_t, 2;
    nvmlGpuInstanceProfileInfo_v3: nvmlGpuInstanceProfileInfo_v3_t, 3;
    nvmlComputeInstanceProfileInfo_v2: nvmlComputeInstanceProfileInfo_v2_t, 2;
    nvmlComputeInstanceProfileInfo_v3: nvmlComputeInstanceProfileInfo_v3_t, 3;
    nvmlMemory_v2: nvmlMemory_v2_t, 2;
    nvmlVgpuHeterogeneousMode_v1: nvmlVgpuHeterogeneousMode_v1_t, 1;
    nvmlVgpuTypeIdInfo_v1: nvmlVgpuTypeIdInfo_v1_t, 1;
    nvmlVgpuTypeMaxInstance_v1: nvmlVgpuTypeMaxInstance_v1_t, 1;
    nvmlActiveVgpuInstanceInfo_v1: nvmlActiveVgpuInstanceInfo_v1_t, 1;
    nvmlVgpuSchedulerState_v1: nvmlVgpuSchedulerState_v1_t, 1;
    nvmlVgpuSchedulerStateInfo_v1: nvmlVgpuSchedulerStateInfo_v1_t, 1;
    nvmlVgpuSchedulerLogInfo_v1: nvmlVgpuSchedulerLogInfo_v1_t, 1;
    nvmlVgpuCreatablePlacementInfo_v1: nvmlVgpuCreatablePlacementInfo_v1_t, 1;
}
