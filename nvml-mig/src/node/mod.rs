//! The machine's side of MIG: the files and device nodes through which the kernel driver shows instances, and the CDI
//! specifications that give them to containers.

mod capability;
#[cfg(feature = "cdi")]
mod cdi;
mod driver_files;

pub use capability::{Capability, CapabilityNode, MigDeviceNodes};
#[cfg(feature = "cdi")]
pub use cdi::{
    CdiContainerEdits, CdiDevice, CdiDeviceNames, CdiDeviceNode, CdiError, CdiSpec, CdiSpecBuilder,
};
pub use driver_files::DriverFiles;
