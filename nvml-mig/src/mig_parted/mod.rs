//! The configuration files of NVIDIA's mig-parted, version 1 (feature `mig-parted`).
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::mig_parted::MigPartedFile;
//!
//! let text = "version: v1\nmig-configs: {halves: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]}";
//! let file = MigPartedFile::parse("config.yaml", text)?;
//! let targets = file.config("halves")?.targets(&nvml.devices()?)?;
//! for warning in file.warnings().iter().chain(&targets.warnings) {
//!     eprintln!("{warning}");
//! }
//! for (device, target) in targets {
//!     println!("{}: {target:?}", device.uuid()?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How files are read
//!
//! As mig-parted 0.15 reads them:
//!
//! - YAML 1.1: `yes`, `on` and `True` are true; `010` is eight; merge keys `<<`, anchors and aliases; numbers as names of
//!   configurations. The first document counts, and the last of repeated keys. A merge replaces the keys before it.
//! - `devices: all` means all GPUs that match the filter and have MIG. An entry with `mig-enabled: false` is right for a GPU
//!   without MIG. An index of no GPU is passed over, and so is an entry for no GPU.
//! - If several entries match a GPU, the last one counts.
//! - `mig-devices` counts MIG devices by name; which of them share a GPU instance is left open.
//!
//! What is odd is reported as a [`MigPartedWarning`].
//!
//! # Where this differs from mig-parted
//!
//! Refused here before anything is changed, with line and column:
//!
//! - a profile that the GPU lacks, and a layout that does not fit: mig-parted clears the GPU first, and reports success for
//!   a profile that it does not find;
//! - a `device-filter` that matches no GPU of NVIDIA, such as `0x20BO10DE`: mig-parted passes over it;
//! - a configuration that matches no GPU ([`MigPartedErrorKind::NoGpu`]): mig-parted reports that it was applied;
//! - entries of which one enables and one disables MIG on the same GPU: mig-parted sets both modes, one after the other;
//! - two names of the same profile in one entry, a negative index or count, a count above 64, and an empty value of
//!   `mig-enabled` or of a count.
//!
//! Accepted here:
//!
//! - an error in a configuration does not make the others unusable;
//! - a profile may be written as nvidia-smi prints it (`MIG 1g.5gb`), and its memory may be what another driver rounds it to,
//!   as in layouts;
//! - a configuration that is named `off` or `1` without quotes is found by this name, and by mig-parted's (`false`, `1`);
//! - a Kubernetes manifest with one file of mig-parted in the data of a `ConfigMap`. Lines and columns are those of the
//!   manifest.
//!
//! Another compute instance: in the 1g profile with twice the memory, on Hopper and newer, `1g.67gb` is the compute instance
//! with all of its multiprocessors (id 7). mig-parted creates the smaller one (id 0), which is `1c.1g.67gb` here.
//!
//! Asserted here: GPUs that an entry matches. mig-parted's `assert` is false if a GPU of the machine has no entry, or if
//! `devices: all` enables MIG and a GPU has none.

mod assignment;
mod config_map;
mod entry;
mod export;
mod export_error;
mod export_omission;
mod generation;
mod keys;
mod map;
mod mig_parted_error;
mod mig_parted_file;
mod mig_parted_position;
mod mig_parted_targets;
mod mig_parted_warning;
mod node;
mod pci_filter;
mod reader;
mod scalar;
mod similar;
mod tree;
mod writer;
mod writer_json;

use core::cmp::Reverse;

use crate::apply::GpuTarget;
use crate::plan::Layout;
use crate::profile::ProfileName;

pub use export::MigPartedExport;
pub use export_error::MigPartedExportError;
pub use export_omission::MigPartedOmission;
use mig_parted_error::{Fault, Mark};
pub use mig_parted_error::{MigPartedError, MigPartedErrorKind};
use mig_parted_file::Label;
pub use mig_parted_file::MigPartedFile;
pub use mig_parted_position::MigPartedPosition;
pub use mig_parted_targets::MigPartedTargets;
use mig_parted_warning::Remark;
pub use mig_parted_warning::{MigPartedWarning, MigPartedWarningKind};
use pci_filter::PciFilter;

/// The version of the format that is read and written.
const VERSION: &str = "v1";

/// A configuration of a [`MigPartedFile`]: the desired state of the GPUs of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedConfig {
    /// The name of the file.
    file: String,
    name: String,
    entries: Vec<Entry>,
    /// What is odd about it.
    remarks: Vec<Remark>,
}

/// The desired state of some GPUs of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    mark: Mark,
    /// PCI ids that select GPUs; if empty, all GPUs.
    filter: Vec<PciFilter>,
    /// Indices that select GPUs; `None` for all GPUs.
    devices: Option<Vec<(u32, Mark)>>,
    /// How many MIG devices of which profile; `None` with MIG mode off.
    mig_devices: Option<Vec<Count>>,
}

impl MigPartedConfig {
    /// Returns the name of the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A line such as `"1g.5gb": 7`: MIG devices of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Count {
    profile: ProfileName,
    count: usize,
    mark: Mark,
}

impl Entry {
    fn target(&self) -> GpuTarget {
        let mig_devices = self.mig_devices.as_deref();
        mig_devices.map_or(GpuTarget::MigDisabled, |counts| {
            GpuTarget::MigDevices(layout(counts))
        })
    }
}

/// The MIG devices in mig-parted's order, which is not the file's: large ones first. Which of them share a GPU instance is up
/// to the planner.
fn layout(counts: &[Count]) -> Layout {
    let size = |count: &Count| (count.profile.gpu_slices, count.profile.compute_slices);
    let mut counts: Vec<&Count> = counts.iter().collect();
    counts.sort_by_key(|count| Reverse(size(count)));
    let mut layout = Layout::new();
    for devices in counts {
        (0..devices.count).for_each(|_| layout.add_mig_device(devices.profile));
    }
    layout
}
