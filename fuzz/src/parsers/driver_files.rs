//! The driver's files in `/proc`: capabilities, numbers of devices, parameters.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use nvml_mig::instance::GpuInstanceId;
use nvml_mig::node::{Capability, DriverFiles};

use crate::checks;

const MINORS: &str = "driver/nvidia-caps/mig-minors";

/// All files have the same contents, so that each parser gets those of the others.
pub(super) fn parse(folder: &Path, bytes: &[u8]) -> Result<bool> {
    let files = DriverFiles::new().with_proc(folder).with_dev(folder);
    let of_gpu_instance = Capability::GpuInstance {
        gpu_minor_number: 0,
        gpu_instance: GpuInstanceId::new(1),
    };
    let capabilities = [Capability::Config, of_gpu_instance];
    let names = [MINORS, "driver/nvidia/params", "devices"];
    let access = capabilities.map(|capability| files.access_file(capability));
    for path in names.map(|name| folder.join(name)).iter().chain(&access) {
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, bytes)?;
    }
    let mut answers = vec![
        files.capability_major_number().map(drop),
        files.capability_node(Capability::Monitor).map(drop),
        files.capability_device_node(Capability::Config).map(drop),
        files.capability_device_node(of_gpu_instance).map(drop),
    ];
    // Without the list, the access files are read.
    fs::remove_file(folder.join(MINORS))?;
    answers.push(files.capability_node(of_gpu_instance).map(drop));
    let is_accepted = answers.iter().any(Result::is_ok);
    for problem in answers.into_iter().filter_map(Result::err) {
        checks::refused(&problem)?;
    }
    Ok(is_accepted)
}
