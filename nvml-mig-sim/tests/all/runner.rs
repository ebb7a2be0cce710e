//! The runner judged from outside: the built program, with small commands, and NVML calls by processes that it starts.

mod capabilities;
mod child;
mod commands;
mod control;
mod machine;
mod machine_view;
mod ownership;
mod refusals;
pub(crate) mod runner;
mod show;
mod vgpu;
