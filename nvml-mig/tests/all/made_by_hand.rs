//! Data that a program makes itself: in a test of its own, or from another source than NVML.

use crate::support::machine::Machine;
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::device::{Bar1Info, MemoryInfo};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId, GpuInstancePlacement};
use nvml_mig::plan::{DoesNotFitReason, GpuModel, PlacedGpuInstance, PlanError, PlanOptions};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, MigDeviceSnapshot, Snapshot};

#[test]
fn memory() {
    let machine = Machine::with("a30");
    let read = machine.device.memory_info().unwrap();
    let made = MemoryInfo::new(read.total_bytes, read.free_bytes, read.used_bytes);
    let made = made.with_reserved_bytes(read.reserved_bytes.unwrap());
    assert_eq!((made, made.total_mib()), (read, read.total_mib()));
    let read = machine.device.bar1_info().unwrap();
    let made = Bar1Info::new(read.total_bytes, read.free_bytes, read.used_bytes);
    assert_eq!(made, read);
}

#[test]
fn options_say_what_they_were_given() {
    let instances = PlanOptions::new().with_destroy_busy(true);
    let options = GpuPlanOptions::new()
        .with_instances(instances)
        .with_change_mig_mode(true);
    assert_eq!(options.instances(), instances);
    assert!(options.change_mig_mode());
    assert!(instances.destroy_idle() && instances.destroy_busy());
    assert_eq!(
        GpuPlanOptions::from(instances).with_change_mig_mode(true),
        options
    );
}

#[test]
fn a_model_of_fewer_instances() {
    let machine = Machine::with("a30");
    let model = GpuModel::read(&machine.device).unwrap();
    let most = |model: &GpuModel, layout: &str| {
        let plan = model.plan(&[], &layout.parse().unwrap(), PlanOptions::new());
        match plan.unwrap_err() {
            PlanError::DoesNotFit(error) => match error.reason {
                DoesNotFitReason::Instances {
                    inside,
                    wanted,
                    most,
                    ..
                } => (inside, wanted, most),
                other => panic!("{other}"),
            },
            other => panic!("{other}"),
        }
    };
    let one = model.clone().with_max_gpu_instances(1);
    assert_eq!(most(&one, "2*1g.6gb"), (None, 2, 1));
    let one = model.with_max_compute_instances(1);
    assert_eq!(most(&one, "4g.24gb(2*2c)"), (Some("4g.24gb".into()), 2, 1));
}

/// As a tool does it that keeps partitionings in a database of its own.
#[test]
fn a_snapshot_is_restored() {
    let machine = Machine::with("a30");
    let device = &machine.device;
    let whole = device.gpu_instance_profile_by_name("4g.24gb").unwrap();
    let placement = GpuInstancePlacement { start: 0, size: 4 };
    let instance = PlacedGpuInstance::new(whole.id, whole.name, placement);
    let (uuid, pci) = (device.uuid().unwrap(), device.pci_info().unwrap());
    let gpu = GpuSnapshot::new(uuid, pci.bus_id, device.name().unwrap());
    let gpu = gpu.with_gpu_instances(vec![instance]);
    let snapshot = Snapshot::new(vec![gpu]);
    let plans = snapshot.plans(&machine.nvml, GpuSelector::Uuid, GpuPlanOptions::new());
    assert_eq!(
        plans.unwrap()[0].to_string(),
        "create GPU instance 4g.24gb at 0:4"
    );
    let _whole = machine.create(whole.id.number()).unwrap();
    assert_eq!(
        Snapshot::read(std::slice::from_ref(device)).unwrap(),
        snapshot
    );
}

#[test]
fn a_snapshot_names_the_mig_devices() {
    let machine = Machine::with("a30");
    let profile = machine.device.gpu_instance_profile_by_name("4g.24gb");
    let mig_device = machine
        .device
        .create_mig_device(profile.unwrap().id)
        .unwrap();
    let read = GpuSnapshot::read(&machine.device).unwrap();
    let made = MigDeviceSnapshot::new(
        mig_device.uuid().unwrap(),
        "4g.24gb",
        GpuInstanceId::new(0),
        ComputeInstanceId::new(0),
    );
    assert_eq!(read.mig_devices, std::slice::from_ref(&made));
    let without = read.clone().with_mig_devices(Vec::new());
    assert_ne!(without, read);
    assert!(without.is_alike(&read));
    assert_eq!(without.with_mig_devices(vec![made]), read);
}
