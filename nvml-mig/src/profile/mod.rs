//! Profiles as words: numbers, names, and what an instance of one gets.

pub(crate) mod find;
mod info;
mod name;
mod number;
mod reported_name;

pub use info::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
pub use name::{MediaEngines, ProfileName};
pub use number::{ComputeInstanceProfile, GpuInstanceProfile};
pub use reported_name::ReportedName;
