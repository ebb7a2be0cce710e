//! The GPU instance profiles of all boards with eight memory slices. Numbers, IDs and placements are the same on A100,
//! H100, H200 and their variants; memory, SMs and engines differ.

use super::rows::GpuShape;
use nvml_mig_sys::{
    NVML_GPU_INSTANCE_PROFILE_1_SLICE, NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2, NVML_GPU_INSTANCE_PROFILE_2_SLICE,
    NVML_GPU_INSTANCE_PROFILE_3_SLICE, NVML_GPU_INSTANCE_PROFILE_4_SLICE,
    NVML_GPU_INSTANCE_PROFILE_7_SLICE,
};

pub(super) const ONE: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE,
    id: 19,
    slices: 1,
    instances: 7,
    graphics: false,
    starts: &[0, 1, 2, 3, 4, 5, 6],
    size: 1,
};

/// One slice with the media engines, `+me`; only one instance can have them.
pub(super) const ONE_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    id: 20,
    instances: 1,
    ..ONE
};

/// One compute slice with the memory of two.
pub(super) const ONE_DOUBLE: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2,
    id: 15,
    instances: 4,
    starts: &[0, 2, 4, 6],
    size: 2,
    ..ONE
};

pub(super) const TWO: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE,
    id: 14,
    slices: 2,
    instances: 3,
    graphics: false,
    starts: &[0, 2, 4],
    size: 2,
};

/// Three compute slices with as much memory as four.
pub(super) const THREE: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_3_SLICE,
    id: 9,
    slices: 3,
    instances: 2,
    graphics: false,
    starts: &[0, 4],
    size: 4,
};

/// Only at the start, because the other half of the chip lacks a compute slice.
pub(super) const FOUR: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_4_SLICE,
    id: 5,
    slices: 4,
    instances: 1,
    graphics: false,
    starts: &[0],
    size: 4,
};

pub(super) const SEVEN: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_7_SLICE,
    id: 0,
    slices: 7,
    instances: 1,
    graphics: false,
    starts: &[0],
    size: 8,
};
