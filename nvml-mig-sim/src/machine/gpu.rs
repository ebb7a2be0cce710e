//! A simulated GPU.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::machine::board_ref::BoardRef;
use crate::machine::event::{Events, MIG_CONFIG_CHANGE, POSTED_EVENTS};
use crate::machine::gpm::GpmFigure;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::mode_state::MigMode;
use crate::machine::occupancy::Occupancy;
use crate::machine::pci_address::PciAddress;
use crate::machine::process::Process;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::spans::{Chip, MissingSlot, Span};
use crate::machine::uuid_text::uuid_text;
use crate::machine::vgpu::Vgpu;
use crate::machine::vgpu_settings::VgpuSettings;
use nvml_mig_boards::catalogue::{Architecture, GpuInstanceProfile};

/// How a GPU is attached to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Virtualization {
    /// A GPU of a physical machine.
    #[default]
    None,
    /// A whole GPU passed through to a virtual machine, which can't reset it.
    PassThrough,
    /// A share of a GPU in a virtual machine, which can't partition it.
    VgpuGuest,
    /// A GPU of a physical machine whose driver gives shares of it to virtual machines.
    VgpuHost,
}

/// A GPU with its instances and processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// The board that the GPU simulates.
    pub board: BoardRef,
    /// Its index on the machine.
    pub index: u32,
    /// Its UUID, without the prefix `GPU-`.
    pub uuid: Uuid,
    /// The slot that its chip lacks.
    pub missing_slot: MissingSlot,
    /// How it is attached to the machine.
    pub virtualization: Virtualization,
    /// Current and pending MIG mode.
    pub mig_mode: MigMode,
    /// GPU instances in order of their IDs.
    pub gpu_instances: Vec<GpuInstance>,
    /// Processes running on it.
    pub processes: Vec<Process>,
    /// vGPUs running on it, in order of their IDs.
    #[serde(default)]
    pub vgpus: Vec<Vgpu>,
    /// Return code of every query about it, as for a GPU that fell off the bus; `None` for a working GPU.
    #[serde(default)]
    pub refusal: Option<u32>,
    /// Values of GPM metrics of the GPU and its GPU instances.
    #[serde(default)]
    pub gpm: Vec<GpmFigure>,
    /// N of `/dev/nvidiaN`, if it differs from the index.
    #[serde(default)]
    pub minor: Option<u32>,
    /// Maximum number of GPU instances, regardless of the counts; `None` for the usual limits.
    #[serde(default)]
    pub most_gpu_instances: Option<usize>,
    /// Whether a lookup by an index without a MIG device returns a stale handle.
    #[serde(default)]
    pub stale_mig_handles: bool,
    /// Whether the names of MIG devices lack `+me`.
    #[serde(default)]
    pub plain_media_names: bool,
    /// `instanceCount` of every GPU instance profile, right or wrong; `None` for the right ones.
    #[serde(default)]
    pub reported_instance_count: Option<u32>,
    /// Memory of the whole GPU that the driver reserves, in MiB.
    #[serde(default)]
    pub reserved_memory_mib: u64,
    /// Events that were posted.
    #[serde(default)]
    pub events: Events,
    /// Number of changes of MIG mode and instances; each one is an event.
    pub mig_config_changes: u64,
}

impl Gpu {
    /// Returns its UUID as NVML writes it.
    #[must_use]
    pub fn uuid_text(&self) -> String {
        uuid_text("GPU-", &self.uuid)
    }

    /// Returns the kinds of events that it supports.
    #[must_use]
    pub fn supported_events(&self) -> u64 {
        let of_mig = if self.has_mig() { MIG_CONFIG_CHANGE } else { 0 };
        POSTED_EVENTS | of_mig
    }

    /// Returns the N of `/dev/nvidiaN`.
    #[must_use]
    pub fn minor_number(&self) -> u32 {
        self.minor.unwrap_or(self.index)
    }

    /// Returns the GPU, unless every query about it fails.
    ///
    /// # Errors
    ///
    /// The injected return code.
    pub fn reachable(&self) -> Answer<&Self> {
        match self.refusal {
            Some(code) => Err(Refusal::Injected(code)),
            None => Ok(self),
        }
    }

    /// Returns its PCI bus. All GPUs are in domain 0, each alone on its bus.
    #[must_use]
    pub fn pci_bus(&self) -> u32 {
        const FIRST: u32 = 0x17;
        const STEP: u32 = 0x10;
        // Wraps at 256 buses; a machine with that many GPUs is refused at setup.
        (FIRST + STEP * self.index + self.index / 16) % 256
    }

