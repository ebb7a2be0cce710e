//! A30: four memory slices, and a media-engine variant of the half GPU.

use super::evidence::{BAR1, COMPUTE_PLACEMENTS};
use super::rows::{C1, C2, C4, GpuShape};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};
use nvml_mig_sys::{
    NVML_GPU_INSTANCE_PROFILE_1_SLICE, NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    NVML_GPU_INSTANCE_PROFILE_2_SLICE, NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1,
    NVML_GPU_INSTANCE_PROFILE_4_SLICE,
};

pub(super) const A30: Board = Board {
    key: "a30",
    name: "NVIDIA A30",
    pci_device_id: 0x20B7_10DE,
    architecture: Architecture::Ampere,
    compute_capability: (8, 0),
    memory_mib: 24576,
    bar1_mib: 32768,
    memory_slices: 4,
    max_mig_devices: 4,
    profiles: PROFILES,
    weak: &[
        BAR1,
        Weak {
            figure: "1_SLICE_REV1, 2_SLICE_REV1: placements",
            source: "nvidia_mock",
        },
        Weak {
            figure: "compute instance profiles except those of 2_SLICE: id, instances, multiprocessors; all but 1_SLICE and 2_SLICE of 4_SLICE: name",
            source: "inferred",
        },
        COMPUTE_PLACEMENTS,
    ],
    provisional: false,
    alias_of: None,
};

// The MIG user guide lists no decoder for 1g.6gb; a real nvidia-smi prints one.
const PROFILES: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.6gb", 5952, 14, [1, 1, 0, 0, 0], C_1G),
    ONE_MEDIA.row("MIG 1g.6gb+me", 5952, 14, [1, 1, 0, 1, 1], C_1G_ME),
    TWO.row("MIG 2g.12gb", 11968, 28, [2, 2, 0, 0, 0], C_2G),
    TWO_MEDIA.row("MIG 2g.12gb+me", 11968, 28, [2, 2, 0, 1, 1], C_2G_ME),
    FOUR.row("MIG 4g.24gb", 24000, 56, [4, 4, 0, 1, 1], C_4G),
];

const C_1G: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.6gb", 14, 1, &[0])];
const C_1G_ME: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.6gb+me", 14, 1, &[0])];
const C_2G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.12gb", 14, 2, &[0, 1]),
    C2.row("MIG 2g.12gb", 28, 1, &[0]),
];
const C_2G_ME: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.12gb+me", 14, 2, &[0, 1]),
    C2.row("MIG 2g.12gb+me", 28, 1, &[0]),
];
const C_4G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.24gb", 14, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.24gb", 28, 2, &[0, 1, 2]),
    C4.row("MIG 4g.24gb", 56, 1, &[0]),
];

const ONE: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE,
    id: 14,
    slices: 1,
    instances: 4,
    graphics: false,
    starts: &[0, 1, 2, 3],
    size: 1,
};

const ONE_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    id: 21,
    instances: 1,
    ..ONE
};

const TWO: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE,
    id: 5,
    slices: 2,
    instances: 2,
    graphics: false,
    starts: &[0, 2],
    size: 2,
};

const TWO_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1,
    id: 6,
    instances: 1,
    ..TWO
};

const FOUR: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_4_SLICE,
    id: 0,
    slices: 4,
    instances: 1,
    graphics: false,
    starts: &[0],
    size: 4,
};
