//! The desired state of a GPU.

use core::fmt;

use super::instance_selector::{InstanceSelector, Selected};
use crate::plan::{GpuModel, Layout, PresentGpuInstance};

/// The desired state of a GPU.
///
/// ```
/// use nvml_mig::apply::GpuTarget;
/// use nvml_mig::instance::GpuInstanceId;
///
/// let one_more = GpuTarget::Add("2g.12gb".parse()?);
/// assert_eq!(one_more.to_string(), "2g.12gb beside the existing instances");
/// let one_less = GpuTarget::remove([GpuInstanceId::new(1)]);
/// assert_eq!(one_less.to_string(), "the existing instances without GPU instance 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// MIG mode on, with these instances beside the existing ones, all of which stay as they are. Its [MIG
    /// devices](Layout::mig_devices) use free compute slices of existing GPU instances where they fit.
    Add(Layout),
    /// The existing instances without these. A GPU instance that would remain without any compute instance is removed too.
    Remove(Vec<InstanceSelector>),
}

impl GpuTarget {
    /// Creates the target without these instances.
    #[must_use]
    pub fn remove<S: Into<InstanceSelector>>(instances: impl IntoIterator<Item = S>) -> Self {
        Self::Remove(instances.into_iter().map(Into::into).collect())
    }

    /// The selectors of the instances to remove.
    pub(super) fn removed(&self) -> &[InstanceSelector] {
        match self {
            Self::Remove(removed) => removed,
            _ => &[],
        }
    }

    /// Whether it needs MIG mode on.
    pub(super) const fn needs_mig(&self) -> bool {
        !matches!(self, Self::MigDisabled)
    }

    /// Pins what stays in any case.
    pub(super) fn pin(&self, present: &mut [PresentGpuInstance], removed: &[Selected]) {
        if !matches!(self, Self::Add(_) | Self::Remove(_)) {
            return;
        }
        for gpu_instance in present {
            let (id, mut is_touched) = (gpu_instance.id, false);
            for inside in &mut gpu_instance.instance.compute_instances {
                let is_removed =
                    removed.contains(&(id, None)) || removed.contains(&(id, Some(inside.id)));
                inside.pinned |= !is_removed;
                is_touched |= is_removed;
            }
            gpu_instance.pinned |= !is_touched && !removed.contains(&(id, None));
        }
    }

    /// The complete layout for these existing instances; of an addition, what is added.
    pub(super) fn layout(
        &self,
        model: Option<&GpuModel>,
        present: &[PresentGpuInstance],
        removed: &[Selected],
    ) -> Layout {
        let existing = |present: &[PresentGpuInstance]| {
            model.map_or_else(Layout::new, |model| model.layout_of(present))
        };
        match self {
            Self::MigDisabled => Layout::new(),
            Self::Layout(layout) | Self::MigDevices(layout) | Self::Add(layout) => layout.clone(),
            Self::Remove(_) => existing(&without(present, removed)),
        }
    }
}

/// What remains without the selected instances.
fn without(present: &[PresentGpuInstance], removed: &[Selected]) -> Vec<PresentGpuInstance> {
    let remains = |gpu_instance: &PresentGpuInstance| {
        let id = gpu_instance.id;
        let mut rest = gpu_instance.clone();
        let inside = &mut rest.instance.compute_instances;
        let had_any = !inside.is_empty();
        inside.retain(|inside| !removed.contains(&(id, Some(inside.id))));
        let is_emptied = had_any && inside.is_empty();
        (!removed.contains(&(id, None)) && !is_emptied).then_some(rest)
    };
    present.iter().filter_map(remains).collect()
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
            Self::Add(layout) => write!(f, "{layout} beside the existing instances"),
            Self::Remove(removed) if removed.is_empty() => f.write_str("the existing instances"),
            Self::Remove(removed) => {
                let removed: Vec<String> = removed.iter().map(ToString::to_string).collect();
                write!(f, "the existing instances without {}", removed.join(", "))
            }
        }
    }
}
