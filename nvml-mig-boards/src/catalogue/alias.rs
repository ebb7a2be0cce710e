//! Boards without a known table that NVIDIA treats like another board of the catalogue. Those of which only the PCI ID is
//! known have it in their key, and the name of the other board.

use super::{Board, Weak, a30, a100, a800, gh200, h20, h100};

/// An A100 with a network adapter.
pub(super) const A100X: Board = Board {
    key: "a100x",
    name: "NVIDIA A100X",
    pci_device_id: 0x20B8_10DE,
    alias_of: Some(a100::A100_80GB_PCIE.key),
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from a100-80gb-pcie: NVIDIA's driver gives both the same vGPU types",
    }],
    ..a100::A100_80GB_PCIE
};

/// An A30 with a network adapter.
pub(super) const A30X: Board = Board {
    key: "a30x",
    name: "NVIDIA A30X",
    pci_device_id: 0x20B9_10DE,
    alias_of: Some(a30::A30.key),
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from a30: NVIDIA's driver gives both the same vGPU types",
    }],
    ..a30::A30
};

pub(super) const A800_40GB_ACTIVE: Board = Board {
    key: "a800-40gb-active",
    name: "NVIDIA A800 40GB Active",
    pci_device_id: 0x20F6_10DE,
    alias_of: Some(a800::A800_SXM4_40GB.key),
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from a800-sxm4-40gb: NVIDIA's default configurations use its profile names",
    }],
    ..a800::A800_SXM4_40GB
};

/// The same GPU with less CPU memory; only the subsystem and the name differ.
pub(super) const GH200_120GB: Board = Board {
    key: "gh200-120gb",
    name: "NVIDIA GH200 120GB",
    alias_of: Some(gh200::GH200_96GB.key),
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from gh200-96gb: NVIDIA's driver gives both names to one device ID",
    }],
    ..gh200::GH200_96GB
};

pub(super) const A100_PCIE_40GB_20B1: Board = Board {
    key: "a100-pcie-40gb-20b1",
    pci_device_id: 0x20B1_10DE,
    alias_of: Some(a100::A100_PCIE_40GB.key),
    weak: &[Weak {
        figure: "everything but key and pci_device_id",
        source: "inferred from a100-pcie-40gb: NVIDIA's default configurations use its profile names",
    }],
    ..a100::A100_PCIE_40GB
};

pub(super) const H100_SXM5_80GB_2336: Board = Board {
    key: "h100-sxm5-80gb-2336",
    pci_device_id: 0x2336_10DE,
    alias_of: Some(h100::H100_SXM5_80GB.key),
    weak: &[Weak {
        figure: "everything but key and pci_device_id",
        source: "inferred from h100-sxm5-80gb: NVIDIA's driver gives both the same vGPU types",
    }],
    ..h100::H100_SXM5_80GB
};

pub(super) const H20_NVL16: Board = Board {
    key: "h20-nvl16",
    name: "NVIDIA H20 NVL16",
    pci_device_id: 0x230E_10DE,
    alias_of: Some(h20::H20_96GB.key),
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from h20-96gb, which is provisional itself",
    }],
    ..h20::H20_96GB
};
