//! NVIDIA GPUs with Multi-Instance GPU (MIG) as data: the [`catalogue`] has the figures of each board, and the sources of
//! those that were not read off real hardware.

// For the programs of this workspace. It is no part of the interface, and may change in any version.
#[doc(hidden)]
pub mod board_file;
pub mod catalogue;

/// Runs the code in the README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
