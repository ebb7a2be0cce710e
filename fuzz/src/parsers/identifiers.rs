//! What names a device, an instance or a version: UUIDs, PCI addresses, indices, placements.

use anyhow::{Result, ensure};
use nvml_mig::device::{
    ComputeCapability, CudaVersion, DeviceSelector, DriverVersion, NvmlVersion, VisibleDevices,
};
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement};

use crate::checks;

/// Reads one text as each of them.
pub(super) fn parse(text: &str) -> Result<bool> {
    let visible = [
        VisibleDevices::from_cuda(Some(text)),
        VisibleDevices::from_nvidia(Some(text)),
    ];
    for list in visible {
        ensure!(list.entries().len() <= text.len() + 1);
    }
    let accepted = [
        checks::printed_and_read::<DeviceSelector>(text)?,
        checks::printed_and_read::<GpuInstancePlacement>(text)?,
        checks::printed_and_read::<ComputeInstancePlacement>(text)?,
        checks::printed_and_read::<GpuInstanceId>(text)?,
        checks::printed_and_read::<DriverVersion>(text)?,
        checks::printed_and_read::<NvmlVersion>(text)?,
        checks::printed_and_read::<CudaVersion>(text)?,
        checks::printed_and_read::<ComputeCapability>(text)?,
    ];
    Ok(accepted.contains(&true))
}
