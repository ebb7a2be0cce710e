//! Plans for many GPUs, against brute force and against what is known of real GPUs.

#[cfg(feature = "apply")]
mod applied;
mod brute_force;
mod fragmentation;
#[cfg(feature = "json")]
mod json;
mod large_pools;
mod moved_instances;
mod present_instances;
mod refused_requests;

use crate::support::after::after;
use crate::support::brute_force::model_of;
use crate::support::brute_force::pool::pool_of;
use nvml_mig::plan::{GpuInstanceRequest, GpuModel, GpuPool, PlanOptions, PresentGpuInstance};
use nvml_mig_sim::catalogue;

pub(crate) type Gpus<'a> = Vec<(&'a GpuModel, Vec<PresentGpuInstance>)>;

pub(crate) fn model(board: &str) -> GpuModel {
    model_of(catalogue::find(board).unwrap())
}

pub(crate) fn wanted(layout: &str) -> Vec<GpuInstanceRequest> {
    GpuInstanceRequest::all(&layout.parse().unwrap())
}

/// GPUs of a model with these layouts.
pub(crate) fn gpus<'a>(model: &'a GpuModel, layouts: &[&str]) -> Gpus<'a> {
    let there = |layout: &&str| {
        let layout = layout.parse().unwrap();
        after(&model.plan(&[], &layout, PlanOptions::new()).unwrap())
    };
    layouts
        .iter()
        .map(|layout| (model, there(layout)))
        .collect()
}

fn pool(model: &GpuModel, layouts: &[&str]) -> GpuPool {
    pool_of(&gpus(model, layouts))
}

/// Eight GPUs, where five moves make room for 4*2g.20gb and 2*3g.40gb.
pub(crate) const MACHINE: [&str; 8] = [
    "2g.20gb:0, 2g.20gb:2, 1g.10gb:5",
    "3g.40gb:4, 1g.10gb:3, 1g.10gb:1",
    "2g.20gb:0, 1g.10gb:2, 1g.10gb:5",
    "2g.20gb:2, 2g.20gb:0, 1g.10gb:4",
    "3g.40gb:4(1c:2,2c:0), 4g.40gb:0(2c:0,2c:2)",
    "2g.20gb:4, 1g.10gb:0, 1g.10gb:3",
    "2g.20gb:2, 2g.20gb:0, 1g.10gb:6",
    "1g.20gb:6, 2g.20gb:4, 4g.40gb:0",
];
