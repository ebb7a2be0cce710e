//! The desired state of a GPU.

use core::fmt;

use crate::plan::Layout;

/// The desired state of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GpuTarget {
    /// Not partitioned: no instances, and MIG mode off. A GPU without MIG is already in this state.
    MigDisabled,
    /// Partitioned: MIG mode on, with exactly these instances.
    Layout(Layout),
    /// Partitioned: MIG mode on, with exactly the MIG devices of the layout, as mig-parted counts them. If the GPU has these,
    /// GPU instances without compute instances stay; otherwise it gets exactly these instances.
    MigDevices(Layout),
}

impl GpuTarget {
    /// Returns the layout; none for a GPU without MIG mode.
    pub(super) fn layout(&self) -> Layout {
        match self {
            Self::MigDisabled => Layout::new(),
            Self::Layout(layout) | Self::MigDevices(layout) => layout.clone(),
        }
    }
}

impl From<Layout> for GpuTarget {
    fn from(layout: Layout) -> Self {
        Self::Layout(layout)
    }
}

impl From<&Layout> for GpuTarget {
    fn from(layout: &Layout) -> Self {
        Self::Layout(layout.clone())
    }
}

impl From<&Self> for GpuTarget {
    fn from(target: &Self) -> Self {
        target.clone()
    }
}

impl fmt::Display for GpuTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MigDisabled => f.write_str("MIG disabled"),
            Self::Layout(layout) | Self::MigDevices(layout) => layout.fmt(f),
        }
    }
}
