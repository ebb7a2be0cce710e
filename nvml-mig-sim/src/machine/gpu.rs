//! One GPU.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::{Architecture, GpuInstanceProfile};
use crate::machine::board_ref::BoardRef;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::mode_state::MigMode;
use crate::machine::occupancy::Occupancy;
use crate::machine::process::Process;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::spans::{Chip, MissingSlot, Span};
use crate::machine::uuid_text::uuid_text;

/// How a machine sees its GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Virtualization {
    /// A GPU of this very machine.
    #[default]
    None,
    /// A whole GPU given to a virtual machine, which can't reset it.
    PassThrough,
    /// A share of a GPU given to a virtual machine, which can't partition it.
    VgpuGuest,
}

/// A GPU and what stands on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// Its model.
    pub board: BoardRef,
    /// Its place among the GPUs of the machine.
    pub index: u32,
    /// `GPU-` and this is its UUID.
    pub uuid: Uuid,
    /// Which slot of its chip is missing.
    pub missing_slot: MissingSlot,
    /// How the machine sees it.
    pub virtualization: Virtualization,
    /// MIG mode, now and after the next reset.
    pub mig_mode: MigMode,
    /// In order of their ids.
    pub gpu_instances: Vec<GpuInstance>,
    /// What computes on it.
    pub processes: Vec<Process>,
    /// Counts changes of MIG mode and instances: what events are made of.
    pub mig_config_changes: u64,
}

impl Gpu {
    /// Its UUID as NVML writes it.
    #[must_use]
    pub fn uuid_text(&self) -> String {
        uuid_text("GPU-", &self.uuid)
    }

    /// The number in `/dev/nvidiaN`.
    #[must_use]
    pub fn minor_number(&self) -> u32 {
        self.index
    }

    /// Its PCI bus; all are in domain 0, each alone on its bus.
    #[must_use]
    pub fn pci_bus(&self) -> u32 {
        const FIRST: u32 = 0x17;
        const STEP: u32 = 0x10;
        // Wraps round within the 256 buses: a machine with so many GPUs is refused when it is set up.
        (FIRST + STEP * self.index + self.index / 16) % 256
    }

    /// Whether this model has MIG at all.
    #[must_use]
    pub fn has_mig(&self) -> bool {
        self.board.max_mig_devices > 0
    }

    /// Whether the chip changes MIG mode without a reset (Hopper and newer).
    #[must_use]
    pub fn is_resetless(&self) -> bool {
        self.board.architecture != Architecture::Ampere
    }

    /// What MIG calls need before anything else.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] while MIG mode is off.
    pub fn require_mig(&self) -> Answer {
        let on = self.mig_mode.current;
        on.then_some(()).ok_or(Refusal::NotSupported)
    }

    /// How many more GPU instances of a profile fit now.
    #[must_use]
    pub fn capacity(&self, profile: &GpuInstanceProfile) -> u32 {
        self.occupancy().capacity(profile)
    }

    /// The GPU instance with this id.
    #[must_use]
    pub fn gpu_instance(&self, id: u32) -> Option<&GpuInstance> {
        self.gpu_instances.iter().find(|instance| instance.id == id)
    }

    /// Whether there is such a GPU instance, and such a compute instance in it; `None` is the whole of what is
    /// around it.
    #[must_use]
    pub fn has_instances(&self, gpu_instance: Option<u32>, compute_instance: Option<u32>) -> bool {
        let Some(id) = gpu_instance else {
            return compute_instance.is_none();
        };
        self.gpu_instance(id).is_some_and(|instance| {
            let mut inside = instance.compute_instances.iter();
            compute_instance.is_none_or(|id| inside.any(|instance| instance.id == id))
        })
    }

    /// Where one more GPU instance of a profile goes: at a placement, or where the driver likes.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] when processes already run on the GPU and this is the first instance,
    /// [`Refusal::InvalidArgument`] for an impossible placement, [`Refusal::InsufficientResources`] for no room.
    pub(crate) fn place(
        &self,
        profile: &GpuInstanceProfile,
        placement: Option<(u32, u32)>,
    ) -> Answer<Span> {
        if self.gpu_instances.is_empty() && !self.processes.is_empty() {
            return Err(Refusal::InUse);
        }
        let span = match placement {
            Some((start, size)) if size == profile.size && profile.starts.contains(&start) => {
                self.occupancy().choose_at(profile, start)
            }
            Some(_) => return Err(Refusal::InvalidArgument),
            None => self.occupancy().choose(profile),
        };
        span.ok_or(Refusal::InsufficientResources)
    }

    /// Adds an instance where [`Gpu::place`] said.
    pub(crate) fn insert(&mut self, profile: &GpuInstanceProfile, span: Span, serial: u32) {
        self.gpu_instances.push(GpuInstance {
            id: span.instance_id,
            serial,
            profile_id: profile.id,
            start: span.start,
            slots: span.slots,
            compute_instances: Vec::new(),
        });
        self.gpu_instances.sort_by_key(|instance| instance.id);
        self.mig_config_changes += 1;
    }

    /// Whether a process runs on an instance: on any part of the GPU instance, or on one compute instance of it.
    #[must_use]
    pub fn is_busy(&self, gpu_instance: u32, compute_instance: Option<u32>) -> bool {
        self.processes.iter().any(|process| {
            process.gpu_instance == Some(gpu_instance)
                && (compute_instance.is_none() || process.compute_instance == compute_instance)
        })
    }

    fn occupancy(&self) -> Occupancy {
        let all = self.board.whole_gpu_profile();
        let chip = Chip::of(&self.board, self.missing_slot);
        let mut occupancy = Occupancy::empty(chip, all.map(|profile| profile.engines));
        for instance in &self.gpu_instances {
            occupancy.add(instance, self.board.profile_with_id(instance.profile_id));
        }
        occupancy
    }
}
