//! Plans for one GPU, and what came of them.

use std::ops::ControlFlow;
use std::path::PathBuf;

use nvml_mig::apply::{Applied, ApplyError, GpuPlanOptions, GpuTarget};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock};
use tempfile::TempDir;

pub fn layout(text: &str) -> GpuTarget {
    text.parse::<Layout>().unwrap().into()
}

pub fn plan(device: &Device, target: &GpuTarget) -> GpuPlan {
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    GpuPlan::from_device(device, target, options).unwrap()
}

pub fn apply(folder: &TempDir, plans: &[GpuPlan]) -> Result<Applied, ApplyError> {
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(plans, |_| ControlFlow::Continue(()))
}

pub fn set_up(device: &Device, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    apply(&folder, &[plan(device, &layout(text))]).unwrap();
}

/// The journal of a transaction that begins with this GPU.
pub fn journal(folder: &TempDir, device: &Device) -> PathBuf {
    let name = device.uuid().unwrap() + ".journal";
    folder.path().join(name)
}

/// The layout that stands there, with all places.
pub fn there(device: &Device) -> String {
    let model = nvml_mig::plan::GpuModel::read(device).unwrap();
    let present = nvml_mig::plan::PresentGpuInstance::read_all(device).unwrap();
    model.layout_of(&present).to_string()
}
