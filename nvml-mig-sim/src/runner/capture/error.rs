//! Reasons why a GPU can't be captured, one sentence each.

use nvml_mig_sys::{OpenError, nvmlReturn_t};

use super::call::Failure;

#[derive(Debug, thiserror::Error)]
pub(in crate::runner) enum CaptureError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("NVIDIA's driver is not loaded ({0} returned 9)")]
    NoDriver(&'static str),
    #[error("{function} failed with return code {code}")]
    Call { function: &'static str, code: u32 },
    #[error("{0} needs privilege; run the capture as root")]
    NoPermission(&'static str),
    #[error("this machine has no GPU that NVML can see")]
    NoGpus,
    #[error("there is no GPU `{wanted}`: give an index below {count}, or the UUID of a GPU")]
    NoGpu { wanted: String, count: u32 },
    #[error(
        "the driver does not list the profiles of GPU {0} while MIG mode is off; turn it on with \
         `nvidia-smi -i {0} -mig 1` and capture again"
    )]
    NotListed(String),
    #[error(
        "the driver does not report the placements of GPU {0}; if MIG mode is off, turn it on with \
         `nvidia-smi -i {0} -mig 1` and capture again"
    )]
    NoPlacements(String),
    #[error("NVML reports something impossible: {0}")]
    Implausible(&'static str),
    #[error("the file describes another board than the GPU: they differ in {0}")]
    OtherBoard(&'static str),
    #[error("the board can't be written")]
    Unwritable(#[source] serde_json::Error),
}

impl CaptureError {
    pub(super) fn no_gpu(wanted: &str, count: u32) -> Self {
        if count == 0 {
            return Self::NoGpus;
        }
        let wanted = wanted.to_owned();
        Self::NoGpu { wanted, count }
    }
}

impl From<Failure> for CaptureError {
    fn from(Failure { function, code }: Failure) -> Self {
        match code {
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION => Self::NoPermission(function),
            nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED => Self::NoDriver(function),
            nvmlReturn_t(code) => Self::Call { function, code },
        }
    }
}
