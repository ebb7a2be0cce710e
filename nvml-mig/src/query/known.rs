//! Caches answers of NVML that do not change.
//!
//! Profiles and possible placements stay the same while a GPU is in one MIG mode (nvml.h), so they are cached by GPU and
//! mode. Every use reads the MIG mode first, one call in place of dozens. Reading another mode, or setting one, drops the
//! cache of that GPU.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use nvml_mig_sys::{Handle, nvmlDevice_st, nvmlGpuVirtualizationMode};

use super::memo::Memo;
use super::{MigMode, MigModes, PciInfo};
use crate::architecture::Architecture;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};

/// The cached answers of an NVML library, by device handle.
#[derive(Debug)]
pub(crate) struct Known {
    gpus: Memo<usize, Arc<KnownGpu>>,
    identities: Memo<usize, Arc<Identity>>,
    /// The MIG modes in which a GPU was last seen, if all caches belong to the current one of them.
    modes: AtomicU64,
}

/// No MIG modes: no GPU was seen yet, or there are caches of several modes.
const NO_MODES: u64 = u64::MAX;

impl Default for Known {
    fn default() -> Self {
        Self {
            gpus: Memo::default(),
            identities: Memo::default(),
            modes: AtomicU64::new(NO_MODES),
        }
    }
}

/// The cached answers about a GPU in one MIG mode.
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
    /// The driver derives the UUID of a MIG device from the GPU and these ids, so a recreated instance has the same
    /// UUID.
    pub(crate) mig_device_ids: Memo<String, (GpuInstanceId, ComputeInstanceId)>,
    /// The name of a MIG device consists of the names of the GPU and the profiles.
    pub(crate) mig_names: Memo<(GpuInstanceProfileId, ComputeInstanceProfileId), String>,
}

/// The cached names of a GPU; they stay the same while the library is open.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) uuid: Memo<(), String>,
    pub(crate) name: Memo<(), String>,
    pub(crate) index: Memo<(), u32>,
    pub(crate) pci_info: Memo<(), PciInfo>,
    pub(crate) virtualization: Memo<(), nvmlGpuVirtualizationMode>,
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
            mig_device_ids: Memo::default(),
            mig_names: Memo::default(),
        }
    }

    /// The same answers without the lists of profiles.
    #[cfg(feature = "apply")]
    fn without_profiles(&self) -> Self {
        Self {
            mode: self.mode,
            architecture: self.architecture.copy(),
            most_mig_devices: self.most_mig_devices.copy(),
            profiles: Memo::default(),
            placements: self.placements.copy(),
            compute_profiles: Memo::default(),
            compute_placements: self.compute_placements.copy(),
            mig_device_ids: self.mig_device_ids.copy(),
            mig_names: self.mig_names.copy(),
        }
    }

    /// Returns the cached information about a profile.
    pub(crate) fn gpu_instance_profile(
        &self,
        id: GpuInstanceProfileId,
    ) -> Option<GpuInstanceProfileInfo> {
        let profiles = self.profiles.get(&())?;
        profiles.iter().find(|profile| profile.id == id).cloned()
    }
}

impl Known {
    /// Returns, as one number, the MIG modes that require no change of the cache if a GPU is seen in them.
    #[inline]
    pub(super) fn modes(&self) -> u64 {
        self.modes.load(Ordering::Relaxed)
    }

    /// The cache of a GPU in a MIG mode. A cache of another mode is dropped.
    pub(super) fn in_mode(&self, gpu: Handle<nvmlDevice_st>, mode: MigMode) -> Arc<KnownGpu> {
        let key = gpu.raw().addr();
        let mut gpus = self.gpus.lock();
        if let Some((_, known)) = gpus
            .iter()
            .find(|(gpu, known)| *gpu == key && known.mode == mode)
        {
            return Arc::clone(known);
        }
        let known = Arc::new(KnownGpu::new(mode));
        gpus.retain(|(gpu, _)| *gpu != key);
        gpus.push((key, Arc::clone(&known)));
        self.modes.store(NO_MODES, Ordering::Relaxed);
        known
    }

    /// Drops the cache of a GPU if it is of another MIG mode than the current one.
    pub(super) fn seen_in(&self, gpu: Handle<nvmlDevice_st>, modes: MigModes) {
        let mode = modes.current();
        let key = gpu.raw().addr();
        // `modes` is stored under the lock: it must agree with every cache.
        let mut gpus = self.gpus.lock();
        gpus.retain(|(gpu, known)| *gpu != key || known.mode == mode);
        let is_only = gpus.iter().all(|(_, known)| known.mode == mode);
        let modes = if is_only { modes.numbers() } else { NO_MODES };
        self.modes.store(modes, Ordering::Relaxed);
    }

    /// The last cache of a GPU, of any MIG mode.
    pub(super) fn last(&self, gpu: Handle<nvmlDevice_st>) -> Option<Arc<KnownGpu>> {
        self.gpus.get(&gpu.raw().addr())
    }

    /// Drops the lists of profiles of a GPU.
    #[cfg(feature = "apply")]
    pub(super) fn forget_profiles(&self, gpu: Handle<nvmlDevice_st>) {
        let key = gpu.raw().addr();
        for (_, known) in self.gpus.lock().iter_mut().filter(|(gpu, _)| *gpu == key) {
            *known = Arc::new(known.without_profiles());
        }
    }

    pub(super) fn forget(&self, gpu: Handle<nvmlDevice_st>) {
        let key = gpu.raw().addr();
        self.gpus.lock().retain(|(gpu, _)| *gpu != key);
    }

    /// Returns the cached names of a GPU. Those of MIG devices must not be cached, since NVML reuses their handles.
    pub(super) fn identity(&self, gpu: Handle<nvmlDevice_st>) -> Arc<Identity> {
        let key = gpu.raw().addr();
        self.identities.get(&key).unwrap_or_else(|| {
            let identity = Arc::new(Identity::default());
            self.identities.keep(key, Arc::clone(&identity));
            identity
        })
    }

    /// Returns the UUID of a GPU if it is cached.
    pub(super) fn uuid(&self, gpu: Handle<nvmlDevice_st>) -> Option<String> {
        let identity = self.identities.get(&gpu.raw().addr())?;
        identity.uuid.get(&())
    }
}
