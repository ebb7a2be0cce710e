//! CUDA compute capabilities.

use serde::{Deserialize, Serialize};

/// A CUDA compute capability, written as `8.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComputeCapability {
    /// The number before the point.
    pub major: u8,
    /// The number after the point.
    pub minor: u8,
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
