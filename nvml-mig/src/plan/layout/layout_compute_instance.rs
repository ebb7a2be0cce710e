//! A compute instance of a layout.

use core::fmt;

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId};
use crate::profile::{ComputeInstanceProfile, ProfileName};

/// A compute instance of a layout.
///
/// ```
/// use nvml_mig::plan::LayoutComputeInstance;
///
/// let wanted = LayoutComputeInstance::slices(2).with_start(1);
/// assert_eq!(wanted.to_string(), "2c:1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayoutComputeInstance {
    profile: LayoutComputeProfile,
    start: Option<u32>,
    preferred_id: Option<ComputeInstanceId>,
}

/// The profile of a compute instance in a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutComputeProfile {
    /// By number of compute slices, such as `2c`. All slices of the GPU instance select its default compute instance.
    Slices(u32),
    /// By id, for a profile that has as many slices as another one: on Hopper and newer, 7 is one slice with the SMs of two in
    /// a 2g, and 0 is the smaller one in a 1g with the memory of two.
    Id(ComputeInstanceProfileId),
}

impl LayoutComputeInstance {
    /// Creates an entry with this number of compute slices, at any free placement.
    #[must_use]
    pub const fn slices(slices: u32) -> Self {
        Self::of(LayoutComputeProfile::Slices(slices))
    }

    /// Creates an entry with the profile with this id, at any free placement.
    #[must_use]
    pub const fn id(id: ComputeInstanceProfileId) -> Self {
        Self::of(LayoutComputeProfile::Id(id))
    }

    /// Creates an entry for the compute instance of a MIG device with this name, such as `1c.3g.20gb`.
    pub(crate) const fn of_mig_device(name: ProfileName) -> Self {
        if name.smaller {
            // On every board that was seen, the id is the number (`nvidia-smi mig -lcip`).
            let id = ComputeInstanceProfile::Slice1.number();
            return Self::id(ComputeInstanceProfileId::new(id));
        }
        Self::slices(name.compute_slices)
    }

    const fn of(profile: LayoutComputeProfile) -> Self {
        Self {
            profile,
            start: None,
            preferred_id: None,
        }
    }

    /// Sets the first compute slice in its GPU instance.
    #[must_use]
    pub const fn with_start(self, start: u32) -> Self {
        let start = Some(start);
        Self { start, ..self }
    }

    /// Sets the id that it should get, if it is created: the UUID of its MIG device follows from it. The driver gives the lowest
    /// free id; for another one, the plan has temporary compute instances. If no order of creation leads to the ids of all new
    /// compute instances of the GPU instance, or an existing one has another id, the instance is right nevertheless.
    #[must_use]
    pub const fn with_preferred_id(self, id: ComputeInstanceId) -> Self {
        let preferred_id = Some(id);
        Self {
            preferred_id,
            ..self
        }
    }

    /// Returns the profile of the compute instance.
    #[must_use]
    pub const fn profile(&self) -> LayoutComputeProfile {
        self.profile
    }

    /// Returns the first compute slice in its GPU instance; `None` lets the planner choose.
    #[must_use]
    pub const fn start(&self) -> Option<u32> {
        self.start
    }

    /// Returns the id that it should get; `None` leaves it to the driver.
    #[must_use]
    pub const fn preferred_id(&self) -> Option<ComputeInstanceId> {
        self.preferred_id
    }
}

impl fmt::Display for LayoutComputeProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slices(slices) => write!(f, "{slices}c"),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for LayoutComputeInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.profile.fmt(f)?;
        if let Some(start) = self.start {
            write!(f, ":{start}")?;
        }
        self.preferred_id.map_or(Ok(()), |id| write!(f, "#{id}"))
    }
}
