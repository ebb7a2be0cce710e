//! A position in a file, for messages.

use core::fmt;

use super::{Mark, MigPartedConfig};
use crate::query::Device;
use crate::quoted::Escaped;

/// The position of an entry of a mig-parted file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MigPartedPosition {
    /// The name of the file.
    pub file: String,
    /// The line number, starting at 1.
    pub line: usize,
    /// The position in the line, starting at 1.
    pub column: usize,
}

impl MigPartedPosition {
    /// Creates a position, for example in a test.
    #[must_use]
    pub fn new(file: impl Into<String>, line: usize, column: usize) -> Self {
        let file = file.into();
        Self { file, line, column }
    }
}

/// Prints, for example, `config.yaml:7:7`.
impl fmt::Display for MigPartedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(f, "{}:{line}:{column}", Escaped(file))
    }
}

impl MigPartedConfig {
    /// Returns the position of the entry that counts for a GPU: the last one that matches it. `None` if none does, or if the GPU
    /// can't be read.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let text = "version: v1\nmig-configs: {none: [{devices: all, mig-enabled: false}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// let position = file.config("none")?.position(&device);
    /// assert_eq!(position.map(|position| position.to_string()).as_deref(), Some("config.yaml:2:22"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn position(&self, device: &Device) -> Option<MigPartedPosition> {
        let Mark { line, column } = self.entry_for(device)?.mark;
        Some(MigPartedPosition::new(&self.file, line, column))
    }
}
