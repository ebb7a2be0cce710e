//! Runs a command on a simulated machine.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use nvml_mig_sim::machine::Machine;
use nvml_mig_sim::store::{FileStore, ViewFolder};
use nvml_mig_sim::{Simulator, SimulatorBuilder, install_library};

use super::caller::CallerOption;
use super::driver;
use super::error::Error;
use super::gpu_option;
use super::machine_view;
use super::state_option::{StateOption, VARIABLE};

const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// Run a command on the simulated machine
///
/// The command finds the simulated libnvidia-ml.so.1 before any other, in a folder with the name of the state file plus
/// `.library`. This program is replaced by the command (exec), so the exit code and signals are those of the command. A
/// command that can't be run exits with 127 (not found), 126 (can't be started) or 125 (the machine can't be set up).
///
/// Without --gpu the command uses the machine as the last command left it; the first command gets one A30 with MIG mode
/// on.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    state: StateOption,
    /// Create a new machine with this GPU; repeat --gpu for more GPUs. The value is a board of `list-boards`, or the
    /// path of a file written by `capture` (with a slash, or ending in .json), optionally followed by mig=on|off
    /// (default on), missing-slot=3|7 (default 7), virtualization=none|pass-through|vgpu-guest (default none),
    /// me-name=full|plain (default full; plain: MIG devices of +me instances are named without +me), instance-count=N
    /// (profiles report N as their instance count, right or wrong), most-instances=N (no more than N GPU instances can be
    /// created, whatever the counts say), stale-mig-handles=on|off (default off; on: an index without a MIG device gives
    /// a handle with which every query fails), separated by commas
    #[arg(long = "gpu", value_name = "BOARD|FILE[,...]")]
    gpus: Vec<String>,
    /// The driver version, such as 535.261.03; the library lacks the functions that this driver lacks
    #[arg(long, value_name = "VERSION")]
    driver: Option<String>,
    /// The privilege with which NVML is called
    #[arg(long, value_enum)]
    caller: Option<CallerOption>,
    /// Keep capability files in this folder, like those of a driver under /proc. Everything else in its subfolders
    /// driver/nvidia-caps and driver/nvidia/capabilities is removed
    #[arg(long, value_name = "FOLDER")]
    capabilities: Option<PathBuf>,
    /// Show the command a machine with NVIDIA's driver: /proc/driver/nvidia (version, gpus, capabilities),
    /// /proc/driver/nvidia-caps, /proc/devices, /proc/modules (where the kernel has one), /sys/bus/pci/devices and the
    /// nodes in /dev. Other processes do not see them: the command runs in its own mount namespace and, without the
    /// privilege for that, as root in its own user namespace. If device nodes can't be created, plain files replace
    /// them; no driver answers on the device nodes. Capability files follow the instances; the other files never change
    #[arg(long)]
    machine: bool,
    /// Print nothing about the machine on standard error
    #[arg(long, short)]
    quiet: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run {
    /// Replaces this process with the command; returns only if that fails.
    pub(super) fn perform(&self) -> Error {
        match self.prepared() {
            Ok(mut command) => failed(&command.exec(), command.get_program()),
            Err(error) => Error::NotRun(Box::new(error)),
        }
    }

    fn prepared(&self) -> Result<Command, Error> {
        let path = self.state.path()?;
        let path = std::path::absolute(&path).unwrap_or(path);
        self.set_up(&path)?;
        let mut store = FileStore::existing(&path)?;
        let machine = store.read()?;
        self.say(&format!("{} in {}", summary(machine), path.display()));
        let folder = library_folder(&path);
        install_library(&folder, machine)?;
        if self.machine {
            let capabilities = machine.capabilities.clone().unwrap_or_default();
            let stage = ViewFolder::beside(&path).create_stage();
            machine_view::enter(machine, &capabilities, &stage.map_err(Error::NoView)?)?;
        }
        let (program, arguments) = self.command.split_first().unzip();
        let mut command = Command::new(program.map_or(OsStr::new(""), OsString::as_os_str));
        command.args(arguments.unwrap_or_default());
        command.env(LIBRARY_PATH, with_first(&folder)?);
        command.env(VARIABLE, path);
        Ok(command)
    }

    /// Creates the machine, or changes the existing one according to the options.
    fn set_up(&self, path: &Path) -> Result<(), Error> {
        let version = self.driver.as_deref().map(driver::parse).transpose()?;
        if !self.gpus.is_empty() || !path.exists() {
            let replaced = self.new_machine(path)?.replace(path)?;
            if let Some(old) = replaced {
                self.say(&format!("replaced {}", summary(&old)));
            }
            return Ok(());
        }
        let changed = FileStore::existing(path)?.change(|machine| {
            if let Some(version) = version
                && machine.driver != version
            {
                machine.driver = version;
                // It belonged to the other driver.
                machine.process_record = None;
            }
            if let Some(caller) = self.caller {
                machine.caller = caller.into();
            }
            if let Some(folder) = &self.capabilities {
                machine.capabilities = std::path::absolute(folder).ok();
            } else if self.machine && machine.capabilities.is_none() {
                machine.capabilities = Some(ViewFolder::beside(path).capabilities());
            }
        });
        Ok(changed?)
    }

    fn new_machine(&self, path: &Path) -> Result<SimulatorBuilder, Error> {
        let mut builder = Simulator::builder();
        for option in &self.gpus {
            builder = builder.gpu(gpu_option::parse(option)?);
        }
        if let Some(version) = &self.driver {
            builder = builder.driver_version(version);
        }
        if let Some(folder) = &self.capabilities {
            builder = builder.capabilities(folder);
        } else if self.machine {
            builder = builder.capabilities(ViewFolder::beside(path).capabilities());
        }
        Ok(builder.caller(self.caller.map(Into::into).unwrap_or_default()))
    }

    fn say(&self, what: &str) {
        if !self.quiet {
            eprintln!("nvml-mig-sim: {what}");
        }
    }
}

