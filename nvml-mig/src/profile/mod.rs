//! Profiles as words: numbers, names, and what an instance of one gets.

pub(crate) mod find;
mod info;
mod name;
mod number;

pub use info::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
pub use name::{MediaEngines, ProfileName};
pub use number::{ComputeInstanceProfile, GpuInstanceProfile};
