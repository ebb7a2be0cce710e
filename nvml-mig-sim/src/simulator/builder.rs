//! Builds the description of a machine.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::control::{Reply, Request};
use crate::machine::{
    Caller, DriverVersion, GpuSpec, Machine, MachineSpec, ProcessRecord, ProfileVersion,
    ProfileVersions, UnknownVersion,
};
use crate::simulator::control_call::ControlCall;
use crate::simulator::library_copy::LibraryCopy;
use crate::simulator::{Simulator, SimulatorError};
use crate::store::{FileStore, StoreError};

/// Counter that distinguishes the machines of one process.
static STARTED: AtomicU16 = AtomicU16::new(0);

/// Builder for a simulated machine. Without a GPU, the machine gets one A30 with MIG mode on.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is simulated before `start`"]
pub struct SimulatorBuilder {
    gpus: Vec<GpuSpec>,
    driver_version: Option<String>,
    profile_versions: ProfileVersions,
    process_record: Option<ProcessRecord>,
    caller: Caller,
    seed: u64,
    hidden: Vec<String>,
    state_file: Option<PathBuf>,
    capabilities: Option<PathBuf>,
}

impl SimulatorBuilder {
    /// Adds a GPU to the machine.
    pub fn gpu(mut self, gpu: GpuSpec) -> Self {
        self.gpus.push(gpu);
        self
    }

    /// Sets the driver version, such as `470.57.02`; the library exports only that driver's functions. The default is
    /// 550.163.01, or 580.95.05 if a board has profiles that 550 does not know, with all functions.
    pub fn driver_version(mut self, version: impl Into<String>) -> Self {
        self.driver_version = Some(version.into());
        self
    }

    /// Sets the newest version of the profile structures that the driver knows, and its answer to the version words of
    /// others. The default is what its nvml.h defines, which no driver exceeds: version 3 from 545 on.
    pub fn profile_versions(mut self, newest: ProfileVersion, unknown: UnknownVersion) -> Self {
        self.profile_versions = ProfileVersions::up_to(newest, unknown);
        self
    }

    /// Sets the record format of the newest process lists. The default depends on the driver version.
    pub fn process_record(mut self, record: ProcessRecord) -> Self {
        self.process_record = Some(record);
        self
    }

    /// Sets the privilege with which calls are made.
    pub fn caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    /// Sets the seed of the UUIDs; the default is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Removes functions from the library, as if the driver were older.
    pub fn hide<N: Into<String>>(mut self, functions: impl IntoIterator<Item = N>) -> Self {
        self.hidden.extend(functions.into_iter().map(Into::into));
        self
    }

    /// Keeps the machine in a file that other processes and simulators may share. If the file already contains a
    /// machine, that machine is used unchanged, and the builder's GPUs, driver and caller are ignored.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Keeps capability files in a folder that stands in for `/proc`, following the instances: `mig-minors` in
    /// `driver/nvidia-caps`, and `driver/nvidia/capabilities`. All other contents of these two folders are removed.
    pub fn capabilities(mut self, folder: impl Into<PathBuf>) -> Self {
        self.capabilities = Some(folder.into());
        self
    }

    /// Copies the library and sets up the machine in the copy.
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] if a board is unknown, the library can't be found or copied, or the state file can't be used.
    pub fn start(mut self) -> Result<Simulator, SimulatorError> {
        let hidden = self.functions_to_hide();
        let machine = self.machine();
        Machine::new(&machine)?;
        let copy = LibraryCopy::without(&hidden)?;
        let control = ControlCall::open(copy.path())?;
        let request = Request::SetUp {
            state_file: self.state_file.take(),
            machine,
        };
        match control.ask(&request)? {
            Reply::Refused(why) => Err(SimulatorError::Refused(why)),
            Reply::Done | Reply::Calls(_) => Ok(Simulator { control, copy }),
        }
    }

    /// Creates the machine in a state file for other processes to use, replacing an existing machine. Returns the
    /// replaced machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a board is unknown, or the file can't be written or contains something else.
    pub fn replace(mut self, state_file: &Path) -> Result<Option<Machine>, StoreError> {
        let hidden = std::mem::take(&mut self.hidden);
        let machine = self.machine();
        FileStore::replace(state_file, &MachineSpec { hidden, ..machine })
    }

    fn functions_to_hide(&mut self) -> Vec<String> {
        let mut hidden = std::mem::take(&mut self.hidden);
        if let Some(version) = self.driver_version.clone() {
            let unknown = DriverVersion::from(version).unknown_functions();
            hidden.extend(unknown.map(str::to_owned));
        }
        hidden.sort_unstable();
        hidden.dedup();
        hidden
    }

    fn machine(&mut self) -> MachineSpec {
        let gpus = std::mem::take(&mut self.gpus);
        let defaults = MachineSpec::default();
        MachineSpec {
            driver_version: self.driver_version.take(),
            profile_versions: self.profile_versions,
            process_record: self.process_record,
            caller: self.caller,
            seed: self.seed,
            salt: new_salt(),
            gpus: if gpus.is_empty() { defaults.gpus } else { gpus },
            hidden: Vec::new(),
            capabilities: self.capabilities.take().map(absolute),
        }
    }
}

/// Makes the path absolute, so that it means the same folder in every process that shares the machine.
fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Returns a salt that is unique in this process, and most likely differs from those of other processes.
fn new_salt() -> u16 {
    static FIRST: std::sync::LazyLock<u16> = std::sync::LazyLock::new(|| {
        let [low, high, ..] = RandomState::new().hash_one(()).to_ne_bytes();
        u16::from_ne_bytes([low, high])
    });
    FIRST.wrapping_add(STARTED.fetch_add(1, Ordering::Relaxed))
}
