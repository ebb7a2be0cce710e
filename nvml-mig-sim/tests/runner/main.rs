//! The runner judged from outside: the built program, with small commands, and NVML calls by processes that it starts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share says what it expects as they do"
)]

mod capabilities;
mod child;
mod commands;
mod control;
mod machine;
mod refusals;
mod runner;
mod show;
