//! The files of GPUs under `/sys/bus/pci/devices`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use nvml_mig_sim::machine::{Gpu, Machine};

/// NVIDIA's vendor ID.
const VENDOR: &str = "0x10de";
/// A 3D controller, as in the simulated library.
const CLASS: &str = "0x030200";
const MIB: u64 = 1 << 20;
/// Flags of a register window, and of a 64-bit window that may be prefetched (`IORESOURCE_*` of Linux).
const REGISTERS: u64 = 0x40200;
const PREFETCHED: u64 = 0x14_220c;
/// Rows of `resource`: six windows, the ROM and six of a bridge.
const RESOURCES: usize = 13;

/// Returns the files, relative to `/sys/bus/pci/devices`, and their contents.
pub(super) fn of_machine(machine: &Machine) -> Vec<(PathBuf, String)> {
    machine.gpus().iter().flat_map(of_gpu).collect()
}

/// Returns a GPU's address as Linux writes it.
pub(super) fn address(gpu: &Gpu) -> String {
    format!("0000:{:02x}:00.0", gpu.pci_bus())
}

/// Whether the device with this folder is NVIDIA's.
pub(super) fn is_from_nvidia(folder: &Path) -> bool {
    let vendor = fs::read_to_string(folder.join("vendor"));
    vendor.is_ok_and(|vendor| vendor.trim_end() == VENDOR)
}

/// The subsystem is that of the simulated library. A NUMA node of -1 is usual on a machine with a single node.
fn of_gpu(gpu: &Gpu) -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(address(gpu));
    let device = gpu.board.pci_device_id >> 16;
    let files = [
        ("vendor", format!("{VENDOR}\n")),
        ("device", format!("0x{device:04x}\n")),
        ("class", format!("{CLASS}\n")),
        ("subsystem_vendor", "0x0000\n".to_owned()),
        ("subsystem_device", "0x0000\n".to_owned()),
        ("numa_node", "-1\n".to_owned()),
        ("resource", resource(gpu)),
    ];
    files.map(|(name, text)| (folder.join(name), text)).into()
}

/// Returns the GPU's windows: registers (BAR0), memory (BAR1) and more registers (BAR3). The size of BAR1 is the
/// board's; the other sizes and all addresses are made up.
fn resource(gpu: &Gpu) -> String {
    let index = u64::from(gpu.index);
    let mut rows = [(0, 0, 0); RESOURCES];
    let far = (1 + index) << 40;
    rows[0] = window(0x8000_0000 + index * 16 * MIB, 16 * MIB, REGISTERS);
    rows[1] = window(far, gpu.board.bar1_mib * MIB, PREFETCHED);
    rows[3] = window(far + (far >> 1), 32 * MIB, PREFETCHED);
    let mut text = String::new();
    for (start, end, flags) in rows {
        // Writing to a String can't fail.
        let _ = writeln!(text, "0x{start:016x} 0x{end:016x} 0x{flags:016x}");
    }
    text
}

/// Returns the first and last address of a window and its flags.
const fn window(start: u64, size: u64, flags: u64) -> (u64, u64, u64) {
    match size {
        0 => (0, 0, 0),
        _ => (start, start + size - 1, flags),
    }
}
