//! Layouts: the desired GPU instances of one GPU, with the compute instances in each, and MIG devices.

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

/// The complete desired partitioning of one GPU: all GPU instances, with their compute instances. MIG devices that are parts
/// of a GPU instance, such as `1c.3g.20gb`, may be listed instead, and then the planner chooses which of them share one.
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
/// | `3g.20gb(1c:2#1)` | the compute instance should get id 1, from which the UUID of its MIG device follows |
/// | `2g.20gb(7)` | with a compute instance of the profile with id 7 |
/// | `3g.20gb()` | without any compute instance |
/// | `1c.3g.20gb` | a MIG device in a GPU instance `3g.20gb` of which others may also be a part |
/// | `1c.1g.20gb` | on Hopper and newer, the smaller of the two compute instances of a 1g with the memory of two; `1g.20gb` and `1g.20gb(1c)` have the larger |
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
    /// Parts of GPU instances that are not in the list.
    mig_devices: Vec<ProfileName>,
}

impl Layout {
    /// Creates a layout without instances, `none`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            gpu_instances: Vec::new(),
            mig_devices: Vec::new(),
        }
    }

    /// Returns the GPU instances in their original order, without those for [`mig_devices`](Self::mig_devices).
    #[must_use]
    pub fn gpu_instances(&self) -> &[LayoutGpuInstance] {
        &self.gpu_instances
    }

    /// Returns the MIG devices that are parts of other GPU instances, in their original order.
    #[must_use]
    pub fn mig_devices(&self) -> &[ProfileName] {
        &self.mig_devices
    }

    /// Returns whether it has no instance.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.gpu_instances.is_empty() && self.mig_devices.is_empty()
    }

    /// Adds a GPU instance.
    pub fn push(&mut self, gpu_instance: LayoutGpuInstance) {
        self.gpu_instances.push(gpu_instance);
    }

    /// Adds a MIG device as counted in mig-parted's files.
    ///
    /// `3g.20gb` adds a GPU instance with its default compute instance. `1c.3g.20gb` adds a compute instance of one slice in
    /// a GPU instance `3g.20gb`. The planner chooses which of these share a GPU instance: so that the fewest instances are
    /// destroyed, then in the fewest GPU instances.
    ///
    /// # Examples
    ///
    /// ```
    /// # let board = nvml_mig_sim::GpuSpec::new("a100-sxm4-40gb");
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(board).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::Layout;
    /// use nvml_mig::plan::{GpuModel, PlanOptions};
    ///
    /// let mut layout = Layout::new();
    /// for name in ["1c.3g.20gb", "1c.3g.20gb", "2c.3g.20gb", "2c.3g.20gb"] {
    ///     layout.add_mig_device(name.parse()?);
    /// }
    /// assert_eq!(layout.to_string(), "2*1c.3g.20gb, 2*2c.3g.20gb");
    /// let plan = GpuModel::read(&device)?.plan(&[], &layout, PlanOptions::new())?;
    /// assert_eq!(plan.gpu_instances.len(), 2); // each with both
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_mig_device(&mut self, name: ProfileName) {
        if name.is_part() {
            self.mig_devices.push(name);
        } else {
            self.push(LayoutGpuInstance::new(name));
        }
    }
}

impl FromIterator<LayoutGpuInstance> for Layout {
    fn from_iter<I: IntoIterator<Item = LayoutGpuInstance>>(gpu_instances: I) -> Self {
        Self {
            gpu_instances: gpu_instances.into_iter().collect(),
            mig_devices: Vec::new(),
        }
    }
}

impl Extend<LayoutGpuInstance> for Layout {
    fn extend<I: IntoIterator<Item = LayoutGpuInstance>>(&mut self, gpu_instances: I) {
        self.gpu_instances.extend(gpu_instances);
    }
}

/// Prints the shortest text with the same meaning: GPU instances, then MIG devices, and equal neighbours are counted.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        // Entries with a start are never combined: two instances can't have the same start.
        let counted = |entry: &LayoutGpuInstance| entry.start().is_none();
        f.write_str(&repeated(&self.gpu_instances, counted, ", "))?;
        if !self.gpu_instances.is_empty() && !self.mig_devices.is_empty() {
            f.write_str(", ")?;
        }
        f.write_str(&repeated(&self.mig_devices, |_| true, ", "))
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
