//! A GPU model as JSON.

use super::GpuModel;
use super::serde::{Read, VERSION};
use crate::plan::format_version;
use crate::plan::impossible_gpu::ImpossibleGpu;
use crate::plan::json_text;

/// An invalid GPU model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuModelError {
    /// The text is not the JSON of a GPU model; the source contains line and column.
    #[error("the text is not a GPU model")]
    Json(#[from] serde_json::Error),
    /// This crate does not know the version.
    #[error("the GPU model has version {found}, but this program reads version {VERSION}")]
    #[non_exhaustive]
    Version {
        /// Version of the GPU model.
        found: u32,
    },
    /// No GPU can have the model.
    #[error("the text is not the model of any GPU")]
    Impossible(#[from] ImpossibleGpu),
}

/// # JSON
impl GpuModel {
    /// Converts the model to JSON, with a version.
    ///
    /// # Errors
    ///
    /// [`GpuModelError::Json`] with errors of `serde_json`; there are none for a model.
    pub fn to_json(&self) -> Result<String, GpuModelError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Reads a model that [`to_json`](Self::to_json) wrote.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::plan::{GpuModel, PlanOptions};
    ///
    /// let json = GpuModel::read(&device)?.to_json()?;
    /// // On a machine without GPU:
    /// let model = GpuModel::from_json(&json)?;
    /// let plan = model.plan(&[], &"2g.12gb, 2*1g.6gb".parse()?, PlanOptions::new())?;
    /// # assert_eq!(plan.gpu_instances.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GpuModelError`] for a text that is no GPU model of a version that this crate knows, is longer than 4 MiB, or fails
    /// [`check`](Self::check).
    pub fn from_json(text: &str) -> Result<Self, GpuModelError> {
        let found = format_version::in_json(text)?;
        if found != VERSION {
            return Err(GpuModelError::Version { found });
        }
        let model = Self::from(json_text::read::<Read>(text)?);
        model.check()?;
        Ok(model)
    }
}
