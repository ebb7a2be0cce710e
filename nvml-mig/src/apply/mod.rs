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
//! use std::ops::ControlFlow;
//!
//! use nvml_mig::apply::GpuPlanOptions;
//! use nvml_mig::{GpuPlan, Layout, MachineLock};
//!
//! let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
//! lock.recover(&nvml, |step| println!("{step}"))?; // if a process was killed in the middle
//! let layout: Layout = "2g.12gb, 2*1g.6gb".parse()?;
//! let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
//! lock.apply(&[plan], |step| {
//!     println!("{step}");
//!     ControlFlow::Continue(())
//! })?;
//! # assert_eq!(device.mig_devices()?.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply_error;
mod change;
mod gpu_plan;
mod gpu_plan_error;
mod held_panic;
mod journal;
mod live_gpu;
mod lock_file;
mod lock_holder;
mod machine_lock;
mod progress;
mod recovery;
mod report;
mod rollback_report;
mod transaction;
mod undo;
pub(crate) mod versioned;

use core::ops::ControlFlow;

use change::Change;
use held_panic::HeldPanic;
use journal::Entry;
use transaction::Transaction;

pub use apply_error::{ApplyError, ApplyFailure};
pub use gpu_plan::{GpuPlan, GpuPlanOptions, GpuTarget};
pub use gpu_plan_error::{GpuPlanError, GpuPlanErrorReason};
pub use lock_holder::LockHolder;
pub use machine_lock::{LockError, MachineLock};
pub use progress::Progress;
pub use rollback_report::{Difference, GpuRollback, RefusedUndo, Rollback};

/// # Carrying out plans
impl MachineLock {
    /// Applies plans, at most one per GPU: all of them or none.
    ///
    /// First it checks that no GPU has changed since its plan was made, and otherwise changes nothing. Then it enables MIG
    /// mode where planned, performs the steps of each GPU, and reads the result back. `progress` receives each step before
    /// it is performed, and can stop there, for example at Ctrl-C.
    ///
    /// After a failure, all GPUs are restored: MIG mode, GPU instances and compute instances, at their placements. Only
    /// instances that the plans were to create are destroyed for that. If NVML fails to restore something,
    /// [`ApplyError::rollback`] reports it, and a GPU instance that would remain without any of its compute instances is
    /// destroyed. A compute instance can get another id if one with a lower id was missing before.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # use nvml_mig::{GpuPlan, Layout, MachineLock, Nvml};
    /// # use nvml_mig::apply::GpuPlanOptions;
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let (temporary, layout) = (tempfile::tempdir()?, "2g.12gb, 2*1g.6gb".parse::<Layout>()?);
    /// # let folder = temporary.path();
    /// let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
    /// lock.recover(&nvml, |step| println!("{step}"))?;
    /// let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
    /// lock.apply(&[plan], |step| {
    ///     println!("{step}");
    ///     ControlFlow::Continue(())
    /// })?;
    /// # assert_eq!(device.mig_devices()?.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApplyError`], with the failure and the result of the rollback.
    ///
    /// # Panics
    ///
    /// If `progress` panics, the panic goes on after all GPUs are restored. If that is not possible, the journal remains for
    /// [`recover`](Self::recover).
    pub fn apply(
        &mut self,
        plans: &[GpuPlan],
        mut progress: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<(), ApplyError> {
        let open = self.open_entries(plans)?;
        let changes = check(plans)?;
        if plans.iter().all(GpuPlan::changes_nothing) {
            return Ok(());
        }
        let mut transaction = Transaction::new(changes, &self.journal, open, &mut progress);
        let mut held = HeldPanic::default();
        let failure = match held.hold(|| transaction.run()) {
            Some(Ok(())) => return Ok(()),
            Some(Err(failure)) => failure,
            None => ApplyFailure::Stopped,
        };
        let rollback = transaction.roll_back(&mut held);
        let is_restored = rollback.as_ref().is_none_or(Rollback::is_complete);
        if is_restored || !held.is_held() {
            // If the journal can't be changed, the next process finds it, but its recovery has nothing left to do.
            let _ = transaction.forget();
        }
        // After a panic, nobody gets the report; if something is not as it was, the journal remains.
        held.release();
        Err(ApplyError {
            rollback,
            ..failure.into()
        })
    }

    /// Returns the entries of other GPUs in the journal. Fails if it has one of a GPU of these plans.
    fn open_entries(&self, plans: &[GpuPlan]) -> Result<Vec<Entry>, ApplyFailure> {
        let path = self.journal.path();
        let open = self.journal.read_if_there();
        let open = open.map_err(|source| ApplyFailure::Journal {
            path: path.to_owned(),
            source,
        })?;
        let is_planned = |entry: &Entry| plans.iter().any(|plan| plan.uuid == entry.uuid);
        if open.iter().any(is_planned) {
            let journal = path.to_owned();
            return Err(ApplyFailure::Interrupted { journal });
        }
        Ok(open)
    }
}

fn check(plans: &[GpuPlan]) -> Result<Vec<Change<'_>>, ApplyFailure> {
    for (at, plan) in plans.iter().enumerate() {
        if plans.iter().take(at).any(|other| other.uuid == plan.uuid) {
            let uuid = plan.uuid.clone();
            return Err(ApplyFailure::TwoPlans { uuid });
        }
    }
    let changes = plans.iter().map(Change::check);
    changes.filter_map(Result::transpose).collect()
}
