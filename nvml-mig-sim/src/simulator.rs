//! Simulated machines for tests and examples. Each has its own copy of the simulated library.

mod builder;
mod control_call;
mod copy_folder;
mod library_copy;
mod library_file;
mod loaded_part;
mod state_folder;
mod vgpus;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use builder::SimulatorBuilder;
pub use library_copy::{
    exported_functions, install_library, require_changing_function, require_function,
};
pub use state_folder::default_state_file;

use nvml_mig_sys::{nvmlGpmMetricId_t, nvmlReturn_t};

use crate::calls::Call;
use crate::control::{Reply, Request};
use crate::machine::{Caller, Event, GpmMetric, MachineError, Process, ProcessFilter};
use control_call::ControlCall;
use library_copy::LibraryCopy;

/// A simulated machine and the library through which NVML clients of this process reach it.
///
/// Simulators are independent unless they share a state file, so tests may run in parallel. The library's file is
/// removed when the simulator is dropped; clients that have opened it can keep using it.
#[derive(Debug)]
#[must_use = "the library's file is removed when the simulator is dropped"]
pub struct Simulator {
    control: ControlCall,
    copy: LibraryCopy,
}

impl Simulator {
    /// Returns a builder for a simulated machine.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Returns the path of the library, a file named `libnvidia-ml.so.1`.
    #[must_use]
    pub fn library_path(&self) -> &Path {
        self.copy.path()
    }

    /// Starts a process on a GPU or an instance, which is then in use.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such GPU or instance.
    pub fn busy(&self, process: Process) -> Result<(), SimulatorError> {
        self.ask(&Request::StartProcess(process))
    }

    /// Ends processes; the default filter matches all.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if the state file can't be used.
    pub fn idle(&self, which: ProcessFilter) -> Result<(), SimulatorError> {
        self.ask(&Request::EndProcesses(which))
    }

    /// Resets a GPU, as a reboot would: a pending MIG mode takes effect and all instances are removed.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such GPU or processes are running on it.
    pub fn reset_gpu(&self, index: u32) -> Result<(), SimulatorError> {
        self.ask(&Request::ResetGpu(index))
    }

    /// Reboots the machine: instances and processes are removed. On Ampere a pending MIG mode takes effect; on Hopper
    /// and newer MIG mode is off afterwards. With `new_minors`, the GPUs get new numbers in `/dev/nvidiaN`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when the state file can't be used.
    pub fn reboot(&self, new_minors: bool) -> Result<(), SimulatorError> {
        self.ask(&Request::Reboot { new_minors })
    }

    /// Reloads the driver: instances are removed, and MIG mode is off on Hopper and newer.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] while anything runs on a GPU.
    pub fn reload_driver(&self) -> Result<(), SimulatorError> {
        self.ask(&Request::ReloadDriver)
    }

    /// Makes every query about a GPU fail with a return code, such as 15 for a GPU that fell off the bus or 4 for one
    /// that this process may not open; `None` ends this. `nvmlDeviceGetCount_v2` still counts the GPU.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] when there is no such GPU.
    pub fn refuse_gpu(&self, gpu: u32, code: Option<nvmlReturn_t>) -> Result<(), SimulatorError> {
        let code = code.map(|code| code.0);
        self.ask(&Request::RefuseGpu { gpu, code })
    }

    /// Sets the value of a GPM metric of a GPU or one of its GPU instances, in percent or MiB per second. The default
    /// is 0.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMetric`], or [`SimulatorError::Refused`] if there is no such GPU or instance, or the
    /// value is not possible.
    pub fn set_gpm(
        &self,
        gpu: u32,
        gpu_instance: Option<u32>,
        metric: nvmlGpmMetricId_t,
        value: f64,
    ) -> Result<(), SimulatorError> {
        let number = metric.0;
        GpmMetric::with_number(number).ok_or(SimulatorError::UnknownMetric(number))?;
        self.ask(&Request::SetGpm {
            gpu,
            gpu_instance,
            number,
            value,
        })
    }

    /// Posts an event of a GPU, such as Xid 79: `Event::new(8, 79)`. Processes receive it that have registered for its kind.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such GPU, or for a kind other than ECC errors (1 and 2) and Xid errors
    /// (8).
    pub fn post_event(&self, gpu: u32, event: Event) -> Result<(), SimulatorError> {
        self.ask(&Request::PostEvent { gpu, event })
    }

    /// Makes a C function that changes the machine answer as if it had, without effect, as was seen of
    /// `nvmlGpuInstanceDestroy`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownFunction`], [`SimulatorError::ChangesNothing`] for a function that only reads, or
    /// [`SimulatorError::Refused`] if the state file can't be used.
    pub fn pretend(&self, function: &str) -> Result<(), SimulatorError> {
        require_changing_function(function)?;
        self.ask(&Request::Pretend(function.to_owned()))
    }

