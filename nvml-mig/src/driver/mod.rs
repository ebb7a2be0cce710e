//! The border to C: the open library, the one macro that calls it, and NVML's ways of filling buffers.

pub(crate) mod buffer;
pub(crate) mod call;
mod driver;
pub(crate) mod structure_version;

pub(crate) use driver::Driver;
