#![doc = include_str!("../README.md")]
// The pages link to items of every feature; CI checks the links with all features on.
#![cfg_attr(
    not(all(
        feature = "cdi",
        feature = "mig-parted",
        feature = "monitor",
        feature = "preflight",
        feature = "json"
    )),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "apply")]
pub mod apply;
mod architecture;
pub mod device;
mod driver;
pub mod error;
mod explain;
pub mod functions;
mod id;
pub mod instance;
pub mod inventory;
#[cfg(feature = "mig-parted")]
pub mod mig_parted;
#[cfg(feature = "monitor")]
pub mod monitor;
pub mod node;
mod placement;
pub mod plan;
#[cfg(feature = "preflight")]
pub mod preflight;
pub mod profile;
mod query;
#[cfg(feature = "apply")]
pub mod snapshot;

pub use nvml_mig_sys as sys;

#[cfg(feature = "apply")]
pub use apply::{GpuPlan, MachineLock};
pub use device::{AnyDevice, Device, MigDevice, MigMode, Nvml};
pub use error::{Error, ReturnCode};
pub use instance::{ComputeInstance, GpuInstance};
pub use plan::Layout;
