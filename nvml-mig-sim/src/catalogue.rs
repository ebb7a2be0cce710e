//! The boards that can be simulated, one file per family, with the figures that NVML reports about them.

mod a100;
mod a30;
mod board;
mod eight_slices;
mod rows;

pub use board::{Architecture, Board, ComputeInstanceProfile, Engines, GpuInstanceProfile, Weak};

/// All boards, families in the order of their age.
static BOARDS: &[&Board] = &[&a30::A30, &a100::A100_SXM4_40GB];

/// Every board that can be simulated.
#[must_use]
pub fn boards() -> &'static [&'static Board] {
    BOARDS
}

/// The board that the command line calls `key`.
#[must_use]
pub fn find(key: &str) -> Option<&'static Board> {
    BOARDS.iter().copied().find(|board| board.key == key)
}
