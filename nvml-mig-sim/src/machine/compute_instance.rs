//! A compute instance.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::ComputeInstanceProfile;

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
    /// `MIG-` and this is the UUID of its MIG device. Name-based, so it is the same when the same ids are made again
    /// on the same GPU; kept, since clients ask for it often.
    pub uuid: Uuid,
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
            uuid: Uuid::nil(),
        }
    }

    /// The same on a GPU, in a GPU instance, and with a serial: what tells it from all others.
    #[must_use]
    pub fn identified(mut self, serial: u32, gpu: &Uuid, gpu_instance: u32) -> Self {
        let name = format!("{gpu_instance}/{}", self.id);
        self.uuid = Uuid::new_v5(gpu, name.as_bytes());
        self.serial = serial;
        self
    }
}
