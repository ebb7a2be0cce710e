//! How long a plan takes, by slices, instances and GPUs.

use std::time::Instant;

use anyhow::{Context, Result};
use nvml_mig::plan::{GpuModel, LayoutGpuInstance, PlanOptions, PresentGpuInstance};
use nvml_mig::{Layout, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

use crate::clock::least;

/// Boards of 4, 8 and 12 slices.
const BOARDS: [&str; 3] = ["a30", "a100-sxm4-40gb", "rtx-pro-6000-bse"];

/// A plan: the board, how many GPU instances are to be made, and the microseconds.
pub type Line = (&'static str, u32, f64);

/// The smallest profile once, twice, and so on, on an empty GPU of each board.
pub fn lines() -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for board in BOARDS {
        let model = model(board)?;
        let smallest = model
            .profiles
            .iter()
            .min_by_key(|profile| profile.memory_mib);
        let smallest = smallest.context("a board without profiles")?;
        for count in 1..=7 {
            let layout: Layout = (0..count)
                .map(|_| LayoutGpuInstance::new(smallest.id))
                .collect();
            if model.plan(&[], &layout, PlanOptions::default()).is_ok() {
                lines.push((board, count, microseconds(&model, &[], &layout)));
            }
        }
    }
    Ok(lines)
}

/// Microseconds to plan `7*1g.5gb` for as many A100s.
pub fn of_gpus(gpus: u32) -> Result<f64> {
    let model = model("a100-sxm4-40gb")?;
    let layout: Layout = "7*1g.5gb".parse()?;
    Ok((0..gpus).map(|_| microseconds(&model, &[], &layout)).sum())
}

fn model(board: &str) -> Result<GpuModel> {
    let simulator = Simulator::builder().gpu(GpuSpec::new(board)).start()?;
    let nvml = Nvml::init_from(simulator.library_path())?;
    Ok(GpuModel::read(&nvml.device_by_index(0)?)?)
}

/// The least of 20.
fn microseconds(model: &GpuModel, present: &[PresentGpuInstance], layout: &Layout) -> f64 {
    let once = || {
        let began = Instant::now();
        let plan = model.plan(present, layout, PlanOptions::default());
        let time = began.elapsed();
        drop(std::hint::black_box(plan));
        time.as_secs_f64() * 1e6
    };
    least((0..20).map(|_| once()))
}
