//! Cached queries of a GPU.

use std::sync::Arc;

use super::known::{Identity, KnownGpu};
use super::{Device, MigMode, MigModes, PciInfo};
use crate::architecture::Architecture;
use crate::driver::call::{Failure, or_older};

impl Device {
    /// Reads MIG mode, and returns it with the cache for this mode.
    pub(crate) fn known(&self) -> Result<(MigModes, Arc<KnownGpu>), Failure> {
        let modes = self.mig_mode_or_failure()?;
        Ok((modes, self.known_in(modes.current())))
    }

    /// Returns the cache for the current MIG mode, which was just read.
    pub(crate) fn known_in(&self, mode: MigMode) -> Arc<KnownGpu> {
        self.session().known().in_mode(self.handle(), mode)
    }

    /// Returns the last cache without an NVML call, which suffices for names in messages.
    pub(crate) fn last_known(&self) -> Option<Arc<KnownGpu>> {
        self.session().known().last(self.handle())
    }

    /// Drops the cache if it belongs to another MIG mode than the one that was just read.
    #[cold]
    #[inline(never)]
    pub(super) fn note_modes(&self, modes: MigModes) {
        self.session().known().seen_in(self.handle(), modes);
    }

    /// Clears the cache.
    pub(crate) fn forget(&self) {
        self.session().known().forget(self.handle());
    }

    /// Clears the cached lists of profiles: a transient refusal must not be remembered as a missing profile, which would hide
    /// its instances.
    #[cfg(feature = "apply")]
    pub(crate) fn forget_profiles(&self) {
        self.session().known().forget_profiles(self.handle());
    }

    /// Returns the chip generation, cached. Drivers that are too old to report it support MIG only on Ampere.
    pub(crate) fn architecture_in(&self, known: &KnownGpu) -> Result<Architecture, Failure> {
        known.architecture.get_or_ask((), || {
            or_older(self.architecture_or_failure(), || Ok(Architecture::Ampere))
        })
    }

    pub(super) fn identity(&self) -> Arc<Identity> {
        self.session().known().identity(self.handle())
    }

    /// Returns the UUID of this GPU, cached.
    pub(crate) fn known_uuid(&self) -> Result<String, Failure> {
        let identity = self.identity();
        identity.uuid.get_or_ask((), || self.uuid_or_failure())
    }

    /// Whether this is known to be a GPU and not a MIG device: the names of only GPUs are cached.
    pub(crate) fn is_known_gpu(&self) -> bool {
        self.session().known().uuid(self.handle()).is_some()
    }

    /// Returns the UUID for messages, that of a GPU cached.
    pub(crate) fn uuid_for_messages(&self) -> Option<String> {
        let known = self.session().known().uuid(self.handle());
        known.or_else(|| {
            let uuid = self.uuid_or_failure().ok()?;
            if uuid.starts_with("GPU-") {
                self.identity().uuid.keep((), uuid.clone());
            }
            Some(uuid)
        })
    }

    /// Returns the name of this GPU, cached.
    pub(crate) fn known_name(&self) -> Result<String, Failure> {
        let identity = self.identity();
        identity.name.get_or_ask((), || self.name_or_failure())
    }

    /// Returns the index of this GPU, cached.
    pub(crate) fn known_index(&self) -> Result<u32, Failure> {
        let identity = self.identity();
        identity.index.get_or_ask((), || self.index_or_failure())
    }

    /// Returns the PCI address and ids of this GPU, cached.
    pub(crate) fn known_pci_info(&self) -> Result<PciInfo, Failure> {
        let identity = self.identity();
        identity
            .pci_info
            .get_or_ask((), || self.pci_info_or_failure())
    }
}
