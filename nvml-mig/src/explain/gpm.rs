//! Hints for failed calls of performance monitoring.

use super::device::no_mig_here;
use crate::architecture::Architecture;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::query::Device;

/// Explains a failed call about the performance counters of a GPU instance.
pub(crate) fn gpm(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => too_old(device).or_else(|| no_mig_here(device)),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(hint::gone()),
        other => hint::general(other),
    }
}

/// Whether the GPU is of a generation before Hopper.
pub(crate) fn is_too_old_for_gpm(device: &Device) -> bool {
    too_old(device).is_some()
}

fn too_old(device: &Device) -> Option<Hint> {
    let architecture = device.architecture_or_failure().ok()?;
    let is_old = u32::from(architecture) < u32::from(Architecture::Hopper);
    is_old.then(|| {
        let text = format!(
            "performance monitoring (GPM) begins with Hopper, and this GPU is of the generation {architecture}"
        );
        Cause::GenerationTooOld.hint(text)
    })
}
