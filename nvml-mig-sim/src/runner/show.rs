//! Draws the machine for an 80-column terminal.

use clap::Args;
use nvml_mig_sim::machine::{Gpu, Machine};
use nvml_mig_sim::{Caller, MissingSlot, Process};

use super::drawing;
use super::error::Error;
use super::state_option::StateOption;

/// Show the simulated machine: the slices of each GPU, their instances, and the injected faults
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    state: StateOption,
}

impl Show {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let mut store = self.state.open()?;
        let file = store.path().display().to_string();
        let machine = store.read()?;
        let gpus = machine.gpus().iter().map(|gpu| of_gpu(machine, gpu));
        let all: Vec<String> = std::iter::once(of_machine(machine, &file))
            .chain(gpus)
            .collect();
        Ok(all.join("\n"))
    }
}

fn of_machine(machine: &Machine, file: &str) -> String {
    let caller = match machine.caller {
        Caller::Root => "root",
        Caller::Capability => "a user with the mig/config capability",
        Caller::Unprivileged => "a user without privilege",
        Caller::Container => match machine.container_devices().map(<[_]>::len) {
            None => "a container with MIG devices only",
            Some(1) => "a container with one MIG device only",
            Some(_) => "a container with some MIG devices only",
        },
        Caller::NoConfigNode => "a container with CAP_SYS_ADMIN, without the mig/config node",
    };
    let mut text = format!("Simulated machine in {}\n", printable(file));
    text += &format!("Driver {}, called by {caller}\n", machine.driver.text());
    for sentence in machine.faults.sentences() {
        text += &format!("Injected fault: {sentence}\n");
    }
    if machine.log_calls {
        text += "Calls are logged\n";
    }
    if let Some(folder) = &machine.capabilities {
        let folder = printable(&folder.display().to_string());
        text += &format!("Capability files in {folder}\n");
    }
    text
}

fn of_gpu(machine: &Machine, gpu: &Gpu) -> String {
    let what = if gpu.board.provisional {
        "simulated, provisional"
    } else {
        "simulated"
    };
    let mut text = format!("GPU {}: {} ({what})\n", gpu.index, gpu.board.name);
    text += &format!("  {}, {} MiB\n", gpu.uuid_text(), gpu.board.memory_mib);
    text += &mode(gpu);
    if let Some(code) = gpu.refusal {
        text += &format!("  Out of reach: every call about it returns {code}\n");
    }
    if gpu.is_vgpu_host() {
        text += "  A vGPU host\n";
    }
    if gpu.missing_slot == MissingSlot::Three {
        text += "  Slot 3 of the chip is missing\n";
    }
    if gpu.plain_media_names {
        text += "  MIG devices of +me instances are named without +me\n";
    }
    if let Some(count) = gpu.reported_instance_count {
        text += &format!("  Every profile reports instance count {count}\n");
    }
    if gpu.reserved_memory_mib > 0 {
        let reserved = gpu.reserved_memory_mib;
        text += &format!("  The driver reserves {reserved} MiB of its memory\n");
    }
    if gpu.mig_mode.current {
        text += &drawing::of(gpu);
        text += &room(gpu);
    }
    text + &devices(machine, gpu) + &processes(gpu) + &vgpus(gpu)
}

fn mode(gpu: &Gpu) -> String {
    if !gpu.has_mig() {
        return "  Without MIG\n".to_owned();
    }
    let mode = match (gpu.mig_mode.current, gpu.mig_mode.pending) {
        (true, true) => "on",
        (false, false) => "off",
        (true, false) => "on, off after the next reset",
        (false, true) => "off, on after the next reset",
    };
    format!("  MIG mode {mode}\n")
}

/// Lists the GPU instances that still fit.
fn room(gpu: &Gpu) -> String {
    let profiles = gpu.board.profiles.iter();
    let capacities = profiles.map(|profile| (gpu.capacity(profile), profile.name));
    let capacities = capacities.filter(|(capacity, _)| *capacity > 0);
    let items: Vec<String> = capacities
        .map(|(capacity, name)| format!("{capacity} x {}", drawing::short(name)))
        .collect();
    match items.as_slice() {
        [] => "  No room for another GPU instance\n".to_owned(),
        items => wrapped("  Room for ", items),
    }
}

fn devices(machine: &Machine, gpu: &Gpu) -> String {
    let devices = (0..).zip(gpu.mig_devices());
    let lines = devices.map(|(index, device): (u32, _)| {
        let (gpu_instance, compute_instance) = (device.gpu_instance.id, device.compute_instance.id);
        let uuid = device.uuid_text(&machine.driver);
        format!("  MIG device {index}: GI {gpu_instance}, CI {compute_instance}, {uuid}\n")
    });
    lines.collect()
}

fn processes(gpu: &Gpu) -> String {
    gpu.processes.iter().map(of_process).collect()
}

fn vgpus(gpu: &Gpu) -> String {
    let types = gpu.vgpu_types().map_or(&[][..], |all| all.types);
    let lines = gpu.vgpus.iter().map(|vgpu| {
        let mut types = types.iter();
        let known = types.find(|known| known.number == vgpu.vgpu_type);
        let name = known.map_or("unknown type", |known| known.name);
        let place = match vgpu.gpu_instance {
            None => "the GPU".to_owned(),
            Some(id) => format!("GI {id}"),
        };
        format!("  vGPU {}: {name} on {place}\n", vgpu.id)
    });
    lines.collect()
}

fn of_process(process: &Process) -> String {
    let place = match (process.gpu_instance, process.compute_instance) {
        (None, _) => "the GPU".to_owned(),
        (Some(gi), None) => format!("GI {gi}"),
        (Some(gi), Some(ci)) => format!("GI {gi}, CI {ci}"),
    };
    let Process { pid, name, .. } = process;
    let (name, mib) = (printable(name), process.memory_mib);
    format!("  Busy: process {pid} ({name}) on {place}, {mib} MiB\n")
}

/// Escapes control characters, with which a name could change the terminal.
fn printable(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars() {
        match character.is_control() {
            true => printable.extend(character.escape_default()),
            false => printable.push(character),
        }
    }
    printable
}

/// Formats items after a title, in lines of at most 79 characters.
fn wrapped(title: &str, items: &[String]) -> String {
    const WIDTH: usize = 79;
    let indent = title.len();
    let (mut text, mut column) = (title.to_owned(), indent);
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        if column > indent && column + item.len() + 2 > WIDTH {
            text += &format!("\n{:indent$}", "");
            column = indent;
        } else if index > 0 {
            text += " ";
            column += 1;
        }
        text += &format!("{item}{comma}");
        column += item.len() + comma.len();
    }
    text + "\n"
}
