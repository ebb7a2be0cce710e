//! Partitions NVIDIA GPUs with Multi-Instance GPU (MIG), through NVIDIA's management library, NVML.
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The README uses every feature, and the pages link to items of every feature.
#![cfg_attr(
    all(
        feature = "cdi",
        feature = "json",
        feature = "mig-parted",
        feature = "monitor",
        feature = "nodes",
        feature = "preflight"
    ),
    doc = "",
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(
        feature = "cdi",
        feature = "json",
        feature = "mig-parted",
        feature = "monitor",
        feature = "nodes",
        feature = "preflight"
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
