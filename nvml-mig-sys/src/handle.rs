//! NVML's handles, as values that threads may share.

use core::fmt;
use core::hash::{Hash, Hasher};

/// A handle that NVML gave out, such as [`nvmlDevice_t`](crate::nvmlDevice_t), which C has as a pointer to an
/// opaque structure. It is a number to give back to NVML and is never followed, so it may go to any thread.
#[repr(transparent)]
pub struct Handle<T>(*mut T);

// SAFETY: the pointer is never dereferenced on this side, and NVML is thread-safe: any thread may pass any
// handle to any function ("the NVML library is thread-safe", nvml.h).
unsafe impl<T> Send for Handle<T> {}
// SAFETY: as for Send; a shared reference gives only a copy of the pointer.
unsafe impl<T> Sync for Handle<T> {}

impl<T> Handle<T> {
    /// A handle for an out parameter to overwrite. NVML answers `INVALID_ARGUMENT` to it.
    pub const NULL: Self = Self(core::ptr::null_mut());

    /// Wraps a handle that NVML returned.
    #[must_use]
    #[inline]
    pub const fn new(raw: *mut T) -> Self {
        Self(raw)
    }

    /// The handle as C has it.
    #[must_use]
    #[inline]
    pub const fn raw(self) -> *mut T {
        self.0
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Handle<T> {}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:p})", self.0)
    }
}
