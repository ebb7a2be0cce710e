//! Capability files: the files under `/proc` that tell containers which device node grants access to which instance.
//! They are kept in a folder that stands in for `/proc`, and follow the instances of a machine.

mod minor;
mod tree;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::machine::{Gpu, Machine};
use tree::Tree;
pub(crate) use tree::VIEW_FOLDER;

/// `mig/config`: only the owner of the file may configure MIG.
const CONFIG_MODE: u32 = 0o400;
/// All other capabilities: everybody may use and monitor instances.
const OTHER_MODE: u32 = 0o444;

/// Updates the capability files of a machine, if it keeps any. This also cleans up after a crash.
///
/// # Errors
///
/// The operating system's error if a file can't be written or removed.
pub(crate) fn bring_in_step(machine: &Machine) -> io::Result<()> {
    match &machine.capabilities {
        Some(folder) => tree_of(machine).write_in(folder),
        None => Ok(()),
    }
}

/// Requires that the folder of a machine's capability files, if it keeps any, is safe to empty.
///
/// # Errors
///
/// The operating system's error, or the reason.
pub(crate) fn require_own(machine: &Machine) -> io::Result<()> {
    let folder = machine.capabilities.as_deref();
    folder.map_or(Ok(()), tree::require_own)
}

/// Removes all capability files from a folder.
///
/// # Errors
///
/// The operating system's error if a file can't be removed.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    Tree::default().write_in(folder)
}

fn tree_of(machine: &Machine) -> Tree {
    let mig = Path::new(tree::CAPABILITIES).join("mig");
    let mut files = BTreeMap::from([
        (tree::MIG_MINORS.into(), minor_list(machine)),
        (mig.join("config"), access(minor::CONFIG, CONFIG_MODE)),
        (mig.join("monitor"), access(minor::MONITOR, OTHER_MODE)),
    ]);
    for gpu in machine.gpus() {
        files.extend(instance_files(gpu));
    }
    let folders = machine.gpus().iter().map(folder_of).collect();
    Tree { folders, files }
}

/// Lists the minor numbers of all possible instances, whether they exist or not.
fn minor_list(machine: &Machine) -> String {
    let mut text = format!("config {}\nmonitor {}\n", minor::CONFIG, minor::MONITOR);
    for gpu in machine.gpus() {
        text.push_str(&minor::list(gpu.minor_number()));
    }
    text
}

fn folder_of(gpu: &Gpu) -> PathBuf {
    let name = format!("gpu{}", gpu.minor_number());
    Path::new(tree::CAPABILITIES).join(name).join("mig")
}

/// Returns two files with the same contents for each instance of a GPU.
fn instance_files(gpu: &Gpu) -> impl Iterator<Item = (PathBuf, String)> {
    let number = gpu.minor_number();
    gpu.gpu_instances.iter().flat_map(move |gpu_instance| {
        let id = gpu_instance.id;
        let folder = folder_of(gpu).join(format!("gi{id}"));
        let minor = minor::of_gpu_instance(number, id);
        let own = (folder.join("access"), access(minor, OTHER_MODE));
        let inside = gpu_instance.compute_instances.iter();
        let inside = inside.map(move |compute_instance| {
            let minor = minor::of_compute_instance(number, id, compute_instance.id);
            let folder = folder.join(format!("ci{}", compute_instance.id));
            (folder.join("access"), access(minor, OTHER_MODE))
        });
        std::iter::once(own).chain(inside)
    })
}

/// Returns the contents of a capability's file.
fn access(minor: u32, mode: u32) -> String {
    format!("DeviceFileMinor: {minor}\nDeviceFileMode: {mode}\nDeviceFileModify: 1\n")
}