    /// Makes the `nth` call of a C function from now on (1: the next; 0: every call) fail with a return code.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownFunction`], or [`SimulatorError::Refused`] if the state file can't be used.
    pub fn fail(&self, function: &str, nth: u32, code: nvmlReturn_t) -> Result<(), SimulatorError> {
        require_function(function)?;
        let (function, code) = (function.to_owned(), code.0);
        self.ask(&Request::Fail {
            function,
            nth,
            code,
        })
    }

    /// Delays every call of a C function.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownFunction`], or [`SimulatorError::Refused`] if the state file can't be used.
    pub fn delay(&self, function: &str, delay: Duration) -> Result<(), SimulatorError> {
        require_function(function)?;
        let function = function.to_owned();
        self.ask(&Request::Delay { function, delay })
    }

    /// Clears all injected faults. Functions that the library was started without stay missing.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if the state file can't be used.
    pub fn clear_faults(&self) -> Result<(), SimulatorError> {
        self.ask(&Request::ClearFaults)
    }

    /// Sets the privilege of later calls. [`Caller::Container`] is a container with all MIG devices.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if the state file can't be used.
    pub fn set_caller(&self, caller: Caller) -> Result<(), SimulatorError> {
        self.ask(&Request::SetCaller(caller))
    }

    /// Makes later calls come from a container that was given only the MIG devices with these UUIDs. GPUs on which it has
    /// no device refuse every query with `NO_PERMISSION`; other MIG devices seem not to be there.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if there is no such MIG device, or the state file can't be used.
    pub fn enter_container<U: Into<String>>(
        &self,
        mig_devices: impl IntoIterator<Item = U>,
    ) -> Result<(), SimulatorError> {
        let uuids = mig_devices.into_iter().map(Into::into);
        self.ask(&Request::EnterContainer(uuids.collect()))
    }

    /// Switches to another driver version. The set of functions that the library exports does not change.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Refused`] if the state file can't be used.
    pub fn set_driver_version(&self, version: &str) -> Result<(), SimulatorError> {
        self.ask(&Request::SetDriverVersion(version.to_owned()))
    }

    /// Turns the call log on or off; earlier calls are discarded.
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] if the library does not answer.
    pub fn log_calls(&self, on: bool) -> Result<(), SimulatorError> {
        self.ask(&Request::LogCalls(on))
    }

    /// Returns the calls that clients of this simulator's library have made since [`Simulator::log_calls`].
    ///
    /// # Errors
    ///
    /// [`SimulatorError`] if the library does not answer.
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

/// An error from starting or controlling a simulator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The simulated library has not been built, or is not near this program.
    #[error(
        "the simulated library libnvml_mig_sim.so was not found; build it with `cargo build -p nvml-mig-sim`, or \
         set NVML_MIG_SIM_LIBRARY to its path; looked for {}",
        list(tried)
    )]
    NoLibrary {
        /// The paths that were tried.
        tried: Vec<PathBuf>,
    },
    /// There is no folder for the machine: neither `XDG_STATE_HOME` nor `HOME` names one.
    #[error(
        "there is no folder for the simulated machine; set HOME or XDG_STATE_HOME to an absolute path"
    )]
    NoHome,
    /// The board is not in the catalogue.
    #[error(transparent)]
    UnknownBoard(#[from] MachineError),
    /// The private copy of the library can't be created.
    #[error("the simulated library can't be copied")]
    Copy(#[from] std::io::Error),
    /// The library is not an ELF file with dynamic symbols.
    #[error("the simulated library can't be read")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
    /// The library does not export a function that should fail, be delayed or be hidden.
    #[error("the simulated library has no function `{0}`")]
    UnknownFunction(String),
    /// The function changes nothing, so it can't succeed without effect.
    #[error("`{0}` changes nothing, so it can't succeed without effect")]
    ChangesNothing(String),
    /// The simulator does not simulate this GPM metric.
    #[error("GPM metric {0} is not simulated")]
    UnknownMetric(u32),
    /// The dynamic linker can't open the copy.
    #[error("the simulated library can't be opened")]
    Open(#[source] Box<dyn Error + Send + Sync>),
    /// The library gave an unexpected reply: it belongs to another version of the simulator.
    #[error("the simulated library belongs to another version of nvml-mig-sim: it replied `{0}`")]
    NotOurs(String),
    /// The library refused the request; the text gives the reason.
    #[error("{0}")]
    Refused(String),
}

impl SimulatorError {
    /// The library file is not an ELF library.
    fn unreadable(error: object::Error) -> Self {
        Self::Unreadable(Box::new(error))
    }

    /// The dynamic linker refuses the copy.
    fn not_opened(error: libloading::Error) -> Self {
        Self::Open(Box::new(error))
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
