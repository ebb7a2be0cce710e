//! Answers of NVML made by a program, as in the tests of a scheduler. Where possible, a real answer is made again.

use std::time::Duration;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::apply::{
    ApplyError, ApplyFailure, ChangedMigUuid, Difference, GpuPlanError, GpuPlanErrorReason,
    GpuRollback, LeftAlone, LockError, LockOptions, Progress, RefusedUndo, Rollback,
};
use nvml_mig::device::{MigDeviceAttributes, MigModes, PciInfo, ProcessInfo, ProcessKind};
use nvml_mig::error::{CallError, Cause, DestroyError, DriverFileError, FunctionMissing, Subject};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId, GpuInstancePlacement};
use nvml_mig::monitor::MigConfigChange;
use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiSpec};
use nvml_mig::node::{CapabilityNode, MigDeviceNodes};
use nvml_mig::plan::{
    Blocker, DoesNotFit, Fit, GpuModel, PlacedGpuInstance, PlanError, PlanOptions,
    PresentGpuInstance, ProfileFit, Protection,
};
use nvml_mig::preflight::{GpuPreflight, Obstacle, Preflight, Privilege};
use nvml_mig::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileId, GpuInstanceProfileInfo};
use nvml_mig::{Error, Layout, MachineLock, MigMode, ReturnCode};
use nvml_mig_sim::{GpuSpec, Process, Simulator};

#[test]
fn profiles() {
    let machine = Machine::with("h100-sxm5-80gb");
    for read in machine.device.gpu_instance_profiles().unwrap() {
        let mut made = GpuInstanceProfileInfo::new(read.id, read.name.clone())
            .with_slice_count(read.slice_count)
            .with_instance_count(read.instance_count)
            .with_multiprocessor_count(read.multiprocessor_count)
            .with_copy_engine_count(read.copy_engine_count)
            .with_decoder_count(read.decoder_count)
            .with_encoder_count(read.encoder_count)
            .with_jpeg_count(read.jpeg_count)
            .with_ofa_count(read.ofa_count)
            .with_memory_mib(read.memory_mib)
            .with_p2p(read.p2p)
            .with_graphics(read.graphics);
        made = made.with_profile(read.profile.unwrap());
        assert_eq!(made, read);
    }
    let whole = machine.create(0).unwrap();
    for read in whole.compute_instance_profiles().unwrap() {
        let made = ComputeInstanceProfileInfo::new(read.profile, read.id, read.name.clone())
            .with_slice_count(read.slice_count)
            .with_instance_count(read.instance_count)
            .with_multiprocessor_count(read.multiprocessor_count)
            .with_shared_copy_engine_count(read.shared_copy_engine_count)
            .with_shared_decoder_count(read.shared_decoder_count)
            .with_shared_encoder_count(read.shared_encoder_count)
            .with_shared_jpeg_count(read.shared_jpeg_count)
            .with_shared_ofa_count(read.shared_ofa_count)
            .with_graphics(read.graphics);
        assert_eq!(made, read);
    }
}

#[test]
fn a_gpu() {
    let machine = Machine::with("a30");
    let read = machine.device.pci_info().unwrap();
    let made = PciInfo::new(read.domain, read.bus, read.device)
        .with_device_id(read.device_id)
        .with_subsystem_id(read.subsystem_id);
    assert_eq!(made, read);
    let change = MigConfigChange::new(machine.device.clone())
        .with_gpu_instance_id(GpuInstanceId::new(1))
        .with_compute_instance_id(ComputeInstanceId::new(0))
        .with_mig_modes(MigModes::new(MigMode::Enabled, MigMode::Enabled));
    assert_eq!(change.device, machine.device);
    assert_eq!(change.gpu_instance_id, Some(GpuInstanceId::new(1)));
    assert_eq!(change.compute_instance_id, Some(ComputeInstanceId::new(0)));
}

