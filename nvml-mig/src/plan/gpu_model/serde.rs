//! A GPU model in serde's formats: with its version, so that it can be kept.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{GpuInstanceProfileModel, GpuModel};
use crate::plan::format_version;

/// Changes with everything that an older reader would misread.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename = "GpuModel")]
struct Written<'a> {
    version: u32,
    profiles: &'a [GpuInstanceProfileModel],
    max_gpu_instances: usize,
    max_compute_instances: usize,
}

#[derive(Deserialize)]
#[serde(rename = "GpuModel", deny_unknown_fields)]
pub(super) struct Read {
    #[serde(rename = "version", deserialize_with = "version")]
    _version: (),
    profiles: Vec<GpuInstanceProfileModel>,
    max_gpu_instances: usize,
    max_compute_instances: usize,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    format_version::expect(deserializer, "GPU model", VERSION)
}

impl Serialize for GpuModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            version: VERSION,
            profiles: &self.profiles,
            max_gpu_instances: self.max_gpu_instances,
            max_compute_instances: self.max_compute_instances,
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for GpuModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let model = Self::from(Read::deserialize(deserializer)?);
        model.check().map_err(D::Error::custom)?;
        Ok(model)
    }
}

impl From<Read> for GpuModel {
    fn from(read: Read) -> Self {
        Self::new(read.profiles)
            .with_max_gpu_instances(read.max_gpu_instances)
            .with_max_compute_instances(read.max_compute_instances)
    }
}
