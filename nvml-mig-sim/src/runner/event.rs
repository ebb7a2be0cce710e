//! Posts events of a GPU.

use clap::{Args, ValueEnum};
use nvml_mig_sim::machine::Event as Posted;

use super::error::Error;
use super::state_option::{self, StateOption};

/// Post an event of a GPU, such as an Xid error
///
/// Processes that wait for its kind receive it, as dcgm or a health check of a device plugin does.
#[derive(Debug, Args)]
pub(super) struct Event {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// Kind of the event
    #[arg(long, value_enum)]
    kind: Kind,
    /// Data of the event, such as the number of the Xid error
    #[arg(long, default_value_t = 0)]
    data: u64,
    /// ID of the GPU instance that it concerns; the default is the whole GPU
    #[arg(long)]
    gi: Option<u32>,
    /// ID of the compute instance that it concerns
    #[arg(long, requires = "gi")]
    ci: Option<u32>,
}

/// The kinds that nvml.h calls nvmlEventTypeXidCriticalError, SingleBitEccError and DoubleBitEccError.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// An Xid error
    Xid,
    /// A corrected ECC error
    SingleBitEcc,
    /// An uncorrected ECC error
    DoubleBitEcc,
}

impl Kind {
    const fn bit(self) -> u64 {
        match self {
            Self::Xid => 8,
            Self::SingleBitEcc => 1,
            Self::DoubleBitEcc => 2,
        }
    }
}

impl Event {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            let gpu = state_option::gpu(machine, self.gpu)?;
            if let Some(id) = self.gi
                && gpu.gpu_instance(id).is_none()
            {
                let what = format!("GPU instance {id}");
                return Err(Error::NoInstance {
                    gpu: self.gpu,
                    what,
                });
            }
            let event = Posted {
                gpu_instance: self.gi,
                compute_instance: self.ci,
                ..Posted::new(self.kind.bit(), self.data)
            };
            let count = machine.gpus().len();
            // Each of these kinds can be posted, so only the GPU could be missing.
            let (posted, gpu) = (machine.post_event(self.gpu, event), self.gpu);
            posted.map_err(|_| Error::NoGpu { gpu, count })
        })
    }
}
