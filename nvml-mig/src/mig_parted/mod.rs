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
//! Refused here, with line and column, before anything is changed:
//!
//! - a profile that the GPU lacks, and a layout that does not fit: mig-parted clears the GPU first, and reports success for
//!   a profile that it does not find;
//! - a `device-filter` that matches no GPU of NVIDIA, such as `0x20BO10DE`: mig-parted passes over it;
//! - a configuration that matches no GPU ([`MigPartedErrorKind::NoGpu`]): mig-parted reports that it was applied;
//! - two names of the same profile in one entry, a negative index or count, a count above 64, and an empty value of
//!   `mig-enabled` or of a count.
//!
//! Accepted here:
//!
//! - an error in a configuration does not make the others unusable;
//! - a profile's memory may be what another driver rounds it to, as in layouts;
//! - a configuration that is named `off` or `1` without quotes is found by this name, and by mig-parted's (`false`, `1`);
//! - a Kubernetes manifest with one file of mig-parted in the data of a `ConfigMap`. Lines and columns are those of the
//!   manifest.
//!
//! Asserted here: GPUs that an entry matches. mig-parted's `assert` is false if a GPU of the machine has no entry, if
//! `devices: all` enables MIG and a GPU has none, or if a replaced entry has another `mig-enabled`.

mod assignment;
mod config_map;
mod entry;
mod export;
mod export_error;
mod export_omission;
mod map;
mod mig_parted_error;
mod mig_parted_targets;
mod mig_parted_warning;
mod node;
mod pci_filter;
mod reader;
mod scalar;
mod similar;
mod tree;
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
use mig_parted_error::{Fault, Mark};
pub use mig_parted_error::{MigPartedError, MigPartedErrorKind};
pub use mig_parted_targets::MigPartedTargets;
use mig_parted_warning::Remark;
pub use mig_parted_warning::{MigPartedWarning, MigPartedWarningKind};
use pci_filter::PciFilter;

/// The version of the format that is read and written.
const VERSION: &str = "v1";

/// A configuration file of NVIDIA's mig-parted, version 1: named configurations, one of which is applied to a node.
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
///   wrong:
///     - devices: all
///       mig-enabled: maybe
/// "#;
/// let file = MigPartedFile::parse("config.yaml", text)?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["half", "wrong"]);
/// assert!(file.config("half").is_ok());
/// assert!(file.config("wrong").is_err());
/// for warning in file.warnings() {
///     println!("{warning}"); // config.yaml:13:20: the configuration 'wrong' can't be used: ...
/// }
/// # Ok::<(), nvml_mig::mig_parted::MigPartedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedFile {
    /// Name for error messages.
    name: String,
    configs: Vec<Label>,
    warnings: Vec<MigPartedWarning>,
}

/// A name of a file, and the configuration or what is wrong with it.
#[derive(Debug, Clone)]
struct Label {
    name: String,
    /// mig-parted's name for it, which differs for names such as `off` that are no strings for YAML.
    read_as: String,
    config: Result<MigPartedConfig, MigPartedError>,
}

impl Label {
    /// Returns the warning that it can't be used.
    fn remark(&self) -> Option<Remark> {
        let error = self.config.as_ref().err()?;
        error.remark(&self.name)
    }
}

/// Compares errors by their texts.
impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.config, &other.config) {
            (Ok(config), Ok(other)) => config == other,
            (Err(error), Err(other)) => error.to_string() == other.to_string(),
            _ => false,
        };
        is_same && (&self.name, &self.read_as) == (&other.name, &other.read_as)
    }
}

impl Eq for Label {}

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

impl MigPartedFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if the file can't be read or has no configurations.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MigPartedError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let file = fs::File::open(path);
        let file = file.map_err(|error| unreadable(&name, error))?;
        Self::from_reader(name, file)
    }

    /// Reads and parses what a reader has, such as standard input; `name` stands for the file in error messages.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if it can't be read or has no configurations.
    pub fn from_reader(name: impl Into<String>, reader: impl Read) -> Result<Self, MigPartedError> {
        let (name, mut text) = (name.into(), String::new());
        // One byte more than is parsed, which the parser reports.
        let most = yaml::MOST_BYTES as u64 + 1;
        let read = reader.take(most).read_to_string(&mut text);
        read.map_err(|error| unreadable(&name, error))?;
        Self::parse(name, &text)
    }

    /// Parses a text; `name` stands for the file in error messages.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if the text has no configurations. An error in a configuration does not make the others unusable:
    /// [`config`](Self::config) returns it.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, MigPartedError> {
        reader::read(name.into(), text)
    }

    /// Returns a file with one configuration.
    fn with_config(name: &str, config: &str, entries: Vec<Entry>) -> Self {
        let config = MigPartedConfig {
            file: name.to_owned(),
            name: config.to_owned(),
            entries,
            remarks: Vec::new(),
        };
        let label = Label {
            name: config.name.clone(),
            read_as: config.name.clone(),
            config: Ok(config),
        };
        Self {
            name: name.to_owned(),
            configs: vec![label],
            warnings: Vec::new(),
        }
    }

    /// Returns the names of the configurations, in the order of the file, also of those with errors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.configs.iter().map(|label| label.name.as_str())
    }

    /// Returns the configuration with this name. mig-parted's name for it is accepted too, if the name is not a string for
    /// YAML: `false` for `off`.
    ///
    /// # Errors
    ///
    /// [`MigPartedErrorKind::NoSuchConfig`] if there is none; the error of the configuration if it has one.
    pub fn config(&self, name: &str) -> Result<&MigPartedConfig, MigPartedError> {
        let mut written = self.configs.iter();
        let mut read = self.configs.iter();
        let label = written.find(|label| label.name == name);
        match label.or_else(|| read.find(|label| label.read_as == name)) {
            Some(label) => label.config.as_ref().map_err(Clone::clone),
            None => {
                let kind = MigPartedErrorKind::NoSuchConfig {
                    name: name.to_owned(),
                    available: self.names().map(str::to_owned).collect(),
                };
                Err(MigPartedError::of_file(&self.name, kind))
            }
        }
    }

    /// Returns what is odd about the file as a whole, with a warning for each configuration that has an error. What is odd
    /// about a configuration comes with its [`targets`](MigPartedConfig::targets).
    #[must_use]
    pub fn warnings(&self) -> &[MigPartedWarning] {
        &self.warnings
    }
}

fn unreadable(name: &str, error: std::io::Error) -> MigPartedError {
    MigPartedError::of_file(name, MigPartedErrorKind::Read(error))
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
