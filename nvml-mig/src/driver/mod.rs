//! Calls into C: the open library, the macro that makes every call, and helpers for filling buffers.

pub(crate) mod buffer;
pub(crate) mod call;
mod driver;
pub(crate) mod in_place_of;
pub(crate) mod roomy;
pub(crate) mod structure_version;

pub(crate) use driver::Driver;