/// Returns the folder with the library for a state file's machine.
fn library_folder(state_file: &Path) -> PathBuf {
    let mut name = OsString::from(state_file);
    name.push(".library");
    name.into()
}

/// Removes the folders beside a state file.
pub(super) fn remove_folders(state_file: &Path) -> Result<(), Error> {
    let library = library_folder(state_file);
    match fs::remove_dir_all(&library) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(Error::NotRemoved {
                path: library,
                source,
            });
        }
        _ => {}
    }
    let view = ViewFolder::beside(state_file);
    view.remove().map_err(|source| Error::NotRemoved {
        path: view.path().to_owned(),
        source,
    })
}

/// Returns the library path with this folder first. The dynamic linker ends a folder's name at a semicolon too, and
/// replaces names that begin with a dollar sign.
fn with_first(folder: &Path) -> Result<OsString, Error> {
    let no_path = |problem: String| Error::LibraryPath {
        path: folder.to_owned(),
        problem,
    };
    let name = folder.as_os_str().as_encoded_bytes();
    if let Some(&special) = name.iter().find(|byte| b";$".contains(byte)) {
        let special = char::from(special);
        return Err(no_path(format!("path segment contains `{special}`")));
    }
    let others = env::var_os(LIBRARY_PATH).filter(|others| !others.is_empty());
    let others = others.as_deref().map(env::split_paths);
    let all = std::iter::once(folder.to_owned()).chain(others.into_iter().flatten());
    env::join_paths(all).map_err(|error| no_path(error.to_string()))
}

/// Returns, for example, `a simulated machine with NVIDIA A30, NVIDIA A30 (driver 550.163.01)`.
fn summary(machine: &Machine) -> String {
    let names = machine.gpus().iter().map(|gpu| gpu.board.label());
    let names: Vec<String> = names.collect();
    format!(
        "a simulated machine with {} (driver {})",
        names.join(", "),
        machine.driver.text()
    )
}

fn failed(error: &io::Error, command: &OsStr) -> Error {
    let command = command.to_string_lossy().into_owned();
    if error.kind() == io::ErrorKind::NotFound {
        return Error::CommandNotFound(command);
    }
    let source = io::Error::from(error.kind());
    Error::CommandNotStarted { command, source }
}
