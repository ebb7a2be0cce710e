//! Names of a layout that were taken for others.

use core::fmt;

use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::{Layout, LayoutProfile};
use crate::profile::{ProfileName, ReportedName};
use crate::quoted::Quoted;

/// A name in a layout that this GPU's driver rounds differently. Prints, for example, `3g.39gb is taken as 3g.40gb`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ProfileSubstitution {
    /// The name in the layout, of a GPU instance profile or a MIG device.
    pub written: ProfileName,
    /// The name that the driver gives to it.
    pub taken_as: ReportedName,
}

impl ProfileSubstitution {
    /// Creates an entry, for example in a test.
    #[must_use]
    pub fn new(written: ProfileName, taken_as: impl Into<ReportedName>) -> Self {
        let taken_as = taken_as.into();
        Self { written, taken_as }
    }

    /// Returns those of a layout, each once.
    pub(super) fn all(model: &GpuModel, layout: &Layout) -> Vec<Self> {
        let gpu_instances = layout.gpu_instances().iter();
        let names = gpu_instances.filter_map(|entry| match entry.profile() {
            LayoutProfile::Name(name) => Some(name),
            LayoutProfile::Id(_) => None,
        });
        let mut all: Vec<Self> = Vec::new();
        for written in names.chain(layout.mig_devices().iter().copied()) {
            let substitution = Self::of(model, written);
            if !substitution.as_ref().is_none_or(|new| all.contains(new)) {
                all.extend(substitution);
            }
        }
        all
    }

    fn of(model: &GpuModel, written: ProfileName) -> Option<Self> {
        let name = model
            .profile_named(written.gpu_instance())
            .ok()?
            .name
            .parsed()?;
        let memory_gb = name.memory_gb;
        let taken_as = ProfileName {
            memory_gb,
            ..written
        };
        (taken_as != written).then(|| Self::new(written, taken_as))
    }
}

impl fmt::Display for ProfileSubstitution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken_as = Quoted(self.taken_as.as_str());
        write!(f, "{} is taken as {taken_as}", self.written)
    }
}
