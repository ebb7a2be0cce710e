//! A GPU instance of a layout.

use core::fmt;

use super::{LayoutComputeInstance, repeated};
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
        let (profile, compute_instances) = match profile {
            LayoutProfile::Name(name) if name.is_part() => {
                let compute_instance = LayoutComputeInstance::of_mig_device(name);
                (name.gpu_instance().into(), Some(vec![compute_instance]))
            }
            profile => (profile, None),
        };
        Self {
            profile,
            start: None,
            compute_instances,
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
        let counted = |inside: &LayoutComputeInstance| {
            inside.start().is_none() && inside.preferred_id().is_none()
        };
        write!(f, "({})", repeated(compute_instances, counted, ","))
    }
}
