//! The vGPU types of boards that can be vGPU hosts, as far as public sources give their numbers.

use super::Weak;

/// The vGPU types of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VgpuTypes {
    /// Key of the board.
    pub board: &'static str,
    /// Whether several vGPUs can share a GPU instance, as on chips GB20x and newer. They have a scheduler then.
    pub shares_gpu_instances: bool,
    /// The types, in order of their numbers. Those whose number no source gives are left out.
    pub types: &'static [VgpuType],
    /// The sources of these figures; none was read off hardware here.
    pub sources: &'static [Weak],
}

/// A type of vGPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VgpuType {
    /// Number of the type, the N of `nvidia-N` in `mdev_supported_types`.
    pub number: u32,
    /// Name of the type without that of the vendor, such as `A100-4-20C`.
    pub name: &'static str,
    /// Nominal framebuffer size in MiB.
    pub memory_mib: u64,
    /// ID of the GPU instance profile that it needs; `None` for a type that shares a GPU without MIG.
    pub gpu_instance_profile: Option<u32>,
    /// Maximum number of vGPUs of this type on such a GPU instance, or on the GPU.
    pub instances: u32,
}

static TYPES: &[VgpuTypes] = &[A100_PCIE_40GB, RTX_PRO_6000_SERVER];

/// Returns the vGPU types of the board with this key; `None` if no source is known.
#[must_use]
pub fn vgpu_types(board: &str) -> Option<&'static VgpuTypes> {
    TYPES.iter().find(|types| types.board == board)
}

/// Returns the boards that can be simulated as vGPU hosts.
#[must_use]
pub fn vgpu_hosts() -> &'static [VgpuTypes] {
    TYPES
}

const A100_PCIE_40GB: VgpuTypes = VgpuTypes {
    board: "a100-pcie-40gb",
    shares_gpu_instances: false,
    types: &[
        on_gpu(468, "A100-4C", 4, 10),
        on_gpu(469, "A100-5C", 5, 8),
        on_gpu(470, "A100-8C", 8, 5),
        on_gpu(471, "A100-10C", 10, 4),
        on_gpu(472, "A100-20C", 20, 2),
        on_gpu(473, "A100-40C", 40, 1),
        on_instance(474, "A100-1-5C", 5, 19, 1),
        on_instance(475, "A100-2-10C", 10, 14, 1),
        on_instance(476, "A100-3-20C", 20, 9, 1),
        on_instance(477, "A100-4-20C", 20, 5, 1),
        on_instance(478, "A100-7-40C", 40, 0, 1),
        on_instance(706, "A100-1-5CME", 5, 20, 1),
    ],
    sources: &[
        Weak {
            figure: "number, name",
            source: "vgpuConfig.xml of driver 510.47.03, and the types that OpenForBC lists on this board; both are public",
        },
        Weak {
            figure: "memory_mib, gpu_instance_profile, instances",
            source: "nvidia_docs: vGPU types of this board, which name the GPU instance profile",
        },
        Weak {
            figure: "types: A100-1-10C, of later drivers, is left out",
            source: "no source of its number",
        },
    ],
};

/// The driver has 43 types with a GPU instance profile here; these are the ones with a public number.
const RTX_PRO_6000_SERVER: VgpuTypes = VgpuTypes {
    board: "rtx-pro-6000-bse",
    shares_gpu_instances: true,
    types: &[
        on_gpu(1534, "DC-24Q", 24, 4),
        on_instance(1546, "DC-1-2Q", 2, 47, 12),
        on_instance(1558, "DC-1-12Q", 12, 47, 2),
        on_instance(1560, "DC-1-12C", 12, 47, 2),
        on_instance(1561, "DC-1-24Q", 24, 47, 1),
        on_instance(1563, "DC-1-24C", 24, 47, 1),
        on_instance(1570, "DC-2-24Q", 24, 35, 2),
        on_instance(1576, "DC-4-24Q", 24, 32, 4),
        on_instance(1585, "DC-4-96Q", 96, 32, 1),
    ],
    sources: &[
        Weak {
            figure: "number, name",
            source: "public output of nvidia-smi and of mdev_supported_types on this board, drivers 580.65 and 580.105",
        },
        Weak {
            figure: "memory_mib, gpu_instance_profile, instances",
            source: "nvidia_docs: virtual GPU types, of which a public copy names the GPU instance profiles",
        },
        Weak {
            figure: "types: all others are left out",
            source: "no source of their numbers",
        },
    ],
};

/// A type that shares a GPU without MIG.
const fn on_gpu(number: u32, name: &'static str, gib: u64, instances: u32) -> VgpuType {
    VgpuType {
        number,
        name,
        memory_mib: gib * 1024,
        gpu_instance_profile: None,
        instances,
    }
}

/// A type that needs a GPU instance.
const fn on_instance(
    number: u32,
    name: &'static str,
    gib: u64,
    profile: u32,
    instances: u32,
) -> VgpuType {
    VgpuType {
        gpu_instance_profile: Some(profile),
        ..on_gpu(number, name, gib, instances)
    }
}
