//! Structures that NVML fills, with room behind them.

use core::mem::MaybeUninit;

use super::call::Argument;

/// A structure with 128 bytes behind it for a driver whose structure is longer than that of nvml.h, as
/// the process records of some are.
#[repr(C)]
pub(crate) struct Roomy<T> {
    pub(crate) value: T,
    _room: MaybeUninit<[u64; 16]>,
}

impl<T: Default> Default for Roomy<T> {
    #[inline]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Roomy<T> {
    /// Adds the room to a structure in which the caller has set something.
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value,
            _room: MaybeUninit::uninit(),
        }
    }

    /// Returns the argument for a call.
    #[inline]
    pub(crate) fn place(&mut self) -> Place<'_, T> {
        Place(self)
    }
}

/// The address of the structure, from which the room behind it may be written too.
pub(crate) struct Place<'a, T>(&'a mut Roomy<T>);

impl<T> Argument for Place<'_, T> {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> *mut T {
        core::ptr::from_mut(self.0).cast()
    }
}
