//! MIG modes that take effect only at a reset or reboot: they stay pending, and the next change goes on from there.
//! An A100 or A30 in a virtual machine, or with a client that never leaves, has them (MIG user guide).

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::support::transactions::matrix::journal_text::of_another_boot;
use nvml_mig::apply::{
    ApplyError, ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, GpuTarget, PendingMigMode,
    Progress, ResetMethod, Rollback,
};
use nvml_mig::device::MigModes;
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{
    GpuSpec, Process, ProcessFilter, ProcessKind, Simulator, SimulatorBuilder, Virtualization,
};
use tempfile::TempDir;

const LAYOUT: &str = "3g.20gb:4, 2g.10gb:0";
const ON: MigModes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
const OFF: MigModes = MigModes::new(MigMode::Disabled, MigMode::Disabled);
const WAITS_FOR_ON: MigModes = MigModes::new(MigMode::Disabled, MigMode::Enabled);
const WAITS_FOR_OFF: MigModes = MigModes::new(MigMode::Enabled, MigMode::Disabled);

struct Machine {
    simulator: Simulator,
    devices: Vec<Device>,
    nvml: Nvml,
    folder: TempDir,
}

fn machine(gpus: &[GpuSpec]) -> Machine {
    let builder = gpus.iter().cloned();
    let builder = builder.fold(Simulator::builder(), SimulatorBuilder::gpu);
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    Machine {
        devices: nvml.devices().unwrap(),
        nvml,
        simulator,
        folder: tempfile::tempdir().unwrap(),
    }
}

fn a100() -> GpuSpec {
    GpuSpec::new("a100-sxm4-40gb").mig(false)
}

fn passed_through() -> GpuSpec {
    a100().virtualization(Virtualization::PassThrough)
}

fn layout(text: &str) -> GpuTarget {
    text.parse::<Layout>().unwrap().into()
}

fn options() -> GpuPlanOptions {
    GpuPlanOptions::new().with_change_mig_mode(true)
}

impl Machine {
    fn plans(&self, target: &GpuTarget, options: &GpuPlanOptions) -> Vec<GpuPlan> {
        let plan = |device| GpuPlan::from_device(device, target, options.clone()).unwrap();
        self.devices.iter().map(plan).collect()
    }

    fn lock(&self) -> MachineLock {
        MachineLock::take_in(self.folder.path()).unwrap()
    }

    fn apply(&self, target: &GpuTarget) -> Result<nvml_mig::apply::Applied, ApplyError> {
        let plans = self.plans(target, &options());
        self.lock().apply(&plans, |_| ControlFlow::Continue(()))
    }

    /// The same where modes stay pending: which ones.
    fn waits(&self, target: &GpuTarget) -> Vec<PendingMigMode> {
        let error = self.apply(target).unwrap_err();
        assert!(!self.lock().is_interrupted(), "{error}");
        let mut rollback = error.rollback.iter();
        assert!(rollback.all(Rollback::is_complete), "{error}");
        match *error.failure {
            ApplyFailure::ResetNeeded { gpus, .. } => gpus,
            other => panic!("{other}"),
        }
    }

    fn modes(&self) -> Vec<MigModes> {
        let modes = self.devices.iter().map(|device| device.mig_mode().unwrap());
        modes.collect()
    }

    fn there(&self, gpu: usize) -> String {
        let present = PresentGpuInstance::read_all(&self.devices[gpu]).unwrap();
        let model = GpuModel::read(&self.devices[gpu]).unwrap();
        model.layout_of(&present).to_string()
    }

    fn journals(&self) -> Vec<(PathBuf, String)> {
        let paths = fs::read_dir(self.folder.path()).unwrap();
        let paths = paths.map(|entry| entry.unwrap().path());
        let journals = paths.filter(|path| path.extension().is_some_and(|end| end == "journal"));
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        };
        journals.map(read).collect()
    }

    /// What remains of a change that is killed in its last step so far.
    fn killed(&self, target: &GpuTarget) -> Vec<(PathBuf, String)> {
        let mut journals = Vec::new();
        let plans = self.plans(target, &options());
        let applied = self.lock().apply(&plans, |step| {
            if matches!(step, Progress::Step { .. }) {
                journals = self.journals();
            }
            ControlFlow::Continue(())
        });
        applied.unwrap_err();
        assert!(!journals.is_empty());
        journals
    }
}

#[test]
fn a_virtual_machine_has_mig_after_one_reboot_and_the_layout_after_each() {
    let machine = machine(&[passed_through()]);
    let waits = machine.waits(&layout(LAYOUT));
    assert_eq!(waits[0].how, ResetMethod::GuestReboot);
    assert_eq!(waits[0].reason, Some(ReturnCode::ResetRequired));
    assert_eq!(machine.modes(), [WAITS_FOR_ON]);
    // The second run before the reboot is no worse.
    assert_eq!(machine.waits(&layout(LAYOUT)), waits);
    for _ in 0..3 {
        machine.simulator.reboot(false).unwrap();
        assert_eq!(machine.modes(), [ON]);
        machine.apply(&layout(LAYOUT)).unwrap();
        assert_eq!(machine.there(0), LAYOUT);
    }
}

