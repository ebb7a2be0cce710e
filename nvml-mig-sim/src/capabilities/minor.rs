//! The minor numbers of capability device nodes, `/dev/nvidia-caps/nvidia-cap<minor>`.

use std::fmt::Write;

pub(super) const CONFIG: u32 = 1;
pub(super) const MONITOR: u32 = 2;

/// Number of GPU instance ids per GPU, and of compute instance ids per GPU instance, that the driver reserves minor
/// numbers for.
const GPU_INSTANCES: u32 = 15;
const COMPUTE_INSTANCES: u32 = 8;

pub(super) const fn of_gpu_instance(gpu: u32, id: u32) -> u32 {
    MONITOR + 1 + (gpu * GPU_INSTANCES + id) * (1 + COMPUTE_INSTANCES)
}

pub(super) const fn of_compute_instance(gpu: u32, gpu_instance: u32, id: u32) -> u32 {
    of_gpu_instance(gpu, gpu_instance) + 1 + id
}

/// Returns the lines of one GPU in `mig-minors`.
pub(super) fn list(gpu: u32) -> String {
    let mut text = String::new();
    for id in 0..GPU_INSTANCES {
        let minor = of_gpu_instance(gpu, id);
        // Writing to a String can't fail.
        let _ = writeln!(text, "gpu{gpu}/gi{id}/access {minor}");
        for inside in 0..COMPUTE_INSTANCES {
            let minor = of_compute_instance(gpu, id, inside);
            let _ = writeln!(text, "gpu{gpu}/gi{id}/ci{inside}/access {minor}");
        }
    }
    text
}
