//! Thread-safe wrappers of NVML's handles.

use core::fmt;
use core::hash::{Hash, Hasher};

/// An NVML handle that is `Send` and `Sync`. C handles such as [`nvmlDevice_t`](crate::nvmlDevice_t) are pointers to
/// opaque structures; `Handle<nvmlDevice_st>` wraps one. The pointer is only passed to NVML and never dereferenced, so
/// any thread may use it.
#[repr(transparent)]
pub struct Handle<T>(*mut T);

// SAFETY: this crate never dereferences the pointer, and NVML is thread-safe: any thread may pass any handle to any
// function ("the NVML library is thread-safe", nvml.h).
unsafe impl<T> Send for Handle<T> {}
// SAFETY: as for Send; a shared reference only gives access to a copy of the pointer.
unsafe impl<T> Sync for Handle<T> {}

impl<T> Handle<T> {
    /// A null handle, for an out parameter to overwrite. NVML returns `INVALID_ARGUMENT` for it.
    pub const NULL: Self = Self(core::ptr::null_mut());

    /// Wraps a handle that NVML returned.
    #[must_use]
    #[inline]
    pub const fn new(raw: *mut T) -> Self {
        Self(raw)
    }

    /// Returns the C pointer.
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
