//! vGPUs of a vGPU host.

use clap::Args;
use nvml_mig_sim::control::explain_vgpu;
use nvml_mig_sim::machine::{Answer, Machine};
use nvml_mig_sim::{Vgpu, VgpuPlacements as Placements, VgpuRun};

use super::error::Error;
use super::state_option::{self, StateOption};

// The GPU instance that is meant. A doc comment would become the help of the commands.
#[derive(Debug, Args)]
struct OnInstance {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// ID of the GPU instance
    #[arg(long)]
    gi: u32,
}

/// Start a vGPU on a vGPU host (`run --gpu BOARD,virtualization=vgpu-host`), which keeps a GPU instance in use
///
/// `list-boards BOARD` lists the types.
#[derive(Debug, Args)]
pub(super) struct StartVgpu {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// ID of the GPU instance; by default the whole GPU, with MIG mode off
    #[arg(long)]
    gi: Option<u32>,
    /// Number of the vGPU type
    #[arg(long = "type", value_name = "NUMBER")]
    vgpu_type: u32,
    /// ID of the vGPU, which is not 0
    #[arg(long)]
    id: u32,
}

/// Stop a vGPU
#[derive(Debug, Args)]
pub(super) struct StopVgpu {
    #[command(flatten)]
    state: StateOption,
    /// ID of the vGPU
    #[arg(long)]
    id: u32,
}

/// Set where another vGPU of a type can be placed in heterogeneous mode
///
/// There is no public source of the placements on GPU instances: without this, NVML's query is not supported.
#[derive(Debug, Args)]
pub(super) struct VgpuPlacements {
    #[command(flatten)]
    on: OnInstance,
    /// Number of the vGPU type
    #[arg(long = "type", value_name = "NUMBER")]
    vgpu_type: u32,
    /// Number of slots that a vGPU of this type occupies
    #[arg(long)]
    size: u32,
    /// Placement IDs, separated by commas
    #[arg(long, value_delimiter = ',')]
    ids: Vec<u32>,
}

/// Add a run of a vGPU to a scheduler's log, with times in nanoseconds
#[derive(Debug, Args)]
pub(super) struct VgpuLog {
    #[command(flatten)]
    on: OnInstance,
    /// Number of the engine in nvml.h; 1 is graphics
    #[arg(long, default_value_t = 1)]
    engine: u32,
    /// When the run ended
    #[arg(long)]
    timestamp: u64,
    /// How long it took
    #[arg(long)]
    time_run: u64,
    /// Number of the run list
    #[arg(long, default_value_t = 0)]
    runlist: u32,
}

impl StartVgpu {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            state_option::gpu(machine, self.gpu)?;
            let vgpu = Vgpu {
                gpu_instance: self.gi,
                ..Vgpu::new(self.gpu, self.vgpu_type, self.id)
            };
            let started = machine.start_vgpu(vgpu);
            started.map_err(|refusal| Error::Vgpu(explain_vgpu(refusal)))
        })
    }
}

impl StopVgpu {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            let stopped = machine.stop_vgpu(self.id);
            stopped.map_err(|refusal| Error::Vgpu(explain_vgpu(refusal)))
        })
    }
}

impl VgpuPlacements {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let placements = Placements {
            vgpu_type: self.vgpu_type,
            size: self.size,
            ids: self.ids.clone(),
        };
        let OnInstance { gpu, gi, .. } = self.on;
        self.on
            .change(|machine| machine.set_vgpu_placements(gpu, gi, placements))
    }
}

impl VgpuLog {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let run = VgpuRun {
            timestamp: self.timestamp,
            time_run: self.time_run,
            sw_runlist_id: self.runlist,
            ..VgpuRun::default()
        };
        let OnInstance { gpu, gi, .. } = self.on;
        self.on
            .change(|machine| machine.log_vgpu_run(gpu, gi, self.engine, run))
    }
}

impl OnInstance {
    fn change(&self, change: impl FnOnce(&mut Machine) -> Answer) -> Result<String, Error> {
        self.state.change(|machine| {
            state_option::gpu(machine, self.gpu)?;
            let what = format!("GPU instance {}", self.gi);
            let gpu = self.gpu;
            change(machine).map_err(|_| Error::NoInstance { gpu, what })
        })
    }
}
