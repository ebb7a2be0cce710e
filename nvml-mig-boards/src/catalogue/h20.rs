//! H20: the H100 for China after the H800.

use super::evidence::BAR1;
use super::provisional::{
    self, COMPUTE, ENGINES, HOPPER_ENGINES, HOPPER_SMS, MEMORY, P2P, SHAPES, VGPU_NAMES, multiples,
    shares,
};
use super::{Architecture, Board, GpuInstanceProfile, Weak};

pub(super) const H20_96GB: Board = Board {
    key: "h20-96gb",
    name: "NVIDIA H20",
    pci_device_id: 0x2329_10DE,
    architecture: Architecture::Hopper,
    compute_capability: (9, 0),
    memory_mib: 97871,
    bar1_mib: 131_072,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: PROFILES_96GB,
    weak: &[
        Weak {
            figure: "memory_mib",
            source: "derived: as on gh200-96gb, which has the same profile names",
        },
        BAR1,
        VGPU_NAMES,
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

pub(super) const H20_3E_141GB: Board = Board {
    key: "h20-3e-141gb",
    name: "NVIDIA H20-3e",
    pci_device_id: 0x232C_10DE,
    memory_mib: 143_771,
    bar1_mib: 262_144,
    profiles: PROFILES_141GB,
    weak: &[
        Weak {
            figure: "memory_mib",
            source: "derived: as on h200-141gb, which has the same profile names",
        },
        BAR1,
        VGPU_NAMES,
        SHAPES,
        MEMORY,
        HOPPER_SMS,
        ENGINES,
        P2P,
        COMPUTE,
    ],
    ..H20_96GB
};

const PROFILES_96GB: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(12, 24, 48, 96),
    Figures {
        memory_mib: shares(97871),
        multiprocessors: multiples(16, 26),
        engines: HOPPER_ENGINES,
    }
);

const PROFILES_141GB: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(18, 35, 71, 141),
    Figures {
        memory_mib: shares(143_771),
        multiprocessors: multiples(16, 26),
        engines: HOPPER_ENGINES,
    }
);