#[test]
fn a_mig_device() {
    let proc = Proc::empty();
    let simulator = Simulator::builder().gpu(GpuSpec::new("a30"));
    let machine = Machine::open(simulator.capabilities(proc.folder()).start().unwrap());
    let gpu_instance = machine.create(5).unwrap();
    let profile = gpu_instance.compute_instance_profile_by_name("1c.2g.12gb");
    let compute_instance = gpu_instance.create_compute_instance(profile.unwrap().id);
    let mig_device = compute_instance.unwrap().mig_device().unwrap();
    let read = mig_device.attributes().unwrap();
    let made = MigDeviceAttributes::new(1, 2)
        .with_multiprocessor_count(read.multiprocessor_count)
        .with_shared_copy_engine_count(read.shared_copy_engine_count)
        .with_shared_decoder_count(read.shared_decoder_count)
        .with_shared_encoder_count(read.shared_encoder_count)
        .with_shared_jpeg_count(read.shared_jpeg_count)
        .with_shared_ofa_count(read.shared_ofa_count)
        .with_memory_mib(read.memory_mib);
    assert_eq!(made, read);

    let read = mig_device.nodes(&proc.files()).unwrap();
    let again =
        |node: &CapabilityNode| CapabilityNode::new(node.capability, node.minor_number, &node.path);
    let [gpu_instance, compute_instance] = [&read.gpu_instance, &read.compute_instance].map(again);
    let made = MigDeviceNodes::new(&read.gpu, gpu_instance, compute_instance);
    assert_eq!(made.control.to_str(), Some("/dev/nvidiactl"));
    assert_eq!(made.unified_memory.to_str(), Some("/dev/nvidia-uvm"));
    assert_eq!(made.with_shared(&read.control, &read.unified_memory), read);

    let read = CdiSpec::builder().with_driver_files(proc.files());
    let read = read.build([&mig_device]).unwrap();
    assert_eq!(cdi_again(&read), read);
}

fn cdi_again(read: &CdiSpec) -> CdiSpec {
    let node = |node: &CdiDeviceNode| {
        let made = CdiDeviceNode::new(&node.path).with_permissions(&node.permissions);
        match &node.host_path {
            Some(path) => made.with_host_path(path),
            None => made,
        }
    };
    let edits = |edits: &CdiContainerEdits| {
        CdiContainerEdits::new(edits.device_nodes.iter().map(node).collect())
            .with_env(edits.env.clone())
    };
    let device = |device: &CdiDevice| CdiDevice::new(&device.name, edits(&device.container_edits));
    let devices = read.devices.iter().map(device).collect();
    CdiSpec::new(&read.cdi_version, &read.kind, devices)
        .with_container_edits(edits(&read.container_edits))
}

#[test]
fn a_process() {
    let machine = Machine::with("a30");
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb");
    let compute_instance = gpu_instance.create_compute_instance(profile.unwrap().id);
    let compute_instance = compute_instance.unwrap();
    let process = Process::new(0, 4711).gpu_instance(gpu_instance.id().number());
    let process = process.compute_instance(0).name("/usr/bin/python3");
    machine.simulator.busy(process).unwrap();
    let read = compute_instance
        .mig_device()
        .unwrap()
        .processes()
        .unwrap()
        .remove(0);
    let made = ProcessInfo::new(4711, ProcessKind::Compute)
        .with_name("/usr/bin/python3")
        .with_used_gpu_memory_bytes(read.used_gpu_memory_bytes.unwrap())
        .with_gpu_instance_id(gpu_instance.id())
        .with_compute_instance_id(compute_instance.id());
    assert_eq!(made, read);
}

#[test]
fn a_refusal() {
    let machine = Machine::with("a30");
    let _whole = machine.create(0).unwrap();
    let Error::Call(read) = machine.create(0).unwrap_err() else {
        panic!("NVML did not refuse")
    };
    let mut subject = Subject::default();
    subject.device = Some(machine.device.uuid().unwrap());
    subject.profile = Some("4g.24gb (id 0)".to_owned());
    let made = CallError::new(
        "nvmlDeviceCreateGpuInstance",
        ReturnCode::InsufficientResources,
    )
    .with_subject(subject)
    .with_cause(Cause::NoRoom, read.hint.clone().unwrap());
    assert_eq!(made, *read);
    let missing = FunctionMissing::new("nvmlDeviceSetMigMode", Some("418.40.04".to_owned()));
    let missing = Error::FunctionMissing(Box::new(missing));
    assert_eq!(missing.function(), Some("nvmlDeviceSetMigMode"));
}

