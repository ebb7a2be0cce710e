//! Names of profiles, and layouts.

use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use nvml_mig::plan::{GpuModel, Layout};
use nvml_mig::profile::{ProfileName, ReportedName};
use nvml_mig_sim::catalogue;
use nvml_mig_testing::brute_force::model_of;

use crate::checks;

static A30: LazyLock<Option<GpuModel>> = LazyLock::new(|| catalogue::find("a30").map(model_of));

pub(super) fn parse_layout(text: &str) -> Result<bool> {
    checks::printed_and_read::<Layout>(text)
}

pub(super) fn parse_profile_name(text: &str) -> Result<bool> {
    let is_name = checks::printed_and_read::<ProfileName>(text)?;
    ensure!(ReportedName::from(text).as_str() == text);
    let model = A30.as_ref().context("no A30")?;
    if let Err(problem) = model.profile_by_name(text) {
        checks::refused(&problem)?;
    }
    Ok(is_name)
}
