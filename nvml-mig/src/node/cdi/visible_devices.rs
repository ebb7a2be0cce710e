//! The variable `NVIDIA_VISIBLE_DEVICES`.

use core::fmt;

/// The value of `NVIDIA_VISIBLE_DEVICES` in containers with a device, for the legacy hook of NVIDIA's container toolkit.
/// Many images set the variable to `all`, for which the hook would add every GPU of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
#[doc(alias = "NVIDIA_VISIBLE_DEVICES")]
pub enum NvidiaVisibleDevices {
    /// `void`: the hook leaves the container alone, as with the specifications of NVIDIA's toolkit.
    #[default]
    Void,
    /// `none`: the hook adds the driver's libraries and programs, but no GPU.
    None,
    /// The variable is not set. The container has that of its image, or that of its caller.
    Unset,
}

impl NvidiaVisibleDevices {
    /// The variable as it stands in a specification.
    pub(super) fn env(self) -> Vec<String> {
        match self {
            Self::Void | Self::None => vec![format!("NVIDIA_VISIBLE_DEVICES={self}")],
            Self::Unset => Vec::new(),
        }
    }
}

/// Prints the value, or `unset`.
impl fmt::Display for NvidiaVisibleDevices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Void => "void",
            Self::None => "none",
            Self::Unset => "unset",
        })
    }
}
