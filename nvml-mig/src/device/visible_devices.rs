//! The values of `CUDA_VISIBLE_DEVICES` and `NVIDIA_VISIBLE_DEVICES`.

use core::fmt;

/// The value of `CUDA_VISIBLE_DEVICES` or `NVIDIA_VISIBLE_DEVICES`, for
/// [`Nvml::visible_devices`](crate::Nvml::visible_devices).
///
/// It is made from a text, such as the variable of another process; this crate does not read the environment.
///
/// ```
/// use nvml_mig::device::VisibleDevices;
///
/// let value = std::env::var("CUDA_VISIBLE_DEVICES").ok();
/// let here = VisibleDevices::from_cuda(value.as_deref());
/// # let _ = here;
/// let of_container = VisibleDevices::from_nvidia(Some("0:1,GPU-8932f937"));
/// assert_eq!(of_container.entries(), ["0:1", "GPU-8932f937"]);
/// assert!(VisibleDevices::from_nvidia(Some("all")).is_all());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VisibleDevices {
    variable: Variable,
    /// `None` means all.
    entries: Option<Vec<String>>,
}

/// An environment variable, by whose rules a value is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Variable {
    Cuda,
    Nvidia,
}

impl VisibleDevices {
    /// Takes a value of `CUDA_VISIBLE_DEVICES`, which CUDA reads. Without the variable all GPUs are visible, with an
    /// empty value none.
    #[must_use]
    #[doc(alias = "CUDA_VISIBLE_DEVICES")]
    pub fn from_cuda(value: Option<&str>) -> Self {
        let entries = value.map(|value| match value.trim() {
            "" => Vec::new(),
            value => trimmed(value).collect(),
        });
        Self {
            variable: Variable::Cuda,
            entries,
        }
    }

    /// Takes a value of `NVIDIA_VISIBLE_DEVICES`, which NVIDIA's container toolkit reads. No device is visible without the
    /// variable, and with an empty value, `void` or `none`; with `all`, all GPUs are.
    #[must_use]
    #[doc(alias = "NVIDIA_VISIBLE_DEVICES")]
    pub fn from_nvidia(value: Option<&str>) -> Self {
        let entries = trimmed(value.unwrap_or_default()).filter(|entry| !entry.is_empty());
        let entries: Vec<String> = entries.collect();
        let has = |word| entries.iter().any(|entry| entry == word);
        // These words take precedence over all other entries, in this order.
        let entries = if has("void") || has("none") {
            Some(Vec::new())
        } else if has("all") {
            None
        } else {
            Some(entries)
        };
        Self {
            variable: Variable::Nvidia,
            entries,
        }
    }

    /// Returns whether the value makes all GPUs visible.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.entries.is_none()
    }

    /// Returns the entries of the list; none if all devices are visible, or no device is.
    #[must_use]
    pub fn entries(&self) -> &[String] {
        self.entries.as_deref().unwrap_or_default()
    }

    pub(super) const fn variable(&self) -> Variable {
        self.variable
    }
}

fn trimmed(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|entry| entry.trim().to_owned())
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cuda => "CUDA_VISIBLE_DEVICES",
            Self::Nvidia => "NVIDIA_VISIBLE_DEVICES",
        })
    }
}
