//! A reference to a board of the catalogue; a stored machine names the board by its key.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::catalogue::{self, Board, GpuInstanceProfile};

/// A board of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct BoardRef(&'static Board);

impl BoardRef {
    /// Returns the board with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        catalogue::find(key).map(Self)
    }

    /// Returns the profile with this ID, the number that create functions take.
    #[must_use]
    pub fn profile_with_id(self, id: u32) -> Option<&'static GpuInstanceProfile> {
        self.0.profiles.iter().find(|profile| profile.id == id)
    }

    /// Returns the profile with this number (`NVML_GPU_INSTANCE_PROFILE_*`).
    #[must_use]
    pub fn profile_with_number(self, number: u32) -> Option<&'static GpuInstanceProfile> {
        let mut profiles = self.0.profiles.iter();
        profiles.find(|profile| profile.profile == number)
    }

    /// Returns the profile of the whole GPU, which has all of its engines.
    #[must_use]
    pub fn whole_gpu_profile(self) -> Option<&'static GpuInstanceProfile> {
        self.0.profiles.iter().max_by_key(|profile| profile.size)
    }
}

impl Deref for BoardRef {
    type Target = Board;

    fn deref(&self) -> &Board {
        self.0
    }
}

impl PartialEq for BoardRef {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for BoardRef {}

impl Serialize for BoardRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.key)
    }
}

impl<'de> Deserialize<'de> for BoardRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::find(&key).ok_or_else(|| D::Error::custom(format!("unknown board `{key}`")))
    }
}
