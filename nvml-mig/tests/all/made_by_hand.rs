//! Data that a program makes itself: in a test of its own, or from another source than NVML.

use crate::support::machine::Machine;
use nvml_mig::apply::{
    Applied, AppliedComputeInstance, AppliedGpu, AppliedGpuInstance, GpuPlanOptions, GpuRollback,
    InstanceSelector, PendingMigMode, ResetMethod,
};
use nvml_mig::device::{Architecture, Bar1Info, MemoryInfo, MigModes};
use nvml_mig::instance::{
    ComputeInstanceId, ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement,
};
use nvml_mig::plan::{
    ComputePlacementRule, DoesNotFitReason, GpuModel, PlacedComputeInstance, PlacedGpuInstance,
    PlanError, PlanOptions, PoolOptions, PresentGpuInstance, ProfileSubstitution,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId, ProfileName};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, MigDeviceSnapshot, Snapshot};
use nvml_mig::{Layout, MigMode, ReturnCode};

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

/// A scheduler's own test, without a GPU and without a simulator.
#[test]
fn a_result_of_a_change() {
    let placement = GpuInstancePlacement { start: 0, size: 2 };
    let inside = ComputeInstancePlacement { start: 0, size: 2 };
    let profile = ComputeInstanceProfileId::new(1);
    let inside = PlacedComputeInstance::new(profile, "2g.12gb", inside);
    let uuid = Some("MIG-1".to_owned());
    let inside = AppliedComputeInstance::new(ComputeInstanceId::new(0), inside, uuid);
    assert!(inside.created);
    let kept = inside.with_created(false);
    let profile = GpuInstanceProfileId::new(5);
    let placed = PlacedGpuInstance::new(profile, "2g.12gb", placement);
    let placed = placed.with_compute_instances(vec![kept]);
    let made = AppliedGpuInstance::new(GpuInstanceId::new(1), placed);
    let kept = made.clone().with_created(false);
    let on = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    let gpu = AppliedGpu::new("GPU-1", Some(on), vec![made, kept]);
    assert_eq!(gpu.mig_uuids().collect::<Vec<_>>(), ["MIG-1", "MIG-1"]);
    let applied = Applied::new(vec![gpu]);
    assert_eq!(applied.created().count(), 1);
}

#[test]
fn a_mode_that_is_pending() {
    let pending = PendingMigMode::new("GPU-1", MigMode::Disabled, ResetMethod::GpuReset)
        .with_reason(Some(ReturnCode::Timeout))
        .with_instances_destroyed(true);
    assert_eq!(
        pending.to_string(),
        "GPU GPU-1: its instances were destroyed, and MIG mode disabled is pending until the GPU is reset: \
         run `nvidia-smi --gpu-reset -i GPU-1`, then apply again"
    );
    assert_eq!(
        pending.with_stays(false).to_string(),
        "GPU GPU-1: MIG mode disabled would be pending until the GPU is reset, and was taken back: \
         apply again, and let it stay pending"
    );
    let modes = MigModes::new(MigMode::Disabled, MigMode::Disabled);
    let now = MigModes::new(MigMode::Disabled, MigMode::Enabled);
    let rollback = GpuRollback::new("GPU-1", modes, Vec::new()).with_modes(Some(now));
    assert!(!rollback.is_complete());
    assert!(rollback.with_pending_mode_kept(true).is_complete());
}

#[test]
fn options_of_plans_say_what_they_were_given() {
    let id = GpuInstanceId::new(1);
    let options = GpuPlanOptions::new()
        .with_take_back_pending_mode(true)
        .with_pin(id);
    assert!(options.take_back_pending_mode());
    assert_eq!(options.pins(), [InstanceSelector::from(id)]);
    let instances = PlanOptions::new().with_destroy_idle(false);
    let options = PoolOptions::new()
        .with_instances(instances)
        .with_search_exactly(false);
    assert_eq!(options.instances(), instances);
    assert!(!options.search_exactly());
}

/// 3g.39gb and 3g.40gb are one profile of an A100 with 80 GB.
#[test]
fn names_of_profiles() {
    let part: ProfileName = "1c.3g.40gb".parse().unwrap();
    assert!(part.is_part() && !part.gpu_instance().is_part());
    assert_eq!(part.gpu_instance().to_string(), "3g.40gb");
    let machine = Machine::with("a100-sxm4-80gb");
    let model = GpuModel::read(&machine.device).unwrap();
    let layout: Layout = "3g.39gb".parse().unwrap();
    let plan = model.plan(&[], &layout, PlanOptions::new()).unwrap();
    let taken = ProfileSubstitution::new("3g.39gb".parse().unwrap(), "3g.40gb");
    assert_eq!(plan.substitutions, [taken]);
    assert_eq!(plan.lines()[0], "3g.39gb is taken as 3g.40gb");
}

#[test]
fn the_rule_of_a_gpu_with_double_memory() {
    let hopper = ComputePlacementRule::of(Architecture::Hopper);
    let rule = hopper.with_double_memory();
    assert_eq!(rule, ComputePlacementRule::AlignedWithDouble);
    let ampere = ComputePlacementRule::of(Architecture::Ampere);
    assert_eq!(ampere.with_double_memory(), ampere);
}

/// A GPU instance without a compute instance has no MIG device to count.
#[test]
fn mig_devices_are_counted_as_mig_parted_does() {
    let machine = Machine::with("a30");
    let half = machine.device.gpu_instance_profile_by_name("2g.12gb");
    let half = half.unwrap().id;
    let _counted = machine.device.create_mig_device(half).unwrap();
    let _empty = machine.device.create_gpu_instance(half).unwrap();
    let model = GpuModel::read(&machine.device).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let is_there = |layout: &str| {
        let layout = layout.parse().unwrap();
        let plan = model.plan_mig_devices(&present, &layout, PlanOptions::new());
        plan.unwrap().changes_nothing()
    };
    assert!(is_there("2g.12gb"));
    assert!(!is_there("2*2g.12gb"));
}
