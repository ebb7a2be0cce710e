//! Memory of a GPU or MIG device.

use nvml_mig_sys::{nvmlBAR1Memory_t, nvmlMemory_t};

/// Memory of a GPU or MIG device, in bytes. What the driver reserves for itself counts as used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlMemory_t")]
pub struct MemoryInfo {
    /// All of it.
    pub total_bytes: u64,
    /// Not allocated.
    pub free_bytes: u64,
    /// Allocated or reserved.
    pub used_bytes: u64,
}

impl MemoryInfo {
    #[inline]
    pub(crate) const fn from_raw(raw: &nvmlMemory_t) -> Self {
        Self {
            total_bytes: raw.total,
            free_bytes: raw.free,
            used_bytes: raw.used,
        }
    }

    /// All of it in MiB, rounded up.
    #[must_use]
    #[inline]
    pub const fn total_mib(&self) -> u64 {
        self.total_bytes.div_ceil(1024 * 1024)
    }
}

/// Window on the PCI bus through which the processor reaches the memory of a GPU or MIG device, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlBAR1Memory_t")]
pub struct Bar1Info {
    /// All of it.
    pub total_bytes: u64,
    /// Not mapped.
    pub free_bytes: u64,
    /// Mapped.
    pub used_bytes: u64,
}

impl Bar1Info {
    #[inline]
    pub(crate) const fn from_raw(raw: &nvmlBAR1Memory_t) -> Self {
        Self {
            total_bytes: raw.bar1Total,
            free_bytes: raw.bar1Free,
            used_bytes: raw.bar1Used,
        }
    }
}