#[test]
fn what_fits() {
    let machine = Machine::with("a30");
    // Apart, so that moving one gains room.
    let placement = GpuInstancePlacement { start: 1, size: 1 };
    let other = GpuInstancePlacement { start: 2, size: 1 };
    let profile = machine.device.gpu_instance_profile_by_name("1g.6gb");
    let profile = profile.unwrap().id;
    let [small, _other] = [placement, other].map(|placement| {
        let created = machine.device.create_gpu_instance_at(profile, placement);
        created.unwrap()
    });
    let model = GpuModel::read(&machine.device).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let read = model.fit(&present, PlanOptions::new());
    let profiles = read.profiles.iter().map(|profile| {
        let placements = profile.placements.clone();
        ProfileFit::new(profile.id, profile.name.clone(), profile.count, placements)
    });
    let made = Fit::new(profiles.collect())
        .with_largest(read.largest.unwrap())
        .with_best_room(read.best_room)
        .with_defragmentation(read.defragmentation.clone().unwrap());
    assert_eq!(made, read);

    let blocker = Blocker::new(small.id(), "1g.6gb", placement, Protection::Busy);
    assert_eq!(blocker.to_string(), "GPU instance 4 (1g.6gb at 1:1, busy)");
    let inside = blocker.with_compute_instance(ComputeInstanceId::new(0));
    assert_eq!(
        inside.to_string(),
        "compute instance 0 of GPU instance 4 (1g.6gb at 1:1, busy)"
    );
}

#[test]
fn a_preflight() {
    let full = Obstacle::new("GPU instance 0 occupies the GPU").with_cause(Cause::NoRoom);
    let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    let gpu = GpuPreflight::new(0)
        .with_name("NVIDIA A30")
        .with_uuid("GPU-1")
        .with_mig_modes(Some(modes))
        .with_vgpu_guest(true)
        .with_obstacles(vec![full]);
    let without_mig = GpuPreflight::new(1).with_mig_modes(None);
    let preflight = Preflight::new(Privilege::SysAdmin)
        .with_versions("550.163.01", "12.550.163.01")
        .with_missing_functions(vec!["nvmlGpmMigSampleGet"])
        .with_gpus(vec![gpu, without_mig]);
    assert!(preflight.may_create());
    assert_eq!(
        preflight.to_string(),
        "driver 550.163.01, NVML 12.550.163.01\n\
         functions missing from this driver: nvmlGpmMigSampleGet\n\
         privilege: CAP_SYS_ADMIN\n\
         GPU 0: NVIDIA A30, GPU-1, MIG mode enabled, vGPU guest\n  obstacle: GPU instance 0 occupies the GPU\n\
         GPU 1: unknown, unknown, no MIG\n\
         a GPU instance can be created here now\n"
    );
    let stopped = preflight.with_obstacles(vec![Obstacle::new("no kernel driver")]);
    assert!(!stopped.may_create());
}