    /// Returns its PCI address. A GPU is function 0 of device 0 on its bus.
    pub(crate) fn pci_address(&self) -> PciAddress {
        PciAddress {
            domain: 0,
            bus: self.pci_bus(),
            device: 0,
            function: 0,
        }
    }

    /// Whether this board supports MIG.
    #[must_use]
    pub fn has_mig(&self) -> bool {
        self.board.max_mig_devices > 0
    }

    /// Whether MIG mode changes without a reset (Hopper and newer).
    #[must_use]
    pub fn is_resetless(&self) -> bool {
        matches!(
            self.board.architecture,
            Architecture::Hopper | Architecture::Blackwell
        )
    }

    /// Checks the precondition of all MIG calls.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] while MIG mode is off.
    pub fn require_mig(&self) -> Answer {
        let on = self.mig_mode.current;
        on.then_some(()).ok_or(Refusal::NotSupported)
    }

    /// Returns a profile as NVML reports it, which may be wrong.
    #[must_use]
    pub fn reported(&self, profile: &GpuInstanceProfile) -> GpuInstanceProfile {
        let mut reported = *profile;
        reported.instances = self.reported_instance_count.unwrap_or(profile.instances);
        reported
    }

    /// Returns how many more GPU instances of a profile fit.
    #[must_use]
    pub fn capacity(&self, profile: &GpuInstanceProfile) -> u32 {
        self.occupancy().capacity(profile)
    }

    /// Returns the GPU instance with this ID.
    #[must_use]
    pub fn gpu_instance(&self, id: u32) -> Option<&GpuInstance> {
        self.gpu_instances.iter().find(|instance| instance.id == id)
    }

    /// Whether these instances exist. `None` as a GPU instance means the whole GPU, `None` as a compute instance the
    /// whole GPU instance.
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

    /// Chooses the span for one more GPU instance of a profile: at the given placement, or else where the driver would
    /// put it.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] if this is the first instance and processes are running on the GPU,
    /// [`Refusal::InvalidArgument`] if the placement is impossible, [`Refusal::InsufficientResources`] if there is no
    /// room.
    pub(crate) fn place(
        &self,
        profile: &GpuInstanceProfile,
        placement: Option<(u32, u32)>,
    ) -> Answer<Span> {
        if self.gpu_instances.is_empty() && self.is_in_use() {
            return Err(Refusal::InUse);
        }
        let most = self.most_gpu_instances;
        if most.is_some_and(|most| self.gpu_instances.len() >= most) {
            return Err(Refusal::InsufficientResources);
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

    /// Adds an instance at the span that [`Gpu::place`] has chosen.
    pub(crate) fn insert(&mut self, profile: &GpuInstanceProfile, span: Span, serial: u32) {
        self.gpu_instances.push(GpuInstance {
            id: span.instance_id,
            serial,
            profile_id: profile.id,
            start: span.start,
            slots: span.slots,
            compute_instances: Vec::new(),
            vgpu: VgpuSettings::default(),
        });
        self.gpu_instances.sort_by_key(|instance| instance.id);
        self.mig_config_changes += 1;
    }

    /// Whether processes or vGPUs run on it.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        !self.processes.is_empty() || !self.vgpus.is_empty()
    }

    /// Whether a process is running on an instance: anywhere in the GPU instance, or on one of its compute instances.
    #[must_use]
    pub fn is_busy(&self, gpu_instance: u32, compute_instance: Option<u32>) -> bool {
        self.processes.iter().any(|process| {
            process.gpu_instance == Some(gpu_instance)
                && (compute_instance.is_none() || process.compute_instance == compute_instance)
        })
    }

    /// Returns the occupancy that this GPU would have without instances.
    pub(super) fn empty(&self) -> Occupancy {
        let all = self.board.whole_gpu_profile();
        let chip = Chip::of(&self.board, self.missing_slot);
        Occupancy::empty(chip, all.map(|profile| profile.engines))
    }

    fn occupancy(&self) -> Occupancy {
        let mut occupancy = self.empty();
        for instance in &self.gpu_instances {
            let profile = self.board.profile_with_id(instance.profile_id);
            occupancy.add(instance.slots, profile);
        }
        occupancy
    }
}
