//! GPUs without MIG, for machines that mix both kinds.

use super::evidence::NO_MIG;
use super::{Architecture, Board};

/// A server GPU for inference.
pub(super) const T4: Board = Board {
    key: "t4",
    name: "Tesla T4",
    pci_device_id: 0x1EB8_10DE,
    architecture: Architecture::Turing,
    compute_capability: (7, 5),
    memory_mib: 15360,
    bar1_mib: 256,
    ..NOTHING
};

/// A server GPU for inference and graphics.
pub(super) const L40S: Board = Board {
    key: "l40s",
    name: "NVIDIA L40S",
    pci_device_id: 0x26B9_10DE,
    architecture: Architecture::Ada,
    compute_capability: (8, 9),
    memory_mib: 46068,
    bar1_mib: 65536,
    ..NOTHING
};

/// The GPU of a DGX Station A100 that only drives its displays.
pub(super) const DGX_DISPLAY: Board = Board {
    key: "dgx-display",
    name: "DGX Display",
    pci_device_id: 0x1FB0_10DE,
    architecture: Architecture::Turing,
    compute_capability: (7, 5),
    memory_mib: 3911,
    bar1_mib: 256,
    ..NOTHING
};

/// The common values of boards without MIG.
const NOTHING: Board = Board {
    key: "",
    name: "",
    pci_device_id: 0,
    architecture: Architecture::Turing,
    compute_capability: (0, 0),
    memory_mib: 0,
    bar1_mib: 0,
    memory_slices: 0,
    max_mig_devices: 0,
    profiles: &[],
    weak: &[NO_MIG],
    provisional: false,
    alias_of: None,
};
