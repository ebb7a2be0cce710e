//! Formats a report as tables for people.

use std::fmt::Write;

use crate::report::{ComputePart, Gpu, GpuPart, Mig, Place, Profile, UnreadableGpu};

/// Formats a GPU with its MIG devices, profiles and instances.
pub(crate) fn tables(gpu: &Gpu) -> String {
    let mut text = head(gpu);
    text += &section("GPU instance profiles", &profiles(&gpu.profiles));
    text += &match &gpu.gpu_instances {
        None => section("MIG devices", &mig_devices(&gpu.mig_devices)),
        Some(instances) => {
            let inside = compute_instances(instances);
            section("GPU instances", &gpu_instances(instances))
                + &section("Compute instances and MIG devices", &inside)
        }
    };
    text + &unread(gpu)
}

/// Formats a line for each MIG device that can't be read, and for what else is missing.
pub(crate) fn unread(gpu: &Gpu) -> String {
    let missing = gpu.missing.to_string();
    let space = if missing.is_empty() { "" } else { "\n" };
    unreadable_mig_devices(gpu) + space + &missing
}

fn unreadable_mig_devices(gpu: &Gpu) -> String {
    let all = gpu.unreadable_mig_devices.iter();
    let lines = all.map(|one| format!("MIG device {}: can't be read: {}\n", one.index, one.error));
    let lines: String = lines.collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

/// Formats a GPU that can't be read.
pub(crate) fn unreadable(gpu: &UnreadableGpu) -> String {
    format!("{}: can't be read: {}\n", gpu.gpu, gpu.error)
}

fn head(gpu: &Gpu) -> String {
    let mode = match &gpu.mig_mode {
        None => "none on this GPU".to_owned(),
        Some(modes) if modes.current == modes.pending => modes.current.clone(),
        Some(modes) => format!(
            "{}, {} after the next GPU reset",
            modes.current, modes.pending
        ),
    };
    let Gpu {
        index,
        name,
        uuid,
        pci_bus_id,
        ..
    } = gpu;
    format!("GPU {index}: {name} (UUID: {uuid}), PCI {pci_bus_id}, MIG mode: {mode}\n")
}

fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.len() < 2 {
        return String::new();
    }
    format!("\n{title}\n{}", aligned(rows))
}

/// Formats rows as lines with aligned columns; the first row is the header.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(String::len)
            .max()
    };
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {}", line.trim_end());
    }
    text
}

fn row<const N: usize>(cells: [&dyn ToString; N]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

fn profiles(profiles: &[Profile]) -> Vec<Vec<String>> {
    let head = row([
        &"profile",
        &"id",
        &"free/total",
        &"slices",
        &"memory MiB",
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

fn mig_devices(mig_devices: &[Mig]) -> Vec<Vec<String>> {
    let head = row([
        &"index",
        &"GPU instance",
        &"compute instance",
        &"name",
        &"used/total MiB",
        &"UUID",
    ]);
    let mut rows = vec![head];
    rows.extend(mig_devices.iter().map(|device| {
        row([
            &device.index,
            &device.gpu_instance,
            &device.compute_instance,
            &device.name,
            &memory(device),
            &device.uuid,
        ])
    }));
    rows
}

fn compute_instances(instances: &[GpuPart]) -> Vec<Vec<String>> {
    let head = row([
        &"GPU instance",
        &"id",
        &"profile",
        &"profile id",
        &"placement",
        &"MIG device",
        &"used/total MiB",
        &"UUID",
    ]);
    let mut rows = vec![head];
    for instance in instances {
        rows.extend(
            instance
                .compute_instances
                .iter()
                .map(|compute_instance| compute_row(instance, compute_instance)),
        );
    }
    rows
}

/// Formats used and total memory: `6/11968`.
fn memory(device: &Mig) -> String {
    let (used, total) = (known(device.used_memory_mib), known(device.memory_mib));
    format!("{used}/{total}")
}

fn compute_row(parent: &GpuPart, compute_instance: &ComputePart) -> Vec<String> {
    let device = compute_instance.mig_device.as_ref();
    let index = device.map_or("-".to_owned(), |device| device.index.to_string());
    let uuid = device.map_or("-", |device| device.uuid.as_str());
    let memory = device.map_or("-".to_owned(), memory);
    row([
        &parent.id,
        &compute_instance.id,
        &compute_instance.profile,
        &compute_instance.profile_id,
        &place(compute_instance.placement),
        &index,
        &memory,
        &uuid,
    ])
}
