//! Access files: one for each existing capability, with a line such as `DeviceFileMinor: 439`.

use std::io;

use super::{Capability, device_numbers};
use crate::error::DriverFileError;
use crate::node::DriverFiles;

const KEY: &str = "DeviceFileMinor";

/// The minor number of a capability.
pub(super) fn minor(files: &DriverFiles, capability: Capability) -> Result<u32, DriverFileError> {
    let file = files.read(name(capability))?;
    for (line, text) in file.lines() {
        match text.split_once(':') {
            Some((key, value)) if key.trim() == KEY => {
                let value = Some(value.trim());
                return file.number((line, text), value, device_numbers::MOST_MINOR);
            }
            _ => {}
        }
    }
    let message =
        format!("it has no line '{KEY}: <number>'; check that this is a file of NVIDIA's driver");
    Err(file.lacks(io::ErrorKind::InvalidData, message))
}

/// Its name under `/proc`.
pub(in crate::node) fn name(capability: Capability) -> String {
    let name = match capability {
        Capability::Config | Capability::Monitor => format!("mig/{capability}"),
        Capability::GpuInstance {
            gpu_minor_number: gpu,
            gpu_instance: gi,
        } => format!("gpu{gpu}/mig/gi{gi}/access"),
        Capability::ComputeInstance {
            gpu_minor_number: gpu,
            gpu_instance: gi,
            compute_instance: ci,
        } => format!("gpu{gpu}/mig/gi{gi}/ci{ci}/access"),
    };
    format!("driver/nvidia/capabilities/{name}")
}
