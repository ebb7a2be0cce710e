//! A compute instance.

use serde::{Deserialize, Serialize};

use crate::catalogue::ComputeInstanceProfile;
use crate::machine::kept_uuid::KeptUuid;

/// A compute instance: with its GPU instance it makes a MIG device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputeInstance {
    /// The lowest that was free in its GPU instance.
    pub id: u32,
    /// Never used again: what handles to it carry.
    pub serial: u32,
    /// The id of its profile in its GPU instance.
    pub profile_id: u32,
    /// First compute slice.
    pub start: u32,
    /// Slices that its placement takes.
    pub size: u32,
    /// Slices that it computes on: fewer than `size` where it stands over a missing slot.
    pub slices: u32,
    /// That of its MIG device.
    #[serde(skip)]
    pub uuid: KeptUuid,
}

impl ComputeInstance {
    /// A compute instance of a profile.
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

    /// The same with a serial.
    #[must_use]
    pub fn with_serial(mut self, serial: u32) -> Self {
        self.serial = serial;
        self
    }
}
