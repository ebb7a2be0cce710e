//! nvml-mig-sim judged from outside: its catalogue, its library as any NVML client uses it, and its program.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share says what it expects as they do"
)]

mod board_files;
mod catalogue;
mod chains;
mod provisional;
mod runner;
mod simulator;
