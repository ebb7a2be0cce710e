//! GH200 with 96 or 144 GB of GPU memory. The 480 GB in the name of the first are CPU memory.

use super::eight_slices::{FOUR, ONE, ONE_DOUBLE, ONE_MEDIA, SEVEN, THREE, TWO};
use super::evidence::{
    HOPPER_COMPUTE, HOPPER_COMPUTE_1, HOPPER_COMPUTE_REV2, HOPPER_COMPUTE_REV2_SINGLE,
    HOPPER_DOUBLE, HOPPER_PLACEMENTS,
};
use super::provisional::{self, COMPUTE, HOPPER_ENGINES, LARGE_MEMORY, TOTAL, share};
use super::rows::{C1, C1_DOUBLE, C2, C3_ALIGNED, C4, C7_ALIGNED};
use super::{Architecture, Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};

pub(super) const GH200_96GB: Board = Board {
    key: "gh200-96gb",
    name: "NVIDIA GH200 480GB",
    pci_device_id: 0x2342_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 97871,
    bar1_mib: 0,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES,
    weak: &[
        Weak {
            figure: "memory_mib",
            source: "several public nvidia-smi outputs",
        },
        // The CPU accesses the memory over NVLink-C2C, without a BAR1 window.
        Weak {
            figure: "bar1_mib",
            source: "public nvidia-smi output: N/A for the GPU, 0 MiB for each MIG device",
        },
        Weak {
            figure: "profiles: placements",
            source: "inferred: the same on every other GPU with eight slices",
        },
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

/// GH200 with 144 GB of GPU memory.
pub(super) const GH200_144GB: Board = Board {
    key: "gh200-144gb",
    name: "NVIDIA GH200 144G HBM3e",
    pci_device_id: 0x2348_10DE,
    memory_mib: 147_456,
    profiles: PROFILES_144GB,
    weak: &[
        TOTAL,
        Weak {
            figure: "bar1_mib",
            source: "derived: as on gh200-96gb",
        },
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: name",
            source: "nvidia_driver_vgpu_names",
        },
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: id, instances; profiles: placements",
            source: "nvidia_driver_source",
        },
        LARGE_MEMORY,
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: multiprocessors, engines, p2p",
            source: "inferred: as on gh200-96gb",
        },
        COMPUTE,
    ],
    provisional: true,
    ..GH200_96GB
};

const PROFILES_144GB: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(18, 36, 72, 144),
    Figures {
        memory_mib: [17920, 36096, share(147_456, 4), share(147_456, 8)],
        multiprocessors: [16, 26, 32, 60, 64, 132],
        engines: HOPPER_ENGINES,
    }
);

const PROFILES: &[GpuInstanceProfile] = &[
    ONE.row("MIG 1g.12gb", 11264, 16, [1, 1, 0, 1, 0], C_1G),
    ONE_MEDIA.row("MIG 1g.12gb+me", 11264, 16, [1, 1, 0, 1, 1], C_1G_ME),
    ONE_DOUBLE.row("MIG 1g.24gb", 23552, 26, [1, 1, 0, 1, 0], C_1G_DOUBLE),
    TWO.row("MIG 2g.24gb", 23552, 32, [2, 2, 0, 2, 0], C_2G),
    THREE.row("MIG 3g.48gb", 47616, 60, [3, 3, 0, 3, 0], C_3G),
    FOUR.row("MIG 4g.48gb", 47616, 64, [4, 4, 0, 4, 0], C_4G),
    SEVEN.row("MIG 7g.96gb", 95232, 132, [8, 7, 0, 7, 1], C_7G),
];

const C_1G: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.12gb", 16, 1, &[0])];
const C_1G_ME: &[ComputeInstanceProfile] = &[C1.row("MIG 1g.12gb+me", 16, 1, &[0])];
const C_1G_DOUBLE: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.1g.24gb", 16, 1, &[0, 1]),
    C1_DOUBLE.row("MIG 1g.24gb", 26, 1, &[0]),
];
const C_2G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.2g.24gb", 16, 2, &[0, 1]),
    C2.row("MIG 2g.24gb", 32, 1, &[0]),
    C1_DOUBLE.row("MIG 1c.2g.24gb", 26, 1, &[0]),
];
const C_3G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.3g.48gb", 16, 3, &[0, 1, 2]),
    C2.row("MIG 2c.3g.48gb", 32, 1, &[0]),
    C3_ALIGNED.row("MIG 3g.48gb", 60, 1, &[0]),
];
const C_4G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.4g.48gb", 16, 4, &[0, 1, 2, 3]),
    C2.row("MIG 2c.4g.48gb", 32, 2, &[0, 2]),
    C4.row("MIG 4g.48gb", 64, 1, &[0]),
];
const C_7G: &[ComputeInstanceProfile] = &[
    C1.row("MIG 1c.7g.96gb", 16, 7, &[0, 1, 2, 3, 4, 5, 6]),
    C2.row("MIG 2c.7g.96gb", 32, 3, &[0, 2, 4]),
    C3_ALIGNED.row("MIG 3c.7g.96gb", 60, 2, &[0, 4]),
    C4.row("MIG 4c.7g.96gb", 64, 1, &[0]),
    C7_ALIGNED.row("MIG 7g.96gb", 132, 1, &[0]),
];
