//! MIG mode in a transaction: switched off on an Ampere GPU, it takes the idle instances of others with it.

use std::ops::ControlFlow;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget, LeftAlone, Progress};
use nvml_mig::device::MigModes;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, Simulator, nvmlReturn_t};
use tempfile::TempDir;

/// Both boards need a reset for a change of MIG mode, which the driver makes at once if no process runs.
const BOARDS: [(&str, &str); 2] = [("a30", "2*2g.12gb"), ("a100-sxm4-40gb", "2*3g.20gb")];

struct Machine {
    simulator: Simulator,
    device: Device,
    nvml: Nvml,
    folder: TempDir,
}

fn machine(board: &str, is_on: bool) -> Machine {
    let gpu = GpuSpec::new(board).mig(is_on);
    let simulator = Simulator::builder().gpu(gpu).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    Machine {
        device: nvml.device_by_index(0).unwrap(),
        nvml,
        simulator,
        folder: tempfile::tempdir().unwrap(),
    }
}

impl Machine {
    fn plan(&self, target: impl Into<GpuTarget>) -> GpuPlan {
        let options = GpuPlanOptions::new().with_change_mig_mode(true);
        GpuPlan::from_device(&self.device, target, options).unwrap()
    }

    fn lock(&self) -> MachineLock {
        MachineLock::take_in(self.folder.path()).unwrap()
    }

    /// Applies a layout without incident.
    fn stands(&self, layout: &str) {
        let plan = self.plan(layout.parse::<Layout>().unwrap());
        let applied = self.lock().apply(&[plan], |_| ControlFlow::Continue(()));
        applied.unwrap();
    }

    /// What others do: a GPU instance of the smallest profile.
    fn others_create(&self) {
        let smallest = self.device.gpu_instance_profiles().unwrap();
        let smallest = smallest.iter().min_by_key(|profile| profile.slice_count);
        let id: GpuInstanceProfileId = smallest.unwrap().id;
        let _theirs = self.device.create_gpu_instance(id).unwrap();
    }

    fn count(&self) -> usize {
        self.device.gpu_instances().unwrap().len()
    }

    fn modes(&self) -> MigModes {
        self.device.mig_mode().unwrap()
    }
}

const fn settled(mode: MigMode) -> MigModes {
    MigModes::new(mode, mode)
}

fn sets_mode(step: &Progress) -> bool {
    step.to_string().contains("set MIG mode to disabled")
}

#[test]
fn mig_mode_is_not_switched_off_under_an_instance_of_others() {
    for (board, layout) in BOARDS {
        let machine = machine(board, true);
        machine.stands(layout);
        let plan = machine.plan(GpuTarget::MigDisabled);
        let applied = machine.lock().apply(&[plan], |step| {
            if sets_mode(step) {
                machine.others_create();
            }
            ControlFlow::Continue(())
        });
        let error = applied.unwrap_err();
        assert_eq!(machine.modes(), settled(MigMode::Enabled), "{error}");
        assert!(machine.count() >= 1, "{board}: {error}");
        let rollback = error.rollback.as_ref().unwrap();
        let left_alone = &rollback.gpus[0].left_alone;
        let is_theirs = |one: &LeftAlone| matches!(one, LeftAlone::Created(_));
        assert!(left_alone.iter().any(is_theirs), "{error}");
    }
}

#[test]
fn a_rollback_that_can_not_list_instances_leaves_mig_mode_on() {
    for (board, layout) in BOARDS {
        let machine = machine(board, false);
        let plan = machine.plan(layout.parse::<Layout>().unwrap());
        let applied = machine.lock().apply(&[plan], |step| match step {
            Progress::Step { number: 2, .. } => {
                machine.others_create();
                let (function, code) = ("nvmlDeviceGetGpuInstances", 999);
                let simulator = &machine.simulator;
                simulator.fail(function, 0, nvmlReturn_t(code)).unwrap();
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        });
        machine.simulator.clear_faults().unwrap();
        let error = applied.unwrap_err();
        assert_eq!(machine.modes(), settled(MigMode::Enabled), "{error}");
        assert_eq!(machine.count(), 1, "{board}: {error}");
        assert!(machine.lock().is_interrupted());
    }
}

/// Others create one while the rollback reports its steps, after it has read what is there.
#[test]
fn a_rollback_does_not_switch_mig_mode_off_under_an_instance_of_others() {
    for (board, layout) in BOARDS {
        let machine = machine(board, false);
        let plan = machine.plan(layout.parse::<Layout>().unwrap());
        let applied = machine.lock().apply(&[plan], |step| {
            if sets_mode(step) {
                machine.others_create();
            }
            match step {
                Progress::Verify { .. } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        let error = applied.unwrap_err();
        assert_eq!(machine.modes(), settled(MigMode::Enabled), "{error}");
        assert_eq!(machine.count(), 1, "{board}: {error}");
    }
}

/// Before, the mode was to go off at the next reset, since a process ran. When it has ended, asking for that again would be
/// the reset.
#[test]
fn a_pending_mode_is_not_made_pending_again_over_the_instances_from_before() {
    for (board, layout) in BOARDS {
        let machine = machine(board, true);
        machine.stands(layout);
        let busy = machine.device.gpu_instances().unwrap()[0].id().number();
        let process = Process::new(0, 4242).gpu_instance(busy).compute_instance(0);
        machine.simulator.busy(process).unwrap();
        let _pending = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
        let before = MigModes::new(MigMode::Enabled, MigMode::Disabled);
        assert_eq!(machine.modes(), before);
        let plan = machine.plan(layout.parse::<Layout>().unwrap());
        let applied = machine.lock().apply(&[plan], |step| match step {
            Progress::Verify { .. } => {
                machine.simulator.idle(ProcessFilter::default()).unwrap();
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        });
        let error = applied.unwrap_err();
        assert_eq!(machine.count(), 2, "{board}: {error}");
        let modes = machine.modes();
        assert_eq!(modes.current(), MigMode::Enabled, "{error}");
        // Or the report says so.
        let told = error.rollback.as_ref().unwrap();
        assert_eq!(told.is_complete(), modes == before, "{error}");
        assert_eq!(machine.lock().is_interrupted(), modes != before);
        let _report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
        assert_eq!(machine.count(), 2);
    }
}
