//! The expected state of a GPU, which saves NVML calls when it is read again.

use super::LiveGpuInstance;
use crate::driver::call::Failure;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::ComputeInstancePlacement;
use crate::plan::{PresentComputeInstance, PresentGpuInstance};
use crate::query::{
    ComputeInstance, ComputeInstanceHandle, GpuInstance, GpuInstanceHandle, KnownGpu,
};

/// The expected state of a GPU. It never changes the result of a reading, only the number of NVML calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected<'a> {
    /// The instances at the previous reading.
    pub(crate) present: &'a [PresentGpuInstance],
    /// Instances that this process has created. They are read again: NVML may have given their handles to others since.
    pub(crate) created: Vec<&'a LiveGpuInstance>,
}

impl<'a> Expected<'a> {
    pub(super) fn profiles(&self) -> Vec<GpuInstanceProfileId> {
        let created = self
            .created
            .iter()
            .map(|live| live.gpu_instance.profile_id());
        let present = self.present.iter().map(PresentGpuInstance::profile);
        created.chain(present).collect()
    }

    fn created(&self, handle: GpuInstanceHandle) -> Option<&'a LiveGpuInstance> {
        let mut created = self.created.iter();
        created
            .find(|live| live.gpu_instance.handle() == handle)
            .copied()
    }

    /// The expected compute instances of a GPU instance.
    pub(super) fn inside(&self, gpu_instance: &GpuInstance) -> ExpectedInside<'a> {
        let is_same = |present: &&PresentGpuInstance| {
            let now = (
                gpu_instance.id(),
                gpu_instance.profile_id(),
                gpu_instance.placement(),
            );
            (present.id, present.profile(), present.placement()) == now
        };
        ExpectedInside {
            present: self.present.iter().find(is_same),
            created: self.created(gpu_instance.handle()),
        }
    }
}

/// The expected compute instances of one GPU instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedInside<'a> {
    present: Option<&'a PresentGpuInstance>,
    created: Option<&'a LiveGpuInstance>,
}

impl ExpectedInside<'_> {
    pub(super) fn profiles(self) -> Vec<ComputeInstanceProfileId> {
        let created = self.created.iter().flat_map(|live| &live.compute_instances);
        let present = self
            .present
            .iter()
            .flat_map(|present| present.compute_instances());
        let mut profiles: Vec<ComputeInstanceProfileId> = created
            .map(ComputeInstance::profile_id)
            .chain(present.map(PresentComputeInstance::profile))
            .collect();
        profiles.sort_unstable();
        profiles.dedup();
        profiles
    }

    /// Reads the compute instance behind a handle that was listed for a profile, unless it is known.
    pub(super) fn read(
        self,
        gpu_instance: &GpuInstance,
        known: &KnownGpu,
        profile: ComputeInstanceProfileId,
        handle: ComputeInstanceHandle,
    ) -> Result<ComputeInstance, Failure> {
        match self.only_one(known, profile) {
            Some(identity) => Ok(ComputeInstance::known(gpu_instance, handle, identity)),
            None => ComputeInstance::from_handle(gpu_instance, handle),
        }
    }

    /// Returns the only previous compute instance, if its profile has a single placement: the current instance is the
    /// same one, or was recreated in its place with the same id.
    fn only_one(self, known: &KnownGpu, profile: ComputeInstanceProfileId) -> Option<Identity> {
        let present = self.present?;
        let [only] = present.compute_instances() else {
            return None;
        };
        let placements = known
            .compute_placements
            .get(&(present.profile(), profile))?;
        let placement = only.placement();
        let is_forced = only.profile() == profile && *placements == [placement];
        is_forced.then_some((only.id, profile, placement))
    }
}

type Identity = (
    ComputeInstanceId,
    ComputeInstanceProfileId,
    ComputeInstancePlacement,
);
