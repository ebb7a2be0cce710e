//! Checks that a machine can have a snapshot.

use super::{GpuSnapshot, Snapshot};
use crate::plan::{ImpossibleGpu, PlacedGpuInstance, is_possible_place, most_instances};
use crate::query::{MOST_GPUS, MOST_MIG_DEVICES};
use crate::quoted::Quoted;

impl Snapshot {
    /// Fails if the snapshot has more GPUs, instances or slices than any machine.
    pub(super) fn check(&self) -> Result<(), ImpossibleGpu> {
        check_count("a machine", "GPUs", self.gpus.len(), limit(MOST_GPUS))?;
        self.gpus.iter().try_for_each(check_gpu)
    }
}

fn check_gpu(gpu: &GpuSnapshot) -> Result<(), ImpossibleGpu> {
    let of = format!("GPU {}", Quoted(&gpu.uuid));
    let count = gpu.mig_devices.len();
    check_count(&of, "MIG devices", count, limit(MOST_MIG_DEVICES))?;
    let count = gpu.gpu_instances.len();
    check_count(&of, "GPU instances", count, most_instances())?;
    let mut instances = gpu.gpu_instances.iter();
    instances.try_for_each(|instance| check_gpu_instance(&of, instance))
}

fn check_gpu_instance(of: &str, instance: &PlacedGpuInstance) -> Result<(), ImpossibleGpu> {
    let place = instance.placement;
    ImpossibleGpu::unless(is_possible_place(place.start, place.size), || {
        format!("no GPU has a GPU instance at {place}, as {of}")
    })?;
    let count = instance.compute_instances.len();
    check_count(
        of,
        "compute instances in one GPU instance",
        count,
        most_instances(),
    )
}

fn check_count(of: &str, what: &str, count: usize, most: usize) -> Result<(), ImpossibleGpu> {
    ImpossibleGpu::unless(count <= most, || {
        format!("{of} can't have {count} {what}: there are at most {most}")
    })
}

fn limit(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}
