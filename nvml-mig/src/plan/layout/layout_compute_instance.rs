//! A compute instance of a layout.

use core::fmt;

use crate::id::ComputeInstanceProfileId;

/// A compute instance of a layout.
///
/// ```
/// use nvml_mig::plan::LayoutComputeInstance;
///
/// assert_eq!(LayoutComputeInstance::slices(2).at(1).to_string(), "2c:1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayoutComputeInstance {
    profile: LayoutComputeProfile,
    start: Option<u32>,
}

/// How a layout names the profile of a compute instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutComputeProfile {
    /// By its compute slices, such as `2c`. All slices of the GPU instance mean its default compute instance.
    Slices(u32),
    /// By its id: for the one with the SMs of two slices on Hopper, whose name is that of the plain one.
    Id(ComputeInstanceProfileId),
}

impl LayoutComputeInstance {
    /// One of this many compute slices, where it fits.
    #[must_use]
    pub const fn slices(slices: u32) -> Self {
        Self::of(LayoutComputeProfile::Slices(slices))
    }

    /// One of the profile with this id, where it fits.
    #[must_use]
    pub const fn id(id: ComputeInstanceProfileId) -> Self {
        Self::of(LayoutComputeProfile::Id(id))
    }

    const fn of(profile: LayoutComputeProfile) -> Self {
        let start = None;
        Self { profile, start }
    }

    /// The same, starting at this compute slice of its GPU instance.
    #[must_use]
    pub const fn at(self, start: u32) -> Self {
        let start = Some(start);
        Self { start, ..self }
    }

    /// Which profile.
    #[must_use]
    pub const fn profile(&self) -> LayoutComputeProfile {
        self.profile
    }

    /// First compute slice of its GPU instance; `None` lets the planner choose.
    #[must_use]
    pub const fn start(&self) -> Option<u32> {
        self.start
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
        self.start.map_or(Ok(()), |start| write!(f, ":{start}"))
    }
}
