//! Plans, against brute force and against what is known of real GPUs.

mod brute_force;
#[cfg(feature = "serde")]
mod json;
mod kept_instances;
mod mig_devices;
mod profile_names;
mod reasons;
mod user_guide;

use crate::support::after::after;
use crate::support::brute_force::model_of;
use crate::support::chain::chain;
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig_sim::catalogue;

fn model(board: &str) -> GpuModel {
    model_of(catalogue::find(board).unwrap())
}

/// What is there on a GPU that got this layout when it was empty.
fn there(model: &GpuModel, layout: &str) -> Vec<PresentGpuInstance> {
    let layout = layout.parse().unwrap();
    after(&model.plan(&[], &layout, PlanOptions::default()).unwrap())
}

/// Plans on an A100 of 40 GB, and gives what is planned, or the reason why not.
fn answer(present: &[PresentGpuInstance], layout: &str) -> String {
    on("a100-sxm4-40gb", present, layout, PlanOptions::default())
}

fn on(board: &str, present: &[PresentGpuInstance], layout: &str, options: PlanOptions) -> String {
    match model(board).plan(present, &layout.parse().unwrap(), options) {
        Ok(plan) => plan.to_string(),
        Err(error) => chain(&error),
    }
}
