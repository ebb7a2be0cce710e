//! CUDA compute capabilities.

use serde::{Deserialize, Serialize};

use crate::catalogue::Architecture;

/// A CUDA compute capability, written as `8.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComputeCapability {
    /// The number before the point.
    pub major: u8,
    /// The number after the point.
    pub minor: u8,
}

impl ComputeCapability {
    /// Returns the chip generation in the catalogue that is most like one with this capability.
    #[must_use]
    pub const fn likely_architecture(self) -> Architecture {
        match (self.major, self.minor) {
            (..8, _) => Architecture::Turing,
            (8, 9) => Architecture::Ada,
            (8, _) => Architecture::Ampere,
            (9, _) => Architecture::Hopper,
            (10.., _) => Architecture::Blackwell,
        }
    }
}

impl TryFrom<String> for ComputeCapability {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.');
        parts
            .and_then(|(major, minor)| {
                Some(Self {
                    major: major.parse().ok()?,
                    minor: minor.parse().ok()?,
                })
            })
            .ok_or_else(|| format!("`{text}` is not a compute capability such as 8.0"))
    }
}

impl From<ComputeCapability> for String {
    fn from(ComputeCapability { major, minor }: ComputeCapability) -> Self {
        format!("{major}.{minor}")
    }
}
