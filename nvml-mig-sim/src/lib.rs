//! Simulates `libnvidia-ml.so.1` with Multi-Instance GPU (MIG), so that NVML clients in any language can partition GPUs
//! on a machine that has none.
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
//! // SAFETY: nvmlInit_v2 takes no arguments and may be called at any time.
//! assert_eq!(unsafe { init() }, nvmlReturn_t::NVML_SUCCESS);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! No real GPU is touched. The [`catalogue`] has the figures of each board, and the sources of those that were not read
//! off real hardware.

#[cfg(not(target_os = "linux"))]
compile_error!("nvml-mig-sim supports Linux only, as MIG does");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("nvml-mig-sim needs a 64-bit target: its handles are 47-bit numbers");

// Hidden modules are for the program `nvml-mig-sim` and for the tests of this workspace. They are no part of the
// interface, and may change in any version.
mod calls;
mod capabilities;
mod chain;
#[doc(hidden)]
pub mod control;
#[doc(hidden)]
pub mod machine;
mod own;
mod session;
mod shims;
mod simulator;
#[doc(hidden)]
pub mod store;

pub use calls::Call;
pub use chain::chain;
pub use machine::{
    Caller, Event, GpuSpec, MissingSlot, Process, ProcessFilter, ProcessKind, ProcessRecord,
    ProfileVersion, UnknownVersion, Vgpu, VgpuPlacements, VgpuRun, Virtualization,
};
#[doc(hidden)]
pub use nvml_mig_boards::board_file;
pub use nvml_mig_boards::board_file::BoardFileError;
pub use nvml_mig_boards::catalogue;
pub use nvml_mig_sys::{nvmlGpmMetricId_t, nvmlReturn_t};
pub use simulator::{
    Simulator, SimulatorBuilder, SimulatorError, default_state_file, exported_functions,
    install_library, require_changing_function, require_function,
};

/// Runs the code in the README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
