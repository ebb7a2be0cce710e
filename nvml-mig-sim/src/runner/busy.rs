//! Simulated processes, which keep GPUs and instances in use.

use clap::{Args, ValueEnum};
use nvml_mig_sim::machine::Machine;
use nvml_mig_sim::{Process, ProcessFilter, ProcessKind};

use super::error::Error;
use super::state_option::{self, StateOption};

/// Start a simulated process on a GPU or an instance, which is then in use
#[derive(Debug, Args)]
pub(super) struct Busy {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// ID of the GPU instance
    #[arg(long)]
    gi: Option<u32>,
    /// ID of the compute instance within the GPU instance
    #[arg(long, requires = "gi")]
    ci: Option<u32>,
    /// Process ID; it need not belong to a real process
    #[arg(long)]
    pid: u32,
    /// Name of the process
    #[arg(long, default_value = "simulated-process")]
    name: String,
    /// GPU memory that the process uses
    #[arg(long, value_name = "MIB", default_value_t = 0)]
    memory_mib: u64,
    /// The NVML process list that contains the process
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
}

/// The values of `--kind`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// Compute processes
    #[default]
    Compute,
    /// Processes that compute through the Multi-Process Service
    Mps,
    /// Graphics processes
    Graphics,
    /// None: a client that keeps a handle open, as DCGM does
    Unlisted,
}

impl From<Kind> for ProcessKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Compute => Self::Compute,
            Kind::Mps => Self::MpsCompute,
            Kind::Graphics => Self::Graphics,
            Kind::Unlisted => Self::Unlisted,
        }
    }
}

impl Busy {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            let started = machine.start_process(self.process());
            started.map_err(|_| self.nowhere(machine))
        })
    }

    fn process(&self) -> Process {
        let process = Process {
            gpu_instance: self.gi,
            compute_instance: self.ci,
            ..Process::new(self.gpu, self.pid)
        };
        let process = process.name(&*self.name).memory_mib(self.memory_mib);
        process.kind(self.kind.into())
    }

    fn nowhere(&self, machine: &Machine) -> Error {
        if let Err(error) = state_option::gpu(machine, self.gpu) {
            return error;
        }
        let inside = self.ci.map(|ci| format!("compute instance {ci} in "));
        let gpu_instance = self.gi.unwrap_or_default();
        Error::NoInstance {
            gpu: self.gpu,
            what: inside.unwrap_or_default() + &format!("GPU instance {gpu_instance}"),
        }
    }
}

/// End simulated processes: all, or those selected by the options
#[derive(Debug, Args)]
pub(super) struct Idle {
    #[command(flatten)]
    state: StateOption,
    /// Only processes on the GPU with this index
    #[arg(long)]
    gpu: Option<u32>,
    /// Only processes on the GPU instance with this ID
    #[arg(long)]
    gi: Option<u32>,
    /// Only processes on the compute instance with this ID
    #[arg(long)]
    ci: Option<u32>,
    /// Only the process with this ID
    #[arg(long)]
    pid: Option<u32>,
}

impl Idle {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let filter = ProcessFilter {
            gpu: self.gpu,
            gpu_instance: self.gi,
            compute_instance: self.ci,
            pid: self.pid,
        };
        self.state.change(|machine| {
            machine.end_processes(&filter);
            Ok(())
        })
    }
}
