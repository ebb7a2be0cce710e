//! B200 and GB200: Blackwell for data centers. Public tables are cut off after 2g.

use super::provisional::{self, COMPUTE, LARGE_MEMORY, LARGE_SMS, share};
use super::{Architecture, Board, Weak};

pub(super) const B200_180GB: Board = Board {
    key: "b200-180gb",
    name: "NVIDIA B200",
    pci_device_id: 0x2901_10DE,
    architecture: Architecture::Blackwell,
    compute_capability: (10, 0),
    memory_mib: 183_359,
    bar1_mib: 262_144,
    memory_slices: 8,
    max_mig_devices: 7,
    profiles: B200_PROFILES,
    weak: &[
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: name, instances, copy and OFA engines",
            source: "nvidia_docs",
        },
        LARGE_IDS,
        PLACEMENTS,
        LARGE_MEMORY,
        LARGE_SMS,
        LARGE_ENGINES,
        LARGE_P2P,
        COMPUTE,
    ],
    provisional: true,
    alias_of: None,
};

pub(super) const GB200_186GB: Board = Board {
    key: "gb200-186gb",
    name: "NVIDIA GB200",
    pci_device_id: 0x2941_10DE,
    memory_mib: 189_471,
    profiles: GB200_PROFILES,
    weak: &[
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: name",
            source: "nvidia_config",
        },
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: instances, copy and OFA engines",
            source: "inferred",
        },
        LARGE_IDS,
        PLACEMENTS,
        LARGE_MEMORY,
        Weak {
            figure: "3_SLICE, 4_SLICE, 7_SLICE: multiprocessors",
            source: "derived: slices times the SMs of 1_SLICE; those of two 2_SLICE and of four 1_SLICE_REV2 are more",
        },
        LARGE_ENGINES,
        LARGE_P2P,
        COMPUTE,
    ],
    ..B200_180GB
};

const LARGE_IDS: Weak = Weak {
    figure: "3_SLICE, 4_SLICE, 7_SLICE: id",
    source: "nvidia_driver_source",
};

const PLACEMENTS: Weak = Weak {
    figure: "profiles: placements",
    source: "nvidia_driver_source",
};

const LARGE_ENGINES: Weak = Weak {
    figure: "3_SLICE, 4_SLICE, 7_SLICE: decoder and JPEG engines",
    source: "derived: as on h100-sxm5-80gb, which has those of 1_SLICE and 2_SLICE too",
};

const LARGE_P2P: Weak = Weak {
    figure: "3_SLICE, 4_SLICE, 7_SLICE: p2p",
    source: "inferred",
};

/// Twice the copy engines of an H100. The MIG user guide lists fewer engines for 2g than real output shows.
pub(super) const ENGINES: [[u32; 5]; 7] = [
    [2, 1, 0, 1, 0],
    [2, 1, 0, 1, 1],
    [2, 1, 0, 1, 0],
    [4, 2, 0, 2, 0],
    [6, 3, 0, 3, 0],
    [8, 4, 0, 4, 0],
    [16, 7, 0, 7, 1],
];

const B200_PROFILES: &[super::GpuInstanceProfile] = provisional::table!(
    provisional::names!(23, 45, 90, 180),
    Figures {
        // An earlier driver reported 20992 MiB for 1g.
        memory_mib: [22528, 45312, share(183_359, 4), share(183_359, 8)],
        multiprocessors: [18, 30, 36, 54, 72, 126],
        engines: ENGINES,
    }
);

/// Early boards have 189 GB and other names.
const GB200_PROFILES: &[super::GpuInstanceProfile] = provisional::table!(
    provisional::names!(23, 47, 93, 186),
    Figures {
        memory_mib: [22528, 46592, share(189_471, 4), share(189_471, 8)],
        multiprocessors: [18, 32, 38, 54, 76, 128],
        engines: ENGINES,
    }
);