#[test]
fn other_errors() {
    let nvml = || CallError::new("nvmlDeviceGetMigMode", ReturnCode::Unknown);
    let reason = GpuPlanErrorReason::Nvml(Error::Call(Box::new(nvml())));
    let error = GpuPlanError::new(Some("GPU-1".to_owned()), reason);
    assert_eq!(error.to_string(), "GPU GPU-1: the GPU can't be read");
    // The error of NVML is found also where the plan was made during the change.
    let error = ApplyError::from(ApplyFailure::Plan(error));
    let code = error.failure.error().and_then(Error::code);
    assert_eq!(code, Some(ReturnCode::Unknown));
    assert_eq!(
        serde_json::to_value(&error).unwrap()["error"]["code"],
        "unknown"
    );
    let error = DestroyError::new(1, Error::Call(Box::new(nvml())));
    assert_eq!(error.instance, 1);
    let kind = std::io::ErrorKind::InvalidData;
    let error = DriverFileError::new("/proc/devices", kind, "no such device").with_line(3);
    assert_eq!(error.to_string(), "/proc/devices, line 3: no such device");
    let error = error.with_source(kind.into());
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn progress() {
    let reports = [
        Progress::step("GPU-1", 2, 7, "create GPU instance 3g.20gb at 4:4"),
        Progress::verify("GPU-1"),
        Progress::roll_back("GPU-1"),
        Progress::undo("GPU-1", "destroy GPU instance 3g.20gb at 4:4"),
    ];
    assert_eq!(
        reports.map(|report| report.to_string()),
        [
            "[2/7] GPU-1: create GPU instance 3g.20gb at 4:4",
            "GPU-1: read back",
            "GPU-1: roll back",
            "GPU-1: roll back: destroy GPU instance 3g.20gb at 4:4",
        ]
    );
}

#[test]
fn errors_of_plans() {
    let machine = Machine::with("a30");
    let model = GpuModel::read(&machine.device).unwrap();
    let layout: Layout = "2*4g.24gb".parse().unwrap();
    let error = model.plan(&[], &layout, PlanOptions::new()).unwrap_err();
    let PlanError::DoesNotFit(read) = error else {
        panic!("{error}");
    };
    let made = DoesNotFit::new(read.reason.clone());
    assert_eq!(made.would_fit, None);
    let made = made.with_would_fit(read.would_fit.clone().unwrap());
    assert_eq!(made, *read);
    let error = made;
    let reason = GpuPlanErrorReason::Plan(error.into());
    assert!(reason.error().is_none());
    let rollback = Rollback::new(Vec::new());
    let error = ApplyError::from(ApplyFailure::Stopped).with_rollback(rollback);
    assert_eq!(
        error.to_string(),
        "the caller stopped the change; everything was restored"
    );
}

#[test]
fn a_lock() {
    let source = std::io::ErrorKind::PermissionDenied.into();
    let error = LockError::new("/run/nvml-mig/lock", source);
    assert_eq!(
        error.to_string(),
        "the lock /run/nvml-mig/lock can't be taken"
    );
}

#[test]
fn a_rollback() {
    let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    let gpu = |uuid| GpuRollback::new(uuid, modes, Vec::new());
    assert!(Rollback::new(vec![gpu("GPU-1")]).is_complete());
    let error = Error::Call(Box::new(CallError::new(
        "nvmlGpuInstanceDestroy",
        ReturnCode::InUse,
    )));
    let refused = RefusedUndo::new("destroy GPU instance 4g.24gb at 0:4", error);
    let unfinished = gpu("GPU-2")
        .with_modes(None)
        .with_found(Vec::new(), false)
        .with_steps(Vec::new(), vec![refused]);
    let rollback = Rollback::new(vec![gpu("GPU-1"), unfinished]);
    assert_eq!(
        rollback.to_string(),
        "GPU GPU-1: restored; GPU GPU-2: its MIG mode can't be read; could not destroy GPU instance 4g.24gb at 0:4: \
         nvmlGpuInstanceDestroy: NVML_ERROR_IN_USE (19); its instances could not be read back"
    );
    let changed = ChangedMigUuid::new("MIG-1", "MIG-2");
    let changed = gpu("GPU-1").with_changed_mig_uuids(vec![changed]);
    assert_eq!(
        Rollback::new(vec![changed]).to_string(),
        "everything was restored, but with other MIG UUIDs: MIG-1 is now MIG-2"
    );
    let unread = gpu("GPU-1").with_mig_uuids_read_back(false);
    assert_eq!(
        Rollback::new(vec![unread]).to_string(),
        "everything was restored, but some MIG UUIDs could not be read, and may be others than before"
    );
    let off = MigModes::new(MigMode::Disabled, MigMode::Disabled);
    let left_alone = gpu("GPU-1").with_modes(Some(off));
    let left_alone = left_alone.with_left_alone(vec![LeftAlone::MigMode(off)]);
    assert_eq!(
        Rollback::new(vec![left_alone]).to_string(),
        "GPU GPU-1: MIG mode was enabled and is disabled; others changed MIG mode"
    );
}

#[test]
fn a_change_that_is_done_but_for_a_temporary_instance() {
    let placed = |placement: GpuInstancePlacement| {
        PlacedGpuInstance::new(GpuInstanceProfileId::new(19), "1g.5gb", placement)
    };
    let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    let temporary = placed(GpuInstancePlacement { start: 4, size: 1 });
    let planned = placed(GpuInstancePlacement { start: 0, size: 1 });
    let rollback = GpuRollback::new("GPU-1", modes, Vec::new())
        .with_found(vec![planned, temporary.clone()], true)
        .with_left_alone(vec![LeftAlone::Temporary(Difference::GpuInstance(
            temporary,
        ))])
        .with_done_but_for_temporary(true);
    assert_eq!(
        Rollback::new(vec![rollback]).to_string(),
        "GPU GPU-1: the change is done but for temporary GPU instance 1g.5gb at 4:1 without a compute instance, which the next run \
         destroys"
    );
}

#[test]
fn options_of_a_lock() {
    let options = LockOptions::new();
    assert_eq!((options.gpus(), options.time_limit()), (None, None));
    assert_eq!(options.folder().to_str(), Some(MachineLock::FOLDER));
    let options = options
        .with_folder("folder")
        .with_gpus(["GPU-2", "GPU-1", "GPU-2"])
        .with_time_limit(Duration::ZERO);
    let gpus = ["GPU-1", "GPU-2"].map(str::to_owned);
    assert_eq!(options.gpus(), Some(&gpus[..]));
    assert_eq!(options.time_limit(), Some(Duration::ZERO));
    assert_eq!(options.folder().to_str(), Some("folder"));
}
