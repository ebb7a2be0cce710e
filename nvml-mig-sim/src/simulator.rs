//! Simulated machines for tests and examples: each has a copy of the simulated library of its own.

mod builder;
mod control_call;
mod library_copy;
mod library_file;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use builder::SimulatorBuilder;
pub use library_copy::{exported_functions, install_library};
pub use library_file::library_file;

use crate::calls::Call;
use crate::control::{Reply, Request};
use crate::machine::{Caller, GpuSpec, MachineError, Process, ProcessFilter};
use control_call::ControlCall;
use library_copy::LibraryCopy;

/// A simulated machine and the library through which NVML clients of this process reach it.
///
/// Simulators don't see each other, unless they share a state file: tests may run in parallel. The library's file
/// goes with the simulator; what has opened it by then may go on using it.
#[derive(Debug)]
#[must_use = "the library's file is removed when the simulator is dropped"]
pub struct Simulator {
    control: ControlCall,
    copy: LibraryCopy,
}

impl Simulator {
    /// A machine to be described.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// The machine that examples share: kept in [`shared_state_file`] between their runs, and made with one such
    /// board, MIG mode on, by the first.
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] as for [`SimulatorBuilder::start`].
    pub fn start_shared(board: &str) -> Result<Self, SimulatorError> {
        let builder = Self::builder().gpu(GpuSpec::new(board));
        builder.state_file(shared_state_file(board)?).start()
    }

    /// The file to open, named `libnvidia-ml.so.1`.
    #[must_use]
    pub fn library_path(&self) -> &Path {
        self.copy.path()
    }

    /// Lets a process compute on a GPU or an instance, which keeps it busy.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when there is no such GPU or instance.
    pub fn busy(&self, process: Process) -> Result<(), SimulatorError> {
        self.ask(&Request::StartProcess(process))
    }

    /// Ends processes; the default filter ends all.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn idle(&self, which: ProcessFilter) -> Result<(), SimulatorError> {
        self.ask(&Request::EndProcesses(which))
    }

    /// Resets a GPU, as a reboot would: a pending MIG mode comes into force and its instances are gone.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when there is no such GPU, or processes run on it.
    pub fn reset_gpu(&self, index: u32) -> Result<(), SimulatorError> {
        self.ask(&Request::ResetGpu(index))
    }

    /// Lets the `nth` call from now on (1: the next one; 0: every one) of a C function fail with a return code.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn fail(&self, function: &str, nth: u32, code: u32) -> Result<(), SimulatorError> {
        let function = function.to_owned();
        self.ask(&Request::Fail {
            function,
            nth,
            code,
        })
    }

    /// Lets every call of a C function take longer.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn delay(&self, function: &str, delay: Duration) -> Result<(), SimulatorError> {
        let function = function.to_owned();
        self.ask(&Request::Delay { function, delay })
    }

    /// Forgets all failures and delays.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn clear_faults(&self) -> Result<(), SimulatorError> {
        self.ask(&Request::ClearFaults)
    }

    /// Calls are made with this privilege from now on.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn set_caller(&self, caller: Caller) -> Result<(), SimulatorError> {
        self.ask(&Request::SetCaller(caller))
    }

    /// The driver is another from now on. What the library exports stays as it was at the start.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn set_driver_version(&self, version: &str) -> Result<(), SimulatorError> {
        self.ask(&Request::SetDriverVersion(version.to_owned()))
    }

    /// Notes calls from now on, or stops; earlier ones are forgotten.
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] when the library does not answer.
    pub fn log_calls(&self, on: bool) -> Result<(), SimulatorError> {
        self.ask(&Request::LogCalls(on))
    }

    /// The calls that clients of this simulator's library made since [`Simulator::log_calls`].
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] when the library does not answer.
    pub fn calls(&self) -> Result<Vec<Call>, SimulatorError> {
        match self.control.ask(&Request::ReadCalls)? {
            Reply::Calls(calls) => Ok(calls),
            other => Err(SimulatorError::NotOurs(format!("{other:?}"))),
        }
    }

    fn ask(&self, request: &Request) -> Result<(), SimulatorError> {
        match self.control.ask(request)? {
            Reply::Refused(why) => Err(SimulatorError::Refused(why)),
            Reply::Done | Reply::Calls(_) => Ok(()),
        }
    }
}

/// Where the examples keep the machine with one such board: in the target folder, so that `cargo clean` removes it.
///
/// # Errors
///
/// [`SimulatorError::UnknownBoard`], [`SimulatorError::NoLibrary`].
pub fn shared_state_file(board: &str) -> Result<PathBuf, SimulatorError> {
    if crate::catalogue::find(board).is_none() {
        return Err(MachineError::UnknownBoard(board.to_owned()).into());
    }
    let library = library_file()?;
    let folder = library_file::target_folder(&library).join("nvml-mig-sim");
    Ok(folder.join(format!("{board}.json")))
}

/// Where the machine is kept that belongs to no example: beside theirs, in `nvml-mig-sim/machine.json` of the target
/// folder.
///
/// # Errors
///
/// [`SimulatorError::NoLibrary`].
pub fn default_state_file() -> Result<PathBuf, SimulatorError> {
    let folder = library_file::target_folder(&library_file()?);
    Ok(folder.join("nvml-mig-sim").join("machine.json"))
}

/// Why a simulator can't be started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The simulated library was not built, or is nowhere near this program.
    #[error(
        "the simulated library libnvml_mig_sim.so was not found; `cargo build -p nvml-mig-sim` builds it, and \
         NVML_MIG_SIM_LIBRARY may name it; looked for {}",
        list(tried)
    )]
    NoLibrary {
        /// Where it was looked for.
        tried: Vec<PathBuf>,
    },
    /// The catalogue has no such board.
    #[error(transparent)]
    UnknownBoard(#[from] MachineError),
    /// The private copy of the library can't be made.
    #[error("the simulated library can't be copied: {0}")]
    Copy(#[from] std::io::Error),
    /// The library is no ELF file with dynamic symbols.
    #[error("the simulated library can't be read: {0}")]
    Unreadable(#[from] object::Error),
    /// A function that is to be hidden is not there.
    #[error("the simulated library has no function `{0}` to hide")]
    NothingToHide(String),
    /// The dynamic linker refuses the copy.
    #[error("the simulated library can't be opened: {0}")]
    Open(#[from] libloading::Error),
    /// The library does not speak this simulator's language: another version was found.
    #[error("the simulated library is of another version: it answered `{0}`")]
    NotOurs(String),
    /// The library can't do what was asked; a sentence says why.
    #[error("{0}")]
    Refused(String),
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
