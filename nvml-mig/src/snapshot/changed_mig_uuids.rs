//! The UUIDs of MIG devices of which the instances were created again.

use super::gpu_snapshot::GpuSnapshot;
use crate::apply::ChangedMigUuid;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// The profiles and placements of the two instances below a MIG device.
type Place = (
    (GpuInstanceProfileId, GpuInstancePlacement),
    (ComputeInstanceProfileId, ComputeInstancePlacement),
);

impl GpuSnapshot {
    /// Returns the MIG devices that have another UUID in a later snapshot of the same GPU: those of which the same instances are
    /// there at the same placements. The UUID follows from the ids of the instances, so a program with the old UUID may find
    /// another MIG device, or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::snapshot::GpuSnapshot;
    ///
    /// let before = GpuSnapshot::read(&device)?;
    /// let now = GpuSnapshot::read(&device)?;
    /// assert!(before.changed_mig_uuids(&now).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn changed_mig_uuids(&self, now: &Self) -> Vec<ChangedMigUuid> {
        let now = now.mig_uuids();
        let changed = self.mig_uuids().into_iter().filter_map(|(place, before)| {
            let (_, now) = now.iter().find(|(other, _)| *other == place)?;
            (*now != before).then(|| ChangedMigUuid::new(before, *now))
        });
        changed.collect()
    }

    /// The UUIDs with their places; none if not all MIG devices could be read.
    fn mig_uuids(&self) -> Vec<(Place, &str)> {
        let mut mig_devices: Vec<_> = self.mig_devices.iter().collect();
        mig_devices.sort_by_key(|of| (of.gpu_instance_id, of.compute_instance_id));
        let gpu_instances = self.gpu_instances.iter();
        let places = gpu_instances.flat_map(|of| {
            let inside = of.compute_instances.iter();
            let own = (of.profile, of.placement);
            inside.map(move |inside| (own, (inside.profile, inside.placement)))
        });
        let places: Vec<Place> = places.collect();
        if places.len() != mig_devices.len() {
            return Vec::new();
        }
        let uuids = mig_devices.into_iter().map(|of| of.uuid.as_str());
        places.into_iter().zip(uuids).collect()
    }
}
