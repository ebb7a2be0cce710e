//! B300 and GB300: Blackwell with more memory than B200.

use super::evidence::BAR1;
use super::provisional::{
    self, COMPUTE, MEMORY, NO_PCI_ID, P2P, SHAPES, TOTAL, VGPU_NAMES, multiples, shares,
};
use super::{Architecture, Board, GpuInstanceProfile, Weak, b200};

pub(super) const B300_269GB: Board = Board {
    key: "b300-269gb",
    name: "NVIDIA B300 SXM6 AC",
    pci_device_id: 0x3182_10DE,
    architecture: Architecture::Blackwell,
    compute_capability: (10, 3),
    memory_mib: 275_456,
    bar1_mib: 524_288,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: B300_PROFILES,
    weak: &[
        TOTAL,
        BAR1,
        VGPU_NAMES,
        SHAPES,
        MEMORY,
        Weak {
            figure: "profiles except 1_SLICE_REV2: multiprocessors",
            source: "derived: slices times the SMs of compute instance profile 1_SLICE, which was read",
        },
        ENGINES,
        P2P,
        COMPUTE,
    ],
    provisional: true,
    alias_of: None,
};

/// The names are those of 59x drivers.
pub(super) const GB300_278GB: Board = Board {
    key: "gb300-278gb",
    name: "NVIDIA GB300",
    pci_device_id: 0x31C2_10DE,
    memory_mib: 284_208,
    profiles: GB300_278GB_PROFILES,
    weak: &[
        Weak {
            figure: "profiles: name, id, instances",
            source: "nvidia_docs",
        },
        PLACEMENTS,
        MEMORY,
        SMS,
        ENGINES,
        P2P,
        COMPUTE,
    ],
    ..B300_269GB
};

/// The GPU of a DGX Station, with a 61x driver. Whether the driver or the board gives it other names is not known.
pub(super) const GB300_252GB: Board = Board {
    key: "gb300-252gb",
    pci_device_id: 0x0000_10DE,
    memory_mib: 257_024,
    profiles: GB300_252GB_PROFILES,
    weak: &[
        Weak {
            figure: "name",
            source: "inferred: the name that a DGX Station reports was not seen",
        },
        NO_PCI_ID,
        TOTAL,
        Weak {
            figure: "1_SLICE_REV1, 4_SLICE, 7_SLICE: name, id; 1_SLICE_REV2, 2_SLICE: id; profiles: instances",
            source: "nvidia_docs",
        },
        Weak {
            figure: "1_SLICE_REV2, 2_SLICE: name",
            source: "derived: eighths of the gigabytes in the name of 7_SLICE",
        },
        PLACEMENTS,
        MEMORY,
        SMS,
        ENGINES,
        P2P,
        COMPUTE,
    ],
    ..GB300_278GB
};

const PLACEMENTS: Weak = Weak {
    figure: "profiles: placements",
    source: "nvidia_driver_source",
};

const SMS: Weak = Weak {
    figure: "profiles: multiprocessors",
    source: "derived: slices times the SMs of 1_SLICE; 1_SLICE and 1_SLICE_REV2 as on b300-269gb",
};

const ENGINES: Weak = Weak {
    figure: "profiles: engines",
    source: "derived: as on b200-180gb",
};

/// SMs of 1g and of the double-memory 1g, read off a B300.
const SINGLE: u32 = 18;
const DOUBLE: u32 = 30;

const B300_PROFILES: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(34, 67, 135, 269),
    Figures {
        memory_mib: shares(275_456),
        multiprocessors: multiples(SINGLE, DOUBLE),
        engines: b200::ENGINES,
    }
);

const GB300_278GB_PROFILES: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(35, 70, 139, 278),
    Figures {
        memory_mib: shares(284_208),
        multiprocessors: multiples(SINGLE, DOUBLE),
        engines: b200::ENGINES,
    }
);

const GB300_252GB_PROFILES: &[GpuInstanceProfile] = provisional::table!(
    provisional::names!(31, 63, 126, 251),
    Figures {
        memory_mib: shares(257_024),
        multiprocessors: multiples(SINGLE, DOUBLE),
        engines: b200::ENGINES,
    }
);
