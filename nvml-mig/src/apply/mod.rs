//! Applies plans to the GPUs of this machine, completely or not at all (feature `apply`).
//!
//! A [`GpuPlan`] describes the change of one GPU. A [`MachineLock`] applies plans. If a step fails, or if the process is
//! killed, the previous state is restored.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path();
//! use std::io::{Write, stderr};
//! use std::ops::ControlFlow;
//!
//! use nvml_mig::apply::{GpuPlanOptions, Progress};
//! use nvml_mig::{GpuPlan, Layout, MachineLock};
//!
//! // `eprintln!` would panic, and so undo everything, if standard error is closed.
//! let note = |step: &Progress| drop(writeln!(stderr(), "{step}"));
//! let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
//! if let Some(report) = lock.recover(&nvml, note)? {
//!     writeln!(stderr(), "an earlier process was killed halfway: {report}")?;
//! }
//! let layout: Layout = "2g.12gb, 2*1g.6gb".parse()?;
//! let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
//! lock.apply(&[plan], |step| {
//!     note(step);
//!     ControlFlow::Continue(())
//! })?;
//! # assert_eq!(device.mig_devices()?.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod addition;
mod applied;
mod apply_error;
mod apply_plans;
mod boot;
mod busy;
mod change;
mod change_operation;
mod change_outcome;
mod completion;
mod difference;
mod entry;
mod gpu_file;
mod gpu_plan;
mod gpu_plan_error;
mod gpu_plan_lines;
mod gpu_plan_options;
mod gpu_target;
mod held_panic;
mod in_the_way;
mod instance_selector;
mod journal;
mod journal_text;
mod late;
mod left_alone;
mod left_open;
mod left_over;
mod left_over_search;
mod live_gpu;
mod lock_error;
mod lock_file;
mod lock_holder;
mod lock_options;
mod lock_search;
mod machine_lock;
mod made;
mod mig_uuid;
mod operation;
mod ownership;
mod pending_mig_mode;
mod planned_mode;
mod possible_places;
mod precondition;
mod private_file;
mod progress;
mod read_back;
mod recorder;
mod recovery;
mod report;
mod reset;
mod restored_ids;
mod rollback;
mod rollback_report;
mod rollback_text;
mod saved_names;
mod spare;
mod steering;
mod still_open;
mod temporary;
mod transaction;
mod undo;
mod undo_report;
mod users;
mod verify;

pub use applied::{Applied, AppliedComputeInstance, AppliedGpu, AppliedGpuInstance};
pub use apply_error::{ApplyError, ApplyFailure};
pub use difference::Difference;
pub use gpu_plan::GpuPlan;
pub use gpu_plan_error::{GpuPlanError, GpuPlanErrorReason};
pub use gpu_plan_options::GpuPlanOptions;
pub use gpu_target::GpuTarget;
pub use instance_selector::InstanceSelector;
pub use left_alone::LeftAlone;
pub use lock_error::LockError;
pub use lock_holder::LockHolder;
pub use lock_options::LockOptions;
pub use machine_lock::MachineLock;
pub use mig_uuid::ChangedMigUuid;
pub use pending_mig_mode::{PendingMigMode, ResetMethod};
pub use progress::Progress;
pub use rollback_report::{GpuRollback, RefusedUndo, Rollback};
