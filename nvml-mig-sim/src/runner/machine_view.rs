//! Shows a command the files of a machine with NVIDIA's driver, in a mount namespace of its own. Nothing outside this
//! process and its children sees them.

mod driver_files;
mod namespace;
mod nodes;
mod pci_files;
mod stage;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use nvml_mig_sim::machine::Machine;

use super::error::Error;
use stage::Stage;

const DRIVER: &str = "/proc/driver";
const PCI_DEVICES: &str = "/sys/bus/pci/devices";
const DEVICES: &str = "/dev";
const NUMBERS: &str = "/proc/devices";
const MODULES: &str = "/proc/modules";

/// Moves this process into a namespace that shows a machine. `capabilities` is the folder with its capability files,
/// `room` an empty folder to use as a mount point.
pub(super) fn enter(machine: &Machine, capabilities: &Path, room: &Path) -> Result<(), Error> {
    namespace::enter().map_err(Error::NoNamespace)?;
    let stage = Stage::in_folder(room).map_err(Error::NoView)?;
    let shown = show(machine, capabilities, &stage);
    // Removed after a failure too: the mounts made from it stay.
    let left = stage.leave();
    shown.and(left).map_err(Error::NoView)
}

fn show(machine: &Machine, capabilities: &Path, stage: &Stage) -> io::Result<()> {
    let numbers = nodes::Numbers::of_this_kernel(Path::new(NUMBERS))?;
    show_driver(machine, capabilities, stage)?;
    show_pci_devices(machine, stage)?;
    show_nodes(machine, capabilities, &numbers, stage)?;
    stage.show_file("devices", numbers.text(), Path::new(NUMBERS))?;
    show_modules(stage)
}

fn show_driver(machine: &Machine, capabilities: &Path, stage: &Stage) -> io::Result<()> {
    let is_ours = |path: &Path| name_starts_with(path, "nvidia");
    let folder = stage.mirror(Path::new(DRIVER), "driver", is_ours)?;
    stage::write_all(&folder, driver_files::of_machine(machine))?;
    // The simulated library keeps these two in step with the instances.
    for kept in ["nvidia/capabilities", "nvidia-caps"] {
        let source = capabilities.join("driver").join(kept);
        stage::bind_folder(&source, &folder.join(kept))?;
    }
    stage.show(&folder, Path::new(DRIVER))
}

/// Hides the real GPUs, which the simulated library doesn't know.
fn show_pci_devices(machine: &Machine, stage: &Stage) -> io::Result<()> {
    let files = pci_files::of_machine(machine);
    let is_simulated = |path: &Path| {
        let mut names = files.iter().filter_map(|(path, _)| path.parent());
        names.any(|name| path.ends_with(name))
    };
    let hidden = |path: &Path| pci_files::is_from_nvidia(path) || is_simulated(path);
    let target = Path::new(PCI_DEVICES);
    let shown = existing(target)?;
    let folder = stage.mirror(&shown, "pci", hidden)?;
    let inside = target.strip_prefix(&shown).unwrap_or(Path::new(""));
    stage::write_all(&folder.join(inside), files.clone())?;
    stage.show(&folder, &shown)
}

fn show_nodes(
    machine: &Machine,
    capabilities: &Path,
    numbers: &nodes::Numbers,
    stage: &Stage,
) -> io::Result<()> {
    let is_ours = |path: &Path| name_starts_with(path, "nvidia");
    let folder = stage.mirror(Path::new(DEVICES), "nodes", is_ours)?;
    for node in nodes::of_machine(machine, capabilities, numbers)? {
        node.create_in(&folder)?;
    }
    stage.show(&folder, Path::new(DEVICES))
}

/// A kernel without modules lacks the file, and no file can be added to /proc.
fn show_modules(stage: &Stage) -> io::Result<()> {
    match std::fs::read_to_string(MODULES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        found => stage.show_file(
            "modules",
            &driver_files::modules(&found?),
            Path::new(MODULES),
        ),
    }
}

/// Returns a folder, or the nearest of its parents that exists: a kernel without PCI has none for its devices.
fn existing(folder: &Path) -> io::Result<PathBuf> {
    let mut folders = folder
        .ancestors()
        .take_while(|folder| *folder != Path::new("/"));
    let found = folders.find(|folder| folder.is_dir());
    found.map(Path::to_owned).ok_or_else(|| {
        let text = format!("there is no {}", folder.display());
        io::Error::new(io::ErrorKind::NotFound, text)
    })
}

fn name_starts_with(path: &Path, start: &str) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| name.starts_with(start))
}
