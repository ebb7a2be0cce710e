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
    doc = include_str!("../README.md"),
    doc = include_str!("../where_to_start.md")
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
    doc = include_str!("../front_page.md"),
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
mod quoted;
#[cfg(feature = "apply")]
pub mod snapshot;

pub use nvml_mig_sys as sys;

#[cfg(feature = "apply")]
#[doc(inline)]
pub use apply::{GpuPlan, MachineLock};
#[doc(inline)]
pub use device::{AnyDevice, Device, MigDevice, MigMode, Nvml};
#[doc(inline)]
pub use error::{Error, ReturnCode};
#[doc(inline)]
pub use instance::{ComputeInstance, GpuInstance};
#[doc(inline)]
pub use plan::Layout;
