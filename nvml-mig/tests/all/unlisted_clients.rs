//! A program that keeps the GPU open and that no list shows, such as DCGM: the driver refuses the first GPU instance beside it.

use std::ops::ControlFlow;

use crate::support::plans::{layout, plan, there};
use nvml_mig::apply::{
    ApplyError, ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, Progress, Rollback,
};
use nvml_mig::{GpuPlan, Layout, MachineLock, MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, ProcessKind, Simulator, nvmlReturn_t};

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
        let plan = plan(&device, &self::layout(layout));
        let stops =
            |step: &Progress| matches!(step, Progress::Step { number, .. } if *number == stop);
        let applied = lock.apply(&[plan], |step| match stops(step) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        applied.map(|_| ())
    }

    fn there(&self) -> String {
        there(&self.nvml.device_by_index(0).unwrap())
    }
}

/// The first and the last layout have nothing in common. In the first ones an old instance fits beside a new one; in the last
/// ones there is room for a third.
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
    ("a100-sxm4-40gb", "2g.10gb:0, 2g.10gb:2", "4g.20gb"),
    ("a100-sxm4-40gb", "3g.20gb:0", "4g.20gb"),
    ("a100-sxm4-40gb", "1g.5gb+me:0", "1g.5gb+me:3"),
    ("h100-sxm5-80gb", "4g.40gb", "2g.20gb:0, 2g.20gb:2"),
    ("a30", "2g.12gb+me", "1g.6gb+me"),
    ("rtx-pro-6000-bse", "1g.24gb+me.all", "1g.24gb+me"),
    ("rtx-pro-6000-bse", "2g.48gb+me.all", "2*1g.24gb"),
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
        assert!(stop > 5, "{board}: {before} to {after} has {stop} steps");
    }
}

/// MIG mode changes without a reset, and stays enabled beside the client. The error reports this, and it does not block the next
/// change.
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

/// What another GPU's failure brings back must not be what can't be created again.
#[test]
fn a_gpu_that_is_emptied_for_good_comes_last() {
    let gpu = || GpuSpec::new("a100-sxm4-40gb");
    let simulator = Simulator::builder().gpu(gpu()).gpu(gpu()).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plans = |layouts: [&str; 2]| {
        let devices = nvml.devices().unwrap();
        let plans = devices.iter().zip(layouts).map(|(device, layout)| {
            let layout: Layout = layout.parse().unwrap();
            GpuPlan::from_device(device, layout, GpuPlanOptions::default()).unwrap()
        });
        plans.collect::<Vec<_>>()
    };
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let halves = ["2*3g.20gb", "2*3g.20gb"];
    lock.apply(&plans(halves), |_| ControlFlow::Continue(()))
        .unwrap();
    for gpu in 0..2 {
        let client = Process::new(gpu, 7).kind(ProcessKind::Unlisted);
        simulator.busy(client).unwrap();
    }
    let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
    simulator
        .fail(function, 1, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let plans_to = plans(["none", "3g.20gb, 2*1g.5gb"]);
    let error = lock
        .apply(&plans_to, |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(
        error.rollback.as_ref().is_none_or(Rollback::is_complete),
        "{error}"
    );
    assert!(
        plans(halves).iter().all(GpuPlan::changes_nothing),
        "{error}"
    );
}

/// Drivers up to R535 list no profiles with MIG mode off. A process that is listed is seen before the mode is changed.
#[test]
fn a_gpu_in_use_is_refused_before_mig_mode_also_where_no_profile_is_known() {
    for driver in ["525.147.05", "535.261.03", "580.65.06"] {
        let gpu = GpuSpec::new("h100-sxm5-80gb").mig(false);
        let simulator = Simulator::builder()
            .driver_version(driver)
            .gpu(gpu)
            .start()
            .unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        simulator.busy(Process::new(0, 4242)).unwrap();
        let layout: Layout = "2*3g.40gb".parse().unwrap();
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        let error = GpuPlan::from_device(&device, layout, options).unwrap_err();
        assert!(
            matches!(*error.reason, GpuPlanErrorReason::InUse),
            "{driver}: {error}"
        );
    }
}
