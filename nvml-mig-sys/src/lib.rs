//! Raw bindings to the Multi-Instance GPU (MIG) part of NVIDIA's NVML: its C types, constants and functions, and a
//! [`Library`] that opens `libnvidia-ml.so.1` at run time and looks up each function once. Nothing links against the
//! driver, so programs build and start without one.
//!
//! Most programs should use the safe crate, `nvml-mig`. This crate provides only the C interface:
//!
//! ```
//! use nvml_mig_sys::{Library, OpenError, nvmlReturn_t};
//!
//! match Library::open() {
//!     Ok(library) => {
//!         let init = library.symbols().nvmlInit_v2;
//!         // SAFETY: nvmlInit_v2 takes no arguments and may be called at any time.
//!         println!("nvmlInit_v2: {}", unsafe { init() } == nvmlReturn_t::NVML_SUCCESS);
//!         println!("this driver is too old for {:?}", library.missing_functions());
//!     }
//!     Err(OpenError::NotFound { tried, .. }) => println!("no NVIDIA driver here: tried {tried:?}"),
//!     Err(error) => println!("{error}"),
//! }
//! ```
//!
//! # Features
//!
//! - `bindgen`: generates the bindings at build time, from this crate's `include/nvml.h` or from the nvml.h (CUDA 13.4
//!   or newer) in the directory `NVML_INCLUDE_DIR`. Requires libclang.

/// The bindings that bindgen generates from nvml.h.
#[allow(
    missing_docs,
    missing_debug_implementations,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::missing_safety_doc,
    clippy::missing_errors_doc,
    clippy::indexing_slicing,
    reason = "generated code keeps C's names and bindgen's style"
)]
mod bindings {
    use crate::symbols::symbols;

    #[cfg(not(feature = "bindgen"))]
    include!("bindings.rs");
    #[cfg(feature = "bindgen")]
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

mod field_value;
mod handle;
mod known_folders;
mod library;
mod library_problem;
mod open_error;
mod opened_file;
mod struct_version;
mod symbols;

pub use bindings::*;
pub use field_value::field_value_as_u64;
pub use handle::Handle;
pub use library::{LIBRARY_NAMES, Library};
pub use library_problem::LibraryProblem;
pub use open_error::OpenError;
pub use struct_version::*;
