//! A profile that an error offers instead of the requested one.

use core::fmt;

use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::quoted::{self, Quoted};

/// A profile that the GPU or GPU instance has. Prints, for example, `1g.6gb (id 14)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ListedProfile {
    /// Name, such as `1g.6gb`.
    pub name: String,
    /// Id, with which an instance can be created.
    pub id: ProfileId,
}

impl ListedProfile {
    /// Creates an entry with this name and id.
    #[must_use]
    pub fn new(name: impl Into<String>, id: impl Into<ProfileId>) -> Self {
        let (name, id) = (name.into(), id.into());
        Self { name, id }
    }
}

impl fmt::Display for ListedProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (id {})", Quoted(&self.name), self.id)
    }
}

/// Id of a GPU instance profile or of a compute instance profile. Prints the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileId {
    /// Id of a GPU instance profile.
    GpuInstance(GpuInstanceProfileId),
    /// Id of a compute instance profile.
    ComputeInstance(ComputeInstanceProfileId),
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GpuInstance(id) => id.fmt(f),
            Self::ComputeInstance(id) => id.fmt(f),
        }
    }
}

impl From<GpuInstanceProfileId> for ProfileId {
    fn from(id: GpuInstanceProfileId) -> Self {
        Self::GpuInstance(id)
    }
}

impl From<ComputeInstanceProfileId> for ProfileId {
    fn from(id: ComputeInstanceProfileId) -> Self {
        Self::ComputeInstance(id)
    }
}

/// Such as `1g.6gb (id 14) or 2g.12gb (id 5)`, with this separator.
pub(super) fn joined(profiles: &[ListedProfile], separator: &str) -> String {
    let profiles: Vec<String> = profiles.iter().map(ToString::to_string).collect();
    quoted::joined(&profiles, separator)
}
