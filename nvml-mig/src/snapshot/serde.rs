//! Serializes snapshots, with a version number for compatibility.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{GpuSnapshot, Snapshot};
use crate::plan::format_version;
use crate::quoted::Quoted;

/// Must be increased with every change that an older reader would misread.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename = "Snapshot")]
struct Written<'a> {
    version: u32,
    gpus: &'a [GpuSnapshot],
}

#[derive(Deserialize)]
#[serde(
    rename = "Snapshot",
    deny_unknown_fields,
    expecting = "a snapshot, as an object"
)]
struct Read {
    #[serde(rename = "version", deserialize_with = "version")]
    _version: (),
    gpus: Vec<GpuSnapshot>,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    format_version::expect(deserializer, "snapshot", VERSION)
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (version, gpus) = (VERSION, self.gpus.as_slice());
        Written { version, gpus }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { gpus, .. } = Read::deserialize(deserializer)?;
        let snapshot = Self { gpus };
        snapshot.check().map_err(D::Error::custom)?;
        match snapshot.twice() {
            Some(uuid) => Err(D::Error::custom(format_args!(
                "the snapshot contains GPU {} twice",
                Quoted(&uuid)
            ))),
            None => Ok(snapshot),
        }
    }
}
