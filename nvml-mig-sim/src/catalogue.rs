//! The boards that can be simulated, one file per family, with the figures that NVML reports about them.

mod board;

pub use board::{
    Architecture, Board, ComputeInstanceProfile, Engines, GpuInstanceProfile, Weak,
};
