//! Draws the slices of a GPU and their instances.

use super::report::{ComputePart, Gpu, GpuPart, Place};
use crate::drawing::{Drawn, line, numbers};

/// Draws the memory slices with GPU instances, followed by the compute slices of each GPU instance.
pub(crate) fn drawing(gpu: &Gpu) -> String {
    let slices = gpu.memory_slices();
    if slices == 0 {
        return String::new();
    }
    let instances = gpu.gpu_instances().iter();
    let boxes = instances
        .map(|instance| drawn(instance.placement, label(instance)))
        .collect();
    let mut text = format!(
        "\nMemory slices\n  {}\n  {}\n",
        numbers(slices),
        line(slices, boxes)
    );
    for instance in gpu.gpu_instances() {
        text += &compute_drawing(gpu, instance);
    }
    text
}

fn label(instance: &GpuPart) -> String {
    format!("{}: {}", instance.id, instance.profile)
}

fn compute_drawing(gpu: &Gpu, instance: &GpuPart) -> String {
    let slices = gpu.compute_slices(instance);
    let label = |compute_instance: &ComputePart| {
        format!(
            "{}:{}",
            compute_instance.id,
            compute_part(&compute_instance.profile)
        )
    };
    let compute_instances = instance.compute_instances.iter();
    let boxes = compute_instances
        .map(|compute_instance| drawn(compute_instance.placement, label(compute_instance)))
        .collect();
    format!(
        "Compute slices of GPU instance {}\n  {}\n",
        instance.id,
        line(slices, boxes)
    )
}

/// Returns `2c` of `2c.4g.20gb`, or the whole name if it has no such part.
pub(crate) fn compute_part(profile: &str) -> &str {
    profile
        .split('.')
        .next()
        .filter(|inside| inside.ends_with('c'))
        .unwrap_or(profile)
}

fn drawn(place: Place, label: String) -> Drawn {
    Drawn {
        start: place.start,
        size: place.size,
        label,
    }
}
