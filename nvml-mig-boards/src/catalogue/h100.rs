//! H100: seven compute slices like the A100, but compute instances are aligned, and 1g with double memory has more SMs.
//! The `PCIe` board has a smaller chip: 1g with double memory has no more SMs, and compute instances are not aligned.
//!
//! A compute instance of two slices starts at a multiple of two and takes up two; one of three or four slices starts at
//! a multiple of four and takes up four. One of the eight slices is missing. Two or four slices cannot span it, but
//! three can, so 7g has room for three instances of two slices (0, 2, 4), two of three (0, 4) or one of four (0).

use super::eight_slices::{FOUR, ONE, ONE_DOUBLE, ONE_MEDIA, SEVEN, THREE, TWO};
use super::evidence::{
    BAR1, HOPPER_COMPUTE, HOPPER_COMPUTE_1, HOPPER_COMPUTE_REV2, HOPPER_COMPUTE_REV2_SINGLE,
    HOPPER_DOUBLE, HOPPER_PLACEMENTS,
};
use super::rows::{C1, C1_DOUBLE, C2, C3, C3_ALIGNED, C4, C7, C7_ALIGNED};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};

pub(super) const H100_SXM5_80GB: Board = Board {
    key: "h100-sxm5-80gb",
    name: "NVIDIA H100 80GB HBM3",
    pci_device_id: 0x2330_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 81559,
    bar1_mib: 131072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_SXM,
    weak: &[
        HOPPER_COMPUTE_1,
        HOPPER_COMPUTE_REV2,
        HOPPER_COMPUTE_REV2_SINGLE,
        Weak {
            figure: "compute instance profile 2_SLICE of 2_SLICE, all of 3_SLICE, 4_SLICE, 7_SLICE: name, id, instances, multiprocessors",
            source: "inferred",
        },
        HOPPER_PLACEMENTS,
        HOPPER_DOUBLE,
    ],
    provisional: false,
    alias_of: None,
};

pub(super) const H100_PCIE_80GB: Board = Board {
    key: "h100-pcie-80gb",
    name: "NVIDIA H100 PCIe",
    pci_device_id: 0x2331_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 81559,
    bar1_mib: 131072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_PCIE,
    weak: &[BAR1, UNALIGNED],
    provisional: false,
    alias_of: None,
};

pub(super) const H100_NVL_94GB: Board = Board {
    key: "h100-nvl-94gb",
    name: "NVIDIA H100 NVL",
    pci_device_id: 0x2321_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 95830,
    bar1_mib: 131072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_NVL,
    weak: &[
        BAR1,
        HOPPER_COMPUTE_1,
        HOPPER_COMPUTE_REV2,
        HOPPER_COMPUTE_REV2_SINGLE,
        HOPPER_COMPUTE,
        HOPPER_PLACEMENTS,
        HOPPER_DOUBLE,
    ],
    provisional: false,
    alias_of: None,
};

const UNALIGNED: Weak = Weak {
    figure: "compute instance profiles: name, id, instances, multiprocessors, placements",
    source: "inferred: NVIDIA's driver aligns compute instances only if the double-memory 1g has SMs of its own number, \
             and 1_SLICE_REV2 was read with the SMs of 1_SLICE",
};

const PROFILES_SXM: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.10gb", 9984, 16, [1, 1, 0, 1, 0], C_1G_SXM),
    ONE_MEDIA.row("MIG 1g.10gb+me", 9984, 16, [1, 1, 0, 1, 1], C_1G_ME_SXM),
    ONE_DOUBLE.row("MIG 1g.20gb", 20096, 26, [1, 1, 0, 1, 0], C_1G_DOUBLE_SXM),
    TWO.row("MIG 2g.20gb", 20096, 32, [2, 2, 0, 2, 0], C_2G_SXM),
    THREE.row("MIG 3g.40gb", 40448, 60, [3, 3, 0, 3, 0], C_3G_SXM),
    FOUR.row("MIG 4g.40gb", 40448, 64, [4, 4, 0, 4, 0], C_4G_SXM),
    SEVEN.row("MIG 7g.80gb", 81152, 132, [8, 7, 0, 7, 1], C_7G_SXM),
];

const C_1G_SXM: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb", 16, 1, &[0])];
const C_1G_ME_SXM: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb+me", 16, 1, &[0])];
const C_1G_DOUBLE_SXM: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.1g.20gb", 16, 1, &[0, 1]),
    C1_DOUBLE.row("MIG 1g.20gb", 26, 1, &[0]),
];
const C_2G_SXM: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.20gb", 16, 2, &[0, 1]),
    C2.row("MIG 2g.20gb", 32, 1, &[0]),
    C1_DOUBLE.row("MIG 1c.2g.20gb", 26, 1, &[0]),
];
const C_3G_SXM: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.40gb", 16, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.40gb", 32, 1, &[0]),
    C3_ALIGNED.row("MIG 3g.40gb", 60, 1, &[0]),
];
const C_4G_SXM: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.40gb", 16, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.40gb", 32, 2, &[0, 2]),
    C4.row("MIG 4g.40gb", 64, 1, &[0]),
];
const C_7G_SXM: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.80gb", 16, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.80gb", 32, 3, &[0, 2, 4]),
    C3_ALIGNED.row("MIG 3c.7g.80gb", 60, 2, &[0, 4]),
    C4.row("MIG 4c.7g.80gb", 64, 1, &[0]),
    C7_ALIGNED.row("MIG 7g.80gb", 132, 1, &[0]),
];

