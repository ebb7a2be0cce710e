//! Types of the data that serde reads.

use anyhow::{Result, ensure};
use nvml_mig::apply::{Difference, GpuPlanOptions, GpuTarget, Progress};
use nvml_mig::device::{DeviceSelector, DriverVersion, MigModes, PciInfo, ProcessInfo};
use nvml_mig::node::cdi::CdiProblem;
use nvml_mig::node::{CapabilityNode, DeviceNode, MigDeviceNodes, MissingNode};
use nvml_mig::plan::{
    DoesNotFit, Fit, GpuModel, Layout, PlacedGpuInstance, Plan, PlanOptions, PresentGpuInstance,
};
use nvml_mig::profile::{GpuInstanceProfileInfo, ProfileName, ReportedName};
use nvml_mig::snapshot::{GpuSnapshot, Snapshot};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a value, and what it is written as.
fn written_and_read<T: DeserializeOwned + Serialize>(input: &str) -> Result<bool> {
    let Ok(value) = serde_json::from_str::<T>(input) else {
        return Ok(false);
    };
    let written = serde_json::to_string(&value)?;
    let again = serde_json::to_string(&serde_json::from_str::<T>(&written)?)?;
    ensure!(again == written, "{written} is read back as {again}");
    Ok(true)
}

macro_rules! every {
    ($($type:ty)*) => {
        /// Reads one text as each type.
        pub(super) fn parse(input: &str) -> Result<bool> {
            let mut is_accepted = false;
            $(is_accepted |= written_and_read::<$type>(input)?;)*
            Ok(is_accepted)
        }
    };
}

every! {
    CapabilityNode CdiProblem DeviceNode DeviceSelector Difference DoesNotFit DriverVersion Fit GpuInstanceProfileInfo GpuModel
    GpuPlanOptions GpuSnapshot GpuTarget Layout MigDeviceNodes MigModes MissingNode PciInfo PlacedGpuInstance Plan PlanOptions
    PresentGpuInstance ProcessInfo ProfileName Progress ReportedName Snapshot Vec<Layout> Vec<PresentGpuInstance>
}
