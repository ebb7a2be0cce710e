//! Errors of plans for GPUs, of carrying them out, of locks and of snapshots.

use std::ops::ControlFlow;

use crate::support::machine::{Driver, Machine};
use nvml_mig::apply::{
    ApplyError, ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, GpuTarget, LockOptions,
};
use nvml_mig::instance::{GpuInstanceId, GpuInstancePlacement};
use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::plan::PlanOptions;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, MigMode};
use nvml_mig_sim::{GpuSpec, Process, Virtualization, nvmlReturn_t};
use tempfile::TempDir;

use super::Table;

pub(super) fn add_to(table: &mut Table) {
    gpu_plans(table);
    refused(table);
    left_over(table);
    stopped(table);
    not_restored(table);
    kept(table);
}

fn target(layout: &str) -> GpuTarget {
    layout.parse::<Layout>().unwrap().into()
}

fn plan(device: &Device, layout: &str) -> GpuPlan {
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    GpuPlan::from_device(device, target(layout), options).unwrap()
}

/// Carries out plans that can not be carried out.
fn apply(folder: &TempDir, plans: &[GpuPlan]) -> ApplyError {
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.apply(plans, |_| ControlFlow::Continue(()));
    applied.unwrap_err()
}

fn gpu_plans(table: &mut Table) {
    let machine = Machine::with("a30");
    let why_not = |layout: &str| {
        let plan = GpuPlan::from_device(&machine.device, target(layout), GpuPlanOptions::default());
        plan.unwrap_err()
    };
    let error = why_not("2*4g.24gb");
    assert!(matches!(*error.reason, GpuPlanErrorReason::Plan(_)));
    table.add("GpuPlanError, GpuPlanErrorReason::Plan", &error, None);
    let gone = GpuTarget::remove([GpuInstanceId::new(9)]);
    let error = GpuPlan::from_device(&machine.device, gone, GpuPlanOptions::new());
    let error = error.unwrap_err();
    table.add("GpuPlanErrorReason::NoSuchInstance", &error, None);
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    let list = "nvmlDeviceGetGpuInstances";
    machine.simulator.fail(list, 1, unknown).unwrap();
    let error = why_not("4g.24gb");
    assert!(matches!(*error.reason, GpuPlanErrorReason::Nvml(_)));
    let source = std::error::Error::source(&error).unwrap();
    assert!(
        source.is::<nvml_mig::Error>(),
        "found by its type in a chain"
    );
    table.add("GpuPlanErrorReason::Nvml", &error, None);
    machine.simulator.busy(Process::new(0, 7)).unwrap();
    let _pending = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
    let error = why_not("4g.24gb");
    assert!(matches!(
        *error.reason,
        GpuPlanErrorReason::PendingChange(_)
    ));
    table.add("GpuPlanErrorReason::PendingChange", &error, None);
    whole_gpu_in_use(table);
    busy_instance(table);
    guest(table);

    let off = Machine::of(GpuSpec::new("a30").mig(false));
    off.simulator.busy(Process::new(0, 7)).unwrap();
    let _pending = off.device.set_mig_mode(MigMode::Enabled).unwrap();
    let error = GpuPlan::from_device(&off.device, target("4g.24gb"), PlanOptions::default());
    let error = error.unwrap_err();
    assert!(matches!(*error.reason, GpuPlanErrorReason::ResetNeeded(_)));
    table.add("GpuPlanErrorReason::ResetNeeded", &error, None);

    let off = Machine::of(GpuSpec::new("a30").mig(false));
    let error = GpuPlan::from_device(&off.device, target("4g.24gb"), PlanOptions::default());
    table.add("GpuPlanErrorReason::MigMode", &error.unwrap_err(), None);
    let snapshot = Snapshot::read(std::slice::from_ref(&off.device)).unwrap();
    let other = Machine::with("a100-sxm4-40gb");
    let error = snapshot.plans(&other.nvml, GpuSelector::PciAddress, PlanOptions::default());
    table.add("GpuPlanErrorReason::OtherModel", &error.unwrap_err(), None);
    let half = other
        .device
        .gpu_instance_profile_by_name("3g.20gb")
        .unwrap();
    let _gpu_instance = other.device.create_gpu_instance(half.id).unwrap();
    let mut saved = Snapshot::read(std::slice::from_ref(&other.device)).unwrap();
    saved.gpus[0].gpu_instances[0].name = "3g.40gb".into();
    let error = saved.plans(&other.nvml, GpuSelector::Uuid, PlanOptions::default());
    table.add(
        "GpuPlanErrorReason::OtherProfile",
        &error.unwrap_err(),
        None,
    );
}

