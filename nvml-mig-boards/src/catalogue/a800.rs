//! A800: the A100 for China, with slower links between GPUs. No recorded table of an A800 was found.

use super::{Board, Weak, a100};

pub(super) const A800_SXM4_40GB: Board = Board {
    key: "a800-sxm4-40gb",
    name: "NVIDIA A800-SXM4-40GB",
    pci_device_id: 0x20BD_10DE,
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from a100-sxm4-40gb",
    }],
    ..a100::A100_SXM4_40GB
};

pub(super) const A800_SXM4_80GB: Board = Board {
    key: "a800-sxm4-80gb",
    name: "NVIDIA A800-SXM4-80GB",
    pci_device_id: 0x20F3_10DE,
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from a100-sxm4-80gb",
    }],
    ..a100::A100_SXM4_80GB
};

pub(super) const A800_80GB_PCIE: Board = Board {
    key: "a800-80gb-pcie",
    name: "NVIDIA A800 80GB PCIe",
    pci_device_id: 0x20F5_10DE,
    weak: &[Weak {
        figure: "everything but key, name, pci_device_id and memory_mib",
        source: "inferred from a100-80gb-pcie",
    }],
    ..a100::A100_80GB_PCIE
};
