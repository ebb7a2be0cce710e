//! Placements, written as by `nvidia-smi mig -lgipp`.

use serde::{Deserialize, Serialize};

/// The possible placements of a profile, written as `{0,2,4}:2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Placements {
    /// First slices, ascending.
    pub starts: Vec<u32>,
    /// Number of slices of each.
    pub size: u32,
}

impl Placements {
    fn parse(text: &str) -> Option<Self> {
        let (starts, size) = text.strip_prefix('{')?.split_once("}:")?;
        let starts = starts.split(',').map(|start| start.parse().ok());
        Some(Self {
            starts: starts.collect::<Option<_>>()?,
            size: size.parse().ok()?,
        })
    }
}

impl TryFrom<String> for Placements {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` are not placements such as {{0,2,4}}:2"))
    }
}

impl From<Placements> for String {
    fn from(placements: Placements) -> Self {
        let starts = placements.starts.iter().map(ToString::to_string);
        let starts: Vec<Self> = starts.collect();
        format!("{{{}}}:{}", starts.join(","), placements.size)
    }
}
