//! RTX PRO 6000 Blackwell: twelve memory slices in four slots, and profiles with graphics, with all media engines and
//! without any.

use super::evidence::{BAR1, SIBLING};
use super::rows::{C1, C2, C4, GpuShape};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};
use nvml_mig_sys::{
    NVML_GPU_INSTANCE_PROFILE_1_SLICE, NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME,
    NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX, NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME,
    NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1, NVML_GPU_INSTANCE_PROFILE_2_SLICE,
    NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME, NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX,
    NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME, NVML_GPU_INSTANCE_PROFILE_4_SLICE,
    NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX,
};

pub(super) const SERVER: Board = Board {
    key: "rtx-pro-6000-bse",
    name: "NVIDIA RTX PRO 6000 Blackwell Server Edition",
    pci_device_id: 0x2BB5_10DE,
    architecture: Architecture::Blackwell,
    compute_capability: (12, 0),
    memory_mib: 97887,
    bar1_mib: 131072,
    memory_slices: 12,
    max_mig_devices: 4,
    profiles: PROFILES,
    weak: &[BAR1, COMPUTE, PLACEMENTS],
    provisional: false,
    alias_of: None,
};

pub(super) const WORKSTATION: Board = Board {
    key: "rtx-pro-6000-workstation",
    name: "NVIDIA RTX PRO 6000 Blackwell Workstation Edition",
    pci_device_id: 0x2BB1_10DE,
    weak: &[SIBLING, BAR1, COMPUTE, PLACEMENTS],
    ..SERVER
};

pub(super) const MAX_Q: Board = Board {
    key: "rtx-pro-6000-max-q",
    name: "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
    pci_device_id: 0x2BB4_10DE,
    profiles: PROFILES_MAX_Q,
    weak: &[
        SIBLING,
        Weak {
            figure: "4_SLICE_GFX: memory_mib",
            source: "inferred from 4_SLICE, which was read",
        },
        BAR1,
        COMPUTE,
        PLACEMENTS,
    ],
    ..SERVER
};

const COMPUTE: Weak = Weak {
    figure: "compute instance profiles except those of 2_SLICE: name, id, instances, multiprocessors",
    source: "inferred",
};

const PLACEMENTS: Weak = Weak {
    figure: "compute instance profiles: placements",
    source: "nvidia_driver_source",
};

/// Without ECC; with ECC, each profile has slightly less memory.
const PROFILES: &[GpuInstanceProfile] = &profiles(97408);

/// The whole GPU has slightly less memory than on the other two boards.
const PROFILES_MAX_Q: &[GpuInstanceProfile] = &profiles(97280);

const fn profiles(whole_mib: u64) -> [GpuInstanceProfile; 11] {
    [
        ONE.row("MIG 1g.24gb", 24192, 46, [1, 1, 1, 1, 0], C_1G),
        ONE_MEDIA.row("MIG 1g.24gb+me", 24192, 46, [1, 1, 1, 1, 1], C_1G_ME),
        ONE_GRAPHICS.row("MIG 1g.24gb+gfx", 24192, 46, [1, 1, 1, 1, 0], C_1G_GFX),
        ONE_ALL_MEDIA.row("MIG 1g.24gb+me.all", 24192, 46, [1, 4, 4, 4, 1], C_1G_ALL),
        ONE_NO_MEDIA.row("MIG 1g.24gb-me", 24192, 46, [1, 0, 0, 0, 0], C_1G_NO_ME),
        TWO.row("MIG 2g.48gb", 48512, 94, [2, 2, 2, 2, 0], C_2G),
        TWO_GRAPHICS.row("MIG 2g.48gb+gfx", 48512, 94, [2, 2, 2, 2, 0], C_2G_GFX),
        TWO_ALL_MEDIA.row("MIG 2g.48gb+me.all", 48512, 94, [2, 4, 4, 4, 1], C_2G_ALL),
        TWO_NO_MEDIA.row("MIG 2g.48gb-me", 48512, 94, [2, 0, 0, 0, 0], C_2G_NO_ME),
        FOUR.row("MIG 4g.96gb", whole_mib, 188, [4, 4, 4, 4, 1], C_4G),
        FOUR_GRAPHICS.row("MIG 4g.96gb+gfx", whole_mib, 188, [4, 4, 4, 4, 1], C_4G_GFX),
    ]
}

const C_1G: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.24gb", 46, 1, &[0])];
const C_1G_ME: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.24gb+me", 46, 1, &[0])];
const C_1G_GFX: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.24gb+gfx", 46, 1, &[0])];
const C_1G_ALL: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.24gb+me.all", 46, 1, &[0])];
const C_1G_NO_ME: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.24gb-me", 46, 1, &[0])];
const C_2G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.48gb", 46, 2, &[0, 1]),
    C2.row("MIG 2g.48gb", 94, 1, &[0]),
];
const C_2G_GFX: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.48gb+gfx", 46, 2, &[0, 1]),
    C2.row("MIG 2g.48gb+gfx", 94, 1, &[0]),
];
const C_2G_ALL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.48gb+me.all", 46, 2, &[0, 1]),
    C2.row("MIG 2g.48gb+me.all", 94, 1, &[0]),
];
const C_2G_NO_ME: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.48gb-me", 46, 2, &[0, 1]),
    C2.row("MIG 2g.48gb-me", 94, 1, &[0]),
];
const C_4G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.96gb", 46, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.96gb", 94, 2, &[0, 2]),
    C4.row("MIG 4g.96gb", 188, 1, &[0]),
];
const C_4G_GFX: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.96gb+gfx", 46, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.96gb+gfx", 94, 2, &[0, 2]),
    C4.row("MIG 4g.96gb+gfx", 188, 1, &[0]),
];

const ONE: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE,
    id: 14,
    slices: 1,
    instances: 4,
    graphics: false,
    starts: &[0, 3, 6, 9],
    size: 3,
};

const ONE_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    id: 21,
    instances: 1,
    ..ONE
};

const ONE_GRAPHICS: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX,
    id: 47,
    graphics: true,
    ..ONE
};

const ONE_ALL_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME,
    id: 65,
    instances: 1,
    ..ONE
};

const ONE_NO_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME,
    id: 67,
    ..ONE
};

const TWO: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE,
    id: 5,
    slices: 2,
    instances: 2,
    graphics: false,
    starts: &[0, 6],
    size: 6,
};

const TWO_GRAPHICS: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX,
    id: 35,
    graphics: true,
    ..TWO
};

const TWO_ALL_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME,
    id: 64,
    instances: 1,
    ..TWO
};

const TWO_NO_MEDIA: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME,
    id: 66,
    ..TWO
};

const FOUR: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_4_SLICE,
    id: 0,
    slices: 4,
    instances: 1,
    graphics: false,
    starts: &[0],
    size: 12,
};

const FOUR_GRAPHICS: GpuShape = GpuShape {
    profile: NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX,
    id: 32,
    graphics: true,
    ..FOUR
};
