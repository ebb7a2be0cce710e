//! A GPU with what is known of it.

use std::sync::Arc;

use super::known::{Identity, KnownGpu};
use super::{Device, MigMode, MigModes, PciInfo};
use crate::architecture::Architecture;
use crate::driver::call::{Failure, or_older};

impl Device {
    /// MIG mode now, and what is known of the GPU in it.
    pub(crate) fn known(&self) -> Result<(MigModes, Arc<KnownGpu>), Failure> {
        let modes = self.mig_mode_or_failure()?;
        Ok((modes, self.known_in(modes.current())))
    }

    /// What is known of the GPU in a MIG mode that it was just seen in.
    pub(crate) fn known_in(&self, mode: MigMode) -> Arc<KnownGpu> {
        self.session().known().in_mode(self.handle(), mode)
    }

    /// What was known last, without a question: good enough for names in a message.
    pub(crate) fn last_known(&self) -> Option<Arc<KnownGpu>> {
        self.session().known().last(self.handle())
    }

    /// Forgets what is known in another MIG mode than the one in which the GPU was just seen.
    #[cold]
    #[inline(never)]
    pub(super) fn note_modes(&self, modes: MigModes) {
        self.session().known().seen_in(self.handle(), modes);
    }

    /// Asks everything anew from now on.
    pub(crate) fn forget(&self) {
        self.session().known().forget(self.handle());
    }

    /// Chip generation, which is asked once; drivers that are too old to say it know no MIG but Ampere's.
    pub(crate) fn architecture_in(&self, known: &KnownGpu) -> Result<Architecture, Failure> {
        known.architecture.get_or_ask((), || {
            or_older(self.architecture_or_failure(), || Ok(Architecture::Ampere))
        })
    }

    fn identity(&self) -> Arc<Identity> {
        self.session().known().identity(self.handle())
    }

    /// UUID of this GPU, which is asked once.
    pub(crate) fn known_uuid(&self) -> Result<String, Failure> {
        let identity = self.identity();
        identity.uuid.get_or_ask((), || self.uuid_or_failure())
    }

    /// What to call it in a message: a GPU by the UUID that is known, anything else by its own.
    pub(crate) fn uuid_for_messages(&self) -> Option<String> {
        let known = self.session().known().uuid(self.handle());
        known.or_else(|| self.uuid_or_failure().ok())
    }

    /// Name of this GPU, which is asked once.
    pub(crate) fn known_name(&self) -> Result<String, Failure> {
        let identity = self.identity();
        identity.name.get_or_ask((), || self.name_or_failure())
    }

    /// Index of this GPU, which is asked once.
    pub(crate) fn known_index(&self) -> Result<u32, Failure> {
        let identity = self.identity();
        identity.index.get_or_ask((), || self.index_or_failure())
    }

    /// Where this GPU is on the PCI bus, which is asked once.
    pub(crate) fn known_pci_info(&self) -> Result<PciInfo, Failure> {
        let identity = self.identity();
        identity
            .pci_info
            .get_or_ask((), || self.pci_info_or_failure())
    }
}
