//! Checkpoints of mig-parted: the partitioning of a machine as `nvidia-mig-parted checkpoint` writes it.

use nvml_mig::apply::{GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::{Layout, LayoutComputeInstance, LayoutGpuInstance};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfile};
use nvml_mig::{Device, Error, GpuPlan, Nvml};
use serde::Deserialize;

/// The names are those of Go's fields, which its versions write differently.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Checkpoint {
    version: String,
    mig_state: MigState,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "PascalCase",
    expecting = "MigState, an object with Devices"
)]
struct MigState {
    devices: Vec<DeviceState>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a GPU, as an object")]
struct DeviceState {
    #[serde(rename = "UUID")]
    uuid: String,
    /// 0 is off, 1 is on.
    mig_mode: u32,
    #[serde(default)]
    gpu_instances: Option<Vec<GpuInstanceState>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a GPU instance, as an object")]
struct GpuInstanceState {
    /// The number in nvml.h, not the ID.
    #[serde(alias = "ProfileID")]
    profile_id: u32,
    placement: Placement,
    #[serde(default)]
    compute_instances: Option<Vec<ComputeInstanceState>>,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "PascalCase",
    expecting = "a placement, as an object with Start"
)]
struct Placement {
    start: u32,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "PascalCase",
    expecting = "a compute instance, as an object"
)]
struct ComputeInstanceState {
    /// The number in nvml.h, which is the ID too.
    #[serde(alias = "ProfileID")]
    profile_id: u32,
}

impl Checkpoint {
    /// Reads the JSON of a checkpoint.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong.
    pub(crate) fn read(json: serde_json::Value) -> Result<Self, String> {
        let checkpoint = Self::deserialize(json);
        let checkpoint = checkpoint
            .map_err(|error| format!("the checkpoint is not as mig-parted writes it: {error}"))?;
        match checkpoint.version.as_str() {
            "v1" => Ok(checkpoint),
            other => Err(format!(
                "the version of the checkpoint is '{}', and only v1 is known",
                other.escape_debug()
            )),
        }
    }

    /// Returns the UUID of each GPU, and whether its MIG mode is on.
    pub(crate) fn modes(&self) -> impl Iterator<Item = (&str, bool)> {
        let states = self.mig_state.devices.iter();
        states.map(|state| (state.uuid.as_str(), state.mig_mode != 0))
    }

    /// Returns a plan for each GPU, with its UUID.
    pub(crate) fn plans<'a>(
        &'a self,
        nvml: &'a Nvml,
        options: &'a GpuPlanOptions,
    ) -> impl Iterator<Item = (String, Result<GpuPlan, GpuPlanError>)> + 'a {
        self.mig_state.devices.iter().map(move |state| {
            let wanted = nvml.device_by_uuid(&state.uuid).and_then(|device| {
                let target = state.target(&device)?;
                Ok((device, target))
            });
            let plan = wanted
                .map_err(|error| GpuPlanError::new(Some(state.uuid.clone()), error.into()))
                .and_then(|(gpu, target)| GpuPlan::from_device(&gpu, target, options.clone()));
            (state.uuid.clone(), plan)
        })
    }
}

impl DeviceState {
    fn target(&self, device: &Device) -> Result<GpuTarget, Error> {
        if self.mig_mode == 0 {
            return Ok(GpuTarget::MigDisabled);
        }
        let instances = self.gpu_instances.iter().flatten();
        let instances = instances.map(|instance| instance.entry(device));
        Ok(instances.collect::<Result<Layout, Error>>()?.into())
    }
}

impl GpuInstanceState {
    /// mig-parted does not say where the compute instances are, and leaves that to the driver.
    fn entry(&self, device: &Device) -> Result<LayoutGpuInstance, Error> {
        let profile = GpuInstanceProfile::from_number(self.profile_id);
        let profile = device.gpu_instance_profile(profile)?;
        let inside = self.compute_instances.iter().flatten();
        let inside = inside.map(|inside| {
            LayoutComputeInstance::id(ComputeInstanceProfileId::new(inside.profile_id))
        });
        Ok(LayoutGpuInstance::new(profile.id)
            .with_start(self.placement.start)
            .with_compute_instances(inside))
    }
}
