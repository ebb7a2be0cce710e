//! Models of GPUs as JSON, and what is planned with them.

use anyhow::{Result, ensure};
use nvml_mig::plan::{GpuModel, Layout, LayoutGpuInstance, PlanOptions};
use nvml_mig_testing::after::after;

use crate::checks;

pub(super) fn parse(text: &str) -> Result<bool> {
    let model = match GpuModel::from_json(text) {
        Ok(model) => model,
        Err(problem) => return checks::refused(&problem),
    };
    ensure!(GpuModel::from_json(&model.to_json()?)? == model);
    plan(&model)?;
    Ok(true)
}

/// Three instances of the first profile, on the empty GPU and again.
fn plan(model: &GpuModel) -> Result<()> {
    let Some(profile) = model.profiles.first() else {
        return Ok(());
    };
    let layout: Layout = [profile.id; 3]
        .map(LayoutGpuInstance::new)
        .into_iter()
        .collect();
    let present = match model.plan(&[], &layout, PlanOptions::new()) {
        Ok(plan) => after(&plan),
        Err(problem) => {
            checks::refused(&problem)?;
            Vec::new()
        }
    };
    if let Err(problem) = model.plan(&present, &layout, PlanOptions::new()) {
        checks::refused(&problem)?;
    }
    let fit = model.fit(&present, PlanOptions::new());
    ensure!(fit.best_room >= fit.room);
    Ok(())
}