/// Such as DCGM, which starts again with the machine.
#[test]
fn a_machine_whose_client_stays_has_mig_after_one_reboot_and_the_layout_after_each() {
    let machine = machine(&[a100()]);
    let client = || {
        let process = Process::new(0, 4242).name("/usr/bin/nv-hostengine");
        machine.simulator.busy(process).unwrap();
    };
    client();
    let waits = machine.waits(&layout(LAYOUT));
    let ResetMethod::StopClients { processes, .. } = &waits[0].how else {
        panic!("{waits:?}");
    };
    assert_eq!(processes[0].pid, 4242);
    let text = waits[0].to_string();
    assert!(
        text.contains("stop process 4242 (/usr/bin/nv-hostengine), then apply again"),
        "{text}"
    );
    assert_eq!(machine.modes(), [WAITS_FOR_ON]);
    for _ in 0..3 {
        machine.simulator.reboot(false).unwrap();
        assert_eq!(machine.modes(), [ON]);
        machine.apply(&layout(LAYOUT)).unwrap();
        assert_eq!(machine.there(0), LAYOUT);
        client();
    }
}

#[test]
fn once_the_clients_have_ended_the_next_change_goes_on_without_a_reboot() {
    let machine = machine(&[a100()]);
    machine.simulator.busy(Process::new(0, 7)).unwrap();
    machine.waits(&layout(LAYOUT));
    machine.simulator.idle(ProcessFilter::default()).unwrap();
    machine.apply(&layout(LAYOUT)).unwrap();
    assert_eq!(machine.there(0), LAYOUT);
}

#[test]
fn one_reboot_is_enough_for_all_gpus_on_and_off() {
    let machine = machine(&[passed_through(), passed_through(), passed_through()]);
    assert_eq!(machine.waits(&layout(LAYOUT)).len(), 3);
    assert_eq!(machine.modes(), [WAITS_FOR_ON; 3]);
    machine.simulator.reboot(false).unwrap();
    machine.apply(&layout(LAYOUT)).unwrap();
    assert_eq!(machine.waits(&GpuTarget::MigDisabled).len(), 3);
    assert_eq!(machine.modes(), [WAITS_FOR_OFF; 3]);
    // Until the reboot, they can be used.
    for gpu in 0..3 {
        assert_eq!(machine.there(gpu), LAYOUT);
    }
    machine.simulator.reboot(false).unwrap();
    assert_eq!(machine.modes(), [OFF; 3]);
    machine.apply(&GpuTarget::MigDisabled).unwrap();
}

/// The one that needs no reset is put back, since all of the change is done or nothing.
#[test]
fn what_is_done_beside_a_pending_mode_is_taken_back() {
    let machine = machine(&[a100(), passed_through()]);
    let waits = machine.waits(&layout(LAYOUT));
    assert_eq!(waits.len(), 1);
    assert_eq!(machine.modes(), [OFF, WAITS_FOR_ON]);
    machine.simulator.reboot(false).unwrap();
    machine.apply(&layout(LAYOUT)).unwrap();
    assert_eq!(machine.there(0), machine.there(1));
}

/// A client in no list, such as DCGM, keeps the mode pending. The driver would refuse to create the first instance again,
/// so what was destroyed as planned stays destroyed.
#[test]
fn switching_off_beside_a_client_goes_as_far_as_it_can() {
    let machine = machine(&[a100()]);
    machine.apply(&layout(LAYOUT)).unwrap();
    let client = Process::new(0, 7).kind(ProcessKind::Unlisted);
    machine.simulator.busy(client).unwrap();
    let waits = machine.waits(&GpuTarget::MigDisabled);
    assert!(waits[0].instances_destroyed && waits[0].stays);
    assert_eq!(machine.modes(), [WAITS_FOR_OFF]);
    assert_eq!(machine.there(0), "none");
    let text = machine.apply(&GpuTarget::MigDisabled).unwrap_err();
    assert!(text.to_string().contains("such as DCGM"), "{text}");
    machine.simulator.idle(ProcessFilter::default()).unwrap();
    machine.apply(&GpuTarget::MigDisabled).unwrap();
    assert_eq!(machine.modes(), [OFF]);
}

