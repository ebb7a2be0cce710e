//! What is known of GPUs and need not be asked again.
//!
//! Profiles and possible placements are the same as long as a GPU is in one MIG mode (nvml.h), so they are asked once
//! for a GPU and a mode. Whoever uses them asks for the mode first: one call in place of dozens. Another mode, or a
//! change of it by this process, forgets them.

use core::sync::atomic::{AtomicU32, Ordering};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nvml_mig_sys::{Handle, nvmlDevice_st};

use super::memo::Memo;
use super::{MigMode, PciInfo};
use crate::architecture::Architecture;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};

/// What is known of the GPUs of a library, by the numbers of their handles.
#[derive(Debug)]
pub(crate) struct Known {
    gpus: Mutex<BTreeMap<usize, Arc<KnownGpu>>>,
    identities: Memo<usize, Arc<Identity>>,
    /// Number of the MIG mode in which something is known, where it is the same for all GPUs.
    mode: AtomicU32,
}

/// No MIG mode: nothing is known, or something in several modes.
const NO_MODE: u32 = u32::MAX;

impl Default for Known {
    fn default() -> Self {
        Self {
            gpus: Mutex::default(),
            identities: Memo::default(),
            mode: AtomicU32::new(NO_MODE),
        }
    }
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
    /// Number of the MIG mode in which all that is known is known. A GPU that is seen in another may have to be forgotten.
    #[inline]
    pub(super) fn mode(&self) -> u32 {
        self.mode.load(Ordering::Relaxed)
    }

    /// What is known of a GPU in a MIG mode; what was known in another is forgotten.
    pub(super) fn in_mode(&self, gpu: Handle<nvmlDevice_st>, mode: MigMode) -> Arc<KnownGpu> {
        let mut gpus = self.lock();
        let known = gpus
            .entry(gpu.raw().addr())
            .and_modify(|known| {
                if known.mode != mode {
                    *known = Arc::new(KnownGpu::new(mode));
                }
            })
            .or_insert_with(|| Arc::new(KnownGpu::new(mode)));
        let known = Arc::clone(known);
        self.note_modes(&gpus, mode);
        known
    }

    /// Forgets what is known of a GPU in another MIG mode than this.
    pub(super) fn seen_in(&self, gpu: Handle<nvmlDevice_st>, mode: MigMode) {
        let mut gpus = self.lock();
        let key = gpu.raw().addr();
        if gpus.get(&key).is_some_and(|known| known.mode != mode) {
            gpus.remove(&key);
        }
        self.note_modes(&gpus, mode);
    }

    fn note_modes(&self, gpus: &BTreeMap<usize, Arc<KnownGpu>>, seen: MigMode) {
        let is_only = gpus.values().all(|known| known.mode == seen);
        let mode = if is_only { seen.number() } else { NO_MODE };
        self.mode.store(mode, Ordering::Relaxed);
    }

    /// What was known of a GPU last, in whatever mode.
    pub(super) fn last(&self, gpu: Handle<nvmlDevice_st>) -> Option<Arc<KnownGpu>> {
        self.lock().get(&gpu.raw().addr()).cloned()
    }

    pub(super) fn forget(&self, gpu: Handle<nvmlDevice_st>) {
        self.lock().remove(&gpu.raw().addr());
    }

    /// A thread that panicked left whole answers behind.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Arc<KnownGpu>>> {
        self.gpus.lock().unwrap_or_else(PoisonError::into_inner)
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
