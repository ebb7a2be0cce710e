//! nvml-mig judged from outside, on simulated machines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "apply")]
mod additions;
#[cfg(feature = "apply")]
mod applied;
#[cfg(feature = "apply")]
mod apply;
#[cfg(feature = "apply")]
mod apply_calls;
#[cfg(feature = "apply")]
mod apply_plans;
mod bounds;
#[cfg(feature = "apply")]
mod busy_plans;
mod calls;
mod capability;
#[cfg(feature = "cdi")]
mod cdi;
#[cfg(feature = "cdi")]
mod cdi_check;
#[cfg(feature = "cdi")]
mod cdi_devices;
mod conventions;
mod create_mig_device;
mod device_file_users;
#[cfg(all(feature = "nodes", target_os = "linux"))]
mod device_nodes;
mod device_selector;
mod downstream;
#[cfg(feature = "apply")]
mod driver_chooses;
#[cfg(feature = "apply")]
mod driver_leads;
#[cfg(all(feature = "apply", target_os = "linux"))]
mod durable;
mod each_device;
#[cfg(all(
    feature = "cdi",
    feature = "json",
    feature = "mig-parted",
    feature = "monitor"
))]
mod error_table;
mod errors;
#[cfg(feature = "monitor")]
mod events;
mod every_board;
mod examples;
mod false_answers;
mod fit;
mod functions;
#[cfg(feature = "monitor")]
mod gpm;
mod gpu_model;
#[cfg(feature = "apply")]
mod gpu_targets;
mod hints;
#[cfg(all(feature = "apply", feature = "monitor"))]
mod identity;
mod impossible_gpus;
mod inputs;
mod inventory;
#[cfg(feature = "apply")]
mod journals;
#[cfg(all(feature = "json", feature = "mig-parted"))]
mod layout;
mod lifecycle;
#[cfg(feature = "apply")]
mod lock_files;
#[cfg(feature = "apply")]
mod lock_options;
mod long_inputs;
#[cfg(feature = "apply")]
mod machine_lock;
#[cfg(feature = "apply")]
mod made_by_hand;
#[cfg(feature = "monitor")]
mod meanwhile;
mod mig_mode;
#[cfg(feature = "mig-parted")]
mod mig_parted;
#[cfg(feature = "mig-parted")]
mod mig_parted_generated;
#[cfg(feature = "mig-parted")]
mod mig_parted_gpus;
#[cfg(feature = "mig-parted")]
mod mig_parted_labels;
#[cfg(feature = "mig-parted")]
mod mig_parted_omissions;
#[cfg(feature = "mig-parted")]
mod mig_parted_refused;
#[cfg(feature = "mig-parted")]
mod mig_parted_yaml;
mod numbering;
mod old_drivers;
mod opening;
mod others;
#[cfg(feature = "apply")]
mod pending_mig_mode;
mod plan_steps;
mod planner;
mod pool;
mod pool_room;
#[cfg(feature = "preflight")]
mod preflight;
mod printed_and_read;
mod process_records;
mod profile_versions;
mod profiles;
mod raw;
#[cfg(feature = "mig-parted")]
mod reachable_states;
mod readme;
#[cfg(all(feature = "mig-parted", feature = "monitor", feature = "preflight"))]
mod real_machines;
#[cfg(feature = "apply")]
mod recovery;
mod refusals;
mod reported_name;
#[cfg(feature = "apply")]
mod resets;
#[cfg(feature = "apply")]
mod restored;
#[cfg(all(feature = "apply", feature = "json"))]
mod round_trips;
#[cfg(feature = "apply")]
mod saved_names;
mod scoped;
mod sequences;
#[cfg(all(feature = "apply", feature = "monitor", feature = "preflight"))]
mod serde;
#[cfg(all(feature = "apply", feature = "json"))]
mod snapshot;
#[cfg(feature = "apply")]
mod temporary;
#[cfg(all(
    feature = "apply",
    feature = "cdi",
    feature = "monitor",
    feature = "preflight"
))]
mod test_doubles;
#[cfg(feature = "apply")]
mod transactions_gpus;
#[cfg(feature = "apply")]
mod transactions_mode;
#[cfg(all(feature = "apply", feature = "json"))]
mod transactions_others;
#[cfg(feature = "apply")]
mod unlisted_clients;
mod vgpu_schedulers;
mod vgpus;
mod visible_devices;
#[cfg(feature = "monitor")]
mod watch;

#[path = "../support/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the checks under .ci use all of it, as a crate of its own"
)]
mod support;
