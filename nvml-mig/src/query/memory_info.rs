//! Memory of a GPU or MIG device.

use nvml_mig_sys::{nvmlBAR1Memory_t, nvmlMemory_t};

/// Memory of a GPU or MIG device, in bytes. What the driver reserves for itself counts as used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlMemory_t")]
#[non_exhaustive]
pub struct MemoryInfo {
    /// All of it.
    pub total_bytes: u64,
    /// Not allocated.
    pub free_bytes: u64,
    /// Allocated or reserved.
    pub used_bytes: u64,
}

impl MemoryInfo {
    /// These sizes, as a test or another source of figures has them.
    #[must_use]
    pub const fn new(total_bytes: u64, free_bytes: u64, used_bytes: u64) -> Self {
        Self {
            total_bytes,
            free_bytes,
            used_bytes,
        }
    }

    #[inline]
    pub(crate) const fn from_raw(raw: &nvmlMemory_t) -> Self {
        Self::new(raw.total, raw.free, raw.used)
    }

    /// All of it in MiB, rounded up.
    #[must_use]
    #[inline]
    pub const fn total_mib(&self) -> u64 {
        self.total_bytes.div_ceil(1024 * 1024)
    }
}

/// Window on the PCI bus through which the processor reaches the memory of a GPU or MIG device, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlBAR1Memory_t")]
#[non_exhaustive]
pub struct Bar1Info {
    /// All of it.
    pub total_bytes: u64,
    /// Not mapped.
    pub free_bytes: u64,
    /// Mapped.
    pub used_bytes: u64,
}

impl Bar1Info {
    /// These sizes, as a test or another source of figures has them.
    #[must_use]
    pub const fn new(total_bytes: u64, free_bytes: u64, used_bytes: u64) -> Self {
        Self {
            total_bytes,
            free_bytes,
            used_bytes,
        }
    }

    #[inline]
    pub(crate) const fn from_raw(raw: &nvmlBAR1Memory_t) -> Self {
        Self::new(raw.bar1Total, raw.bar1Free, raw.bar1Used)
    }
}
