//! The files of NVIDIA's driver under `/proc/driver`, apart from the capability files, and its kernel modules.

use std::path::{Path, PathBuf};

use nvml_mig_sim::machine::{Gpu, Machine};

use super::pci_files;

/// The driver's modules as in `/proc/modules`: name, size, users. The sizes are unknown.
const MODULES: &str = "\
nvidia_uvm 0 0 - Live 0x0000000000000000 (PO)
nvidia_modeset 0 0 - Live 0x0000000000000000 (PO)
nvidia 0 2 nvidia_uvm,nvidia_modeset, Live 0x0000000000000000 (PO)
";

/// Returns the files, relative to `/proc/driver`, and their contents.
pub(super) fn of_machine(machine: &Machine) -> impl Iterator<Item = (PathBuf, String)> {
    let version = format!(
        "NVRM version: NVIDIA UNIX {} Kernel Module  {}  simulated by nvml-mig-sim\n",
        std::env::consts::ARCH,
        machine.driver.text()
    );
    let gpus = machine.gpus().iter().map(|gpu| {
        let folder = Path::new("nvidia/gpus").join(pci_files::address(gpu));
        (folder.join("information"), information(gpu))
    });
    std::iter::once((PathBuf::from("nvidia/version"), version)).chain(gpus)
}

/// The driver itself writes question marks for a video BIOS that it doesn't know.
fn information(gpu: &Gpu) -> String {
    let rows = [
        ("Model:", "\t\t", gpu.board.name.to_owned()),
        ("GPU UUID:", "\t", gpu.uuid_text()),
        ("Video BIOS:", "\t", "??.??.??.??.??".to_owned()),
        ("Bus Type:", "\t", "PCIe".to_owned()),
        ("Bus Location:", "\t", pci_files::address(gpu)),
        ("Device Minor:", "\t", gpu.minor_number().to_string()),
        ("GPU Excluded:", "\t", "No".to_owned()),
    ];
    rows.map(|(name, gap, value)| format!("{name} {gap} {value}\n"))
        .concat()
}

/// Adds the driver's modules to the text of `/proc/modules`, in place of those of a real driver.
pub(super) fn modules(found: &str) -> String {
    let others = found.lines().filter(|line| !line.starts_with("nvidia"));
    let others = others.flat_map(|line| [line, "\n"]);
    std::iter::once(MODULES).chain(others).collect()
}
