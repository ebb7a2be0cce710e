//! Layouts: the desired GPU instances of one GPU, and the compute instances in each.

mod layout_compute_instance;
mod layout_error;
mod layout_gpu_instance;
mod parser;
mod repeated;

use core::fmt;
use core::str::FromStr;

use crate::profile::ProfileName;

pub use layout_compute_instance::{LayoutComputeInstance, LayoutComputeProfile};
pub use layout_error::{LayoutError, LayoutErrorKind};
pub use layout_gpu_instance::{LayoutGpuInstance, LayoutProfile};
pub(crate) use repeated::repeated;

/// The complete desired partitioning of one GPU: all GPU instances, with their compute instances.
///
/// Its text form is that of `nvidia-smi mig -cgi`, and needs no driver:
///
/// | text | meaning |
/// |---|---|
/// | `3g.20gb` | a GPU instance at any free placement, with the default compute instance, which occupies all of it |
/// | `9` | the same by the profile's id, which differs between GPU models |
/// | `3g.20gb:4` | starting at memory slice 4 |
/// | `7*1g.5gb` | seven of them |
/// | `3g.20gb(1c,2c)` | with compute instances of one and two slices |
/// | `3g.20gb:4(1c:0,2c:1)` | with these starting at its compute slices 0 and 1 |
/// | `2g.20gb(7)` | with a compute instance of the profile with id 7 |
/// | `3g.20gb()` | without any compute instance |
/// | `1c.3g.20gb` | as in mig-parted's files, see [`add_mig_device`](Self::add_mig_device) |
/// | `none` | no GPU instance |
///
/// Entries are separated by commas. An empty text is an error, so that an unset variable does not clear a GPU.
///
/// ```
/// use nvml_mig::Layout;
///
/// let layout: Layout = "3g.20gb:4, 2g.10gb, 1g.5gb,1g.5gb".parse()?;
/// assert_eq!(layout.gpu_instances().len(), 4);
/// assert_eq!(layout.to_string(), "3g.20gb:4, 2g.10gb, 2*1g.5gb");
///
/// let error = "3g.20gb, 1g.5bg".parse::<Layout>().unwrap_err();
/// assert_eq!(error.column(), 10);
/// # Ok::<(), nvml_mig::plan::LayoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(into = "String"))]
pub struct Layout {
    gpu_instances: Vec<LayoutGpuInstance>,
}

impl Layout {
    /// Creates a layout without GPU instances, `none`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            gpu_instances: Vec::new(),
        }
    }

    /// Returns the GPU instances in their original order.
    #[must_use]
    pub fn gpu_instances(&self) -> &[LayoutGpuInstance] {
        &self.gpu_instances
    }

    /// Returns whether it has no GPU instance.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.gpu_instances.is_empty()
    }

    /// Returns the number of GPU instances.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.gpu_instances.len()
    }

    /// Returns the GPU instances in their original order.
    pub fn iter(&self) -> core::slice::Iter<'_, LayoutGpuInstance> {
        self.gpu_instances.iter()
    }

    /// Adds a GPU instance.
    pub fn push(&mut self, gpu_instance: LayoutGpuInstance) {
        self.gpu_instances.push(gpu_instance);
    }

    /// Adds a MIG device as counted in mig-parted's files.
    ///
    /// `3g.20gb` adds a GPU instance with its default compute instance. `1c.3g.20gb` adds a compute instance of one slice in
    /// a GPU instance `3g.20gb`: in the last one, if it has that profile, lists its compute instances and has slices left;
    /// otherwise in a new one. mig-parted does the same with the instances that NVML creates
    /// (`SetMigConfig` in its `pkg/mig/config/config.go`).
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::Layout;
    ///
    /// let mut layout = Layout::new();
    /// for _ in 0..4 {
    ///     layout.add_mig_device("1c.3g.20gb".parse()?);
    /// }
    /// assert_eq!(layout.to_string(), "3g.20gb(3*1c), 3g.20gb(1c)");
    /// # Ok::<(), nvml_mig::Error>(())
    /// ```
    pub fn add_mig_device(&mut self, name: ProfileName) {
        let joined = match self.gpu_instances.last_mut() {
            Some(last) => last.join(name),
            None => false,
        };
        if !joined {
            self.push(LayoutGpuInstance::new(name));
        }
    }
}

impl FromIterator<LayoutGpuInstance> for Layout {
    fn from_iter<I: IntoIterator<Item = LayoutGpuInstance>>(gpu_instances: I) -> Self {
        Self {
            gpu_instances: gpu_instances.into_iter().collect(),
        }
    }
}

impl Extend<LayoutGpuInstance> for Layout {
    fn extend<I: IntoIterator<Item = LayoutGpuInstance>>(&mut self, gpu_instances: I) {
        self.gpu_instances.extend(gpu_instances);
    }
}

impl IntoIterator for Layout {
    type Item = LayoutGpuInstance;
    type IntoIter = std::vec::IntoIter<LayoutGpuInstance>;

    fn into_iter(self) -> Self::IntoIter {
        self.gpu_instances.into_iter()
    }
}

impl<'a> IntoIterator for &'a Layout {
    type Item = &'a LayoutGpuInstance;
    type IntoIter = core::slice::Iter<'a, LayoutGpuInstance>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Prints the shortest text with the same meaning: equal neighbours are counted.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        // Entries with a start are never combined: two instances can't have the same start.
        let counted = |entry: &LayoutGpuInstance| entry.start().is_none();
        f.write_str(&repeated(&self.gpu_instances, counted, ", "))
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    /// # Errors
    ///
    /// [`LayoutError`] for a text that is no layout, with the column and what is wrong there.
    fn from_str(text: &str) -> Result<Self, LayoutError> {
        parser::parse(text)
    }
}

impl From<Layout> for String {
    fn from(layout: Layout) -> Self {
        layout.to_string()
    }
}

/// The message has the whole chain of errors, since serde keeps only a text.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Layout {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let layout = text.parse::<Self>();
        layout.map_err(|error| serde::de::Error::custom(crate::error::chain::chain(&error)))
    }
}

impl TryFrom<String> for Layout {
    type Error = LayoutError;

    fn try_from(text: String) -> Result<Self, LayoutError> {
        text.parse()
    }
}
