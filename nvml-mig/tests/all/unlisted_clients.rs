//! A program that keeps the GPU open and that no list shows, such as DCGM: the driver refuses the first GPU instance beside it.

use std::ops::ControlFlow;

use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanOptions, Progress, Rollback};
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::{GpuPlan, Layout, MachineLock, MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, ProcessKind, Simulator};

struct Machine {
    simulator: Simulator,
    nvml: Nvml,
    folder: tempfile::TempDir,
}

impl Machine {
    /// A GPU with this layout, and an unlisted program on it.
    fn with(gpu: GpuSpec, layout: &str) -> Self {
        let simulator = Simulator::builder().gpu(gpu).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let machine = Self {
            simulator,
            nvml,
            folder,
        };
        if !layout.is_empty() {
            machine.apply(layout).unwrap();
        }
        let client = Process::new(0, 7).kind(ProcessKind::Unlisted);
        machine.simulator.busy(client).unwrap();
        machine
    }

    fn apply(&self, layout: &str) -> Result<(), ApplyError> {
        self.apply_until(layout, usize::MAX)
    }

    /// Stops before the step of this number.
    fn apply_until(&self, layout: &str, stop: usize) -> Result<(), ApplyError> {
        let mut lock = MachineLock::take_in(self.folder.path()).unwrap();
        let device = self.nvml.device_by_index(0).unwrap();
        let layout: Layout = layout.parse().unwrap();
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        let plan = GpuPlan::from_device(&device, layout, options).unwrap();
        let stops =
            |step: &Progress| matches!(step, Progress::Step { number, .. } if *number == stop);
        let applied = lock.apply(&[plan], |step| match stops(step) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        applied.map(|_| ())
    }

    fn there(&self) -> String {
        let device = self.nvml.device_by_index(0).unwrap();
        let present = PresentGpuInstance::read_all(&device).unwrap();
        let model = GpuModel::read(&device).unwrap();
        model.layout_of(&present).to_string()
    }
}

/// The first and the last layout have nothing in common; at each moment one instance of either fits beside the other.
const CHANGES: &[(&str, &str, &str)] = &[
    ("a100-sxm4-40gb", "3g.20gb:0, 3g.20gb:4", "7*1g.5gb"),
    ("a100-sxm4-40gb", "7*1g.5gb", "2*3g.20gb"),
    (
        "a100-sxm4-40gb",
        "4g.20gb, 2g.10gb, 1g.5gb",
        "2*3g.20gb(2c, 1c)",
    ),
    ("a30", "2*2g.12gb", "4*1g.6gb"),
    ("a30", "4*1g.6gb", "2g.12gb, 2g.12gb+me"),
    (
        "h100-sxm5-80gb",
        "1g.10gb+me:0, 3g.40gb:4",
        "1g.10gb+me:1, 2g.20gb:4",
    ),
];

#[test]
fn the_gpu_is_never_without_an_instance() {
    for &(board, before, after) in CHANGES {
        let machine = Machine::with(GpuSpec::new(board), before);
        machine
            .apply(after)
            .unwrap_or_else(|error| panic!("{board}: {before} to {after}: {error}"));
        assert_ne!(machine.there(), before);
    }
}

#[test]
fn a_rollback_from_each_step_leaves_it_with_one_too() {
    for &(board, before, after) in CHANGES {
        let machine = Machine::with(GpuSpec::new(board), before);
        let there = machine.there();
        let mut stop = 1;
        while let Err(error) = machine.apply_until(after, stop) {
            assert!(matches!(*error.failure, ApplyFailure::Stopped), "{error}");
            let complete = error.rollback.as_ref().is_none_or(Rollback::is_complete);
            assert!(
                complete,
                "{board}: {before} to {after}, step {stop}: {error}"
            );
            assert_eq!(
                machine.there(),
                there,
                "{board}: {before} to {after}, step {stop}"
            );
            stop += 1;
        }
        assert!(stop > 6, "{board}: {before} to {after} has {stop} steps");
    }
}

/// MIG mode is on without a reset, and stays on beside the client. That is told, and is in nobody's way.
#[test]
fn mig_mode_that_stays_on_does_not_stop_the_next_change() {
    let machine = Machine::with(GpuSpec::new("h100-sxm5-80gb").mig(false), "");
    let error = machine.apply("2*3g.40gb").unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::Busy { .. }),
        "{error}"
    );
    let rollback = error.rollback.as_ref().unwrap();
    assert!(!rollback.is_complete());
    assert_eq!(rollback.gpus[0].modes.unwrap().current(), MigMode::Enabled);
    let text = error.to_string();
    assert!(
        text.contains("MIG mode was disabled and is enabled"),
        "{text}"
    );
    let lock = MachineLock::take_in(machine.folder.path()).unwrap();
    assert!(!lock.is_interrupted());
    drop(lock);
    machine.simulator.idle(ProcessFilter::default()).unwrap();
    machine.apply("2*3g.40gb").unwrap();
    assert_eq!(machine.there(), "3g.40gb:0, 3g.40gb:4");
}

/// From the whole GPU to parts there is no way but over the empty GPU. What is lost stays in the journal until the client has gone.
#[test]
fn what_could_not_be_created_again_comes_back_when_the_client_has_gone() {
    let machine = Machine::with(GpuSpec::new("a100-sxm4-40gb"), "7g.40gb");
    let there = machine.there();
    let error = machine.apply("2*3g.20gb").unwrap_err();
    assert!(error.to_string().contains("such as DCGM"), "{error}");
    assert!(!error.rollback.as_ref().unwrap().is_complete());
    let mut lock = MachineLock::take_in(machine.folder.path()).unwrap();
    assert!(lock.is_interrupted());
    machine.simulator.idle(ProcessFilter::default()).unwrap();
    let recovered = lock.recover(&machine.nvml, |_| ()).unwrap().unwrap();
    assert!(recovered.is_complete(), "{recovered}");
    assert_eq!(machine.there(), there);
}
