//! What could still be made on each GPU.

use std::error::Error;

use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use serde_json::{Value, json};

use crate::machine::{MachineOptions, read_each};
use crate::target::each_with_mig;

/// Reads it, as JSON.
///
/// # Errors
///
/// Those of the library, and that of the first GPU if none can be read.
pub(super) fn read_fit(options: &MachineOptions) -> Result<Value, Box<dyn Error>> {
    let machine = options.open()?;
    let rooms = read_each(each_with_mig(&machine, options)?, |device| {
        let model = GpuModel::read(device)?;
        let present = PresentGpuInstance::read_all(device)?;
        let fit = model.fit(&present, PlanOptions::default());
        let profiles = fit.profiles.iter().filter(|profile| profile.count > 0);
        let more: serde_json::Map<String, Value> = profiles
            .map(|profile| (profile.name.to_string(), profile.count.into()))
            .collect();
        Ok(json!({
            "gpu": device.index()?,
            "uuid": device.uuid()?,
            "layout": model.layout_of(&present).to_string(),
            "more": more,
        }))
    })?;
    Ok(rooms.items.into())
}