/// What was destroyed on the first GPU stays destroyed, so that not everything is restored.
#[test]
fn what_a_pending_mode_destroyed_is_not_said_to_be_restored() {
    let machine = machine(&[a100(), a100()]);
    machine.apply(&layout(LAYOUT)).unwrap();
    let client = Process::new(0, 7).kind(ProcessKind::Unlisted);
    machine.simulator.busy(client).unwrap();
    let text = machine.apply(&GpuTarget::MigDisabled).unwrap_err();
    let text = text.to_string();
    assert_eq!(machine.modes(), [WAITS_FOR_OFF, ON]);
    assert_eq!([machine.there(0), machine.there(1)], ["none", LAYOUT]);
    assert!(text.contains("its instances were destroyed"), "{text}");
    assert!(text.contains("; everything else was restored"), "{text}");
}

/// A change that fails for another reason leaves no mode pending that nobody expects at the next reboot.
#[test]
fn another_failure_leaves_no_mode_pending() {
    let machine = machine(&[passed_through(), a100()]);
    let plans = machine.plans(&layout(LAYOUT), &options());
    let applied = machine.lock().apply(&plans, |step| match step {
        Progress::Step { number: 2, .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    let error = applied.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Stopped));
    assert!(error.rollback.unwrap().is_complete());
    assert_eq!(machine.modes(), [OFF, OFF]);
}

#[test]
fn a_pending_mode_is_taken_back_on_request() {
    let machine = machine(&[passed_through()]);
    let options = options().with_take_back_pending_mode(true);
    let plans = machine.plans(&layout(LAYOUT), &options);
    let applied = machine.lock().apply(&plans, |_| ControlFlow::Continue(()));
    let error = applied.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("was taken back"), "{text}");
    assert!(text.ends_with("; everything was restored"), "{text}");
    assert_eq!(machine.modes(), [OFF]);
    // A reboot now would change nothing, so the sentence doesn't ask for it.
    assert!(!text.contains("reboot it"), "{text}");
    assert!(
        text.contains("apply again, and let it stay pending"),
        "{text}"
    );
    machine.simulator.reboot(false).unwrap();
    assert_eq!(machine.modes(), [OFF]);
}

/// A change that others left pending, in the other direction.
#[test]
fn a_pending_change_in_the_other_direction_is_offered_to_be_taken_back() {
    let machine = machine(&[passed_through()]);
    machine.waits(&layout(LAYOUT));
    machine.simulator.reboot(false).unwrap();
    machine.apply(&layout(LAYOUT)).unwrap();
    let _pending = machine.devices[0].set_mig_mode(MigMode::Disabled).unwrap();
    assert_eq!(machine.modes(), [WAITS_FOR_OFF]);
    let without = GpuPlan::from_device(&machine.devices[0], layout(LAYOUT), GpuPlanOptions::new());
    let refused = without.unwrap_err();
    assert!(
        matches!(*refused.reason, GpuPlanErrorReason::PendingChange(modes) if modes == WAITS_FOR_OFF)
    );
    let sentence = "taking this change back is not allowed";
    assert!(refused.to_string().contains(sentence), "{refused}");
    let plans = machine.plans(&layout(LAYOUT), &options());
    assert_eq!(
        plans[0].lines(),
        ["keep MIG mode enabled: take the pending change back"]
    );
    machine.apply(&layout(LAYOUT)).unwrap();
    assert_eq!(machine.modes(), [ON]);
    assert_eq!(machine.there(0), LAYOUT);
}

#[test]
fn a_plan_says_before_that_it_needs_a_reboot_and_what_it_can_not_check() {
    let gpus = [passed_through()];
    let builder = Simulator::builder().driver_version("535.261.03");
    let simulator = builder.gpu(gpus[0].clone()).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let plan = GpuPlan::from_device(&device, layout("3g.20gb"), options()).unwrap();
    assert_eq!(plan.reset(), Some(&ResetMethod::GuestReboot));
    assert_eq!(
        plan.lines(),
        [
            "set MIG mode to enabled, which is pending until this virtual machine is rebooted; then apply again for the rest",
            "create 3g.20gb, if it fits: with MIG mode off, this driver does not list the profiles of the GPU",
        ]
    );
}

#[test]
fn a_kill_before_or_after_the_reboot_does_not_take_a_pending_mode_back() {
    for reboots in [false, true] {
        let machine = machine(&[passed_through(), passed_through()]);
        let journals = machine.killed(&layout(LAYOUT));
        // The second GPU was not asked yet.
        let _back = machine.devices[1].set_mig_mode(MigMode::Disabled).unwrap();
        assert_eq!(machine.modes(), [WAITS_FOR_ON, OFF]);
        if reboots {
            machine.simulator.reboot(false).unwrap();
        }
        for (path, text) in &journals {
            let found = if reboots {
                of_another_boot(text)
            } else {
                text.clone()
            };
            fs::write(path, found).unwrap();
        }
        let modes = machine.modes();
        let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
        let report = report.unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!(machine.modes()[0], modes[0], "{report}");
        assert!(!machine.lock().is_interrupted());
    }
}
