//! Transactions on several GPUs: all of them or none, also where one of them can't be restored at once.

use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

use nvml_mig::apply::{ApplyFailure, GpuPlanOptions, LockOptions, Progress};
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, Simulator, nvmlReturn_t};
use tempfile::TempDir;

struct Machine {
    simulator: Simulator,
    devices: Vec<Device>,
    nvml: Nvml,
    folder: TempDir,
}

const BEFORE: &str = "2*2g.12gb";
const AFTER: &str = "4*1g.6gb";

fn machine(gpus: usize) -> Machine {
    let mut builder = Simulator::builder();
    for _ in 0..gpus {
        builder = builder.gpu(GpuSpec::new("a30"));
    }
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let machine = Machine {
        devices: nvml.devices().unwrap(),
        nvml,
        simulator,
        folder: tempfile::tempdir().unwrap(),
    };
    let plans = machine.plans(BEFORE);
    let applied = machine.lock().apply(&plans, |_| ControlFlow::Continue(()));
    applied.unwrap();
    machine
}

impl Machine {
    fn lock(&self) -> MachineLock {
        MachineLock::take_in(self.folder.path()).unwrap()
    }

    fn plans(&self, layout: &str) -> Vec<GpuPlan> {
        let layout: Layout = layout.parse().unwrap();
        let plan = |device| GpuPlan::from_device(device, &layout, GpuPlanOptions::new()).unwrap();
        self.devices.iter().map(plan).collect()
    }

    fn uuid(&self, gpu: usize) -> String {
        self.devices[gpu].uuid().unwrap()
    }

    /// Number of GPU instances of each GPU: two before, four after.
    fn counts(&self) -> Vec<usize> {
        let count = |device| PresentGpuInstance::read_all(device).unwrap().len();
        self.devices.iter().map(count).collect()
    }

    /// Keeps the journal of a change of all GPUs that is stopped at its end, with the GPUs as they are then.
    fn killed_at_the_end(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut journals = Vec::new();
        let plans = self.plans(AFTER);
        let applied = self.lock().apply(&plans, |step| {
            if matches!(step, Progress::Verify { .. }) {
                journals = self.journals();
            }
            ControlFlow::Continue(())
        });
        applied.unwrap();
        journals
    }

    fn journals(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let paths = fs::read_dir(self.folder.path()).unwrap();
        let paths = paths.map(|entry| entry.unwrap().path());
        let journals = paths.filter(|path| path.extension().is_some_and(|end| end == "journal"));
        journals
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }

    fn put(&self, journals: &[(std::path::PathBuf, Vec<u8>)]) {
        for (path, text) in journals {
            fs::write(path, text).unwrap();
        }
    }

    fn away(&self, gpu: u32, is_away: bool) {
        let code = is_away.then_some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
        self.simulator.refuse_gpu(gpu, code).unwrap();
    }
}

/// The one that stands complete is taken back too, once the other one was.
#[test]
fn a_gpu_that_was_away_follows_the_others_back() {
    for away in [0, 1] {
        let machine = machine(2);
        let journals = machine.killed_at_the_end();
        machine.put(&journals);
        machine.away(away, true);
        let rollback = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
        assert!(!rollback.unwrap().is_complete());
        machine.away(away, false);
        assert!(machine.lock().is_interrupted());
        let rollback = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
        assert_eq!(machine.counts(), [2, 2], "{rollback:?}");
        assert!(rollback.unwrap().is_complete());
        assert!(!machine.lock().is_interrupted());
    }
}

