//! The name that a driver gives to a profile.

use core::fmt;

use super::ProfileName;

/// Name of a profile as the driver reports it, without `MIG `.
///
/// A driver newer than this crate may report a name that [`ProfileName`] can't express; its text is preserved.
///
/// ```
/// use nvml_mig::profile::ReportedName;
///
/// let name = ReportedName::from("1g.5gb+me");
/// assert_eq!(name, "1g.5gb+me");
/// assert_eq!(name.parsed().map(|name| name.memory_gb), Some(5));
/// assert_eq!(ReportedName::from("1g.5gb+new").parsed(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", from = "String")
)]
pub struct ReportedName {
    text: String,
    parsed: Option<ProfileName>,
}

impl ReportedName {
    /// Returns the name as NVML reports it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the parsed name; `None` if this crate can't parse it.
    #[must_use]
    pub const fn parsed(&self) -> Option<ProfileName> {
        self.parsed
    }

    /// The profile in the name of a MIG device, such as `NVIDIA A30 MIG 2c.4g.24gb`: what follows `MIG`, or else the last word.
    pub(crate) fn of_mig_device(name: &str) -> Self {
        let profile = name.rsplit_once("MIG ").map(|(_, profile)| profile);
        profile
            .or_else(|| name.split_whitespace().next_back())
            .unwrap_or_default()
            .trim()
            .into()
    }

    /// Name of a compute instance profile in a GPU instance of this profile: `1c.3g.20gb` for `3g.20gb`, and `1c` where
    /// this name is not known. `smaller` is for the smaller of two profiles with all slices.
    pub(crate) fn with_compute_slices(&self, compute_slices: u32, smaller: bool) -> Self {
        match self
            .parsed
            .map(|name| name.with_compute_slices(compute_slices))
        {
            Some(name) if smaller => name.with_smaller().into(),
            Some(name) => name.into(),
            None => format!("{compute_slices}c").into(),
        }
    }

    /// Returns the name of a compute instance with the memory and the attributes of its GPU instance, whose profile has the
    /// name `gpu_instance`: a driver may leave these out.
    pub(crate) fn in_gpu_instance(&self, gpu_instance: &Self) -> Self {
        let (Some(own), Some(outer)) = (self.parsed, gpu_instance.parsed) else {
            return self.clone();
        };
        let smaller = own.smaller && outer.gpu_slices == 1;
        if own.gpu_slices == outer.gpu_slices {
            gpu_instance.with_compute_slices(own.compute_slices, smaller)
        } else {
            self.clone()
        }
    }
}

impl From<String> for ReportedName {
    fn from(text: String) -> Self {
        let parsed = text.parse().ok();
        Self { text, parsed }
    }
}

impl From<&str> for ReportedName {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<ProfileName> for ReportedName {
    fn from(name: ProfileName) -> Self {
        Self {
            text: name.to_string(),
            parsed: Some(name),
        }
    }
}

impl From<ReportedName> for String {
    fn from(name: ReportedName) -> Self {
        name.text
    }
}

impl AsRef<str> for ReportedName {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for ReportedName {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for ReportedName {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl fmt::Display for ReportedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
