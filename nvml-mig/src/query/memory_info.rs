//! Memory of a GPU or MIG device.

use nvml_mig_sys::{nvmlBAR1Memory_t, nvmlMemory_t, nvmlMemory_v2_t};

/// The memory of a GPU or MIG device, in bytes. Memory reserved by the driver counts as used, with every driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlMemory_t")]
#[non_exhaustive]
pub struct MemoryInfo {
    /// Total size in bytes.
    pub total_bytes: u64,
    /// Bytes that programs can still allocate.
    pub free_bytes: u64,
    /// Bytes that are allocated or reserved.
    pub used_bytes: u64,
    /// The part of the used bytes that the driver and firmware reserve; `None` with drivers before R510, which do not report
    /// it.
    pub reserved_bytes: Option<u64>,
}

impl MemoryInfo {
    /// Creates a value from these sizes, for example in a test. How much is reserved is unknown.
    #[must_use]
    #[inline]
    pub const fn new(total_bytes: u64, free_bytes: u64, used_bytes: u64) -> Self {
        Self {
            total_bytes,
            free_bytes,
            used_bytes,
            reserved_bytes: None,
        }
    }

    /// Sets the part of the used bytes that is reserved.
    #[must_use]
    #[inline]
    pub const fn with_reserved_bytes(self, reserved_bytes: u64) -> Self {
        Self {
            reserved_bytes: Some(reserved_bytes),
            ..self
        }
    }

    #[inline]
    pub(crate) const fn from_v1(raw: &nvmlMemory_t) -> Self {
        Self::new(raw.total, raw.free, raw.used)
    }

    /// Only in version 2 of the structure, reserved memory is not part of the used memory.
    #[inline]
    pub(crate) const fn from_v2(raw: &nvmlMemory_v2_t) -> Self {
        let used = raw.used.saturating_add(raw.reserved);
        Self::new(raw.total, raw.free, used).with_reserved_bytes(raw.reserved)
    }

    /// Returns the total size in MiB, rounded up.
    #[must_use]
    #[inline]
    pub const fn total_mib(&self) -> u64 {
        self.total_bytes.div_ceil(1024 * 1024)
    }
}

/// The BAR1 window through which the CPU accesses the memory of a GPU or MIG device over PCI, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlBAR1Memory_t")]
#[non_exhaustive]
pub struct Bar1Info {
    /// Total size in bytes.
    pub total_bytes: u64,
    /// Bytes that are not mapped.
    pub free_bytes: u64,
    /// Bytes that are mapped.
    pub used_bytes: u64,
}

impl Bar1Info {
    /// Creates a value from these sizes, for example in a test.
    #[must_use]
    #[inline]
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
