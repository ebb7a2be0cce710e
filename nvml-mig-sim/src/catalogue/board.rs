//! What the simulator knows of a board: the figures that NVML reports about it.

/// A GPU model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Board {
    /// What the command line calls it, such as `a100-sxm4-40gb`.
    pub key: &'static str,
    /// What `nvmlDeviceGetName` says.
    pub name: &'static str,
    /// Device id in the upper, vendor id in the lower 16 bits.
    pub pci_device_id: u32,
    /// Chip generation; it decides how MIG mode changes and where compute instances may stand.
    pub architecture: Architecture,
    /// Major and minor.
    pub compute_capability: (i32, i32),
    /// Memory of the whole GPU in MiB.
    pub memory_mib: u64,
    /// BAR1 window of the whole GPU in MiB; 0 on a GPU that has none.
    pub bar1_mib: u64,
    /// Memory slices: 4, 8 or 12.
    pub memory_slices: u32,
    /// Most MIG devices at once.
    pub max_mig_devices: u32,
    /// GPU instance profiles, in the order in which nvidia-smi lists them.
    pub profiles: &'static [GpuInstanceProfile],
    /// Which figures were not read off real output, each with where it comes from. Empty: all were.
    pub weak: &'static [Weak],
}

/// Chip generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// A change of MIG mode needs a GPU reset; compute instances stand in sliding windows.
    Ampere,
    /// MIG mode changes at once; compute instances are aligned.
    Hopper,
    /// As Hopper, with graphics and media profiles on some boards.
    Blackwell,
}

/// A figure that was not read off real hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weak {
    /// Which figure, such as `bar1_mib` or `MIG 1g.6gb+me: placements`.
    pub figure: &'static str,
    /// Where it comes from, such as `inferred` or `nvidia_mock`.
    pub source: &'static str,
}

/// What a GPU instance of a profile gets on this board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuInstanceProfile {
    /// Number of the profile for the `ProfileInfo` queries (`NVML_GPU_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// The id that create, list, placements and capacity take.
    pub id: u32,
    /// Such as `MIG 1g.5gb+me`.
    pub name: &'static str,
    /// Compute slices.
    pub slices: u32,
    /// How many fit on an empty GPU.
    pub instances: u32,
    /// SMs.
    pub multiprocessors: u32,
    /// Copy, decoder, encoder, JPEG and OFA engines.
    pub engines: Engines,
    /// Whether peer-to-peer works.
    pub p2p: bool,
    /// Whether graphics works.
    pub graphics: bool,
    /// In MiB.
    pub memory_mib: u64,
    /// Where it may stand: starts in memory slices, ascending.
    pub starts: &'static [u32],
    /// Memory slices that it takes.
    pub size: u32,
    /// What compute instances of it get.
    pub compute: &'static [ComputeInstanceProfile],
}

/// What a compute instance of a profile gets; the engines are those of its GPU instance, shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComputeInstanceProfile {
    /// Number of the profile for the `ProfileInfo` queries (`NVML_COMPUTE_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// The id that create, list, placements and capacity take.
    pub id: u32,
    /// Such as `MIG 1c.3g.20gb`.
    pub name: &'static str,
    /// Compute slices.
    pub slices: u32,
    /// How many fit in an empty GPU instance.
    pub instances: u32,
    /// SMs.
    pub multiprocessors: u32,
    /// Where it may stand: starts in compute slices of the GPU instance, ascending.
    pub starts: &'static [u32],
    /// Compute slices that its placement takes: `slices`, but where placements are aligned, three take four and seven
    /// take eight.
    pub size: u32,
}

/// Engines of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
