//! The current partition of a GPU as data.

use super::{Inventory, LiveGpuInstance};
use crate::error::Error;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance};
use crate::profile::find;

impl Inventory {
    /// Returns the instances as data, in the same order. A profile without a name from the driver is named by its id.
    ///
    /// # Errors
    ///
    /// As [`gpu_instances`](Self::gpu_instances).
    pub fn partition(&self) -> Result<Vec<PlacedGpuInstance>, Error> {
        let live = self.gpu_instances()?.iter();
        Ok(live.map(LiveGpuInstance::placed).collect())
    }
}

impl LiveGpuInstance {
    /// Returns the instance as data, with the names that were known when it was read. It makes no NVML calls, so that a
    /// failing driver is not called again for each instance. A profile without a name is named by its id.
    #[must_use]
    pub fn placed(&self) -> PlacedGpuInstance {
        let profiles = self.known.profiles.get(&());
        let profile = self.gpu_instance.profile_id();
        let name = find::name_of_id(profile, profiles.as_deref().unwrap_or_default());
        PlacedGpuInstance::new(profile, name, self.gpu_instance.placement())
            .with_compute_instances(self.placed_compute_instances())
    }

    fn placed_compute_instances(&self) -> Vec<PlacedComputeInstance> {
        let of = self.gpu_instance.profile_id();
        let profiles = self.known.compute_profiles.get(&of);
        let profiles = profiles.as_deref().unwrap_or_default();
        let compute_instances = self.compute_instances.iter();
        let placed = compute_instances.map(|compute_instance| {
            let profile = compute_instance.profile_id();
            let name = find::name_of_id(profile, profiles);
            PlacedComputeInstance::new(profile, name, compute_instance.placement())
        });
        placed.collect()
    }
}
