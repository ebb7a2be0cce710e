//! The contents of a board file, in the order in which they are written.

use serde::{Deserialize, Serialize};

use super::capability::ComputeCapability;
use super::pci_id::PciId;
use super::placements::Placements;
use crate::catalogue::{Architecture, Engines};

/// A board as a file describes it. UUID, serial number and PCI address of the GPU are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardFile {
    /// Version of the file format, [`BoardFile::FORMAT`].
    pub format: u32,
    /// Name of the GPU.
    pub name: String,
    /// Device ID and vendor ID.
    pub pci_id: PciId,
    /// Chip generation.
    pub architecture: Architecture,
    /// CUDA compute capability.
    pub compute_capability: ComputeCapability,
    /// Memory of the whole GPU in MiB.
    pub memory_mib: u64,
    /// BAR1 window of the whole GPU in MiB; 0 if it has none.
    pub bar1_mib: u64,
    /// Memory slices: 4, 8 or 12; 0 without MIG.
    pub memory_slices: u32,
    /// Maximum number of MIG devices; 0 without MIG.
    pub max_mig_devices: u32,
    /// GPU instance profiles, smallest first.
    pub profiles: Vec<ProfileEntry>,
    /// How the figures were obtained.
    pub evidence: Evidence,
}

impl BoardFile {
    /// The format that this version reads and writes; it is raised with every change that an older simulator would
    /// misread.
    pub const FORMAT: u32 = 1;
}

/// A GPU instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileEntry {
    /// Name, such as `MIG 1g.5gb+me`.
    pub name: String,
    /// Number in the `ProfileInfo` queries (`NVML_GPU_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// ID in the create, list, placement and capacity functions.
    pub id: u32,
    /// Number of compute slices.
    pub slices: u32,
    /// Maximum number of instances on an empty GPU.
    pub instances: u32,
    /// Number of SMs.
    pub multiprocessors: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Numbers of engines.
    pub engines: Engines,
    /// Whether peer-to-peer is supported.
    pub p2p: bool,
    /// Whether graphics is supported.
    pub graphics: bool,
    /// Possible placements, in memory slices.
    pub placements: Placements,
    /// Whether its compute instance profiles were read.
    pub compute_profiles_from: ProfileSource,
    /// Compute instance profiles inside it.
    pub compute_profiles: Vec<ComputeProfileEntry>,
}

/// Where the compute instance profiles of a GPU instance profile come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileSource {
    /// From NVML, inside a GPU instance of this profile.
    Instance,
    /// From the rule of the catalogue: there was no GPU instance of this profile, and NVML answers only inside one.
    Rule,
}

/// A compute instance profile. Its engines are those of the GPU instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeProfileEntry {
    /// Name, such as `MIG 1c.3g.20gb`.
    pub name: String,
    /// Number in the `ProfileInfo` queries (`NVML_COMPUTE_INSTANCE_PROFILE_*`).
    pub profile: u32,
    /// ID in the create, list, placement and capacity functions.
    pub id: u32,
    /// Number of compute slices.
    pub slices: u32,
    /// Maximum number of instances in an empty GPU instance.
    pub instances: u32,
    /// Number of SMs.
    pub multiprocessors: u32,
    /// Possible placements, in compute slices.
    pub placements: Placements,
}

/// How the figures of a board were obtained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Program and version that wrote the file.
    pub captured_by: String,
    /// Whether the GPU was a simulated one, which proves nothing about a real board.
    pub simulated: bool,
    /// Version of the driver.
    pub driver: String,
    /// Version of the NVML library.
    pub nvml: String,
    /// Whether MIG mode was on.
    pub mig_enabled: bool,
    /// Versions of the profile structures in which NVML answered.
    pub profile_versions: Vec<u32>,
    /// PCI subsystem ID and subsystem vendor ID.
    pub pci_subsystem_id: PciId,
    /// The field values that concern MIG.
    pub field_values: Vec<FieldReading>,
    /// Figures that NVML did not report, with their sources.
    pub derived: Vec<Derived>,
}

/// The value of a field (`NVML_FI_*`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldReading {
    /// Name of the field in nvml.h.
    pub field: String,
    /// Its value; `None` if the driver does not report it.
    pub value: Option<u64>,
}

/// A figure that NVML did not report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Name of the figure.
    pub figure: String,
    /// Where it comes from instead.
    pub source: String,
}
