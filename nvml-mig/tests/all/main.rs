//! nvml-mig judged from outside, on simulated machines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod apply;
mod apply_calls;
mod apply_plans;
mod bounds;
mod calls;
mod capability;
#[cfg(feature = "cdi")]
mod cdi;
mod conventions;
mod error_table;
mod errors;
mod every_board;
mod examples;
mod fit;
mod functions;
mod gpm;
mod gpu_model;
mod hints;
mod inputs;
mod inventory;
mod kubernetes;
mod layout;
mod lifecycle;
mod made_by_hand;
mod mig_layout;
mod mig_mode;
#[cfg(feature = "mig-parted")]
mod mig_parted;
mod old_drivers;
mod opening;
mod others;
mod plan_steps;
mod planner;
mod preflight;
mod profile_versions;
mod profiles;
mod raw;
mod refusals;
mod reported_name;
mod scoped;
mod sequences;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "json")]
mod snapshot;
mod watch;
