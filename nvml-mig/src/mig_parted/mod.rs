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
//! for (device, target) in file.config("halves")?.targets(&nvml.devices()?)? {
//!     println!("{}: {target:?}", device.uuid()?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assignment;
mod export;
mod export_error;
mod export_omission;
mod mig_parted_error;
mod node;
mod pci_filter;
mod reader;
mod writer;

use core::cmp::Reverse;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::apply::GpuTarget;
use crate::node::yaml;
use crate::plan::Layout;
use crate::profile::ProfileName;

pub use export::MigPartedExport;
pub use export_error::MigPartedExportError;
pub use export_omission::MigPartedOmission;
use mig_parted_error::Mark;
pub use mig_parted_error::{MigPartedError, MigPartedErrorKind};
use pci_filter::PciFilter;

/// The version of the format that is read and written.
const VERSION: &str = "v1";

/// A configuration file of NVIDIA's mig-parted, version 1: named configurations, one of which is applied to a node.
///
/// Parsing is strict: unknown keys, invalid profile names and filters, numbers out of range and contradictory entries are
/// errors with line and column. mig-parted ignores some of these.
///
/// ```
/// use nvml_mig::mig_parted::MigPartedFile;
///
/// let text = r#"
/// version: v1
/// mig-configs:
///   half:
///     - devices: all
///       mig-enabled: true
///       mig-devices:
///         "3g.20gb": 1
///         "1g.5gb": 3
/// "#;
/// let file = MigPartedFile::parse("config.yaml", text)?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["half"]);
/// assert!(file.config("whole").is_err());
/// # Ok::<(), nvml_mig::mig_parted::MigPartedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedFile {
    /// Name for error messages.
    name: String,
    configs: Vec<MigPartedConfig>,
}

/// A configuration of a [`MigPartedFile`]: the desired state of the GPUs of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedConfig {
    /// The name of the file.
    file: String,
    name: String,
    entries: Vec<Entry>,
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

impl MigPartedFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if the file can't be read, or for the first problem in it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MigPartedError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let mut text = String::new();
        // One byte more than is parsed, which the parser reports.
        let most = yaml::MOST_BYTES as u64 + 1;
        let read = fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text));
        read.map_err(|error| MigPartedError::of_file(&name, MigPartedErrorKind::Read(error)))?;
        Self::parse(name, &text)
    }

    /// Parses a text; `name` stands for the file in error messages.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] for the first problem in the text.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, MigPartedError> {
        reader::read(name.into(), text)
    }

    /// Returns the names of the configurations, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.configs.iter().map(|config| config.name.as_str())
    }

    /// Returns the configuration with this name.
    ///
    /// # Errors
    ///
    /// [`MigPartedErrorKind::NoSuchConfig`] if there is none.
    pub fn config(&self, name: &str) -> Result<&MigPartedConfig, MigPartedError> {
        let mut configs = self.configs.iter();
        configs.find(|config| config.name == name).ok_or_else(|| {
            let kind = MigPartedErrorKind::NoSuchConfig {
                name: name.to_owned(),
                available: self.names().map(str::to_owned).collect(),
            };
            MigPartedError::of_file(&self.name, kind)
        })
    }
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
