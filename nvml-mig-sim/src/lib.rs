//! A simulated `libnvidia-ml.so.1` with Multi-Instance GPU (MIG): GPUs that NVML clients in any language can
//! partition, on a machine without one.
//!
//! A test starts a [`Simulator`] and opens the library at its path:
//!
//! ```
//! use nvml_mig_sim::{GpuSpec, Simulator};
//! use nvml_mig_sys::{Library, nvmlReturn_t};
//!
//! let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).start()?;
//! let library = Library::open_path(simulator.library_path())?;
//! let init = library.symbols().nvmlInit_v2;
//! // SAFETY: nvmlInit_v2 takes nothing and may be called at any time.
//! assert_eq!(unsafe { init() }, nvmlReturn_t::NVML_SUCCESS);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing real is changed, and no figure is made up: the boards' figures are those of [`catalogue`], each with
//! where it comes from.

#[cfg(not(target_os = "linux"))]
compile_error!("MIG exists on Linux only, and so does its simulator");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles are numbers of 47 bits: a 64-bit system is needed");

mod calls;
mod capabilities;
pub mod catalogue;
pub mod control;
pub mod machine;
mod session;
mod shims;
mod simulator;
pub mod store;

pub use calls::Call;
pub use machine::{
    Caller, GpuSpec, MissingSlot, Process, ProcessFilter, ProfileVersion, UnknownVersion,
    Virtualization,
};
pub use simulator::{
    Simulator, SimulatorBuilder, SimulatorError, default_state_file, exported_functions,
    install_library, library_file, shared_state_file,
};

/// The README's code is tested with the rest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
