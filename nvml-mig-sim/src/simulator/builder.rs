//! Describing a machine.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::control::{Reply, Request};
use crate::machine::{
    Caller, DriverVersion, GpuSpec, Machine, MachineSpec, ProfileVersion, ProfileVersions,
    UnknownVersion,
};
use crate::simulator::control_call::ControlCall;
use crate::simulator::library_copy::LibraryCopy;
use crate::simulator::{Simulator, SimulatorError, library_file};
use crate::store::{FileStore, StoreError};

/// Tells apart the machines of one process.
static STARTED: AtomicU16 = AtomicU16::new(0);

/// A machine to be simulated. Without a GPU it gets one A30 with MIG mode on.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is simulated before `start`"]
pub struct SimulatorBuilder {
    gpus: Vec<GpuSpec>,
    driver_version: Option<String>,
    profile_versions: ProfileVersions,
    caller: Caller,
    seed: u64,
    hidden: Vec<String>,
    state_file: Option<PathBuf>,
    capabilities: Option<PathBuf>,
}

impl SimulatorBuilder {
    /// One more GPU.
    pub fn gpu(mut self, gpu: GpuSpec) -> Self {
        self.gpus.push(gpu);
        self
    }

    /// Another driver, such as `470.57.02`, with only the functions that it exports. Without this the machine has
    /// driver 550.163.01 and every function.
    pub fn driver_version(mut self, version: impl Into<String>) -> Self {
        self.driver_version = Some(version.into());
        self
    }

    /// A driver that knows the profile structures only up to a version, and what it answers to the version words of
    /// others. Without this it knows all of them, whatever its own version.
    pub fn profile_versions(mut self, newest: ProfileVersion, unknown: UnknownVersion) -> Self {
        self.profile_versions = ProfileVersions::up_to(newest, unknown);
        self
    }

    /// With which privilege calls are made.
    pub fn caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    /// Other UUIDs than those of seed 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Takes functions away from the library, as if the driver were older.
    pub fn hide<N: Into<String>>(mut self, functions: impl IntoIterator<Item = N>) -> Self {
        self.hidden.extend(functions.into_iter().map(Into::into));
        self
    }

    /// Keeps the machine in a file, which other processes and simulators may share. When there is one in it, that
    /// machine is used as it is, and what was said here about GPUs, driver and caller doesn't count.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Keeps capability files in a folder that stands for `/proc`, in step with the instances: `mig-minors` under
    /// `driver/nvidia-caps`, and `driver/nvidia/capabilities`. What else is in these two folders is removed.
    pub fn capabilities(mut self, folder: impl Into<PathBuf>) -> Self {
        self.capabilities = Some(folder.into());
        self
    }

    /// Makes the private copy of the library and sets the machine up in it.
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] for an unknown board, a library that can't be found or copied, or a state file that
    /// can't be used.
    pub fn start(mut self) -> Result<Simulator, SimulatorError> {
        let hidden = self.functions_to_hide();
        let machine = self.machine();
        Machine::new(&machine)?;
        let copy = LibraryCopy::of(&library_file()?, &hidden)?;
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

    /// Makes the machine in a state file, in place of an existing one, for other processes to use. Gives the
    /// replaced one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for an unknown board, or a file that can't be written or holds something else.
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
            caller: self.caller,
            seed: self.seed,
            salt: new_salt(),
            gpus: if gpus.is_empty() { defaults.gpus } else { gpus },
            hidden: Vec::new(),
            capabilities: self.capabilities.take().map(absolute),
        }
    }
}

/// Every process that shares the machine means the same folder.
fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Different for each machine of this process, and most likely from those of others.
fn new_salt() -> u16 {
    static FIRST: std::sync::LazyLock<u16> = std::sync::LazyLock::new(|| {
        let [low, high, ..] = RandomState::new().hash_one(()).to_ne_bytes();
        u16::from_ne_bytes([low, high])
    });
    FIRST.wrapping_add(STARTED.fetch_add(1, Ordering::Relaxed))
}
