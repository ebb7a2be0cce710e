//! Snapshots: kept, compared and restored.

use std::ops::ControlFlow;

use crate::support::chain::chain;
use crate::support::machine::Machine;
use crate::support::transactions::Stage;
use crate::support::transactions::scenes::SAMPLE;
use nvml_mig::apply::{GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::device::MigModeChange;
use nvml_mig::inventory::Inventory;
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot, SnapshotError};
use nvml_mig::{Layout, MachineLock, MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, Virtualization};

fn options() -> GpuPlanOptions {
    GpuPlanOptions::default().with_change_mig_mode(true)
}

fn restore(stage: &Stage, snapshot: &Snapshot) {
    let plans = snapshot
        .plans(&stage.nvml, GpuSelector::Uuid, options())
        .unwrap();
    let mut lock = stage.lock();
    lock.apply(&plans, |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn what_was_kept_comes_back_whatever_came_in_between() {
    for scene in SAMPLE {
        let stage = Stage::new(scene);
        let device = std::slice::from_ref(&stage.device);
        let kept = Snapshot::read(device).unwrap().to_json().unwrap();
        stage
            .apply(stage.plan(), |_| ControlFlow::Continue(()))
            .unwrap();
        let snapshot = Snapshot::from_json(&kept).unwrap();
        assert!(!snapshot.is_alike(&Snapshot::read(device).unwrap()));
        restore(&stage, &snapshot);
        assert!(snapshot.is_alike(&Snapshot::read(device).unwrap()));
        assert_eq!(
            crate::support::transactions::state(&stage.device),
            stage.original,
            "{scene}"
        );
        // Once more: nothing is changed.
        stage.simulator.log_calls(true).unwrap();
        restore(&stage, &snapshot);
        let calls = stage.simulator.calls().unwrap();
        let words = ["Create", "Destroy", "SetMig"];
        assert!(!calls.is_empty());
        for call in calls {
            assert!(!words.iter().any(|word| call.function.contains(word)));
        }
    }
}

#[test]
fn a_gpu_without_mig_mode() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    let inventory = Inventory::read(&machine.device).unwrap();
    let snapshot = GpuSnapshot::from_inventory(&inventory).unwrap();
    assert!(!snapshot.mig_enabled && snapshot.gpu_instances.is_empty());
}

/// A snapshot at shutdown must not take back at boot what the reboot has done.
#[test]
fn a_pending_mode_is_what_comes_back_after_a_reboot() {
    for (before, after) in [(false, MigMode::Enabled), (true, MigMode::Disabled)] {
        let guest = GpuSpec::new("a100-sxm4-40gb").virtualization(Virtualization::PassThrough);
        let machine = Machine::of(guest.mig(before));
        let change = machine.device.set_mig_mode(after).unwrap();
        assert!(matches!(change, MigModeChange::Pending { .. }));
        let devices = std::slice::from_ref(&machine.device);
        let snapshot = Snapshot::read(devices).unwrap();
        assert_eq!(snapshot.gpus[0].mig_enabled, before);
        assert_eq!(snapshot.gpus[0].pending_mig_enabled, Some(!before));
        let snapshot = Snapshot::from_json(&snapshot.to_json().unwrap()).unwrap();
        machine.simulator.reboot(false).unwrap();
        let machine = Machine::open(machine.simulator);
        let plans = snapshot.plans(&machine.nvml, GpuSelector::Uuid, options());
        let plans = plans.unwrap();
        assert!(plans[0].changes_nothing(), "{}", plans[0]);
        assert_eq!(machine.device.mig_mode().unwrap().current(), after);
    }
    let on = GpuSnapshot::new("GPU-1", "", "").with_pending_mig_enabled(true);
    assert_eq!(on.target(), Layout::new().into());
}

#[test]
fn order_does_not_count_and_places_do() {
    let stage = Stage::new(SAMPLE[4]);
    let one = GpuSnapshot::read(&stage.device).unwrap();
    let mut other = one.clone();
    other.gpu_instances.reverse();
    other.gpu_instances[0].compute_instances.reverse();
    assert_ne!(one, other);
    assert!(one.is_alike(&other));
    other.gpu_instances[0].placement.start += 1;
    assert!(!one.is_alike(&other));
    let mut off = one.clone();
    off.mig_enabled = false;
    assert!(!one.is_alike(&off));
    assert_eq!(off.target(), GpuTarget::MigDisabled);
}

#[test]
fn a_gpu_is_found_by_its_uuid_or_by_its_slot() {
    let machine = |board: &str, seed: u64| {
        let builder = Simulator::builder().gpu(GpuSpec::new(board)).seed(seed);
        let simulator = builder.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        (nvml, simulator)
    };
    let (nvml, _old) = machine("a30", 0);
    let snapshot = Snapshot::read(&nvml.devices().unwrap()).unwrap();
    // The GPU was replaced by another of the same model.
    let (nvml, _new) = machine("a30", 1);
    let error = snapshot.plans(&nvml, GpuSelector::Uuid, options());
    let error = error.unwrap_err();
    assert!(matches!(*error.reason, GpuPlanErrorReason::Nvml(_)));
    assert_eq!(error.uuid.as_ref(), Some(&snapshot.gpus[0].uuid));
    let plans = snapshot.plans(&nvml, GpuSelector::PciAddress, options());
    assert!(plans.unwrap()[0].changes_nothing());
    let now = Snapshot::read(&nvml.devices().unwrap()).unwrap();
    assert!(!snapshot.is_alike(&now));
    // By one of another model.
    let (nvml, _other) = machine("a100-sxm4-40gb", 2);
    let error = snapshot.plans(&nvml, GpuSelector::PciAddress, options());
    let error = error.unwrap_err();
    assert!(
        matches!(&*error.reason, GpuPlanErrorReason::OtherModel { before, now, .. }
            if before == "NVIDIA A30" && now == "NVIDIA A100-SXM4-40GB"),
        "{error}"
    );
}

#[test]
fn a_gpu_that_can_not_be_read_does_not_hide_the_others() {
    use nvml_mig_sim::nvmlReturn_t as C;
    let codes = [
        (C::NVML_ERROR_GPU_IS_LOST, ReturnCode::GpuIsLost),
        (C::NVML_ERROR_NO_PERMISSION, ReturnCode::NoPermission),
        (C::NVML_ERROR_UNKNOWN, ReturnCode::Unknown),
        (C::NVML_ERROR_INVALID_ARGUMENT, ReturnCode::InvalidArgument),
    ];
    for (code, expected) in codes {
        let builder = (0..3).fold(Simulator::builder(), |builder, _| {
            builder.gpu(GpuSpec::new("a30"))
        });
        let simulator = builder.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let devices = nvml.devices().unwrap();
        let whole = Snapshot::read(&devices).unwrap();
        let fresh = Nvml::init_from(simulator.library_path()).unwrap();
        let unread = fresh.devices().unwrap();
        simulator.refuse_gpu(1, Some(code)).unwrap();

        let read: Vec<_> = Snapshot::read_each(nvml.each_device().unwrap()).collect();
        let codes: Vec<_> = read
            .iter()
            .map(|(index, gpu)| (*index, gpu.as_ref().err().and_then(nvml_mig::Error::code)))
            .collect();
        assert_eq!(codes, [(0, None), (1, Some(expected)), (2, None)]);

        let plans: Vec<_> = whole
            .each_plan(&nvml, GpuSelector::Uuid, options())
            .collect();
        let [Ok(_), Err(error), Ok(_)] = plans.as_slice() else {
            panic!("{plans:?}");
        };
        assert_eq!(error.uuid.as_ref(), Some(&whole.gpus[1].uuid));
        // All or nothing: the error says which GPU it is, by the UUID if it was read before.
        let said = Snapshot::read(&devices).unwrap_err().to_string();
        assert!(said.contains(&whole.gpus[1].uuid), "{said}");
        let said = Snapshot::read(&unread).unwrap_err().to_string();
        assert!(said.contains(" on devices[1]"), "{said}");
    }
}

#[test]
fn a_text_that_is_no_snapshot_is_refused_with_its_place() {
    let error = |text: &str| Snapshot::from_json(text).unwrap_err();
    assert!(matches!(error("{}"), SnapshotError::Json(_)));
    assert!(chain(&error("{\n  \"version\": x")).contains("line 2"));
    let newer = error("{\"version\": 2, \"devices\": []}");
    assert!(matches!(newer, SnapshotError::Version { found: 2, .. }));
    assert!(matches!(
        error("{\"version\": 1, \"gpus\": [], \"more\": 1}"),
        SnapshotError::Json(_)
    ));
    let stage = Stage::new(SAMPLE[0]);
    let mut snapshot = Snapshot::read(std::slice::from_ref(&stage.device)).unwrap();
    assert_eq!(
        Snapshot::from_json(&snapshot.to_json().unwrap()).unwrap(),
        snapshot
    );
    snapshot.gpus.push(snapshot.gpus[0].clone());
    assert!(matches!(
        error(&snapshot.to_json().unwrap()),
        SnapshotError::Twice { .. }
    ));
}

#[test]
fn a_restore_waits_for_no_busy_instance() {
    let stage = Stage::new(SAMPLE[4]);
    let mut snapshot = Snapshot::read(std::slice::from_ref(&stage.device)).unwrap();
    snapshot.gpus[0].gpu_instances.clear();
    let error = snapshot.plans(&stage.nvml, GpuSelector::Uuid, options());
    let error = chain(&error.unwrap_err());
    assert!(error.contains("busy"), "{error}");
    assert!(
        MachineLock::try_take_in(stage.folder.path())
            .unwrap()
            .is_some()
    );
}
