//! The machine that a command works on: which library, which GPUs.

mod gpu_names;
mod readable;
mod selected;
#[cfg(feature = "simulate")]
mod simulated;

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nvml_mig::Nvml;
use nvml_mig::apply::LockOptions;
use nvml_mig::device::DeviceSelector;
use nvml_mig::node::DriverFiles;

use crate::console::note;

pub(crate) use gpu_names::GpuNames;
pub(crate) use readable::{Each, Readable, by_index, read_each, readable};
pub(crate) use selected::{lacks_mig, no_mig};

/// The options that say which machine and which GPUs.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Machine and output")]
pub(crate) struct MachineOptions {
    /// The GPU, as an index, a UUID or the beginning of one, or a PCI address; separate several with commas. `restore` takes none:
    /// a snapshot is restored as a whole; `preflight` reports on all GPUs
    #[arg(
        long,
        short = 'i',
        value_name = "GPU",
        value_delimiter = ',',
        global = true
    )]
    device: Vec<DeviceSelector>,
    /// Use the NVML library at this path instead of the driver's
    #[arg(long, value_name = "PATH", global = true)]
    library: Option<PathBuf>,
    /// The folder where the host's /proc is, in a container
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/proc",
        global = true,
        env = "NVML_MIG_HOST_PROC",
        hide_env_values = true
    )]
    host_proc: PathBuf,
    /// The folder where the host's /dev is, in a container
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/dev",
        global = true,
        env = "NVML_MIG_HOST_DEV",
        hide_env_values = true
    )]
    host_dev: PathBuf,
    #[cfg(feature = "simulate")]
    #[command(flatten)]
    simulated: simulated::SimulationOptions,
}

/// The open library.
#[derive(Debug)]
pub(crate) struct Machine {
    nvml: Nvml,
    files: DriverFiles,
    #[cfg(feature = "simulate")]
    simulation: Option<simulated::Simulation>,
}

impl MachineOptions {
    /// Opens the library: the driver's, unless the options say otherwise.
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub(crate) fn open(&self) -> Result<Machine, Box<dyn Error>> {
        #[cfg(feature = "simulate")]
        if let Some(simulation) = self.simulated.start()? {
            return Ok(Machine {
                nvml: Nvml::init_from(simulation.library())?,
                files: self.driver_files(),
                simulation: Some(simulation),
            });
        }
        let nvml = match &self.library {
            Some(path) => Nvml::init_from(path)?,
            None => Nvml::init()?,
        };
        Ok(Machine {
            nvml,
            files: self.driver_files(),
            #[cfg(feature = "simulate")]
            simulation: None,
        })
    }

    /// Returns the driver's files.
    pub(crate) fn driver_files(&self) -> DriverFiles {
        let files = DriverFiles::new();
        files.with_proc(&self.host_proc).with_dev(&self.host_dev)
    }

    /// Returns the arguments with which another process of this program works on the same machine.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if let Some(library) = &self.library {
            arguments.extend(["--library".into(), library.into()]);
        }
        arguments.extend(["--host-proc".into(), (&self.host_proc).into()]);
        arguments.extend(["--host-dev".into(), (&self.host_dev).into()]);
        #[cfg(feature = "simulate")]
        arguments.extend(self.simulated.arguments());
        arguments
    }

    /// Returns the path of the library, if the options name one.
    pub(crate) fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// Returns whether the GPUs are the machine's own, as far as the options say.
    pub(crate) fn is_real(&self) -> bool {
        #[cfg(feature = "simulate")]
        if self.simulated.is_wanted() {
            return false;
        }
        true
    }
}

impl Machine {
    /// Returns the driver's files.
    pub(crate) const fn driver_files(&self) -> &DriverFiles {
        &self.files
    }

    /// Returns the open library.
    pub(crate) const fn nvml(&self) -> &Nvml {
        &self.nvml
    }

    /// Returns where the lock and the journal of these GPUs are: in this folder, if one is named.
    pub(crate) fn lock_options(&self, folder: Option<&Path>) -> LockOptions {
        #[cfg(feature = "simulate")]
        let folder = folder.map(Path::to_owned).or_else(|| {
            let simulation = self.simulation.as_ref();
            simulation.map(simulated::Simulation::lock_folder)
        });
        lock_options_in(folder)
    }

    /// Returns the indices and UUIDs of the GPUs that can be read.
    pub(crate) fn gpu_names(&self) -> GpuNames {
        GpuNames::read(&self.nvml)
    }

    /// Prints the processes that have the driver's device files open; without root, only those of this user.
    pub(crate) fn tell_users(&self) {
        #[cfg(feature = "simulate")]
        if self.simulation.is_some() {
            return;
        }
        for user in self.files.device_file_users().unwrap_or_default() {
            let paths: Vec<String> = user.paths.iter().map(|p| p.display().to_string()).collect();
            let (pid, name, paths) = (user.pid, user.name, paths.join(", "));
            note(&format!("note: process {pid} ({name}) has {paths} open"));
        }
    }
}

/// Returns where locks and journals are: in this folder, if one is named.
pub(crate) fn lock_options_in(folder: Option<impl Into<PathBuf>>) -> LockOptions {
    match folder {
        Some(folder) => LockOptions::new().with_folder(folder),
        None => LockOptions::new(),
    }
}
