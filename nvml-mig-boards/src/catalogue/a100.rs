//! A100: the first GPU with MIG, with seven compute slices and eight memory slices.

use super::eight_slices::{FOUR, ONE, ONE_DOUBLE, ONE_MEDIA, SEVEN, THREE, TWO};
use super::evidence::{
    A100_40GB_COMPUTE_7, A100_80GB_COMPUTE_7, A100_COMPUTE_REV, BAR1, COMPUTE_PLACEMENTS, SIBLING,
};
use super::provisional::{MEMORY, SHAPES, TOTAL, shares};
use super::rows::{C1, C2, C3, C4, C7};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};

pub(super) const A100_SXM4_40GB: Board = Board {
    key: "a100-sxm4-40gb",
    name: "NVIDIA A100-SXM4-40GB",
    pci_device_id: 0x20B0_10DE,
    architecture: Architecture::Ampere,
    compute_capability: (8, 0),
    memory_mib: 40960,
    bar1_mib: 65536,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_40GB,
    weak: &[A100_COMPUTE_REV, A100_40GB_COMPUTE_7, COMPUTE_PLACEMENTS],
    provisional: false,
    alias_of: None,
};

pub(super) const A100_PCIE_40GB: Board = Board {
    key: "a100-pcie-40gb",
    name: "NVIDIA A100-PCIE-40GB",
    pci_device_id: 0x20F1_10DE,
    weak: &[
        SIBLING,
        A100_COMPUTE_REV,
        A100_40GB_COMPUTE_7,
        COMPUTE_PLACEMENTS,
    ],
    ..A100_SXM4_40GB
};

pub(super) const A100_80GB_PCIE: Board = Board {
    key: "a100-80gb-pcie",
    name: "NVIDIA A100 80GB PCIe",
    pci_device_id: 0x20B5_10DE,
    architecture: Architecture::Ampere,
    compute_capability: (8, 0),
    memory_mib: 81920,
    bar1_mib: 131072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_80GB,
    weak: &[
        BAR1,
        A100_COMPUTE_REV,
        A100_80GB_COMPUTE_7,
        COMPUTE_PLACEMENTS,
    ],
    provisional: false,
    alias_of: None,
};

pub(super) const A100_SXM4_80GB: Board = Board {
    key: "a100-sxm4-80gb",
    name: "NVIDIA A100-SXM4-80GB",
    pci_device_id: 0x20B2_10DE,
    weak: &[
        SIBLING,
        BAR1,
        A100_COMPUTE_REV,
        A100_80GB_COMPUTE_7,
        COMPUTE_PLACEMENTS,
    ],
    ..A100_80GB_PCIE
};

pub(super) const A100_SXM_64GB: Board = Board {
    key: "a100-sxm-64gb",
    name: "NVIDIA A100-SXM-64GB",
    pci_device_id: 0x20B3_10DE,
    architecture: Architecture::Ampere,
    compute_capability: (8, 0),
    memory_mib: 65536,
    bar1_mib: 65536,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_64GB,
    weak: &[
        TOTAL,
        BAR1,
        Weak {
            figure: "profiles: name",
            source: "derived: eighths of the gigabytes in the board's name",
        },
        SHAPES,
        MEMORY,
        Weak {
            figure: "profiles: multiprocessors, engines, p2p; compute instance profiles",
            source: "derived: as on a100-sxm4-40gb, whose SMs are 14 for each slice",
        },
    ],
    provisional: true,
    alias_of: None,
};

const PROFILES_64GB: &[GpuInstanceProfile] = {
    const MIB: [u64; 4] = shares(65536);
    &[
        ONE.row("MIG 1g.8gb", MIB[0], 14, [1, 0, 0, 0, 0], C_1G_64GB),
        ONE_MEDIA.row("MIG 1g.8gb+me", MIB[0], 14, [1, 1, 0, 1, 1], C_1G_ME_64GB),
        ONE_DOUBLE.row("MIG 1g.16gb", MIB[1], 14, [1, 1, 0, 0, 0], C_1G_DOUBLE_64GB),
        TWO.row("MIG 2g.16gb", MIB[1], 28, [2, 1, 0, 0, 0], C_2G_64GB),
        THREE.row("MIG 3g.32gb", MIB[2], 42, [3, 2, 0, 0, 0], C_3G_64GB),
        FOUR.row("MIG 4g.32gb", MIB[2], 56, [4, 2, 0, 0, 0], C_4G_64GB),
        SEVEN.row("MIG 7g.64gb", MIB[3], 98, [7, 5, 0, 1, 1], C_7G_64GB),
    ]
};