fn refused(table: &mut Table) {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::with("a30");
    let device = &machine.device;
    let twice = [plan(device, "4g.24gb"), plan(device, "4g.24gb")];
    table.add("ApplyFailure::TwoPlans", &apply(&folder, &twice), None);

    machine
        .simulator
        .fail(
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            1,
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
        .unwrap();
    let error = apply(&folder, &twice[..1]);
    assert!(matches!(*error.failure, ApplyFailure::Step { .. }));
    let source = std::error::Error::source(&error).unwrap();
    assert!(
        source.is::<nvml_mig::Error>(),
        "found by its type in a chain"
    );
    table.add("ApplyError, ApplyFailure::Step", &error, None);

    let wanted = plan(device, "2*2g.12gb");
    let added = machine.create(0).unwrap();
    table.add("ApplyFailure::Changed", &apply(&folder, &[wanted]), None);
    let wanted = plan(device, "2*2g.12gb");
    let busy = Process::new(0, 7).gpu_instance(added.id().number());
    machine.simulator.busy(busy).unwrap();
    table.add("ApplyFailure::Busy", &apply(&folder, &[wanted]), None);
    machine.simulator.idle(Default::default()).unwrap();
    let wanted = plan(device, "2*2g.12gb");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetGpuInstances",
            1,
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
        .unwrap();
    let error = apply(&folder, &[wanted]);
    assert!(matches!(*error.failure, ApplyFailure::Read { .. }));
    table.add("ApplyFailure::Read", &error, None);

    let pending = Machine::of(GpuSpec::new("a30").mig(false));
    pending.simulator.busy(Process::new(0, 7)).unwrap();
    let error = apply(&folder, &[plan(&pending.device, "4g.24gb")]);
    assert!(matches!(*error.failure, ApplyFailure::ResetNeeded { .. }));
    table.add("ApplyFailure::ResetNeeded", &error, None);
    // This driver describes its profiles only with MIG mode on.
    let late = Driver("535.261.03").of(GpuSpec::new("a30").mig(false));
    let error = apply(&folder, &[plan(&late.device, "2*4g.24gb")]);
    assert!(matches!(*error.failure, ApplyFailure::Plan(_)));
    table.add("ApplyFailure::Plan", &error, None);
}

/// A client opens the temporary compute instance, which keeps id 0 free.
fn left_over(table: &mut Table) {
    let machine = Machine::with("a100-sxm4-40gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = [plan(&machine.device, "3g.20gb(1c:1#1)")];
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let error = lock.apply(&wanted, |step| {
        if step.to_string().contains("destroy temporary") {
            let created = machine.device.gpu_instances().unwrap().remove(0);
            let busy = Process::new(0, 7).gpu_instance(created.id().number());
            let _again = machine.simulator.busy(busy.compute_instance(0));
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::LeftOver { .. }));
    table.add("ApplyFailure::LeftOver", &error, None);
}

fn stopped(table: &mut Table) {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let wanted = [plan(&machine.device, "4g.24gb")];
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let error = lock.apply(&wanted, |_| ControlFlow::Break(())).unwrap_err();
    table.add("ApplyFailure::Stopped", &error, None);
    // Somebody else destroys what was created before it is read back.
    let error = lock.apply(&wanted, |step| {
        if matches!(step, nvml_mig::apply::Progress::Verify { .. }) {
            let created = machine.device.gpu_instances().unwrap().remove(0);
            created.destroy_with_compute_instances().unwrap();
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::NotAsPlanned { .. }));
    assert!(error.rollback.as_ref().unwrap().is_complete());
    table.add("ApplyFailure::NotAsPlanned", &error, None);
    let journal = folder
        .path()
        .join(machine.device.uuid().unwrap() + ".journal");
    // As if the process had been killed before its first step.
    let mut text = String::new();
    let error = lock.apply(&wanted, |_| {
        text = std::fs::read_to_string(&journal).unwrap();
        ControlFlow::Break(())
    });
    error.unwrap_err();
    std::fs::write(&journal, &text).unwrap();
    let error = lock
        .apply(&wanted, |_| ControlFlow::Continue(()))
        .unwrap_err();
    table.add("ApplyFailure::Interrupted", &error, Some(folder.path()));
    let newer = text.replacen("\"version\":3", "\"version\":4", 1);
    let counted = text.replacen("\"gpus\":1", "\"gpus\":2", 1);
    for (text, variant) in [
        ("{", "ApplyFailure::Journal, of another program"),
        (&*newer, "ApplyFailure::Journal, of a newer version"),
        (&text[..text.len() - 9], "ApplyFailure::Journal, cut off"),
        (&*counted, "ApplyFailure::Journal, damaged"),
    ] {
        std::fs::write(&journal, text).unwrap();
        let error = lock.recover(&machine.nvml, |_| {}).unwrap_err();
        table.add(variant, &error, Some(folder.path()));
    }
    std::fs::remove_file(&journal).unwrap();
    drop(lock);
    let options = LockOptions::new().with_folder(folder.path());
    let lock = options.with_gpus(["GPU-0"]).take();
    let error = lock
        .unwrap()
        .unwrap()
        .apply(&wanted, |_| ControlFlow::Continue(()));
    table.add("ApplyFailure::NotLocked", &error.unwrap_err(), None);
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join("lock")).unwrap();
    let error = lock.recover(&machine.nvml, |_| {}).unwrap_err();
    table.add("ApplyFailure::LockLost", &error, Some(folder.path()));
    std::fs::write(&journal, text).unwrap();
    let error = MachineLock::take_in(&journal).unwrap_err();
    table.add("LockError", &error, Some(folder.path()));
}

/// Neither the planned instances nor the destroyed one can be created.
fn not_restored(table: &mut Table) {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let _destroyed = machine.create(0).unwrap();
    let wanted = plan(&machine.device, "2*2g.12gb");
    let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    machine.simulator.fail(create, 0, unknown).unwrap();
    let error = apply(&folder, &[wanted]);
    assert!(!error.rollback.as_ref().unwrap().is_complete());
    table.add("ApplyError, incomplete rollback", &error, None);
}

fn kept(table: &mut Table) {
    for (variant, text) in [
        ("SnapshotError::Json", "{"),
        ("SnapshotError::Version", "{\"version\": 2, \"gpus\": []}"),
    ] {
        table.add(variant, &Snapshot::from_json(text).unwrap_err(), None);
    }
    let machine = Machine::with("a30");
    let twice = [machine.device.clone(), machine.device.clone()];
    let text = Snapshot::read(&twice).unwrap().to_json().unwrap();
    let error = Snapshot::from_json(&text).unwrap_err();
    table.add("SnapshotError::Twice", &error, None);
    let mut gpu = GpuSnapshot::new("GPU-1", "00000000:17:00.0", "NVIDIA A30");
    let nowhere = GpuInstancePlacement { start: 0, size: 0 };
    let instance = PlacedGpuInstance::new(GpuInstanceProfileId::new(14), "1g.6gb", nowhere);
    gpu = gpu.with_gpu_instances(vec![instance]);
    let text = Snapshot::new(vec![gpu]).to_json().unwrap();
    let error = Snapshot::from_json(&text).unwrap_err();
    table.add("SnapshotError::Impossible", &error, None);
}

fn whole_gpu_in_use(table: &mut Table) {
    let machine = Machine::with("a30");
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    let layout: Layout = "4g.24gb".parse().unwrap();
    let error = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::new()).unwrap_err();
    assert!(matches!(*error.reason, GpuPlanErrorReason::InUse));
    table.add("GpuPlanErrorReason::InUse", &error, None);
}

fn busy_instance(table: &mut Table) {
    let machine = Machine::with("a30");
    let profile = machine.device.gpu_instance_profile_by_name("2g.12gb");
    let created = machine
        .device
        .create_gpu_instance(profile.unwrap().id)
        .unwrap();
    let process = Process::new(0, 4242).gpu_instance(created.id().number());
    machine.simulator.busy(process).unwrap();
    let target = GpuTarget::remove([created.id()]);
    let error = GpuPlan::from_device(&machine.device, target, GpuPlanOptions::new()).unwrap_err();
    assert!(matches!(*error.reason, GpuPlanErrorReason::Removal(_)));
    table.add("GpuPlanErrorReason::Removal", &error, None);
}

fn guest(table: &mut Table) {
    let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let machine = Machine::of(guest);
    let layout: Layout = "4g.24gb".parse().unwrap();
    let error = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::new()).unwrap_err();
    assert!(matches!(*error.reason, GpuPlanErrorReason::VgpuGuest));
    table.add("GpuPlanErrorReason::VgpuGuest", &error, None);
}
