//! Parameters that C passes as pointers. Each type has the layout of the pointer itself and can't be created in Rust,
//! so a value always comes from a C caller. The caller guarantees (by nvml.h, and by the `unsafe` with which Rust calls
//! a C function) that it is null or points to what the parameter's type says, for the duration of the call. This
//! justifies the few unsafe blocks here; the exported functions themselves contain none.

use core::ffi::{CStr, c_char};
use core::fmt;

use nvml_mig_sys::nvmlReturn_t;

use crate::machine::{Answer, Refusal};

/// Converts a handle to its number.
pub(super) fn number<T>(handle: *mut T) -> u64 {
    handle.addr() as u64
}

/// Converts a number to a handle for C. It is never dereferenced.
pub(super) fn handle<T>(number: u64) -> *mut T {
    // A handle has 47 bits and this library is built for 64-bit systems only.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "handles and pointers both fit in 64 bits"
    )]
    core::ptr::without_provenance_mut(number as usize)
}

/// Converts a return code to C's type.
pub(super) const fn status(code: u32) -> nvmlReturn_t {
    nvmlReturn_t(code)
}

/// A pointer to a result, or to a value that is both read and written.
#[repr(transparent)]
pub(super) struct Out<T>(*mut T);

impl<T: Copy> Out<T> {
    /// Refuses a null pointer.
    pub(super) fn require(self) -> Answer {
        let null = self.0.is_null();
        (!null).then_some(()).ok_or(Refusal::InvalidArgument)
    }

    /// Whether the pointer is null, for parameters where null has a meaning.
    pub(super) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// Writes the result; refuses a null pointer.
    pub(super) fn write(self, value: T) -> Answer {
        self.require()?;
        // SAFETY: not null, so the C caller guarantees that a T may be written here; it may be unaligned, since some
        // bindings pack their structures.
        unsafe { self.0.write_unaligned(value) };
        Ok(())
    }

    /// Reads the caller's value; refuses a null pointer.
    pub(super) fn read(self) -> Answer<T> {
        self.require()?;
        // SAFETY: not null, so the C caller guarantees that a T is here; all T of this library are plain numbers, for
        // which any bits are valid.
        Ok(unsafe { self.0.read_unaligned() })
    }

    /// Writes the element with this index of a buffer; refuses a null pointer.
    pub(super) fn write_at(self, index: usize, value: T) -> Answer {
        self.at(index)?.write(value)
    }

    /// Returns the element with this index of a buffer; refuses a null pointer.
    pub(super) fn at(self, index: usize) -> Answer<Self> {
        self.require()?;
        // An address beyond the caller's guarantee is never computed: all callers of this method stay within its count.
        Ok(Self(self.0.wrapping_add(index)))
    }

    /// Returns the same address as a different structure, which the version word identified.
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

/// A string from the caller.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Text(*const c_char);

impl Text {
    /// Returns the text; refuses a null pointer and text that is not UTF-8.
    pub(super) fn read(&self) -> Answer<&str> {
        if self.0.is_null() {
            return Err(Refusal::InvalidArgument);
        }
        // SAFETY: not null, so the C caller guarantees that this is NUL-terminated text that does not change during the
        // call; a parameter lives no longer, and the text is borrowed from it.
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

/// Writes text and a terminating NUL into a buffer of `length` bytes.
pub(super) fn write_text(buffer: Out<c_char>, length: u32, text: &str) -> Answer {
    buffer.require()?;
    if u64::from(length) <= text.len() as u64 {
        return Err(Refusal::InsufficientSize);
    }
    // SAFETY: the C caller guarantees `length` bytes here, and the text is shorter. The text belongs to this library,
    // so the two don't overlap.
    unsafe { core::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer.0, text.len()) };
    buffer.write_at(text.len(), 0)
}

/// Converts text to a field of a structure, truncated to its size.
pub(super) fn text_field<const SIZE: usize>(text: &str) -> [c_char; SIZE] {
    let mut field = [0; SIZE];
    let room = field.iter_mut().take(SIZE.saturating_sub(1));
    for (place, byte) in room.zip(text.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
    }
    field
}
