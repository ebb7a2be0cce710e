//! H100 SXM5 boards with other memory than the usual 80 GB.

use super::evidence::BAR1;
use super::provisional::{
    self, COMPUTE, ENGINES, HOPPER_ENGINES, HOPPER_SMS, MEMORY, NO_PCI_ID, P2P, SHAPES, TOTAL,
    VGPU_DOCS, multiples, shares,
};
use super::{Architecture, Board, GpuInstanceProfile, Weak};

pub(super) const H100_SXM5_94GB: Board = Board {
    key: "h100-sxm5-94gb",
    name: "NVIDIA H100",
    pci_device_id: 0x2339_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 95830,
    bar1_mib: 131_072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_94GB,
    weak: &[
        Weak {
            figure: "memory_mib",
            source: "derived: as on h100-nvl-94gb, which has the same profile names",
        },
        BAR1,
        VGPU_DOCS,
        SHAPES,
        MEMORY,
        HOPPER_SMS,
        ENGINES,
        P2P,
        COMPUTE,
    ],
    provisional: true,
    alias_of: None,
};

pub(super) const H100_SXM5_64GB: Board = Board {
    key: "h100-sxm5-64gb",
    name: "NVIDIA H100 SXM5 64GB",
    pci_device_id: 0x0000_10DE,
    memory_mib: 65536,
    bar1_mib: 65536,
    profiles: PROFILES_64GB,
    weak: &[
        Weak {
            figure: "name",
            source: "unknown: named for what it is",
        },
        NO_PCI_ID,
        TOTAL,
        BAR1,
        VGPU_DOCS,
        SHAPES,
        MEMORY,
        HOPPER_SMS,
        ENGINES,
        P2P,
        COMPUTE,
    ],
    ..H100_SXM5_94GB
};

const PROFILES_94GB: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(12, 24, 47, 94),
    Figures {
        memory_mib: shares(95830),
        multiprocessors: multiples(16, 26),
        engines: HOPPER_ENGINES,
    }
);

const PROFILES_64GB: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(8, 16, 32, 64),
    Figures {
        memory_mib: shares(65536),
        multiprocessors: multiples(16, 26),
        engines: HOPPER_ENGINES,
    }
);
