//! The compute instance of a simulated GPU instance.

use serde::{Deserialize, Serialize};

use crate::machine::kept_uuid::KeptUuid;
use nvml_mig_boards::catalogue::ComputeInstanceProfile;

/// A compute instance; together with its GPU instance it forms a MIG device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeInstance {
    /// The lowest ID that was free in its GPU instance.
    pub id: u32,
    /// Number used in handles; never reused.
    pub serial: u32,
    /// ID of its profile within its GPU instance.
    pub profile_id: u32,
    /// First compute slice of its placement.
    pub start: u32,
    /// Number of slices of its placement.
    pub size: u32,
    /// Number of usable slices; less than `size` if the placement spans a missing slot.
    pub slices: u32,
    /// UUID of its MIG device.
    #[serde(skip)]
    pub uuid: KeptUuid,
}

impl ComputeInstance {
    /// Creates a compute instance of a profile.
    #[must_use]
    pub fn new(id: u32, profile: &ComputeInstanceProfile, start: u32) -> Self {
        Self {
            id,
            serial: 0,
            profile_id: profile.id,
            start,
            size: profile.size,
            slices: profile.slices,
            uuid: KeptUuid::default(),
        }
    }

    /// Sets the serial number.
    #[must_use]
    pub fn with_serial(mut self, serial: u32) -> Self {
        self.serial = serial;
        self
    }
}
