//! The slices of a GPU, with what stands on them.

use crate::report::{ComputePart, Gpu, GpuPart, Place};

/// Characters that a slice is wide; a GPU of 12 slices still fits into 80 columns.
const SLICE: usize = 6;

/// Memory slices with GPU instances, and below, for each GPU instance, its compute slices.
pub(crate) fn drawing(gpu: &Gpu) -> String {
    let places = gpu.profiles.iter().flat_map(|profile| &profile.placements);
    let slices = places
        .map(|place| place.start + place.size)
        .max()
        .unwrap_or(0);
    if slices == 0 {
        return String::new();
    }
    let numbers: String = (0..slices)
        .map(|slice| format!("{slice:<SLICE$}"))
        .collect();
    let instances = gpu.gpu_instances.iter();
    let boxes = instances
        .map(|instance| (instance.placement, label(instance)))
        .collect();
    let mut text = format!(
        "\nMemory slices\n  {}\n  {}\n",
        numbers.trim_end(),
        line(slices, boxes)
    );
    for instance in &gpu.gpu_instances {
        text += &compute_drawing(gpu, instance);
    }
    text
}

fn label(instance: &GpuPart) -> String {
    format!("{}: {}", instance.id, instance.profile)
}

fn compute_drawing(gpu: &Gpu, instance: &GpuPart) -> String {
    let profile = gpu
        .profiles
        .iter()
        .find(|profile| profile.id == instance.profile_id);
    let ends = instance
        .compute_instances
        .iter()
        .map(|made| made.placement.start + made.placement.size);
    let slices = profile
        .map_or(0, |profile| profile.slices)
        .max(ends.max().unwrap_or(0));
    let label = |made: &ComputePart| format!("{}:{}", made.id, compute_part(&made.profile));
    let made = instance.compute_instances.iter();
    let boxes = made.map(|made| (made.placement, label(made))).collect();
    format!(
        "Compute slices of GPU instance {}\n  {}\n",
        instance.id,
        line(slices, boxes)
    )
}

/// `2c` of `2c.4g.20gb`; all of a name that has no such part.
fn compute_part(profile: &str) -> &str {
    profile
        .split('.')
        .next()
        .filter(|part| part.ends_with('c'))
        .unwrap_or(profile)
}

/// A line of boxes; slices that no box takes are drawn one by one as free.
fn line(slices: u32, mut boxes: Vec<(Place, String)>) -> String {
    boxes.sort_by_key(|(place, _)| place.start);
    let mut text = String::new();
    let mut next = 0;
    for (place, label) in boxes {
        text += &free(next, place.start);
        text += &filled(place.size, &label);
        next = place.start + place.size;
    }
    text + &free(next, slices)
}

fn free(from: u32, to: u32) -> String {
    (from..to).map(|_| filled(1, "free")).collect()
}

/// A box of `size` slices. A label that does not fit is cut off, at best behind the instance's id.
fn filled(size: u32, label: &str) -> String {
    let width = (SLICE * usize::try_from(size).unwrap_or(1)).saturating_sub(2);
    let id = label.split(':').next().unwrap_or(label);
    let text = if label.len() <= width { label } else { id };
    format!("[{text:^width$.width$}]")
}
