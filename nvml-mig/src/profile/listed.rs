//! What profiles in a list have in common.

use core::fmt;

use super::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo, ReportedName};
use crate::error::ProfileId;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// A GPU instance profile or compute instance profile in a list.
pub(crate) trait Listed {
    type Id: Copy + Eq + fmt::Display + Into<ProfileId>;
    fn name(&self) -> &ReportedName;
    fn id(&self) -> Self::Id;
    /// Memory of an instance in MiB; `None` if the profile does not have it.
    fn memory_mib(&self) -> Option<u64> {
        None
    }
}

impl Listed for GpuInstanceProfileInfo {
    type Id = GpuInstanceProfileId;
    fn name(&self) -> &ReportedName {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
    fn memory_mib(&self) -> Option<u64> {
        Some(self.memory_mib)
    }
}

impl Listed for ComputeInstanceProfileInfo {
    type Id = ComputeInstanceProfileId;
    fn name(&self) -> &ReportedName {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
}
