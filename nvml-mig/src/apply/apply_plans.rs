//! Applies plans under the lock of the machine.

use core::ops::ControlFlow;

use super::applied::{Applied, AppliedGpu};
use super::apply_error::{ApplyError, ApplyFailure};
use super::change::Change;
use super::entry::Entry;
use super::gpu_plan::GpuPlan;
use super::gpu_plan_options::GpuPlanOptions;
use super::gpu_target::GpuTarget;
use super::held_panic::HeldPanic;
use super::journal::Journal;
use super::machine_lock::MachineLock;
use super::progress::Progress;
use super::recorder::Recorder;
use super::transaction::Transaction;
use crate::query::Device;

/// # Carrying out plans
impl MachineLock {
    /// Applies plans, at most one per GPU: all of them or none.
    ///
    /// Returns what the GPUs have then: the ids, placements and MIG UUIDs of all instances that were created or kept. They are
    /// read before the change is committed; if they can't be, it fails.
    ///
    /// First it checks that no GPU has changed since its plan was made, and otherwise changes nothing. Then it enables MIG
    /// mode where planned, performs the steps of each GPU, and reads the result back. `progress` receives each step before
    /// it is performed, and can stop there, for example at Ctrl-C.
    ///
    /// After a failure, all GPUs are restored: MIG mode, GPU instances and compute instances, at their placements. Only
    /// instances that this call created are destroyed for that, and only those that it destroyed are created again. These can
    /// get other ids, and then their MIG devices other UUIDs, which the report lists. If a GPU can't be restored,
    /// [`ApplyError::rollback`] reports the differences, and the GPU stays in the journal for [`recover`](Self::recover). A
    /// created GPU instance that would remain without any compute instance is destroyed. MIG mode is not switched off while
    /// there are GPU instances, also not to restore a mode that was pending.
    ///
    /// Where the driver records a MIG mode but can't activate it, as in a virtual machine, the mode stays pending and
    /// [`ApplyFailure::ResetNeeded`] tells what makes it take effect. It is set on all GPUs of the plans, so that one reboot is
    /// enough for all; only then is the rest restored, except GPUs of which only the mode changes and has changed. After the
    /// reset or reboot, plan and apply again.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Write, stderr};
    /// # use std::ops::ControlFlow;
    /// # use nvml_mig::{GpuPlan, Layout, MachineLock, Nvml};
    /// # use nvml_mig::apply::GpuPlanOptions;
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let (temporary, layout) = (tempfile::tempdir()?, "2g.12gb, 2*1g.6gb".parse::<Layout>()?);
    /// # let folder = temporary.path();
    /// let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
    /// let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
    /// lock.apply(&[plan], |step| {
    ///     let _ = writeln!(stderr(), "{step}"); // `println!` can panic, which undoes everything
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
    ) -> Result<Applied, ApplyError> {
        self.check_in_force()?;
        self.check_plans(plans)?;
        let (mut changes, entries): (Vec<Change<'_>>, Vec<Entry>) =
            check(plans)?.into_iter().unzip();
        if plans.iter().all(GpuPlan::changes_nothing) {
            for change in &mut changes {
                change.read_back()?;
            }
            return Ok(applied(plans, changes));
        }
        let recorder = self.recorder(entries)?;
        let mut transaction = Transaction::new(changes, recorder, &mut progress);
        let mut held = HeldPanic::default();
        let failure = match held.hold(|| transaction.run()) {
            Some(Ok(())) => return Ok(applied(plans, transaction.into_changes())),
            Some(Err(failure)) => failure,
            None => ApplyFailure::Stopped,
        };
        let rollback = transaction.roll_back(&failure, &mut held);
        // If the journal can't be changed, the next process finds it, but its recovery has nothing left to do.
        let _ = transaction.forget(rollback.as_ref());
        held.release();
        Err(ApplyError {
            rollback,
            ..failure.into()
        })
    }

    /// Plans the change of one GPU and applies it: for a layout, for one more instance, or for one less.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// use nvml_mig::MachineLock;
    /// use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
    ///
    /// let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
    /// let one_more = GpuTarget::Add("2g.12gb".parse()?);
    /// let applied = lock.change(&device, one_more, GpuPlanOptions::new())?;
    /// let created = applied.created().next().ok_or("nothing was created")?;
    /// println!("{}", applied.mig_uuids().next().ok_or("it has no MIG device")?);
    ///
    /// lock.change(&device, GpuTarget::remove([created.id]), GpuPlanOptions::new())?;
    /// # assert!(device.gpu_instances()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`GpuPlan::from_device`] as [`ApplyFailure::Plan`], except that a GPU that can't be read is
    /// [`ApplyFailure::Read`], and one that is in use as a whole [`ApplyFailure::Busy`]; and all errors of
    /// [`apply`](Self::apply).
    pub fn change(
        &mut self,
        device: &Device,
        target: impl Into<GpuTarget>,
        options: impl Into<GpuPlanOptions>,
    ) -> Result<Applied, ApplyError> {
        let plan = GpuPlan::from_device(device, target, options);
        let plan = plan.map_err(ApplyFailure::of_plan)?;
        self.apply(&[plan], |_| ControlFlow::Continue(()))
    }

    /// Checks that the GPUs are locked, and that no interrupted change of them is open.
    fn check_plans(&self, plans: &[GpuPlan]) -> Result<(), ApplyFailure> {
        if let Some(plan) = plans.iter().find(|plan| !self.is_locked(&plan.uuid)) {
            let uuid = plan.uuid.clone();
            return Err(ApplyFailure::NotLocked { uuid });
        }
        let is_planned = |entry: &Entry| plans.iter().any(|plan| plan.uuid == entry.uuid);
        let mut interrupted = self.interrupted()?.into_iter();
        let open = interrupted.find_map(|(journal, entries)| {
            let entry = entries.into_iter().find(is_planned)?;
            let journal = journal.path().to_owned();
            let left_over = ApplyFailure::left_over(&entry);
            Some(left_over.unwrap_or(ApplyFailure::Interrupted { journal }))
        });
        open.map_or(Ok(()), Err)
    }

    /// Begins the record of a transaction.
    fn recorder(&self, entries: Vec<Entry>) -> Result<Recorder, ApplyFailure> {
        let first = entries.first().map_or("", |entry| &entry.uuid);
        let journal = Journal::of(&self.folder, first);
        let journal = journal.map_err(ApplyFailure::journal(&self.folder))?;
        Ok(Recorder::new(journal, entries))
    }
}

/// The result of each plan. A GPU without MIG has no change.
fn applied(plans: &[GpuPlan], changes: Vec<Change<'_>>) -> Applied {
    let mut results: Vec<AppliedGpu> = changes
        .into_iter()
        .filter_map(|change| change.applied)
        .collect();
    let of = |plan: &GpuPlan| {
        let at = results.iter().position(|result| result.uuid == plan.uuid);
        match at {
            Some(at) => results.swap_remove(at),
            None => AppliedGpu::new(&plan.uuid, plan.modes, Vec::new()),
        }
    };
    Applied::new(plans.iter().map(of).collect())
}

fn check(plans: &[GpuPlan]) -> Result<Vec<(Change<'_>, Entry)>, ApplyFailure> {
    for (at, plan) in plans.iter().enumerate() {
        if plans.iter().take(at).any(|other| other.uuid == plan.uuid) {
            let uuid = plan.uuid.clone();
            return Err(ApplyFailure::TwoPlans { uuid });
        }
    }
    let changes = plans.iter().map(Change::check);
    changes.filter_map(Result::transpose).collect()
}