#[test]
fn a_gpu_that_was_busy_follows_the_others_back() {
    let machine = machine(2);
    let plans = machine.plans(AFTER);
    let uuid = machine.uuid(1);
    let applied = machine.lock().apply(&plans, |step| match step {
        // The first one is complete then.
        Progress::Verify { gpu, .. } if *gpu == uuid => {
            let newest = machine.devices[0].gpu_instances().unwrap();
            let process = Process::new(0, 4242).gpu_instance(newest[0].id().number());
            machine.simulator.busy(process.compute_instance(0)).unwrap();
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    let error = applied.unwrap_err();
    assert_eq!(machine.counts(), [4, 2], "{error}");
    let mut lock = machine.lock();
    assert_eq!(lock.interrupted_gpus().unwrap(), [machine.uuid(0)]);
    let rollback = lock.recover(&machine.nvml, |_| {}).unwrap();
    assert!(!rollback.unwrap().is_complete());
    machine.simulator.idle(ProcessFilter::default()).unwrap();
    let rollback = lock.recover(&machine.nvml, |_| {}).unwrap();
    assert_eq!(machine.counts(), [2, 2], "{rollback:?}");
    assert!(rollback.unwrap().is_complete());
}

#[test]
fn a_change_that_stands_complete_on_all_gpus_is_done() {
    let machine = machine(2);
    let journals = machine.killed_at_the_end();
    machine.put(&journals);
    let rollback = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert!(rollback.is_none());
    assert_eq!(machine.counts(), [4, 4]);
    assert!(!machine.lock().is_interrupted());
}

/// The lock is for one GPU, and one of two journals concerns the other one too: nothing is changed behind an error that says
/// so.
#[test]
fn recovery_under_a_lock_of_some_gpus_is_all_or_nothing() {
    let machine = machine(4);
    let layout: Layout = AFTER.parse().unwrap();
    let mut journals = Vec::new();
    for pair in [[0, 1], [2, 3]] {
        let plan = |gpu: usize| {
            GpuPlan::from_device(&machine.devices[gpu], &layout, GpuPlanOptions::new()).unwrap()
        };
        let applied = machine.lock().apply(&pair.map(plan), |step| {
            if matches!(step, Progress::Step { number: 3, .. }) {
                journals.extend(machine.journals());
            }
            ControlFlow::Continue(())
        });
        applied.unwrap();
    }
    assert_eq!(journals.len(), 2);
    machine.put(&journals);
    let counts = machine.counts();
    // Destroyed on one GPU of each pair, so that recovery has something to do.
    for gpu in [1, 3] {
        let instances = machine.devices[gpu].gpu_instances().unwrap();
        for instance in instances.into_iter().take(1) {
            instance.destroy_with_compute_instances().unwrap();
        }
    }
    let changed = machine.counts();
    assert_ne!(counts, changed);
    for alone in 0..4 {
        let gpus = (0..4).filter(|gpu| *gpu != alone);
        let options = LockOptions::new().with_folder(machine.folder.path());
        let options = options.with_gpus(gpus.map(|gpu| machine.uuid(gpu)));
        let mut lock = options.take().unwrap().unwrap();
        let mut steps = 0;
        let error = lock.recover(&machine.nvml, |_| steps += 1).unwrap_err();
        assert!(matches!(*error.failure, ApplyFailure::NotLocked { .. }));
        assert_eq!((machine.counts(), steps), (changed.clone(), 0), "{error}");
    }
}

/// While one GPU is changed, another one is changed, stopped and recovered under a lock of its own.
#[test]
fn gpus_are_changed_side_by_side() {
    let machine = machine(2);
    let lock = |gpu: usize| {
        let options = LockOptions::new().with_folder(machine.folder.path());
        let options = options.with_gpus([machine.uuid(gpu)]);
        options.with_time_limit(Duration::ZERO).take().unwrap()
    };
    let plan = |gpu: usize, layout: &str| {
        let layout: Layout = layout.parse().unwrap();
        let device = &machine.devices[gpu];
        [GpuPlan::from_device(device, layout, GpuPlanOptions::new()).unwrap()]
    };
    let mut first = lock(0).unwrap();
    let applied = first.apply(&plan(0, AFTER), |step| {
        assert!(lock(0).is_none());
        assert!(
            MachineLock::try_take_in(machine.folder.path())
                .unwrap()
                .is_none()
        );
        let mut second = lock(1).unwrap();
        assert!(!second.is_interrupted());
        assert!(second.recover(&machine.nvml, |_| {}).unwrap().is_none());
        assert!(!second.give_up(&machine.uuid(0)).unwrap());
        // Stopped at its end, and then carried out, with the same journals beside it.
        let error = second.apply(&plan(1, AFTER), |step| match step {
            Progress::Verify { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert!(error.unwrap_err().rollback.unwrap().is_complete());
        for layout in [AFTER, BEFORE] {
            let applied = second.apply(&plan(1, layout), |_| ControlFlow::Continue(()));
            applied.unwrap();
        }
        assert_eq!(machine.journals().len(), 1, "{step}");
        ControlFlow::Continue(())
    });
    applied.unwrap();
    assert_eq!(machine.counts(), [4, 2]);
    assert!(machine.journals().is_empty());
}

/// Its own entry does not stop others, and is given up while it is away.
#[test]
fn other_gpus_are_changed_while_one_is_away_and_given_up() {
    let machine = machine(2);
    let journals = machine.killed_at_the_end();
    machine.put(&journals);
    let uuid = machine.uuid(0);
    machine.away(0, true);
    let rollback = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert!(!rollback.unwrap().is_complete());
    let layout: Layout = AFTER.parse().unwrap();
    let plan = GpuPlan::from_device(&machine.devices[1], layout, GpuPlanOptions::new()).unwrap();
    let mut lock = machine.lock();
    lock.apply(&[plan], |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(lock.interrupted_gpus().unwrap(), [uuid.as_str()]);
    assert!(lock.give_up(&uuid).unwrap());
    machine.away(0, false);
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
    assert_eq!(machine.counts(), [4, 4]);
}

/// What stands on a GPU that the change had not come to is as before, or of others: it is no reason to keep the journal.
#[test]
fn a_gpu_that_an_interrupted_change_had_not_come_to_is_left_alone() {
    let machine = machine(2);
    let empty = machine.plans("none");
    let emptied = machine.lock().apply(&empty, |_| ControlFlow::Continue(()));
    emptied.unwrap();
    let [journal, text] = journal_before_gpu_1(&machine);
    // By this journal, those of GPU 1 are of others. One of them is gone, so that the change is not complete.
    fs::write(journal, text).unwrap();
    let instances = machine.devices[1].gpu_instances().unwrap();
    for inside in instances[0].compute_instances().unwrap() {
        inside.destroy().unwrap();
    }
    let mut lock = machine.lock();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.gpus[0].is_complete(), "{report}");
    assert!(!report.gpus[1].is_complete(), "{report}");
    assert_eq!(machine.counts(), [0, 4]);
    assert!(!lock.is_interrupted());
}

/// The path and the text of the journal when GPU 0 is done, of a change that is carried out.
fn journal_before_gpu_1(machine: &Machine) -> [String; 2] {
    let mut found = None;
    let applied = machine.lock().apply(&machine.plans(AFTER), |progress| {
        let is_of_gpu_1 = matches!(progress, Progress::Step { gpu, .. } if *gpu == machine.uuid(1));
        if is_of_gpu_1 && found.is_none() {
            let mut files = fs::read_dir(machine.folder.path()).unwrap();
            let paths = files.by_ref().map(|file| file.unwrap().path());
            let mut journals = paths.filter(|path| path.extension() == Some("journal".as_ref()));
            let path = journals.next().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            found = Some([path.to_str().unwrap().to_owned(), text]);
        }
        ControlFlow::Continue(())
    });
    applied.unwrap();
    found.unwrap()
}
