//! Locks of some GPUs of a machine, side by side.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanOptions, LockOptions, Progress};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};
use tempfile::TempDir;

/// Three GPUs, and a folder for the locks.
struct Stage {
    devices: Vec<Device>,
    uuids: Vec<String>,
    nvml: Nvml,
    simulator: Simulator,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let builder = Simulator::builder();
        let builder = (0..3).fold(builder, |builder, _| builder.gpu(GpuSpec::new("a30")));
        let simulator = builder.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let devices = nvml.devices().unwrap();
        Self {
            uuids: devices.iter().map(|gpu| gpu.uuid().unwrap()).collect(),
            devices,
            nvml,
            simulator,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Tries once to lock these GPUs.
    fn try_lock(&self, gpus: &[usize]) -> Option<MachineLock> {
        let options = LockOptions::new().with_folder(self.folder());
        let options = options.with_gpus(gpus.iter().map(|gpu| self.uuids[*gpu].clone()));
        options.with_time_limit(Default::default()).take().unwrap()
    }

    fn lock(&self, gpus: &[usize]) -> MachineLock {
        self.try_lock(gpus).unwrap()
    }

    fn plan(&self, gpu: usize) -> GpuPlan {
        let layout: Layout = "4*1g.6gb".parse().unwrap();
        GpuPlan::from_device(&self.devices[gpu], layout, GpuPlanOptions::default()).unwrap()
    }

    /// Whether the plan of a GPU was carried out.
    fn is_done(&self, gpu: usize) -> bool {
        match self.devices[gpu].mig_devices().unwrap().len() {
            0 => false,
            4 => true,
            other => panic!("{other}"),
        }
    }

    /// Stops between the GPUs 0 and 1, as if the process were killed there.
    fn interrupted(&self) {
        let journal = self.folder().join(format!("{}.journal", self.uuids[0]));
        let mut text = String::new();
        let mut lock = self.lock(&[0, 1]);
        let plans = [self.plan(0), self.plan(1)];
        let stopped = lock.apply(&plans, |step| {
            let second = &self.uuids[1];
            if text.is_empty() && matches!(step, Progress::Step { gpu, .. } if gpu == second) {
                text = fs::read_to_string(&journal).unwrap();
            }
            ControlFlow::Continue(())
        });
        stopped.unwrap();
        fs::write(journal, text).unwrap();
        for instance in self.devices[1].gpu_instances().unwrap() {
            instance.destroy_with_compute_instances().unwrap();
        }
        assert!(self.is_done(0) && !self.is_done(1));
    }
}

fn apply(
    lock: &mut MachineLock,
    plans: &[GpuPlan],
) -> Result<nvml_mig::apply::Applied, ApplyError> {
    lock.apply(plans, |_| ControlFlow::Continue(()))
}

#[test]
fn a_lock_excludes_locks_of_the_same_gpu_and_of_the_machine() {
    let stage = Stage::new();
    let first = stage.lock(&[0]);
    assert_eq!(first.gpus(), Some(&stage.uuids[..1]));
    let second = stage.lock(&[2, 1]);
    for taken in [&[0][..], &[1], &[2], &[0, 1, 2]] {
        assert!(stage.try_lock(taken).is_none(), "{taken:?}");
    }
    assert!(MachineLock::try_take_in(stage.folder()).unwrap().is_none());
    let holder = MachineLock::holder(stage.folder()).unwrap().unwrap();
    assert_eq!(holder.pid, std::process::id());
    drop(first);
    assert!(MachineLock::try_take_in(stage.folder()).unwrap().is_none());
    // What a failed attempt had locked is free again.
    drop(stage.lock(&[0]));
    drop(second);
    let machine = MachineLock::try_take_in(stage.folder()).unwrap().unwrap();
    assert_eq!(machine.gpus(), None);
    assert!(stage.try_lock(&[0]).is_none());
    drop(machine);
    assert_eq!(MachineLock::holder(stage.folder()).unwrap(), None);
    assert!(stage.try_lock(&[0, 1, 2]).is_some());
}

/// GPUs of others do not matter.
#[test]
fn the_holder_of_the_same_gpu_is_named() {
    let stage = Stage::new();
    let _own = stage.lock(&[1]);
    // A program that writes no name has the first.
    let file = stage.folder().join(format!("{}.lock", stage.uuids[0]));
    let file = fs::File::create(file).unwrap();
    file.lock().unwrap();
    let holder = |gpus: &[usize]| {
        let gpus = gpus.iter().map(|&gpu| stage.uuids[gpu].clone());
        let options = LockOptions::new().with_folder(stage.folder());
        options.with_gpus(gpus).holder().unwrap()
    };
    assert_eq!(holder(&[0]).unwrap().since, None);
    assert!(holder(&[1]).unwrap().since.is_some());
    assert_eq!(holder(&[2]), None);
}

#[test]
fn different_gpus_are_changed_side_by_side() {
    let stage = Stage::new();
    let (mut first, mut second) = (stage.lock(&[0]), stage.lock(&[1]));
    let mut other = Some(stage.plan(1));
    let applied = first.apply(&[stage.plan(0)], |_| {
        if let Some(plan) = other.take() {
            assert!(!second.is_interrupted());
            apply(&mut second, &[plan]).unwrap();
        }
        ControlFlow::Continue(())
    });
    applied.unwrap();
    assert!(stage.is_done(0) && stage.is_done(1));
}

#[test]
fn a_gpu_that_is_not_locked_is_not_changed() {
    let stage = Stage::new();
    let mut lock = stage.lock(&[0, 1]);
    let error = apply(&mut lock, &[stage.plan(0), stage.plan(2)]).unwrap_err();
    let message = format!(
        "GPU {} is not locked: take the lock for it too; nothing was changed",
        stage.uuids[2]
    );
    assert_eq!(error.to_string(), message);
    assert!(!stage.is_done(0) && !stage.is_done(2));
    apply(&mut lock, &[stage.plan(0), stage.plan(1)]).unwrap();
    assert!(stage.is_done(0) && stage.is_done(1));
}

/// Its transaction is undone as a whole, or not at all.
#[test]
fn an_interrupted_change_of_two_gpus_is_recovered_with_the_lock_of_both() {
    let stage = Stage::new();
    stage.interrupted();
    for one in [0, 1] {
        let mut lock = stage.lock(&[one]);
        assert_eq!(
            lock.interrupted_gpus().unwrap(),
            [stage.uuids[one].as_str()]
        );
        let error = lock.recover(&stage.nvml, |_| {}).unwrap_err();
        let other = &stage.uuids[1 - one];
        assert!(matches!(&*error.failure, ApplyFailure::NotLocked { uuid, .. } if uuid == other));
        let error = apply(&mut lock, &[stage.plan(one)]).unwrap_err();
        assert!(matches!(*error.failure, ApplyFailure::Interrupted { .. }));
    }
    let mut third = stage.lock(&[2]);
    assert!(!third.is_interrupted());
    assert!(third.recover(&stage.nvml, |_| {}).unwrap().is_none());
    apply(&mut third, &[stage.plan(2)]).unwrap();
    let mut both = stage.lock(&[0, 1]);
    let rollback = both.recover(&stage.nvml, |_| {}).unwrap().unwrap();
    assert!(rollback.is_complete(), "{rollback}");
    assert!(!stage.is_done(0) && !stage.is_done(1) && stage.is_done(2));
    assert!(!both.is_interrupted());
}

/// The GPU that is away keeps nobody from changing the other one.
#[test]
fn what_is_left_of_a_recovery_belongs_to_its_gpu_alone() {
    let stage = Stage::new();
    stage.interrupted();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    stage.simulator.refuse_gpu(0, Some(lost)).unwrap();
    let mut both = stage.lock(&[0, 1]);
    let rollback = both.recover(&stage.nvml, |_| {}).unwrap().unwrap();
    assert!(!rollback.is_complete());
    assert_eq!(both.interrupted_gpus().unwrap(), [stage.uuids[0].as_str()]);
    drop(both);
    let mut second = stage.lock(&[1]);
    assert!(!second.is_interrupted());
    apply(&mut second, &[stage.plan(1)]).unwrap();
    stage.simulator.refuse_gpu(0, None).unwrap();
    let mut first = stage.lock(&[0]);
    assert!(
        first
            .recover(&stage.nvml, |_| {})
            .unwrap()
            .unwrap()
            .is_complete()
    );
    assert!(!stage.is_done(0) && stage.is_done(1));
}

#[test]
fn a_uuid_that_can_be_no_file_is_refused() {
    let stage = Stage::new();
    for uuid in ["", "../lock", "GPU/x", "GPU\0x", &"x".repeat(200)] {
        let options = LockOptions::new().with_folder(stage.folder());
        let error = options.with_gpus([uuid]).take().unwrap_err();
        assert_eq!(error.path, stage.folder());
        let message = error.source.to_string();
        let quoted = uuid.replace('\0', "\\0");
        assert!(message.starts_with(&format!("'{}", &quoted[..quoted.len().min(100)])));
        assert!(message.ends_with("' is not the UUID of a GPU"), "{message}");
    }
}
