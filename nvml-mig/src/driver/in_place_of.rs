//! Structures in place of those of nvml.h with a union, whose fields only unsafe code could read.

use super::call::Argument;
use super::roomy::Roomy;

/// A structure with the layout of `Raw`, and numbers where that has a union.
pub(crate) trait InPlaceOf {
    /// The structure of nvml.h.
    type Raw;
    /// Fails to compile if the layouts differ in size or alignment.
    const SAME_LAYOUT: ();
}

/// Declares the structure of nvml.h that another stands for.
macro_rules! in_place_of {
    ($structure:ident: $raw:ty) => {
        impl $crate::driver::in_place_of::InPlaceOf for $structure {
            type Raw = $raw;
            const SAME_LAYOUT: () = assert!(
                size_of::<$structure>() == size_of::<$raw>()
                    && align_of::<$structure>() == align_of::<$raw>()
            );
        }
    };
}
pub(crate) use in_place_of;

/// The address of such a structure, from which the room behind it may be written too.
pub(crate) struct Address<'a, T>(pub(crate) &'a mut Roomy<T>);

impl<T: InPlaceOf> Argument for Address<'_, T> {
    type Raw = *mut T::Raw;
    fn pass(self) -> Self::Raw {
        let () = T::SAME_LAYOUT;
        core::ptr::from_mut(self.0).cast()
    }
}
