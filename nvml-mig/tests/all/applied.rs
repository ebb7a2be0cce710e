//! What a change returns: the instances that it created and kept, in the order of the layout.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use nvml_mig::apply::{Applied, ApplyFailure, GpuPlanOptions, GpuTarget};
use nvml_mig::{GpuPlan, Layout, MachineLock, MigMode};
use nvml_mig_sim::{GpuSpec, nvmlReturn_t};

fn apply(machine: &Machine, target: impl Into<GpuTarget>) -> Applied {
    let folder = tempfile::tempdir().unwrap();
    let options = GpuPlanOptions::new().with_change_mig_mode(true);
    let plan = GpuPlan::from_device(&machine.device, target, options).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(&[plan], |_| ControlFlow::Continue(())).unwrap()
}

fn layout(text: &str) -> Layout {
    text.parse().unwrap()
}

/// Name, whether it was created, and the same of its compute instances.
type Told = (String, bool, Vec<(String, bool)>);

fn told(applied: &Applied) -> Vec<Told> {
    let gpu_instances = applied.gpus.iter().flat_map(|gpu| &gpu.gpu_instances);
    let told = gpu_instances.map(|gpu_instance| {
        let inside = gpu_instance.instance.compute_instances.iter();
        let inside = inside.map(|inside| (inside.instance.name.to_string(), inside.created));
        let name = gpu_instance.instance.name.to_string();
        (name, gpu_instance.created, inside.collect())
    });
    told.collect()
}

#[test]
fn created_and_kept_instances_are_told_in_the_order_of_the_layout() {
    let machine = Machine::with("a30");
    let first = apply(&machine, layout("1g.6gb, 2g.12gb(1c)"));
    let one = |name: &str, created, inside: &[(&str, bool)]| -> Told {
        let inside = inside
            .iter()
            .map(|(name, created)| ((*name).to_owned(), *created));
        (name.to_owned(), created, inside.collect())
    };
    assert_eq!(
        told(&first),
        [
            one("1g.6gb", true, &[("1g.6gb", true)]),
            one("2g.12gb", true, &[("1c.2g.12gb", true)]),
        ]
    );
    let second = apply(&machine, layout("2g.12gb(2*1c), 1g.6gb, 1g.6gb"));
    assert_eq!(
        told(&second),
        [
            one(
                "2g.12gb",
                false,
                &[("1c.2g.12gb", false), ("1c.2g.12gb", true)]
            ),
            one("1g.6gb", false, &[("1g.6gb", false)]),
            one("1g.6gb", true, &[("1g.6gb", true)]),
        ]
    );
    assert_eq!(second.gpus[0].created().count(), 1);
    let there = machine.device.mig_devices().unwrap();
    assert_eq!(second.mig_uuids().count(), 4);
    for mig_device in there {
        let uuid = mig_device.uuid().unwrap();
        assert!(second.mig_uuids().any(|told| told == uuid));
        let ids = (
            mig_device.gpu_instance_id().unwrap(),
            mig_device.compute_instance_id().unwrap(),
        );
        let mut gpu_instances = second.gpus[0].gpu_instances.iter();
        let of = gpu_instances.find(|one| one.id == ids.0).unwrap();
        let mut inside = of.instance.compute_instances.iter();
        let inside = inside.find(|inside| inside.id == ids.1).unwrap();
        assert_eq!(inside.mig_uuid.as_deref(), Some(uuid.as_str()));
    }
    // The same again changes nothing, and tells the same but for what was created.
    let third = apply(&machine, layout("2g.12gb(2*1c), 1g.6gb, 1g.6gb"));
    assert_eq!(third.gpus[0].created().count(), 0);
    assert_eq!(
        third.mig_uuids().collect::<Vec<_>>(),
        second.mig_uuids().collect::<Vec<_>>()
    );
}

#[test]
fn without_mig_there_is_none_to_tell() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    let applied = apply(&machine, GpuTarget::MigDisabled);
    let [gpu] = applied.gpus.as_slice() else {
        panic!("{applied:?}");
    };
    assert_eq!(gpu.uuid, machine.device.uuid().unwrap());
    assert_eq!(gpu.modes.unwrap().current(), MigMode::Disabled);
    assert!(gpu.gpu_instances.is_empty());
}

/// Nobody could use or destroy an instance that a success does not name.
#[test]
fn a_created_instance_whose_uuid_can_not_be_read_is_taken_back() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let plan = GpuPlan::from_device(&machine.device, layout("4g.24gb"), GpuPlanOptions::new());
    let function = "nvmlDeviceGetMigDeviceHandleByIndex";
    machine
        .simulator
        .fail(function, 0, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.apply(&[plan.unwrap()], |_| ControlFlow::Continue(()));
    let error = applied.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Read { .. }));
    assert!(error.rollback.unwrap().is_complete());
    assert!(machine.device.gpu_instances().unwrap().is_empty());
}
