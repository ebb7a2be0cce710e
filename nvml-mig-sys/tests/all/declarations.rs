//! What the crate declares, against nvml.h and against the figures of NVIDIA's ABI.

use std::collections::BTreeSet;

use nvml_mig_sys::*;

#[test]
fn the_list_of_functions_is_the_list_of_the_header() {
    let header = include_str!("../../include/nvml.h");
    let declared: BTreeSet<&str> = header
        .lines()
        .filter_map(|line| {
            line.strip_prefix("nvmlReturn_t ")
                .or(line.strip_prefix("const char* "))
        })
        .filter_map(|declaration| declaration.split('(').next())
        .collect();
    // NVIDIA's header has another order.
    assert_eq!(FUNCTIONS.iter().copied().collect::<BTreeSet<_>>(), declared);
    assert_eq!(FUNCTIONS.len(), declared.len());
}

#[test]
fn the_group_of_multi_instance_gpu_functions_is_complete() {
    let header = include_str!("../../include/nvml.h");
    let group = header.split("---- Multi-Instance GPU ").nth(1).unwrap();
    let functions = group.matches("\nnvmlReturn_t nvml").count();
    // 29 of NVIDIA's group, and the two legacy ones without a suffix.
    assert_eq!(functions, 29 + 2);
}

#[test]
fn structures_have_the_sizes_of_the_abi() {
    assert_eq!(size_of::<nvmlGpuInstanceProfileInfo_t>(), 48);
    assert_eq!(size_of::<nvmlGpuInstanceProfileInfo_v2_t>(), 152);
    assert_eq!(size_of::<nvmlGpuInstanceProfileInfo_v3_t>(), 152);
    assert_eq!(size_of::<nvmlComputeInstanceProfileInfo_t>(), 36);
    assert_eq!(size_of::<nvmlComputeInstanceProfileInfo_v2_t>(), 136);
    assert_eq!(size_of::<nvmlComputeInstanceProfileInfo_v3_t>(), 140);
    // From a C program with NVIDIA's nvml.h of CUDA 13.5.
    assert_eq!(size_of::<nvmlEventSetWait_v3_t>(), 224);
    assert_eq!(size_of::<nvmlGpuOperationalEventConfig_v1_t>(), 104);
    assert_eq!(size_of::<nvmlEventSetGetContextInfo_v1_t>(), 20);
    assert_eq!(size_of::<nvmlEventSetGetContextData_v1_t>(), 16);
    assert_eq!(size_of::<nvmlVgpuSchedulerState_v2_t>(), 16);
    assert_eq!(size_of::<nvmlVgpuSchedulerStateInfo_v2_t>(), 16);
    assert_eq!(size_of::<nvmlVgpuSchedulerLogInfo_v2_t>(), 11224);
}

#[test]
fn versions_two_and_three_have_one_size_and_two_layouts() {
    use core::mem::offset_of;
    assert_eq!(
        offset_of!(nvmlGpuInstanceProfileInfo_v2_t, memorySizeMB),
        48
    );
    assert_eq!(offset_of!(nvmlGpuInstanceProfileInfo_v2_t, name), 56);
    assert_eq!(
        offset_of!(nvmlGpuInstanceProfileInfo_v3_t, memorySizeMB),
        40
    );
    assert_eq!(offset_of!(nvmlGpuInstanceProfileInfo_v3_t, name), 48);
    assert_eq!(
        offset_of!(nvmlGpuInstanceProfileInfo_v3_t, capabilities),
        144
    );
}

#[test]
fn version_words_follow_the_formula_of_the_header() {
    assert_eq!(nvmlGpuInstanceProfileInfo_v2, 152 | 2 << 24);
    assert_eq!(nvmlGpuInstanceProfileInfo_v2, 0x0200_0098);
    assert_eq!(nvmlGpuInstanceProfileInfo_v3, 0x0300_0098);
    assert_eq!(nvmlComputeInstanceProfileInfo_v2, 0x0200_0088);
    assert_eq!(nvmlComputeInstanceProfileInfo_v3, 0x0300_008c);
    assert_eq!(nvmlMemory_v2, 0x0200_0028);
    // From a C program with NVIDIA's nvml.h of CUDA 13.5.
    assert_eq!(nvmlVgpuHeterogeneousMode_v1, 0x0100_0008);
    assert_eq!(nvmlVgpuTypeIdInfo_v1, 0x0100_0010);
    assert_eq!(nvmlVgpuTypeMaxInstance_v1, 0x0100_000c);
    assert_eq!(nvmlActiveVgpuInstanceInfo_v1, 0x0100_0010);
    assert_eq!(nvmlVgpuSchedulerState_v1, 0x0100_0018);
    assert_eq!(nvmlVgpuSchedulerStateInfo_v1, 0x0100_0018);
    assert_eq!(nvmlVgpuSchedulerLogInfo_v1, 0x0100_25a0);
    assert_eq!(nvmlVgpuCreatablePlacementInfo_v1, 0x0100_0020);
}

#[test]
fn profile_numbers_go_up_to_the_newest_header() {
    assert_eq!(NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX, 0x11);
    assert_eq!(NVML_GPU_INSTANCE_PROFILE_COUNT, 0x12);
    assert_eq!(NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL, 8);
    assert_eq!(NVML_COMPUTE_INSTANCE_PROFILE_COUNT, 9);
    assert_eq!(nvmlReturn_t::NVML_ERROR_RESET_TYPE_NOT_SUPPORTED.0, 30);
    assert_eq!(nvmlReturn_t::NVML_ERROR_UNKNOWN.0, 999);
}
