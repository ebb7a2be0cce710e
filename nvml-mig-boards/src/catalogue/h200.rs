//! H200: an H100 with more memory.

use super::eight_slices::{FOUR, ONE, ONE_DOUBLE, ONE_MEDIA, SEVEN, THREE, TWO};
use super::evidence::{
    BAR1, HOPPER_COMPUTE_1, HOPPER_COMPUTE_REV2, HOPPER_COMPUTE_REV2_SINGLE, HOPPER_DOUBLE,
    HOPPER_PLACEMENTS, SIBLING,
};
use super::rows::{C1, C1_DOUBLE, C2, C3_ALIGNED, C4, C7_ALIGNED};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};

pub(super) const H200_141GB: Board = Board {
    key: "h200-141gb",
    name: "NVIDIA H200",
    pci_device_id: 0x2335_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 143771,
    bar1_mib: 262144,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES,
    weak: &[
        BAR1,
        PLACEMENTS,
        HOPPER_COMPUTE_1,
        HOPPER_COMPUTE_REV2,
        HOPPER_COMPUTE_REV2_SINGLE,
        COMPUTE,
        HOPPER_PLACEMENTS,
        HOPPER_DOUBLE,
    ],
    provisional: false,
    alias_of: None,
};

pub(super) const H200_NVL_141GB: Board = Board {
    key: "h200-nvl-141gb",
    name: "NVIDIA H200 NVL",
    pci_device_id: 0x233B_10DE,
    weak: &[
        SIBLING,
        BAR1,
        PLACEMENTS,
        HOPPER_COMPUTE_1,
        HOPPER_COMPUTE_REV2,
        HOPPER_COMPUTE_REV2_SINGLE,
        COMPUTE,
        HOPPER_PLACEMENTS,
        HOPPER_DOUBLE,
    ],
    ..H200_141GB
};

const COMPUTE: Weak = Weak {
    figure: "compute instance profiles of 2_SLICE, 3_SLICE, 4_SLICE, 7_SLICE: instances, multiprocessors; \
             name and id, except the names of 1_SLICE and 2_SLICE of 3_SLICE, and name and id of 1_SLICE of 4_SLICE",
    source: "inferred",
};

const PLACEMENTS: Weak = Weak {
    figure: "profiles: placements",
    source: "nvidia_docs",
};

const PROFILES: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.18gb", 16384, 16, [1, 1, 0, 1, 0], C_1G),
    ONE_MEDIA.row("MIG 1g.18gb+me", 16384, 16, [1, 1, 0, 1, 1], C_1G_ME),
    ONE_DOUBLE.row("MIG 1g.35gb", 33024, 26, [1, 1, 0, 1, 0], C_1G_DOUBLE),
    TWO.row("MIG 2g.35gb", 33024, 32, [2, 2, 0, 2, 0], C_2G),
    THREE.row("MIG 3g.71gb", 71168, 60, [3, 3, 0, 3, 0], C_3G),
    FOUR.row("MIG 4g.71gb", 71168, 64, [4, 4, 0, 4, 0], C_4G),
    SEVEN.row("MIG 7g.141gb", 143104, 132, [8, 7, 0, 7, 1], C_7G),
];

const C_1G: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.18gb", 16, 1, &[0])];
const C_1G_ME: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.18gb+me", 16, 1, &[0])];
const C_1G_DOUBLE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.1g.35gb", 16, 1, &[0, 1]),
    C1_DOUBLE.row("MIG 1g.35gb", 26, 1, &[0]),
];
const C_2G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.35gb", 16, 2, &[0, 1]),
    C2.row("MIG 2g.35gb", 32, 1, &[0]),
    C1_DOUBLE.row("MIG 1c.2g.35gb", 26, 1, &[0]),
];
const C_3G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.71gb", 16, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.71gb", 32, 1, &[0]),
    C3_ALIGNED.row("MIG 3g.71gb", 60, 1, &[0]),
];
const C_4G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.71gb", 16, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.71gb", 32, 2, &[0, 2]),
    C4.row("MIG 4g.71gb", 64, 1, &[0]),
];
const C_7G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.141gb", 16, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.141gb", 32, 3, &[0, 2, 4]),
    C3_ALIGNED.row("MIG 3c.7g.141gb", 60, 2, &[0, 4]),
    C4.row("MIG 4c.7g.141gb", 64, 1, &[0]),
    C7_ALIGNED.row("MIG 7g.141gb", 132, 1, &[0]),
];
