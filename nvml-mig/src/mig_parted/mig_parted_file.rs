//! A file with its named configurations.

use super::{
    Entry, MigPartedConfig, MigPartedError, MigPartedErrorKind, MigPartedWarning,
    MigPartedWarningKind, Remark,
};

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
    pub(super) name: String,
    pub(super) configs: Vec<Label>,
    pub(super) warnings: Vec<MigPartedWarning>,
}

/// A name of a file, and the configuration or what is wrong with it.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) name: String,
    /// mig-parted's name for it, which differs for names such as `off` that are no strings for YAML.
    pub(super) read_as: String,
    pub(super) config: Result<MigPartedConfig, MigPartedError>,
}

impl Label {
    /// Returns the warning that it can't be used.
    pub(super) fn remark(&self) -> Option<Remark> {
        let error = self.config.as_ref().err()?;
        let (name, problem) = (self.name.clone(), error.kind().to_string());
        let kind = MigPartedWarningKind::UnusableConfig { name, problem };
        error.mark().map(|mark| Remark { mark, kind })
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

impl MigPartedFile {
    /// Returns a file with these configurations.
    pub(super) fn with_configs(name: &str, configs: Vec<(String, Vec<Entry>)>) -> Self {
        let label = |(config, entries): (String, Vec<Entry>)| Label {
            name: config.clone(),
            read_as: config.clone(),
            config: Ok(MigPartedConfig {
                file: name.to_owned(),
                name: config,
                entries,
                remarks: Vec::new(),
            }),
        };
        Self {
            name: name.to_owned(),
            configs: configs.into_iter().map(label).collect(),
            warnings: Vec::new(),
        }
    }

    /// Returns the names of the configurations, in the order of the file, also of those with errors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.configs.iter().map(|label| label.name.as_str())
    }

    /// Returns the configuration with this name. If a name is not a string for YAML, both are accepted: mig-parted's, such as
    /// `false`, and the one that is written, such as `off`.
    ///
    /// # Errors
    ///
    /// [`MigPartedErrorKind::NoSuchConfig`] if there is none; the error of the configuration if it has one.
    pub fn config(&self, name: &str) -> Result<&MigPartedConfig, MigPartedError> {
        let mut read = self.configs.iter();
        let mut written = self.configs.iter();
        let label = read.find(|label| label.read_as == name);
        match label.or_else(|| written.find(|label| label.name == name)) {
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
