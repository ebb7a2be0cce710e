//! Hints for failed calls about MIG mode.

use super::gpu_instance;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::query::Device;

/// Explains a failed query of MIG mode.
pub(crate) fn mig_mode(code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => Some(hint::not_mig_capable()),
        other => hint::general(other),
    }
}

/// Explains a failed change of MIG mode.
pub(crate) fn set_mig_mode(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported if device.is_vgpu_guest() => Some(hint::vgpu_guest()),
        ReturnCode::InUse => Some(Cause::InUse.hint(format!(
            "{}; destroy GPU instances before a change of MIG mode; {}",
            gpu_instance::users_of_gpu(device).text,
            gpu_instance::what_is_there(device)
        ))),
        ReturnCode::Success => {
            Some(Cause::ImplausibleAnswer.hint(
                "the driver reported success, but the MIG mode is neither active nor pending",
            ))
        }
        other => mig_mode(other),
    }
}
