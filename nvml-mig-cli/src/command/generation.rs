//! `nvml-mig generate`.

use std::error::Error;
use std::path::Path;

use nvml_mig::mig_parted::MigPartedFile;

use super::export::{show_file, write_file};
use crate::arguments::FileFormat;
use crate::console::{Console, note};
use crate::exit::Exit;
use crate::machine::{Machine, MachineOptions, readable};
use crate::target::each_to_partition;

/// Prints or writes a file of mig-parted with the configurations that the GPUs can have. GPUs that can't be read are left out.
pub(crate) fn generate(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    format: FileFormat,
    path: Option<&Path>,
) -> Result<Exit, Box<dyn Error>> {
    let gpus = readable(each_to_partition(machine, options)?)?;
    for gpu in &gpus.items {
        if gpu.gpu_instance_profiles()?.is_empty() {
            let index = gpu.index()?;
            note(&format!(
                "warning: GPU {index} has no configuration of its own: its driver lists profiles only while MIG mode is on"
            ));
        }
    }
    let file = MigPartedFile::generate(&gpus.items)?;
    match path {
        Some(path) => write_file(console, &file, format, path)?,
        None => show_file(console, &file, format, Vec::new())?,
    }
    Ok(console.left_out(gpus.refused.as_ref()))
}
