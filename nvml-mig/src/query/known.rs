//! What is known of GPUs and need not be asked again.
//!
//! Profiles and possible placements are the same as long as a GPU is in one MIG mode (nvml.h), so they are asked once
//! for a GPU and a mode. Whoever uses them asks for the mode first: one call in place of dozens. Another mode, or a
//! change of it by this process, forgets them.

use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use nvml_mig_sys::{Handle, nvmlDevice_st};

use super::memo::Memo;
use super::{MigMode, PciInfo};
use crate::architecture::Architecture;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};

/// What is known of the GPUs of a library, by the numbers of their handles.
#[derive(Debug, Default)]
pub(crate) struct Known {
    in_modes: Memo<usize, Arc<KnownGpu>>,
    identities: Memo<usize, Arc<Identity>>,
    /// A bit for each MIG mode in which something may be known of a GPU.
    modes: AtomicU32,
}

/// What is known of a GPU while it is in one MIG mode.
#[derive(Debug)]
pub(crate) struct KnownGpu {
    pub(crate) mode: MigMode,
    pub(crate) architecture: Memo<(), Architecture>,
    pub(crate) most_mig_devices: Memo<(), u32>,
    pub(crate) profiles: Memo<(), Arc<[GpuInstanceProfileInfo]>>,
    pub(crate) placements: Memo<GpuInstanceProfileId, Arc<[GpuInstancePlacement]>>,
    /// GPU instances of one profile have the same compute instance profiles.
    pub(crate) compute_profiles: Memo<GpuInstanceProfileId, Arc<[ComputeInstanceProfileInfo]>>,
    pub(crate) compute_placements:
        Memo<(GpuInstanceProfileId, ComputeInstanceProfileId), Arc<[ComputeInstancePlacement]>>,
    /// UUIDs are made from the GPU and these ids, so instances made again have them again.
    pub(crate) mig_uuids: Memo<(GpuInstanceId, ComputeInstanceId), String>,
    /// The name of a MIG device is that of the GPU and of the profiles.
    pub(crate) mig_names: Memo<(GpuInstanceProfileId, ComputeInstanceProfileId), String>,
}

/// What names a GPU as long as the library is open.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) uuid: Memo<(), String>,
    pub(crate) name: Memo<(), String>,
    pub(crate) index: Memo<(), u32>,
    pub(crate) pci_info: Memo<(), PciInfo>,
}

impl KnownGpu {
    fn new(mode: MigMode) -> Self {
        Self {
            mode,
            architecture: Memo::default(),
            most_mig_devices: Memo::default(),
            profiles: Memo::default(),
            placements: Memo::default(),
            compute_profiles: Memo::default(),
            compute_placements: Memo::default(),
            mig_uuids: Memo::default(),
            mig_names: Memo::default(),
        }
    }

    /// What is known of a profile.
    pub(crate) fn gpu_instance_profile(
        &self,
        id: GpuInstanceProfileId,
    ) -> Option<GpuInstanceProfileInfo> {
        let profiles = self.profiles.get(&())?;
        profiles.iter().find(|profile| profile.id == id).cloned()
    }
}

impl Known {
    /// Whether a GPU that is in this mode has no other in which something is known: one load and one test.
    #[inline]
    pub(crate) fn agrees_with(&self, mode: MigMode) -> bool {
        self.modes.load(Ordering::Relaxed) & !bit(mode) == 0
    }

    /// What is known of a GPU in a MIG mode; what was known in another is forgotten.
    pub(super) fn in_mode(&self, gpu: Handle<nvmlDevice_st>, mode: MigMode) -> Arc<KnownGpu> {
        let key = gpu.raw().addr();
        let known = self.in_modes.get(&key).filter(|known| known.mode == mode);
        known.unwrap_or_else(|| {
            let known = Arc::new(KnownGpu::new(mode));
            self.modes.fetch_or(bit(mode), Ordering::Relaxed);
            self.in_modes.keep(key, Arc::clone(&known));
            known
        })
    }

    /// What was known of a GPU last, in whatever mode.
    pub(super) fn last(&self, gpu: Handle<nvmlDevice_st>) -> Option<Arc<KnownGpu>> {
        self.in_modes.get(&gpu.raw().addr())
    }

    pub(super) fn forget(&self, gpu: Handle<nvmlDevice_st>) {
        self.in_modes.forget(&gpu.raw().addr());
    }

    /// What a GPU is called. Of a MIG device nothing may be kept: another may get its handle.
    pub(super) fn identity(&self, gpu: Handle<nvmlDevice_st>) -> Arc<Identity> {
        let key = gpu.raw().addr();
        self.identities.get(&key).unwrap_or_else(|| {
            let identity = Arc::new(Identity::default());
            self.identities.keep(key, Arc::clone(&identity));
            identity
        })
    }

    /// UUID of a GPU that was asked for it before.
    pub(super) fn uuid(&self, gpu: Handle<nvmlDevice_st>) -> Option<String> {
        let identity = self.identities.get(&gpu.raw().addr())?;
        identity.uuid.get(&())
    }
}

#[inline]
const fn bit(mode: MigMode) -> u32 {
    match mode {
        MigMode::Disabled => 1,
        MigMode::Enabled => 2,
        MigMode::Other(_) => 4,
    }
}
