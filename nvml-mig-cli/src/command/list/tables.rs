//! Formats a report as tables for people.

use crate::drawing::{table, wrapped};

use super::report::{ComputePart, Gpu, GpuPart, Mig, Place, Profile, UnreadableGpu};

/// Formats a GPU with its MIG devices, profiles and instances.
pub(crate) fn tables(gpu: &Gpu) -> String {
    let mut text = head(gpu);
    text += &section("GPU instance profiles", &profiles(&gpu.profiles));
    text += &section("GPU instances", &gpu_instances(gpu.gpu_instances()));
    let inside = compute_instances(gpu.gpu_instances());
    text += &section("Compute instances", &inside);
    text += &section("MIG devices", &mig_devices(gpu));
    text + &unread(gpu)
}

/// Formats a line for each MIG device that can't be read, and for what else is missing.
pub(crate) fn unread(gpu: &Gpu) -> String {
    let missing = wrapped(&gpu.missing.to_string());
    let space = if missing.is_empty() { "" } else { "\n" };
    unreadable_mig_devices(gpu) + space + &missing
}

fn unreadable_mig_devices(gpu: &Gpu) -> String {
    let all = gpu.unreadable_mig_devices.iter();
    let lines = all.map(|one| {
        wrapped(&format!(
            "MIG device {}: can't be read: {}\n",
            one.index, one.error
        ))
    });
    let lines: String = lines.collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

/// Formats a GPU that can't be read.
pub(crate) fn unreadable(gpu: &UnreadableGpu) -> String {
    wrapped(&format!("{}: can't be read: {}\n", gpu.gpu, gpu.error))
}

fn head(gpu: &Gpu) -> String {
    let mode = match &gpu.mig_mode {
        None => "no MIG".to_owned(),
        Some(modes) if modes.current == modes.pending => format!("MIG {}", modes.current),
        Some(modes) => format!("MIG {}, {} is pending", modes.current, modes.pending),
    };
    let Gpu {
        index,
        name,
        uuid,
        pci_bus_id,
        ..
    } = gpu;
    format!("GPU {index}: {name}\n  {uuid}, PCI {pci_bus_id}\n  {mode}\n")
}

fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.len() < 2 {
        return String::new();
    }
    format!("\n{title}\n{}", table(rows))
}

fn row<const N: usize>(cells: [&dyn ToString; N]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

fn profiles(profiles: &[Profile]) -> Vec<Vec<String>> {
    let head = row([
        &"profile",
        &"id",
        &"free",
        &"slices",
        &"MiB",
        &"SM",
        &"CE",
        &"DEC",
        &"ENC",
        &"JPEG",
        &"OFA",
        &"P2P",
        &"placements",
    ]);
    let mut rows = vec![head];
    rows.extend(profiles.iter().map(|profile| {
        row([
            &profile.name,
            &profile.id,
            &format!("{}/{}", known(profile.free), profile.total),
            &profile.slices,
            &profile.memory_mib,
            &profile.multiprocessors,
            &profile.copy_engines,
            &profile.decoders,
            &profile.encoders,
            &profile.jpeg,
            &profile.ofa,
            &if profile.p2p { "yes" } else { "no" },
            &known(profile.placements.as_deref().map(places)),
        ])
    }));
    rows
}

/// Formats what may be unknown.
fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

/// Formats placements like nvidia-smi: `{0,4}:4`.
fn places(placements: &[Place]) -> String {
    let starts: Vec<String> = placements
        .iter()
        .map(|place| place.start.to_string())
        .collect();
    let size = placements.first().map_or(0, |place| place.size);
    format!("{{{}}}:{size}", starts.join(","))
}

fn place(place: Place) -> String {
    format!("{}:{}", place.start, place.size)
}

fn gpu_instances(instances: &[GpuPart]) -> Vec<Vec<String>> {
    let mut rows = vec![row([&"id", &"profile", &"profile id", &"placement"])];
    rows.extend(instances.iter().map(|instance| {
        row([
            &instance.id,
            &instance.profile,
            &instance.profile_id,
            &place(instance.placement),
        ])
    }));
    rows
}

fn compute_instances(instances: &[GpuPart]) -> Vec<Vec<String>> {
    let mut rows = vec![row([
        &"id",
        &"profile",
        &"profile id",
        &"placement",
        &"used/total MiB",
    ])];
    for instance in instances {
        let inside = instance.compute_instances.iter();
        rows.extend(inside.map(|inside: &ComputePart| {
            let memory = inside.mig_device.as_ref().map(memory);
            row([
                &format!("{}/{}", instance.id, inside.id),
                &inside.profile,
                &inside.profile_id,
                &place(inside.placement),
                &memory.unwrap_or_else(|| "-".to_owned()),
            ])
        }));
    }
    rows
}

/// Where instances can't be listed, their memory is here.
fn mig_devices(gpu: &Gpu) -> Vec<Vec<String>> {
    let with_memory = gpu.gpu_instances.is_none();
    let third = if with_memory {
        "used/total MiB"
    } else {
        "instance"
    };
    let mut rows = vec![row([&"index", &"profile", &third, &"UUID"])];
    rows.extend(gpu.mig_devices.iter().map(|device| {
        let name = device.name.split(" MIG ").last();
        let ids = format!("{}/{}", device.gpu_instance, device.compute_instance);
        row([
            &device.index,
            &name.unwrap_or(&device.name),
            &if with_memory { memory(device) } else { ids },
            &device.uuid,
        ])
    }));
    rows
}

/// Formats used and total memory: `6/11968`.
fn memory(device: &Mig) -> String {
    let (used, total) = (known(device.used_memory_mib), known(device.memory_mib));
    format!("{used}/{total}")
}
