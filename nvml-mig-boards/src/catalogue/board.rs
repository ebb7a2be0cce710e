//! The description of a board: the figures that NVML reports for it.

use nvml_mig_sys::{
    NVML_DEVICE_ARCH_ADA, NVML_DEVICE_ARCH_AMPERE, NVML_DEVICE_ARCH_BLACKWELL,
    NVML_DEVICE_ARCH_HOPPER, NVML_DEVICE_ARCH_TURING, nvmlDeviceArchitecture_t,
};
use serde::{Deserialize, Serialize};

/// A GPU model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Board {
    /// Key on the command line, such as `a100-sxm4-40gb`; its name if it is a board from a file.
    pub key: &'static str,
    /// Name that `nvmlDeviceGetName` returns.
    pub name: &'static str,
    /// Device ID in the upper 16 bits, vendor ID in the lower 16.
    pub pci_device_id: u32,
    /// Chip generation; it determines how MIG mode changes and where compute instances can be placed.
    pub architecture: Architecture,
    /// CUDA compute capability: major and minor version.
    pub compute_capability: (i32, i32),
    /// Memory of the whole GPU in MiB.
    pub memory_mib: u64,
    /// BAR1 window of the whole GPU in MiB; 0 if it has none.
    pub bar1_mib: u64,
    /// Memory slices: 4, 8 or 12; 0 without MIG.
    pub memory_slices: u32,
    /// Maximum number of MIG devices.
    pub max_mig_devices: u32,
    /// GPU instance profiles, in the order in which nvidia-smi lists them.
    pub profiles: &'static [GpuInstanceProfile],
    /// Figures that were not read off real output, with their sources. Empty if all were.
    pub weak: &'static [Weak],
    /// Whether a rule derives figures of the table itself, since no complete table of this board is known.
    pub provisional: bool,
    /// Key of the board whose figures this one shares, if there is only indirect evidence that both are alike.
    pub alias_of: Option<&'static str>,
}

impl Board {
    /// Returns the name for people, which says if the board is provisional: `NVIDIA B200 (provisional)`.
    #[must_use]
    pub fn label(&self) -> String {
        let provisional = if self.provisional {
            " (provisional)"
        } else {
            ""
        };
        [self.name, provisional].concat()
    }
}

/// Chip generation of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Architecture {
    /// The Turing generation, which has no MIG.
    Turing,
    /// A change of MIG mode needs a GPU reset; compute instances can start at any slice where they fit.
    Ampere,
    /// As new as Hopper, but without MIG.
    Ada,
    /// MIG mode changes immediately; compute instances are aligned.
    Hopper,
    /// Like Hopper, with graphics and media profiles on some boards.
    Blackwell,
}

impl Architecture {
    /// Returns NVML's number (`NVML_DEVICE_ARCH_*`).
    #[must_use]
    pub const fn number(self) -> nvmlDeviceArchitecture_t {
        match self {
            Self::Turing => NVML_DEVICE_ARCH_TURING,
            Self::Ampere => NVML_DEVICE_ARCH_AMPERE,
            Self::Ada => NVML_DEVICE_ARCH_ADA,
            Self::Hopper => NVML_DEVICE_ARCH_HOPPER,
            Self::Blackwell => NVML_DEVICE_ARCH_BLACKWELL,
        }
    }

    /// Returns the chip generation with this number of NVML; `None` for one without a board in the catalogue.
    #[must_use]
    pub const fn from_number(number: nvmlDeviceArchitecture_t) -> Option<Self> {
        match number {
            NVML_DEVICE_ARCH_TURING => Some(Self::Turing),
            NVML_DEVICE_ARCH_AMPERE => Some(Self::Ampere),
            NVML_DEVICE_ARCH_ADA => Some(Self::Ada),
            NVML_DEVICE_ARCH_HOPPER => Some(Self::Hopper),
            NVML_DEVICE_ARCH_BLACKWELL => Some(Self::Blackwell),
            _ => None,
        }
    }
}

/// A figure that was not read off real hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Weak {
    /// Name of the figure, such as `bar1_mib` or `MIG 1g.6gb+me: placements`.
    pub figure: &'static str,
    /// Source of the figure, such as `inferred` or `nvidia_mock`.
    pub source: &'static str,
}

/// A GPU instance profile of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GpuInstanceProfile {
    /// Number of the profile in the `ProfileInfo` queries (`NVML_GPU_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// ID of the profile in the create, list, placement and capacity functions.
    pub id: u32,
    /// Name of the profile, such as `MIG 1g.5gb+me`.
    pub name: &'static str,
    /// Number of compute slices.
    pub slices: u32,
    /// Maximum number of instances on an empty GPU.
    pub instances: u32,
    /// Number of SMs.
    pub multiprocessors: u32,
    /// Copy, decoder, encoder, JPEG and OFA engines.
    pub engines: Engines,
    /// Whether peer-to-peer is supported.
    pub p2p: bool,
    /// Whether graphics is supported.
    pub graphics: bool,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Possible placements: first memory slices, ascending.
    pub starts: &'static [u32],
    /// Number of memory slices of a placement.
    pub size: u32,
    /// Compute instance profiles inside it.
    pub compute: &'static [ComputeInstanceProfile],
}

/// A compute instance profile; it shares the engines of its GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComputeInstanceProfile {
    /// Number of the profile in the `ProfileInfo` queries (`NVML_COMPUTE_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// ID of the profile in the create, list, placement and capacity functions.
    pub id: u32,
    /// Name of the profile, such as `MIG 1c.3g.20gb`.
    pub name: &'static str,
    /// Number of compute slices.
    pub slices: u32,
    /// Maximum number of instances in an empty GPU instance.
    pub instances: u32,
    /// Number of SMs.
    pub multiprocessors: u32,
    /// Possible placements: first compute slices within the GPU instance, ascending.
    pub starts: &'static [u32],
    /// Number of compute slices of a placement. It equals `slices`, except that with aligned placements three slices
    /// take up four and seven take up eight.
    pub size: u32,
}

/// Numbers of engines of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Engines {
    /// Copy engines.
    pub copy: u32,
    /// NVDEC engines.
    pub decoder: u32,
    /// NVENC engines.
    pub encoder: u32,
    /// JPEG engines.
    pub jpeg: u32,
    /// Optical flow engines.
    pub ofa: u32,
}