const PROFILES_PCIE: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.10gb", 9984, 14, [1, 1, 0, 1, 0], C_1G_PCIE),
    ONE_MEDIA.row("MIG 1g.10gb+me", 9984, 14, [1, 1, 0, 1, 1], C_1G_ME_PCIE),
    ONE_DOUBLE.row("MIG 1g.20gb", 20096, 14, [1, 1, 0, 1, 0], C_1G_DOUBLE_PCIE),
    TWO.row("MIG 2g.20gb", 20096, 30, [2, 2, 0, 2, 0], C_2G_PCIE),
    THREE.row("MIG 3g.40gb", 40448, 46, [3, 3, 0, 3, 0], C_3G_PCIE),
    FOUR.row("MIG 4g.40gb", 40448, 62, [4, 4, 0, 4, 0], C_4G_PCIE),
    SEVEN.row("MIG 7g.80gb", 81152, 114, [8, 7, 0, 7, 1], C_7G_PCIE),
];

const C_1G_PCIE: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb", 14, 1, &[0])];
const C_1G_ME_PCIE: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb+me", 14, 1, &[0])];
const C_1G_DOUBLE_PCIE: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.20gb", 14, 1, &[0])];
const C_2G_PCIE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.20gb", 14, 2, &[0, 1]),
    C2.row("MIG 2g.20gb", 30, 1, &[0]),
];
const C_3G_PCIE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.40gb", 14, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.40gb", 30, 1, &[0, 1]),
    C3.row("MIG 3g.40gb", 46, 1, &[0]),
];
const C_4G_PCIE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.40gb", 14, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.40gb", 30, 2, &[0, 1, 2]),
    C4.row("MIG 4g.40gb", 62, 1, &[0]),
];
const C_7G_PCIE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.80gb", 14, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.80gb", 30, 3, &[0, 1, 2, 3, 4, 5]),
    C3.row("MIG 3c.7g.80gb", 46, 2, &[0, 1, 2, 3, 4]),
    C4.row("MIG 4c.7g.80gb", 62, 1, &[0, 1, 2, 3]),
    C7.row("MIG 7g.80gb", 114, 1, &[0]),
];

const PROFILES_NVL: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.12gb", 11008, 16, [1, 1, 0, 1, 0], C_1G_NVL),
    ONE_MEDIA.row("MIG 1g.12gb+me", 11008, 16, [1, 1, 0, 1, 1], C_1G_ME_NVL),
    ONE_DOUBLE.row("MIG 1g.24gb", 22144, 26, [1, 1, 0, 1, 0], C_1G_DOUBLE_NVL),
    TWO.row("MIG 2g.24gb", 22144, 32, [2, 2, 0, 2, 0], C_2G_NVL),
    THREE.row("MIG 3g.47gb", 47488, 60, [3, 3, 0, 3, 0], C_3G_NVL),
    FOUR.row("MIG 4g.47gb", 47488, 64, [4, 4, 0, 4, 0], C_4G_NVL),
    SEVEN.row("MIG 7g.94gb", 95360, 132, [8, 7, 0, 7, 1], C_7G_NVL),
];

const C_1G_NVL: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.12gb", 16, 1, &[0])];
const C_1G_ME_NVL: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.12gb+me", 16, 1, &[0])];
const C_1G_DOUBLE_NVL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.1g.24gb", 16, 1, &[0, 1]),
    C1_DOUBLE.row("MIG 1g.24gb", 26, 1, &[0]),
];
const C_2G_NVL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.24gb", 16, 2, &[0, 1]),
    C2.row("MIG 2g.24gb", 32, 1, &[0]),
    C1_DOUBLE.row("MIG 1c.2g.24gb", 26, 1, &[0]),
];
const C_3G_NVL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.47gb", 16, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.47gb", 32, 1, &[0]),
    C3_ALIGNED.row("MIG 3g.47gb", 60, 1, &[0]),
];
const C_4G_NVL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.47gb", 16, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.47gb", 32, 2, &[0, 2]),
    C4.row("MIG 4g.47gb", 64, 1, &[0]),
];
const C_7G_NVL: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.94gb", 16, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.94gb", 32, 3, &[0, 2, 4]),
    C3_ALIGNED.row("MIG 3c.7g.94gb", 60, 2, &[0, 4]),
    C4.row("MIG 4c.7g.94gb", 64, 1, &[0]),
    C7_ALIGNED.row("MIG 7g.94gb", 132, 1, &[0]),
];
