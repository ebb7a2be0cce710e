//! H800: the H100 for China, with slower links between GPUs. No recorded output of an H800 was found.

use super::{Board, Weak, h100};

pub(super) const H800_SXM5_80GB: Board = Board {
    key: "h800-sxm5-80gb",
    name: "NVIDIA H800",
    pci_device_id: 0x2324_10DE,
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from h100-sxm5-80gb",
    }],
    ..h100::H100_SXM5_80GB
};

pub(super) const H800_PCIE_80GB: Board = Board {
    key: "h800-pcie-80gb",
    name: "NVIDIA H800 PCIe",
    pci_device_id: 0x2322_10DE,
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from h100-pcie-80gb",
    }],
    ..h100::H100_PCIE_80GB
};

pub(super) const H800_NVL_94GB: Board = Board {
    key: "h800-nvl-94gb",
    name: "NVIDIA H800 NVL",
    pci_device_id: 0x233A_10DE,
    weak: &[Weak {
        figure: "everything but key, name and pci_device_id",
        source: "inferred from h100-nvl-94gb",
    }],
    ..h100::H100_NVL_94GB
};
