//! The program, as somebody runs it from a shell.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its modules are not public"
)]

mod apply;
mod check;
mod files;
#[cfg(target_os = "linux")]
mod hooks;
#[cfg(target_os = "linux")]
mod interrupted;
mod json;
mod kubernetes;
mod list;
mod mig_parted;
mod mig_parted_scripts;
mod program;
#[cfg(target_os = "linux")]
mod question;
mod shell;
mod snapshot;
#[cfg(target_os = "linux")]
mod units;
#[cfg(target_os = "linux")]
mod usable;
mod watch;
#[cfg(target_os = "linux")]
mod width;
