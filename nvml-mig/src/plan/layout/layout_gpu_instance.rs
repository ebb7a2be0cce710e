//! A GPU instance of a layout.

use core::fmt;

use super::{LayoutComputeInstance, LayoutComputeProfile, repeated};
use crate::id::GpuInstanceProfileId;
use crate::profile::ProfileName;

/// A GPU instance of a layout, with its compute instances.
///
/// ```
/// use nvml_mig::plan::{LayoutComputeInstance, LayoutGpuInstance};
/// use nvml_mig::profile::ProfileName;
///
/// let name: ProfileName = "3g.20gb".parse()?;
/// let halves = [1, 2].map(LayoutComputeInstance::slices);
/// let wanted = LayoutGpuInstance::new(name).with_start(4).with_compute_instances(halves);
/// assert_eq!(wanted.to_string(), "3g.20gb:4(1c,2c)");
/// # Ok::<(), nvml_mig::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LayoutGpuInstance {
    profile: LayoutProfile,
    start: Option<u32>,
    compute_instances: Option<Vec<LayoutComputeInstance>>,
}

/// The profile of a GPU instance in a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutProfile {
    /// By name; the memory may be rounded as by another driver.
    Name(ProfileName),
    /// By id, which differs between GPU models.
    Id(GpuInstanceProfileId),
}

impl LayoutGpuInstance {
    /// Creates an entry with this profile, at any free placement, with the default compute instance. A name with a `c` part,
    /// such as `1c.3g.20gb`, selects that compute instance instead.
    #[must_use]
    pub fn new(profile: impl Into<LayoutProfile>) -> Self {
        let profile = profile.into();
        let name = match profile {
            LayoutProfile::Name(name) if name.compute_slices != name.gpu_slices => {
                Some(vec![LayoutComputeInstance::slices(name.compute_slices)])
            }
            _ => None,
        };
        Self {
            profile: profile.gpu_instance_profile(),
            start: None,
            compute_instances: name,
        }
    }

    /// Sets the first memory slice.
    #[must_use]
    pub fn with_start(self, start: u32) -> Self {
        let start = Some(start);
        Self { start, ..self }
    }

    /// Sets the compute instances; an empty list creates none.
    #[must_use]
    pub fn with_compute_instances(
        self,
        compute_instances: impl IntoIterator<Item = LayoutComputeInstance>,
    ) -> Self {
        let compute_instances = Some(compute_instances.into_iter().collect());
        Self {
            compute_instances,
            ..self
        }
    }

    /// Returns the profile of the GPU instance.
    #[must_use]
    pub const fn profile(&self) -> LayoutProfile {
        self.profile
    }

    /// Returns the first memory slice; `None` lets the planner choose.
    #[must_use]
    pub const fn start(&self) -> Option<u32> {
        self.start
    }

    /// Returns the compute instances; `None` for the default one, which occupies the whole GPU instance.
    #[must_use]
    pub fn compute_instances(&self) -> Option<&[LayoutComputeInstance]> {
        self.compute_instances.as_deref()
    }

    /// Adds a compute instance such as `1c.3g.20gb` if this GPU instance has that profile, an explicit list of compute
    /// instances, and slices left.
    pub(super) fn join(&mut self, name: ProfileName) -> bool {
        let is_same_profile = self.profile == LayoutProfile::Name(name).gpu_instance_profile()
            && self.start.is_none();
        let compute_instances = self.compute_instances.as_mut();
        let Some(compute_instances) = compute_instances
            .filter(|compute_instances| is_same_profile && !compute_instances.is_empty())
        else {
            return false;
        };
        let used: Option<u32> = compute_instances.iter().map(slices).sum();
        let needed = used.and_then(|used| used.checked_add(name.compute_slices));
        let room = name.compute_slices != name.gpu_slices
            && needed.is_some_and(|needed| needed <= name.gpu_slices);
        if room {
            compute_instances.push(LayoutComputeInstance::slices(name.compute_slices));
        }
        room
    }
}

/// Returns the number of slices of a compute instance, if the layout specifies it.
fn slices(compute_instance: &LayoutComputeInstance) -> Option<u32> {
    match compute_instance.profile() {
        LayoutComputeProfile::Slices(slices) => Some(slices),
        LayoutComputeProfile::Id(_) => None,
    }
}

impl LayoutProfile {
    /// Returns the GPU instance profile of a name with a `c` part.
    fn gpu_instance_profile(self) -> Self {
        match self {
            Self::Name(name) => Self::Name(name.with_compute_slices(name.gpu_slices)),
            Self::Id(id) => Self::Id(id),
        }
    }
}

impl From<ProfileName> for LayoutProfile {
    fn from(name: ProfileName) -> Self {
        Self::Name(name)
    }
}

impl From<GpuInstanceProfileId> for LayoutProfile {
    fn from(id: GpuInstanceProfileId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for LayoutProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for LayoutGpuInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.profile.fmt(f)?;
        if let Some(start) = self.start {
            write!(f, ":{start}")?;
        }
        let Some(compute_instances) = &self.compute_instances else {
            return Ok(());
        };
        let counted = |compute_instance: &LayoutComputeInstance| compute_instance.start().is_none();
        write!(f, "({})", repeated(compute_instances, counted, ","))
    }
}
