//! Checks that a GPU of a model can have these instances.

use std::collections::BTreeSet;

use super::PresentGpuInstance;
use super::slices::{Place, Slices};
use crate::plan::gpu_model::{GpuModel, is_possible_place, most_instances};
use crate::plan::impossible_gpu::ImpossibleGpu;

/// Checks the model, and that the instances have their own ids and slices within the GPU.
pub(crate) fn check(model: &GpuModel, present: &[PresentGpuInstance]) -> Result<(), ImpossibleGpu> {
    model.check()?;
    check_count("GPU", present.len())?;
    let (mut ids, mut taken, slices) = (BTreeSet::new(), 0, model.memory_slices());
    for instance in present {
        let (id, place) = (instance.id, Place::from(instance.placement()));
        ImpossibleGpu::unless(ids.insert(id), || {
            format!("no GPU has two GPU instances {id}")
        })?;
        ImpossibleGpu::unless(
            is_possible_place(place.start, place.size) && place.end() <= slices,
            || {
                format!(
                    "GPU instance {id} at {place} is not within the {slices} memory slices of the GPU"
                )
            },
        )?;
        take(&mut taken, place, || format!("GPU instance {id}"))?;
        check_inside(instance)?;
    }
    Ok(())
}

fn check_inside(gpu_instance: &PresentGpuInstance) -> Result<(), ImpossibleGpu> {
    let of = gpu_instance.id;
    check_count("compute", gpu_instance.compute_instances().len())?;
    let (mut ids, mut taken) = (BTreeSet::new(), 0);
    for instance in gpu_instance.compute_instances() {
        let (id, place) = (instance.id, Place::from(instance.placement()));
        ImpossibleGpu::unless(ids.insert(id), || {
            format!("no GPU instance has two compute instances {id}, as GPU instance {of}")
        })?;
        // Drivers without placements of compute instances report none.
        if place.size == 0 {
            continue;
        }
        ImpossibleGpu::unless(is_possible_place(place.start, place.size), || {
            format!("no GPU has the compute instance {id} at {place} of GPU instance {of}")
        })?;
        take(&mut taken, place, || {
            format!("compute instance {id} of GPU instance {of}")
        })?;
    }
    Ok(())
}

fn check_count(kind: &str, count: usize) -> Result<(), ImpossibleGpu> {
    let most = most_instances();
    ImpossibleGpu::unless(count <= most, || {
        format!("no GPU has {count} {kind} instances in one list: there are at most {most}")
    })
}

fn take(
    taken: &mut Slices,
    place: Place,
    name: impl FnOnce() -> String,
) -> Result<(), ImpossibleGpu> {
    let slices = place.slices();
    ImpossibleGpu::unless(*taken & slices == 0, || {
        let name = name();
        format!("{name} at {place} overlaps another instance")
    })?;
    *taken |= slices;
    Ok(())
}