const C_1G_64GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.8gb", 14, 1, &[0])];
const C_1G_ME_64GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.8gb+me", 14, 1, &[0])];
const C_1G_DOUBLE_64GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.16gb", 14, 1, &[0])];
const C_2G_64GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.16gb", 14, 2, &[0, 1]),
    C2.row("MIG 2g.16gb", 28, 1, &[0]),
];
const C_3G_64GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.32gb", 14, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.32gb", 28, 1, &[0, 1]),
    C3.row("MIG 3g.32gb", 42, 1, &[0]),
];
const C_4G_64GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.32gb", 14, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.32gb", 28, 2, &[0, 1, 2]),
    C4.row("MIG 4g.32gb", 56, 1, &[0]),
];
const C_7G_64GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.64gb", 14, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.64gb", 28, 3, &[0, 1, 2, 3, 4, 5]),
    C3.row("MIG 3c.7g.64gb", 42, 2, &[0, 1, 2, 3, 4]),
    C4.row("MIG 4c.7g.64gb", 56, 1, &[0, 1, 2, 3]),
    C7.row("MIG 7g.64gb", 98, 1, &[0]),
];

/// The memory of 7g depends on the driver: these are R580's figures, R510 reported 40448 MiB.
const PROFILES_40GB: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.5gb", 4864, 14, [1, 0, 0, 0, 0], C_1G_40GB),
    ONE_MEDIA.row("MIG 1g.5gb+me", 4864, 14, [1, 1, 0, 1, 1], C_1G_ME_40GB),
    ONE_DOUBLE.row("MIG 1g.10gb", 9984, 14, [1, 1, 0, 0, 0], C_1G_DOUBLE_40GB),
    TWO.row("MIG 2g.10gb", 9984, 28, [2, 1, 0, 0, 0], C_2G_40GB),
    THREE.row("MIG 3g.20gb", 20096, 42, [3, 2, 0, 0, 0], C_3G_40GB),
    FOUR.row("MIG 4g.20gb", 20096, 56, [4, 2, 0, 0, 0], C_4G_40GB),
    SEVEN.row("MIG 7g.40gb", 40320, 98, [7, 5, 0, 1, 1], C_7G_40GB),
];

const C_1G_40GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.5gb", 14, 1, &[0])];
const C_1G_ME_40GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.5gb+me", 14, 1, &[0])];
const C_1G_DOUBLE_40GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb", 14, 1, &[0])];
const C_2G_40GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.10gb", 14, 2, &[0, 1]),
    C2.row("MIG 2g.10gb", 28, 1, &[0]),
];
const C_3G_40GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.20gb", 14, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.20gb", 28, 1, &[0, 1]),
    C3.row("MIG 3g.20gb", 42, 1, &[0]),
];
const C_4G_40GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.20gb", 14, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.20gb", 28, 2, &[0, 1, 2]),
    C4.row("MIG 4g.20gb", 56, 1, &[0]),
];
const C_7G_40GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.40gb", 14, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.40gb", 28, 3, &[0, 1, 2, 3, 4, 5]),
    C3.row("MIG 3c.7g.40gb", 42, 2, &[0, 1, 2, 3, 4]),
    C4.row("MIG 4c.7g.40gb", 56, 1, &[0, 1, 2, 3]),
    C7.row("MIG 7g.40gb", 98, 1, &[0]),
];

/// The memory of 7g depends on the driver: R510 reported less than this.
const PROFILES_80GB: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.10gb", 9728, 14, [1, 0, 0, 0, 0], C_1G_80GB),
    ONE_MEDIA.row("MIG 1g.10gb+me", 9728, 14, [1, 1, 0, 1, 1], C_1G_ME_80GB),
    ONE_DOUBLE.row("MIG 1g.20gb", 19968, 14, [1, 1, 0, 0, 0], C_1G_DOUBLE_80GB),
    TWO.row("MIG 2g.20gb", 19968, 28, [2, 1, 0, 0, 0], C_2G_80GB),
    THREE.row("MIG 3g.40gb", 40192, 42, [3, 2, 0, 0, 0], C_3G_80GB),
    FOUR.row("MIG 4g.40gb", 40192, 56, [4, 2, 0, 0, 0], C_4G_80GB),
    SEVEN.row("MIG 7g.80gb", 80640, 98, [7, 5, 0, 1, 1], C_7G_80GB),
];

const C_1G_80GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb", 14, 1, &[0])];
const C_1G_ME_80GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.10gb+me", 14, 1, &[0])];
const C_1G_DOUBLE_80GB: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.20gb", 14, 1, &[0])];
const C_2G_80GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.20gb", 14, 2, &[0, 1]),
    C2.row("MIG 2g.20gb", 28, 1, &[0]),
];
const C_3G_80GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.40gb", 14, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.40gb", 28, 1, &[0, 1]),
    C3.row("MIG 3g.40gb", 42, 1, &[0]),
];
const C_4G_80GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.40gb", 14, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.40gb", 28, 2, &[0, 1, 2]),
    C4.row("MIG 4g.40gb", 56, 1, &[0]),
];
const C_7G_80GB: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.80gb", 14, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.80gb", 28, 3, &[0, 1, 2, 3, 4, 5]),
    C3.row("MIG 3c.7g.80gb", 42, 2, &[0, 1, 2, 3, 4]),
    C4.row("MIG 4c.7g.80gb", 56, 1, &[0, 1, 2, 3]),
    C7.row("MIG 7g.80gb", 98, 1, &[0]),
];
