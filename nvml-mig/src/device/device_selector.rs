//! The texts with which people name a GPU or MIG device.

use core::fmt;
use core::str::FromStr;

use super::device_selector_error::DeviceSelectorError;
use super::pci_address::PciAddress;
use super::uuid_start::UuidStart;
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// Selects a GPU or MIG device of a machine, for [`Nvml::find_device`](crate::Nvml::find_device).
///
/// | text | selects |
/// | --- | --- |
/// | `0` | the GPU with this index |
/// | `0:1` | the MIG device with index 1 on GPU 0 |
/// | `GPU-8932f937-d72c-4106-c12f-20bd9faed9f6` | the GPU with this UUID |
/// | `MIG-89c850dc-...` | the MIG device with this UUID |
/// | `MIG-GPU-8932f937-.../1/0` | the MIG device of GPU instance 1 and compute instance 0, as drivers before R470 write it |
/// | `17:00.0`, `0000:17:00.0`, `00000000:17:00.0` | the GPU at this PCI address |
///
/// Upper and lower case mean the same. As for CUDA, the beginning of a UUID is enough if only one device has it, such as
/// `GPU-8932f937`. A selector prints the form that NVML uses.
///
/// ```
/// use nvml_mig::device::DeviceSelector;
///
/// let selector: DeviceSelector = "17:00.0".parse()?;
/// assert_eq!(selector.to_string(), "00000000:17:00.0");
/// let selector: DeviceSelector = "mig-gpu-8932F937/1/0".parse()?;
/// assert_eq!(selector.to_string(), "MIG-GPU-8932f937/1/0");
/// assert!(selector.selects_mig_device());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct DeviceSelector {
    target: Target,
}

/// What a selector names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    GpuIndex(u32),
    MigIndex {
        gpu: u32,
        mig_device: u32,
    },
    GpuUuid(UuidStart),
    MigUuid(UuidStart),
    MigIds {
        gpu: UuidStart,
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
    },
    PciAddress(PciAddress),
}

impl DeviceSelector {
    /// Selects the GPU with this index.
    #[must_use]
    pub const fn gpu(index: u32) -> Self {
        let target = Target::GpuIndex(index);
        Self { target }
    }

    /// Selects the MIG device with this index on the GPU with that index.
    #[must_use]
    pub const fn mig_device(gpu: u32, mig_device: u32) -> Self {
        let target = Target::MigIndex { gpu, mig_device };
        Self { target }
    }

    /// Whether it is a UUID that needs no search.
    pub(super) fn is_complete_uuid(&self) -> bool {
        match &self.target {
            Target::GpuUuid(uuid) | Target::MigUuid(uuid) | Target::MigIds { gpu: uuid, .. } => {
                uuid.is_complete()
            }
            Target::GpuIndex(_) | Target::MigIndex { .. } | Target::PciAddress(_) => false,
        }
    }

    /// Returns whether it selects a MIG device, not a whole GPU.
    #[must_use]
    pub const fn selects_mig_device(&self) -> bool {
        !matches!(
            self.target,
            Target::GpuIndex(_) | Target::GpuUuid(_) | Target::PciAddress(_)
        )
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }
}

const ANY: &str = "write an index such as 0, GPU:MIG such as 0:1, a UUID such as GPU-... or MIG-..., or a PCI address such \
     as 00000000:17:00.0";
const GPU_UUID: &str = "write the UUID as nvidia-smi does, such as GPU-8932f937-d72c-4106-c12f-20bd9faed9f6, or the beginning of it";
const MIG_UUID: &str = "write the UUID as nvidia-smi does, such as MIG-89c850dc-8a5e-5e0c-b0a4-5f7e0ca0e6a3, or the beginning of it";
const MIG_IDS: &str = "write the UUID of the GPU and the ids of both instances, such as \
     MIG-GPU-8932f937-d72c-4106-c12f-20bd9faed9f6/1/0";

impl FromStr for DeviceSelector {
    type Err = DeviceSelectorError;

    /// # Errors
    ///
    /// [`DeviceSelectorError`] for a text of another form.
    fn from_str(text: &str) -> Result<Self, DeviceSelectorError> {
        let (target, expected) = parse(text.trim());
        let target = target.ok_or_else(|| DeviceSelectorError::new(text, expected))?;
        Ok(Self { target })
    }
}

/// Parses a text, and returns what is expected of one that begins so.
fn parse(text: &str) -> (Option<Target>, &'static str) {
    if let Some(rest) = after(text, "MIG-GPU-") {
        (mig_ids(rest), MIG_IDS)
    } else if let Some(rest) = after(text, "MIG-") {
        (UuidStart::parse(rest).map(Target::MigUuid), MIG_UUID)
    } else if let Some(rest) = after(text, "GPU-") {
        (UuidStart::parse(rest).map(Target::GpuUuid), GPU_UUID)
    } else if let Some(address) = PciAddress::parse(text) {
        (Some(Target::PciAddress(address)), ANY)
    } else {
        (indices(text), ANY)
    }
}

/// The rest of a text after a prefix in any case.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn mig_ids(text: &str) -> Option<Target> {
    let (gpu, ids) = text.split_once('/')?;
    let (gpu_instance, compute_instance) = ids.split_once('/')?;
    Some(Target::MigIds {
        gpu: UuidStart::parse(gpu)?,
        gpu_instance: GpuInstanceId::new(number(gpu_instance)?),
        compute_instance: ComputeInstanceId::new(number(compute_instance)?),
    })
}

fn indices(text: &str) -> Option<Target> {
    let Some((gpu, mig_device)) = text.split_once(':') else {
        return number(text).map(Target::GpuIndex);
    };
    let (gpu, mig_device) = number(gpu).zip(number(mig_device))?;
    Some(Target::MigIndex { gpu, mig_device })
}

/// A number without a sign.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for DeviceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::GpuIndex(index) => write!(f, "{index}"),
            Target::MigIndex { gpu, mig_device } => write!(f, "{gpu}:{mig_device}"),
            Target::GpuUuid(start) => write!(f, "GPU-{start}"),
            Target::MigUuid(start) => write!(f, "MIG-{start}"),
            Target::MigIds {
                gpu,
                gpu_instance,
                compute_instance,
            } => write!(f, "MIG-GPU-{gpu}/{gpu_instance}/{compute_instance}"),
            Target::PciAddress(address) => address.fmt(f),
        }
    }
}

impl TryFrom<String> for DeviceSelector {
    type Error = DeviceSelectorError;

    fn try_from(text: String) -> Result<Self, DeviceSelectorError> {
        text.parse()
    }
}

impl From<DeviceSelector> for String {
    fn from(selector: DeviceSelector) -> Self {
        selector.to_string()
    }
}
