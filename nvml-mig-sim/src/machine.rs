//! The simulated machine: its GPUs, their instances, and the rules by which a driver creates and destroys instances.
//! Plain data and deterministic: the same calls always produce the same machine.

mod board_ref;
mod check;
mod chip_check;
mod compute_instance;
mod container;
mod driver;
mod driver_functions;
mod driver_number;
mod engines;
mod error_text;
mod event;
mod faults;
mod gpm;
mod gpm_figures;
mod gpu;
mod gpu_instance;
mod handle;
mod instance_counts;
mod instances;
mod kept_uuid;
mod lookup;
mod mig_device;
mod mig_mode;
mod mode_state;
mod occupancy;
mod pci_address;
mod privilege;
mod process;
mod profile_versions;
mod refusal;
mod spans;
mod spec;
mod uuid_text;
mod vgpu;
mod vgpu_host;
mod vgpu_scheduler;
mod vgpu_settings;
mod vgpu_sharing;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use board_ref::BoardRef;
pub use check::Flaw;
pub use compute_instance::ComputeInstance;
pub use driver::DriverVersion;
pub(crate) use error_text::error_text;
pub use event::{Event, Events, MIG_CONFIG_CHANGE};
pub use faults::Faults;
pub use gpm::{GPM_METRICS, GpmFigure, GpmMetric};
pub use gpu::{Gpu, Virtualization};
pub use gpu_instance::GpuInstance;
pub use handle::HandleKind;
pub use instance_counts::correct_instance_counts;
pub use lookup::Device;
pub use mig_device::MigDevice;
pub use mode_state::{Activation, MigMode};
pub(crate) use pci_address::PciAddress;
pub use privilege::Caller;
pub use process::{Process, ProcessFilter, ProcessKind, ProcessRecord};
pub use profile_versions::{ProfileVersion, ProfileVersions, UnknownVersion};
pub use refusal::{Answer, Refusal};
pub use spans::MissingSlot;
pub use spec::{GpuSpec, MachineSpec};
pub use vgpu::Vgpu;
pub use vgpu_scheduler::{VgpuRun, VgpuScheduler};
pub use vgpu_settings::VgpuPlacements;

/// The number of available PCI buses.
const MOST_GPUS: usize = 64;

/// Everything that a driver would know, and the faults that a test has injected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Version of the simulated driver.
    pub driver: DriverVersion,
    /// Versions of the profile structures that the driver knows.
    #[serde(default)]
    pub profile_versions: ProfileVersions,
    /// Record format of the newest process lists; `None` for the default of the driver version.
    #[serde(default)]
    pub process_record: Option<ProcessRecord>,
    /// Privilege with which calls are made.
    pub caller: Caller,
    /// The MIG devices that a container was given; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container_devices: Option<Vec<Uuid>>,
    /// Injected faults.
    pub faults: Faults,
    /// Whether calls are logged to the file beside the state file.
    #[serde(default)]
    pub log_calls: bool,
    /// Folder for the capability files; it stands in for `/proc`.
    #[serde(default)]
    pub capabilities: Option<PathBuf>,
    salt: u16,
    last_serial: u32,
    gpus: Vec<Gpu>,
}

impl Machine {
    /// Creates a machine whose GPUs have no instances.
    ///
    /// # Errors
    ///
    /// [`MachineError`] if a board is not in the catalogue, or the description is inconsistent.
    pub fn new(spec: &MachineSpec) -> Result<Self, MachineError> {
        if spec.gpus.len() > MOST_GPUS {
            return Err(MachineError::TooManyGpus);
        }
        let gpus = (0..).zip(&spec.gpus);
        let gpus = gpus.map(|(index, gpu)| new_gpu(spec.seed, index, gpu));
        let gpus: Vec<Gpu> = gpus.collect::<Result<_, _>>()?;
        let driver = spec.driver_version.clone().map(DriverVersion::from);
        let machine = Self {
            driver: driver.unwrap_or_else(|| default_driver(&gpus)),
            profile_versions: spec.profile_versions,
            process_record: spec.process_record,
            caller: spec.caller,
            container_devices: None,
            faults: Faults::hiding(&spec.hidden),
            log_calls: false,
            capabilities: spec.capabilities.clone(),
            salt: spec.salt,
            last_serial: 0,
            gpus,
        };
        machine.check()?;
        Ok(machine)
    }

    /// Returns the GPUs, in order of their indices.
    #[must_use]
    pub fn gpus(&self) -> &[Gpu] {
        &self.gpus
    }

    /// Returns the number that distinguishes this machine's handles from another machine's.
    #[must_use]
    pub fn salt(&self) -> u16 {
        self.salt
    }

    /// Starts a process on a GPU or an instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU or instance.
    pub fn start_process(&mut self, process: Process) -> Answer {
        let gpu = self.gpu_mut(process.gpu).or(Err(Refusal::NotFound))?;
        let exists = gpu.has_instances(process.gpu_instance, process.compute_instance);
        if !exists {
            return Err(Refusal::NotFound);
        }
        self.gpu_mut(process.gpu)?.processes.push(process);
        Ok(())
    }

    /// Returns the record format of the newest process lists.
    #[must_use]
    pub fn process_record(&self) -> ProcessRecord {
        self.process_record
            .unwrap_or_else(|| self.driver.process_record())
    }

    /// Returns the versions of the profile structures that the driver knows.
    pub(crate) fn profile_versions(&self) -> ProfileVersions {
        let newest = self.driver.newest_profile_version();
        self.profile_versions.at_most(newest)
    }

