//! What stands on one GPU, with the handles to it. What does not change is asked once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::present::present;
use super::standing::Standing;
use crate::error::Error;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::plan::{GpuModel, PresentGpuInstance, SnapshotComputeInstance, SnapshotGpuInstance};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo, find};
use crate::query::{ComputeInstance, Device, GpuInstance, MigMode, MigModes};

/// A way to read what stands on a GPU again and again, at the price of the lists alone.
#[derive(Debug, Clone)]
pub(crate) struct Inventory {
    device: Device,
    profiles: Vec<GpuInstanceProfileInfo>,
    compute_profiles: BTreeMap<GpuInstanceProfileId, Vec<ComputeInstanceProfileInfo>>,
}

impl Inventory {
    pub(crate) fn of(device: &Device) -> Self {
        Self {
            device: device.clone(),
            profiles: Vec::new(),
            compute_profiles: BTreeMap::new(),
        }
    }

    pub(crate) const fn device(&self) -> &Device {
        &self.device
    }

    /// What was asked once is asked again: a refusal that came only once can be taken for a profile that is not there.
    pub(crate) fn forget(&mut self) {
        self.profiles.clear();
        self.compute_profiles.clear();
    }

    /// MIG mode and all instances, in the order of their ids; none while MIG mode is off.
    pub(crate) fn read(&mut self) -> Result<(MigModes, Vec<Standing>), Error> {
        let modes = self.device.mig_mode()?;
        let mut standing = Vec::new();
        if modes.current == MigMode::Enabled {
            for gpu_instance in self.gpu_instances()? {
                standing.push(self.standing(gpu_instance)?);
            }
        }
        Ok((modes, standing))
    }

    fn gpu_instances(&mut self) -> Result<Vec<GpuInstance>, Error> {
        let device = self.device.clone();
        let mut instances = Vec::new();
        for profile in self.profiles()? {
            let listed = device.gpu_instances_of_profile(profile);
            instances.extend(listed.map_err(|failure| device.error(failure))?);
        }
        instances.sort_by_key(GpuInstance::id);
        instances.dedup_by_key(|instance| instance.id());
        Ok(instances)
    }

    fn profiles(&mut self) -> Result<&[GpuInstanceProfileInfo], Error> {
        if self.profiles.is_empty() {
            self.profiles = self.device.gpu_instance_profiles()?;
        }
        Ok(&self.profiles)
    }

    fn standing(&mut self, gpu_instance: GpuInstance) -> Result<Standing, Error> {
        let mut compute_instances = Vec::new();
        for profile in self.compute_profiles(&gpu_instance)? {
            let listed = gpu_instance.compute_instances_of_profile(profile);
            let refused = |failure| gpu_instance.device().error(failure);
            compute_instances.extend(listed.map_err(refused)?);
        }
        compute_instances.sort_by_key(ComputeInstance::id);
        compute_instances.dedup_by_key(|instance| instance.id());
        Ok(Standing {
            gpu_instance,
            compute_instances,
        })
    }

    /// GPU instances of one profile have the same compute instance profiles.
    fn compute_profiles(
        &mut self,
        of: &GpuInstance,
    ) -> Result<&[ComputeInstanceProfileInfo], Error> {
        Ok(match self.compute_profiles.entry(of.profile_id()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(of.compute_instance_profiles()?),
        })
    }

    /// The model of the GPU, of which these are instances.
    pub(crate) fn model(&mut self, standing: &[Standing]) -> Result<GpuModel, Error> {
        self.profiles()?;
        let known = self.compute_profiles.iter();
        let examples = known.filter_map(|(profile, known)| {
            let mut standing = standing.iter().map(|one| &one.gpu_instance);
            let example = standing.find(|instance| instance.profile_id() == *profile);
            Some((example?, known.clone()))
        });
        GpuModel::with(&self.device, &self.profiles, &examples.collect::<Vec<_>>())
    }

    /// What stands there, as a planner wants to know it.
    pub(crate) fn present(&self, standing: &[Standing]) -> Result<Vec<PresentGpuInstance>, Error> {
        if standing.is_empty() {
            return Ok(Vec::new());
        }
        let processes = self.device.compute_processes()?;
        Ok(present(standing, &processes))
    }

    /// What stands there, as data.
    pub(crate) fn snapshot(&self, standing: &[Standing]) -> Vec<SnapshotGpuInstance> {
        let describe = |one: &Standing| {
            let whole = one.gpu_instance.profile_id();
            let parts = one.compute_instances.iter();
            SnapshotGpuInstance {
                profile: whole,
                name: self.name(whole),
                placement: one.gpu_instance.placement(),
                compute_instances: parts
                    .map(|part| SnapshotComputeInstance {
                        profile: part.profile_id(),
                        name: self.compute_name(whole, part.profile_id()),
                        placement: part.placement(),
                    })
                    .collect(),
            }
        };
        standing.iter().map(describe).collect()
    }

    fn name(&self, profile: GpuInstanceProfileId) -> String {
        find::name_of_id(profile, &self.profiles)
    }

    fn compute_name(
        &self,
        whole: GpuInstanceProfileId,
        profile: ComputeInstanceProfileId,
    ) -> String {
        let known = self.compute_profiles.get(&whole);
        find::name_of_id(profile, known.map_or(&[], Vec::as_slice))
    }
}
