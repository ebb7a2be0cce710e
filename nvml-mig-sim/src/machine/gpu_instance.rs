//! A GPU instance and its compute instances.

use serde::{Deserialize, Serialize};

use crate::machine::board_ref::BoardRef;
use crate::machine::compute_instance::ComputeInstance;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::vgpu_settings::VgpuSettings;
use nvml_mig_boards::catalogue::{ComputeInstanceProfile, GpuInstanceProfile};

/// Compute instance IDs are 0 to 7 (NVIDIA's driver).
pub(super) const MOST_COMPUTE_INSTANCES: u32 = 8;

/// A GPU instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuInstance {
    /// Determined by the position on the chip, so it is reused after a destroy.
    pub id: u32,
    /// Number used in handles; never reused.
    pub serial: u32,
    /// ID of its profile on this board.
    pub profile_id: u32,
    /// First memory slice of its placement.
    pub start: u32,
    /// Occupied slots of the chip, one bit each.
    pub slots: u32,
    /// Compute instances in order of their IDs.
    pub compute_instances: Vec<ComputeInstance>,
    /// What concerns its vGPUs.
    #[serde(default)]
    pub vgpu: VgpuSettings,
}

impl GpuInstance {
    /// Returns its profile. A machine read from a file may name a profile that the board lacks.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] for such a machine.
    pub fn profile(&self, board: BoardRef) -> Answer<&'static GpuInstanceProfile> {
        let profile = board.profile_with_id(self.profile_id);
        profile.ok_or(Refusal::Unknown)
    }

    /// Returns how many more compute instances of this profile can be created one after another.
    #[must_use]
    pub fn capacity(
        &self,
        own_profile: &GpuInstanceProfile,
        wanted: &ComputeInstanceProfile,
    ) -> u32 {
        let mut end = 0;
        let fitting = wanted.starts.iter().filter(|&&start| {
            let free = start >= end && self.is_free(start, wanted.size);
            if free {
                end = start + wanted.size;
            }
            free
        });
        let slices = self.slices_left(own_profile) / wanted.slices;
        let ids = (MOST_COMPUTE_INSTANCES as usize).saturating_sub(self.compute_instances.len());
        fitting.take(ids).zip(0..slices).map(|_| 1).sum()
    }

    /// Chooses the ID and start of one more compute instance: the lowest free ones.
    ///
    /// # Errors
    ///
    /// [`Refusal::InsufficientResources`] if there is no room.
    pub fn choose(
        &self,
        own_profile: &GpuInstanceProfile,
        wanted: &ComputeInstanceProfile,
    ) -> Answer<(u32, u32)> {
        let mut starts = wanted.starts.iter().copied();
        let start = starts.find(|&start| self.is_free(start, wanted.size));
        let start = start.ok_or(Refusal::InsufficientResources)?;
        Ok((self.next_id(own_profile, wanted)?, start))
    }

    /// Chooses the ID of one more compute instance at this start.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the profile has no placement there, [`Refusal::InUse`] if another instance
    /// occupies it, [`Refusal::InsufficientResources`] if there are too many instances.
    pub fn choose_at(
        &self,
        own_profile: &GpuInstanceProfile,
        wanted: &ComputeInstanceProfile,
        (start, size): (u32, u32),
    ) -> Answer<(u32, u32)> {
        if size != wanted.size || !wanted.starts.contains(&start) {
            return Err(Refusal::InvalidArgument);
        }
        if !self.is_free(start, size) {
            return Err(Refusal::InUse);
        }
        Ok((self.next_id(own_profile, wanted)?, start))
    }

    /// Adds a compute instance, keeping the order of IDs.
    pub(crate) fn insert(&mut self, created: ComputeInstance) {
        self.compute_instances.push(created);
        self.compute_instances.sort_by_key(|instance| instance.id);
    }

    fn next_id(
        &self,
        own_profile: &GpuInstanceProfile,
        wanted: &ComputeInstanceProfile,
    ) -> Answer<u32> {
        let taken = |id: &u32| self.compute_instances.iter().any(|i| i.id == *id);
        let id = (0..MOST_COMPUTE_INSTANCES).find(|id| !taken(id));
        id.filter(|_| wanted.slices <= self.slices_left(own_profile))
            .ok_or(Refusal::InsufficientResources)
    }

    fn slices_left(&self, own_profile: &GpuInstanceProfile) -> u32 {
        let used: u32 = self.compute_instances.iter().map(|i| i.slices).sum();
        own_profile.slices.saturating_sub(used)
    }

    fn is_free(&self, start: u32, size: u32) -> bool {
        let apart = |i: &ComputeInstance| start >= i.start + i.size || i.start >= start + size;
        self.compute_instances.iter().all(apart)
    }
}
