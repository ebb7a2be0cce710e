//! The machine that reads a CDI specification.

use std::path::{Path, PathBuf};

/// The machine whose container engines read a specification, as this process sees it.
///
/// In a container that sees the host's files elsewhere:
///
/// ```
/// use nvml_mig::node::cdi::CdiHost;
///
/// let host = CdiHost::new().with_folders(["/host/etc/cdi", "/host/run/cdi"]).with_root("/host");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CdiHost {
    folders: Vec<PathBuf>,
    root: PathBuf,
}

impl CdiHost {
    /// Creates this machine: the folders `/etc/cdi` and `/var/run/cdi`, which engines read by default, and the root `/`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folders: ["/etc/cdi", "/var/run/cdi"].map(PathBuf::from).to_vec(),
            root: PathBuf::from("/"),
        }
    }

    /// Sets the folders from which engines read specifications, in ascending order of precedence.
    #[must_use]
    pub fn with_folders(mut self, folders: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.folders = folders.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the location of the host's `/`, for looking at device nodes.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = root.into();
        self
    }

    /// Returns the folders, in ascending order of precedence.
    #[must_use]
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Returns the location of the host's `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file of the host, for this process.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

impl Default for CdiHost {
    fn default() -> Self {
        Self::new()
    }
}
