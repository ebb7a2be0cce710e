//! `nvml-mig export`.

use std::error::Error;
use std::path::Path;

use nvml_mig::Device;
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::snapshot::GpuSnapshot;
use serde::Serialize;

use super::mig_mode::tell_pending_mode;
use crate::arguments::{FileFormat, Format};
use crate::console::{Console, chain, note};
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions, read_each};
use crate::replaced_file::replace;

/// The layout of a GPU.
#[derive(Debug, Serialize)]
struct GpuLayout {
    index: u32,
    uuid: String,
    /// In the notation of `nvml-mig apply`; `off` while MIG mode is off.
    layout: String,
}

/// A configuration file, and what it can't say.
#[derive(Debug, Serialize)]
struct Exported {
    file: serde_json::Value,
    omissions: Vec<String>,
}

/// Prints the current partitioning. With a GPU that can't be read it is no success, since the file does not have it.
pub(crate) fn export(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    (notation, format): (Format, FileFormat),
    config: &str,
) -> Result<Exit, Box<dyn Error>> {
    let gpus = options.each_device(machine)?;
    let refused = if notation == Format::MigParted {
        // What can't be read of an open GPU can't be exported either, and leaves `devices: all`.
        let readable = read_each(gpus, |device| {
            GpuSnapshot::read(device).map(|_| device.clone())
        })?;
        let export = MigPartedFile::from_devices(config, &readable.items)?;
        let omissions: Vec<String> = export.omissions.iter().map(|one| chain(one)).collect();
        omissions.iter().for_each(|omission| note(omission));
        show_file(console, &export.file, format, omissions)?;
        readable.refused
    } else {
        let layouts = read_each(gpus, layout)?;
        let line = |gpu: &GpuLayout| format!("GPU {}: {}\n", gpu.index, gpu.layout);
        console.show(&layouts.items, || {
            Ok(layouts.items.iter().map(line).collect())
        })?;
        layouts.refused
    };
    Ok(console.left_out(refused.as_ref()))
}

/// Prints a file of mig-parted.
pub(crate) fn show_file(
    console: &Console,
    file: &MigPartedFile,
    format: FileFormat,
    omissions: Vec<String>,
) -> Result<(), Box<dyn Error>> {
    console.show(Exported::new(file, omissions), || text_of(file, format))
}

/// Writes a file of mig-parted with everything that the GPUs can have.
pub(crate) fn write_file(
    console: &Console,
    file: &MigPartedFile,
    format: FileFormat,
    path: &Path,
) -> Result<(), Box<dyn Error>> {
    let written = replace(path, text_of(file, format)?.trim_end());
    written.map_err(|error| Usage::of_file(path, error))?;
    console.show_written(Exported::new(file, Vec::new()), path)
}

impl Exported {
    fn new(file: &MigPartedFile, omissions: Vec<String>) -> Self {
        Self {
            file: file.to_json(),
            omissions,
        }
    }
}

fn text_of(file: &MigPartedFile, format: FileFormat) -> Result<String, Box<dyn Error>> {
    Ok(match format {
        FileFormat::Yaml => file.to_yaml(),
        FileFormat::Json => format!("{}\n", serde_json::to_string_pretty(&file.to_json())?),
    })
}

fn layout(device: &Device) -> Result<GpuLayout, nvml_mig::Error> {
    tell_pending_mode(device)?;
    let layout = if GpuSnapshot::read(device)?.mig_enabled {
        let present = PresentGpuInstance::read_all(device)?;
        GpuModel::read(device)?.layout_of(&present).to_string()
    } else {
        "off".to_owned()
    };
    Ok(GpuLayout {
        index: device.index()?,
        uuid: device.uuid()?,
        layout,
    })
}
