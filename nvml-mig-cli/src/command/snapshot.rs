//! `nvml-mig snapshot`.

use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use nvml_mig::ReturnCode;
use nvml_mig::apply::LockError;
use nvml_mig::snapshot::{GpuSnapshot, Snapshot};
use serde_json::Value;

use super::saved_text;
use crate::arguments::SnapshotOptions;
use crate::change::{self, lock::Recovered};
use crate::console::{Console, chain, note};
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions, Readable, read_each};
use crate::replaced_file::replace;

/// Prints a snapshot, or writes it to a file. It is JSON, which `restore` reads, so with `--json` it is a member of the result.
pub(crate) fn take(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    snapshot: &SnapshotOptions,
) -> Result<Exit, Box<dyn Error>> {
    if let Some(file) = &snapshot.file {
        return write(console, machine, options, snapshot, file);
    }
    let Readable { items, refused } = read_each(options.each_device(machine)?, GpuSnapshot::read)?;
    let json = Snapshot::new(items).to_json()?;
    let value: Value = serde_json::from_str(&json)?;
    console.show(value, || Ok(format!("{json}\n")))?;
    Ok(console.left_out(refused.as_ref()))
}

/// Replaces the file by what was complete before an interruption, and only if all GPUs can be read: it may be the last layout that
/// anybody knows of.
fn write(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    snapshot: &SnapshotOptions,
    file: &Path,
) -> Result<Exit, Box<dyn Error>> {
    let not_written = || note(&format!("{} is not written", file.display()));
    let _lock = complete(machine, snapshot).inspect_err(|_| not_written())?;
    let read = read_each(options.each_device(machine)?, GpuSnapshot::read);
    let Readable { items, refused } = read.inspect_err(|_| not_written())?;
    if let Some(refused) = refused {
        note(&format!(
            "{} is not written: not all GPUs can be read",
            file.display()
        ));
        return Err(refused.into_first().into());
    }
    let mut now = Snapshot::new(items);
    if snapshot.keep_missing {
        now.gpus.extend(missing(machine, file));
    }
    let json = now.to_json()?;
    replace(file, &json).map_err(|error| Usage::of_file(file, error))?;
    let value: Value = serde_json::from_str(&json)?;
    console.show_written(value, file)?;
    Ok(Exit::Done)
}

/// Waits for a change that is under way, and rolls back one that was interrupted: what stands there meanwhile is nobody's layout.
fn complete(
    machine: &Machine,
    snapshot: &SnapshotOptions,
) -> Result<Option<Recovered>, Box<dyn Error>> {
    match change::locked(machine, &snapshot.lock) {
        // Without permission to lock the GPUs, this user can't change them either, and gets their current state.
        Err(error) if is_denied(&*error) => Ok(None),
        recovered => recovered.map(Some),
    }
}

fn is_denied(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<LockError>();
    error.is_some_and(|error| error.source.kind() == ErrorKind::PermissionDenied)
}

/// Returns the last snapshot in the file; an empty one if there is no file yet.
fn before(file: &Path) -> Result<Snapshot, String> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Snapshot::new(Vec::new()));
        }
        read => read.map_err(|error| error.to_string())?,
    };
    let text = String::from_utf8_lossy(&bytes);
    saved_text::json(&text)?;
    Snapshot::from_json(&text).map_err(|error| chain(&error))
}

/// Returns what the file says of GPUs that are not in this machine now.
fn missing(machine: &Machine, file: &Path) -> Vec<GpuSnapshot> {
    let mut gpus = match before(file) {
        Ok(before) => before.gpus,
        Err(why) => {
            let path = file.display();
            note(&format!("warning: {path} was no snapshot: {why}"));
            return Vec::new();
        }
    };
    gpus.retain(|gpu| {
        let device = machine.nvml().device_by_uuid(&gpu.uuid);
        device.is_err_and(|error| error.code() == Some(ReturnCode::NotFound))
    });
    for gpu in &gpus {
        note(&format!(
            "{} is not in this machine: {} keeps its last layout",
            gpu.uuid,
            file.display()
        ));
    }
    gpus
}