    /// Whether the functions with `_v2` are this driver's newest process lists, and a record format other than theirs was
    /// chosen.
    #[must_use]
    pub fn second_process_lists_differ(&self) -> bool {
        let chosen = self.process_record;
        chosen.is_some_and(|record| record != ProcessRecord::WithIds)
            && !self.driver.has_third_process_lists()
    }

    /// Ends the processes that match `filter`.
    pub fn end_processes(&mut self, filter: &ProcessFilter) {
        for gpu in &mut self.gpus {
            gpu.processes.retain(|process| !filter.matches(process));
        }
    }

    /// Returns the functions that a library for this machine does not export: functions of later drivers and hidden
    /// functions.
    #[must_use]
    pub fn missing_functions(&self) -> BTreeSet<String> {
        let hidden = self.faults.hidden().map(str::to_owned);
        let unknown = self.driver.unknown_functions().map(str::to_owned);
        hidden.chain(unknown).collect()
    }

    /// Resets a GPU: a pending MIG mode takes effect and all instances are removed.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if there is no such GPU, [`Refusal::InUse`] while processes are running on it.
    pub fn reset_gpu(&mut self, index: u32) -> Answer {
        self.gpu_mut(index)?.reset()
    }

    /// Resets several GPUs, or none if one of them can't be reset.
    ///
    /// # Errors
    ///
    /// As [`reset_gpu`](Self::reset_gpu).
    pub fn reset_gpus(&mut self, indices: &[u32]) -> Answer {
        for index in indices {
            if self.gpu_at(*index)?.is_in_use() {
                return Err(Refusal::InUse);
            }
        }
        indices.iter().try_for_each(|index| self.reset_gpu(*index))
    }

    /// Reboots the machine. With `new_minors`, the GPUs get new numbers in `/dev/nvidiaN`.
    pub fn reboot(&mut self, new_minors: bool) {
        self.gpus.iter_mut().for_each(Gpu::reboot);
        if new_minors {
            let minors: Vec<u32> = self.gpus.iter().map(Gpu::minor_number).collect();
            for (gpu, &minor) in self.gpus.iter_mut().zip(minors.iter().rev()) {
                gpu.minor = Some(minor);
            }
        }
    }

    /// Unloads and reloads the driver.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while anything runs on a GPU; nothing is changed then.
    pub fn reload_driver(&mut self) -> Answer {
        if self.gpus.iter().any(Gpu::is_in_use) {
            return Err(Refusal::InUse);
        }
        self.gpus.iter_mut().try_for_each(Gpu::reload_driver)
    }

    /// Makes every query about a GPU fail with a code; `None` ends this.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] when there is no such GPU.
    pub fn refuse_gpu(&mut self, index: u32, code: Option<u32>) -> Answer {
        self.gpu_mut(index)?.refusal = code;
        Ok(())
    }

    /// Returns the GPU with this index for modification.
    pub(crate) fn gpu_mut(&mut self, index: u32) -> Answer<&mut Gpu> {
        let mut gpus = self.gpus.iter_mut();
        gpus.find(|gpu| gpu.index == index)
            .ok_or(Refusal::InvalidArgument)
    }

    /// Returns a serial number that no instance has, also if `last_serial` comes from a damaged file.
    fn next_serial(&mut self) -> u32 {
        loop {
            self.last_serial = self.last_serial % handle::LAST_NUMBER + 1;
            if !self.serials().any(|serial| serial == self.last_serial) {
                return self.last_serial;
            }
        }
    }

    /// The serial numbers of all instances.
    fn serials(&self) -> impl Iterator<Item = u32> {
        let instances = self.gpus.iter().flat_map(|gpu| &gpu.gpu_instances);
        instances.flat_map(|instance| {
            let inside = instance.compute_instances.iter();
            std::iter::once(instance.serial).chain(inside.map(|instance| instance.serial))
        })
    }
}

/// Returns a driver that knows all profiles of these GPUs.
fn default_driver(gpus: &[Gpu]) -> DriverVersion {
    let profiles = gpus.iter().flat_map(|gpu| gpu.board.board().profiles);
    let last = profiles.map(|profile| profile.profile).max();
    DriverVersion::default_for(last.unwrap_or(0))
}

fn new_gpu(seed: u64, index: u32, spec: &GpuSpec) -> Result<Gpu, MachineError> {
    let board = spec.board.find()?;
    let name = format!("nvml-mig-sim/{seed}/{index}");
    Ok(Gpu {
        board,
        index,
        uuid: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
        missing_slot: spec.missing_slot,
        virtualization: spec.virtualization,
        mig_mode: MigMode::settled(spec.mig && board.max_mig_devices > 0),
        gpu_instances: Vec::new(),
        processes: Vec::new(),
        vgpus: Vec::new(),
        refusal: None,
        gpm: Vec::new(),
        events: Events::default(),
        minor: None,
        most_gpu_instances: spec.most_gpu_instances,
        stale_mig_handles: spec.stale_mig_handles,
        plain_media_names: spec.plain_media_names,
        reported_instance_count: spec.reported_instance_count,
        reserved_memory_mib: spec.reserved_memory_mib,
        mig_config_changes: 0,
    })
}

/// An error in the description of a machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The board is not in the catalogue.
    #[error("unknown board `{0}`; the known boards are {boards}", boards = known_boards())]
    UnknownBoard(String),
    /// There are more GPUs than PCI buses.
    #[error("a simulated machine has at most {MOST_GPUS} GPUs")]
    TooManyGpus,
    /// The description is inconsistent.
    #[error("invalid machine")]
    Impossible(#[from] Flaw),
}

fn known_boards() -> String {
    let keys: Vec<&str> = nvml_mig_boards::catalogue::boards()
        .iter()
        .chain(nvml_mig_boards::catalogue::boards_without_mig())
        .map(|board| board.key)
        .collect();
    keys.join(", ")
}
