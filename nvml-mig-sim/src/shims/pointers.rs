//! Parameters that C passes as pointers. Each type has the layout of the pointer itself and can't be made in Rust,
//! so a value of it always comes from a C caller, who vouches (by nvml.h, and by the `unsafe` with which Rust calls
//! a C function) that it is null or points to what the parameter's type says, for as long as the call takes.
//! That is what makes the few unsafe blocks here right; there are none in the functions themselves.

use core::ffi::{CStr, c_char};
use core::fmt;

use nvml_mig_sys::nvmlReturn_t;

use crate::machine::{Answer, Refusal};

/// A handle as the number that it is.
pub(super) fn number<T>(handle: *mut T) -> u64 {
    handle.addr() as u64
}

/// A number as the handle that C sees. It is never followed.
pub(super) fn handle<T>(number: u64) -> *mut T {
    // A handle has 47 bits and this library is built for 64-bit systems only.
    #[expect(clippy::cast_possible_truncation, reason = "as said above")]
    core::ptr::without_provenance_mut(number as usize)
}

/// A code as C sees it.
pub(super) const fn status(code: u32) -> nvmlReturn_t {
    nvmlReturn_t(code)
}

/// Where a result goes, or both where something is read and where the result goes.
#[repr(transparent)]
pub(super) struct Out<T>(*mut T);

impl<T: Copy> Out<T> {
    /// Refuses null.
    pub(super) fn require(self) -> Answer {
        let null = self.0.is_null();
        (!null).then_some(()).ok_or(Refusal::InvalidArgument)
    }

    /// Whether it is null, where that has a meaning of its own.
    pub(super) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// Writes the result; null is refused.
    pub(super) fn write(self, value: T) -> Answer {
        self.require()?;
        // SAFETY: not null, so the C caller vouches that a T may be written here; it may be unaligned, since some
        // bindings pack their structures.
        unsafe { self.0.write_unaligned(value) };
        Ok(())
    }

    /// Reads what the caller put there; null is refused.
    pub(super) fn read(self) -> Answer<T> {
        self.require()?;
        // SAFETY: not null, so the C caller vouches that a T is here; all T of this library are plain numbers,
        // for which any bits are right.
        Ok(unsafe { self.0.read_unaligned() })
    }

    /// Writes the element with this index of a buffer; null is refused.
    pub(super) fn write_at(self, index: usize, value: T) -> Answer {
        self.at(index)?.write(value)
    }

    /// The element with this index of a buffer; null is refused.
    pub(super) fn at(self, index: usize) -> Answer<Self> {
        self.require()?;
        // An address beyond what the caller vouched for is never made: the callers of this keep to its count.
        Ok(Self(self.0.wrapping_add(index)))
    }

    /// The same address for another structure, which the version word in it told.
    pub(super) fn cast<U>(self) -> Out<U> {
        Out(self.0.cast())
    }
}

impl<T> Clone for Out<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Out<T> {}

impl<T> fmt::Debug for Out<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_null() {
            return f.write_str("NULL");
        }
        f.write_str("...")
    }
}

/// Text from the caller.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Text(*const c_char);

impl Text {
    /// The text; null and what is not UTF-8 are refused.
    pub(super) fn read(&self) -> Answer<&str> {
        if self.0.is_null() {
            return Err(Refusal::InvalidArgument);
        }
        // SAFETY: not null, so the C caller vouches that this is text that ends with a NUL and stays as it is for as
        // long as the call takes; a parameter lives no longer, and the text is borrowed from it.
        let text = unsafe { CStr::from_ptr(self.0) };
        text.to_str().or(Err(Refusal::InvalidArgument))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read() {
            Ok(text) => write!(f, "{text:?}"),
            Err(_) => f.write_str("NULL"),
        }
    }
}

/// Writes text with its NUL into a buffer of `length` bytes.
pub(super) fn write_text(buffer: Out<c_char>, length: u32, text: &str) -> Answer {
    buffer.require()?;
    if u64::from(length) <= text.len() as u64 {
        return Err(Refusal::InsufficientSize);
    }
    // SAFETY: the C caller vouches for `length` bytes here, and the text is shorter. It is this library's own, so
    // the two don't overlap.
    unsafe { core::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer.0, text.len()) };
    buffer.write_at(text.len(), 0)
}

/// Text as a field of a structure, cut to its size.
pub(super) fn text_field<const SIZE: usize>(text: &str) -> [c_char; SIZE] {
    let mut field = [0; SIZE];
    let room = field.iter_mut().take(SIZE.saturating_sub(1));
    for (place, byte) in room.zip(text.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
    }
    field
}
