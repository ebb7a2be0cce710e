//! What would stop a creation is told with its remedy, and nothing is changed for it.

use std::fs;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::MigMode;
use nvml_mig::device::MigModeChange;
use nvml_mig::error::Cause;
use nvml_mig::node::DriverFiles;
use nvml_mig::preflight::{GpuPreflight, Preflight, Privilege};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, Virtualization, nvmlReturn_t};

/// Every capability but one that this kernel lacks, as root has them.
const ROOT: &str = "Name:\tbash\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n";
/// What Docker leaves of root: no `CAP_SYS_ADMIN`.
const DOCKER: &str = "Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n";
const NOBODY: &str = "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";
const FIRST_NAMESPACE: &str = "         0          0 4294967295\n";
const ROOTLESS: &str = "         0       1000          1\n         1     100000      65536\n";

/// A process of root.
fn root() -> Proc {
    Proc::with("self/status", ROOT).and("self/uid_map", FIRST_NAMESPACE)
}

fn preflight_of(machine: &Machine) -> Preflight {
    machine.nvml.preflight(&root().files())
}

fn gpu(machine: &Machine) -> GpuPreflight {
    let preflight = preflight_of(machine);
    assert!(preflight.obstacles.is_empty(), "{preflight}");
    preflight.gpus.into_iter().next().unwrap()
}

/// The one obstacle on the machine's GPU has this cause, and its message these parts.
fn assert_in_the_way(machine: &Machine, cause: Cause, parts: &[&str]) {
    let gpu = gpu(machine);
    assert_eq!(gpu.obstacles.len(), 1, "{gpu}");
    let obstacle = &gpu.obstacles[0];
    assert_eq!(obstacle.cause, Some(cause), "{obstacle}");
    for part in parts {
        assert!(obstacle.message.contains(part), "{obstacle}");
    }
    assert!(!preflight_of(machine).may_create());
}

#[test]
fn a_machine_that_is_ready() {
    let machine = Machine::with("a30");
    let preflight = preflight_of(&machine);
    assert!(preflight.may_create());
    assert_eq!(
        preflight
            .driver_version
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("550.163.01")
    );
    assert_eq!(
        preflight
            .nvml_version
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("12.550.163.01")
    );
    assert_eq!(preflight.privilege, Privilege::SysAdmin);
    let gpu = &preflight.gpus[0];
    assert_eq!(gpu.index, 0);
    assert_eq!(gpu.name.as_deref(), Some("NVIDIA A30"));
    assert_eq!(gpu.uuid.as_ref(), machine.device.uuid().ok().as_ref());
    assert_eq!(gpu.mig_capable, Some(true));
    assert_eq!(gpu.mig_modes.unwrap().current(), MigMode::Enabled);
    assert!(!gpu.vgpu_guest && gpu.obstacles.is_empty());
}

#[test]
fn people_read_a_few_lines() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .gpu(GpuSpec::new("h100-sxm5-80gb").mig(false));
    let machine = Machine::open(simulator.start().unwrap());
    let uuid = |index| machine.nvml.device_by_index(index).unwrap().uuid().unwrap();
    let preflight = preflight_of(&machine);
    let expected = format!(
        "driver 550.163.01, NVML 12.550.163.01\n\
         privilege: CAP_SYS_ADMIN\n\
         GPU 0: NVIDIA A30, {}, MIG mode enabled\n\
         GPU 1: NVIDIA H100 80GB HBM3, {}, MIG mode disabled\n  \
         obstacle: {}\n\
         a GPU instance can be created here now\n",
        uuid(0),
        uuid(1),
        preflight.gpus[1].obstacles[0]
    );
    assert_eq!(preflight.to_string(), expected);
    // The index in a container may be that of another GPU on its host.
    let command = format!("enable it as root with `nvidia-smi -i {} -mig 1`", uuid(1));
    assert!(expected.contains(&command), "{expected}");
}

#[test]
fn without_a_library_and_without_the_privilege_both_are_told() {
    let files = Proc::with("self/status", DOCKER).files();
    let preflight = Preflight::read_from("/nowhere/libnvidia-ml.so.1", &files);
    let causes: Vec<_> = preflight.obstacles.iter().map(|it| it.cause).collect();
    assert_eq!(causes, [None, Some(Cause::NoPermission)], "{preflight}");
}

#[test]
fn without_a_library_the_answer_says_so() {
    let preflight = Preflight::read_from("/nowhere/libnvidia-ml.so.1", &root().files());
    assert_eq!(preflight.driver_version, None);
    assert_eq!(preflight.nvml_version, None);
    assert!(preflight.gpus.is_empty() && !preflight.may_create());
    assert_eq!(preflight.privilege, Privilege::SysAdmin);
    let text = preflight.to_string();
    assert!(text.starts_with("driver unknown, NVML unknown\n"), "{text}");
    assert!(text.contains("/nowhere/libnvidia-ml.so.1"), "{text}");
    assert!(text.contains("obstacle: no NVML library found"), "{text}");
    assert!(text.ends_with("can't be created here now\n"), "{text}");
}

/// Whatever this machine has.
#[test]
fn it_runs_anywhere() {
    let preflight = Preflight::read();
    assert!(!preflight.to_string().is_empty());
}

#[test]
fn a_library_can_be_named() {
    let machine = Machine::with("a30");
    let path = machine.simulator.library_path();
    assert!(Preflight::read_from(path, &root().files()).may_create());
}

#[test]
fn a_kernel_driver_that_is_not_loaded() {
    let simulator = Simulator::builder().start().unwrap();
    simulator
        .fail("nvmlInit_v2", 1, nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED)
        .unwrap();
    let preflight = Preflight::read_from(simulator.library_path(), &root().files());
    let obstacle = &preflight.obstacles[0];
    assert_eq!(obstacle.cause, Some(Cause::DriverNotLoaded));
    assert!(obstacle.message.contains("driver not loaded"), "{obstacle}");
}

#[test]
fn mig_mode_off() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    assert_in_the_way(&machine, Cause::MigDisabled, &["-mig 1"]);
}

#[test]
fn mig_mode_pending() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
    assert!(matches!(change, MigModeChange::Pending { .. }));
    assert_in_the_way(&machine, Cause::MigPending, &["--gpu-reset"]);
    let text = gpu(&machine).to_string();
    let mode = "MIG mode disabled, and enabled after a GPU reset or reboot";
    assert!(text.contains(mode), "{text}");
}

/// A virtual machine can't reset the GPU.
#[test]
fn mig_mode_pending_in_a_virtual_machine() {
    let gpu = GpuSpec::new("a30").mig(false);
    let machine = Machine::of(gpu.virtualization(Virtualization::PassThrough));
    let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
    assert!(matches!(change, MigModeChange::Pending { .. }));
    assert_in_the_way(&machine, Cause::MigPending, &["virtual machine"]);
    let text = self::gpu(&machine).to_string();
    assert!(!text.contains("--gpu-reset"), "{text}");
}

#[test]
fn a_gpu_without_mig() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetMigMode",
            0,
            nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
        )
        .unwrap();
    assert_in_the_way(&machine, Cause::NotMigCapable, &["no MIG"]);
    let gpu = gpu(&machine);
    assert_eq!((gpu.mig_capable, gpu.mig_modes), (Some(false), None));
    assert!(gpu.to_string().contains(", no MIG\n"), "{gpu}");
}

#[test]
fn a_gpu_that_does_not_tell_its_mode() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetMigMode",
            0,
            nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        )
        .unwrap();
    assert_in_the_way(&machine, Cause::GpuBroken, &["fell off the bus"]);
    let gpu = gpu(&machine);
    assert_eq!((gpu.mig_capable, gpu.mig_modes), (None, None));
    assert!(gpu.to_string().contains("MIG mode unknown"), "{gpu}");
}

#[test]
fn a_vgpu_guest() {
    let spec = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let machine = Machine::of(spec);
    assert_in_the_way(&machine, Cause::VgpuGuest, &["its host partitions the GPU"]);
    assert!(gpu(&machine).vgpu_guest);
    assert!(gpu(&machine).to_string().contains(", vGPU guest"));
}

#[test]
fn a_gpu_without_room() {
    let machine = Machine::with("a30");
    let half = machine.create(5).unwrap();
    assert!(preflight_of(&machine).may_create());
    let _other_half = machine.create(5).unwrap();
    let parts = ["no room", "GPU instance 1", "GPU instance 2", "-dgi"];
    assert_in_the_way(&machine, Cause::NoRoom, &parts);
    half.destroy().unwrap();
    assert!(preflight_of(&machine).may_create());
}

#[test]
fn processes_on_the_whole_gpu() {
    let machine = Machine::with("a30");
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_in_the_way(
        &machine,
        Cause::InUse,
        &["process 4242", "stop these first"],
    );
}

#[test]
fn a_gpu_that_this_process_may_not_see() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetHandleByIndex_v2",
            1,
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        )
        .unwrap();
    let gpu = gpu(&machine);
    assert_eq!(gpu.obstacles[0].cause, Some(Cause::NoPermission));
    assert_eq!((gpu.name.as_ref(), gpu.uuid.as_ref()), (None, None));
    assert!(
        gpu.to_string().starts_with("GPU 0: unknown, unknown, "),
        "{gpu}"
    );
}

#[test]
fn gpus_that_can_not_be_counted() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail("nvmlDeviceGetCount_v2", 1, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let preflight = preflight_of(&machine);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    let message = &preflight.obstacles[0].message;
    assert!(message.contains("nvmlDeviceGetCount_v2"), "{message}");
}

#[test]
fn functions_that_a_driver_lacks() {
    let hidden = [
        "nvmlDeviceCreateGpuInstance",
        "nvmlDeviceGetGpuInstanceProfileInfoV",
    ];
    let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).hide(hidden);
    let machine = Machine::open(simulator.start().unwrap());
    let preflight = preflight_of(&machine);
    let mut missing = preflight.missing_functions.clone();
    missing.sort_unstable();
    assert_eq!(missing, hidden);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    let message = &preflight.obstacles[0].message;
    assert!(
        message.contains("driver 550.163.01 has no nvmlDeviceCreateGpuInstance"),
        "{message}"
    );
    assert!(message.contains("newer NVIDIA drivers"), "{message}");
    let text = preflight.to_string();
    assert!(
        text.contains("functions missing from this driver: nvmlDevice"),
        "{text}"
    );
}

/// As `privilege` is judged where NVML has nothing to say.
fn privilege_by_files(files: &DriverFiles) -> Privilege {
    Preflight::read_from("/nowhere", files).privilege
}

#[test]
fn cap_sys_admin_counts_and_not_the_user_id() {
    let of = |status: &str, map: &str| {
        let proc = Proc::with("self/status", status).and("self/uid_map", map);
        privilege_by_files(&proc.files())
    };
    assert_eq!(of(ROOT, FIRST_NAMESPACE), Privilege::SysAdmin);
    assert_eq!(of(DOCKER, FIRST_NAMESPACE), Privilege::None);
    assert_eq!(of(NOBODY, FIRST_NAMESPACE), Privilege::None);
    assert_eq!(of(ROOT, ROOTLESS), Privilege::None);
    // Bit 21 alone.
    assert_eq!(
        of("CapEff:\t0000000000200000\n", FIRST_NAMESPACE),
        Privilege::SysAdmin
    );
}

#[test]
fn hostile_contents_give_no_privilege() {
    for status in [
        "",
        "CapEff",
        "CapEff:",
        "CapEff:\txyz\n",
        "CapEff:\t1ffffffffffffffffffff\n",
    ] {
        let proc = Proc::with("self/status", status).and("self/uid_map", FIRST_NAMESPACE);
        assert_eq!(
            privilege_by_files(&proc.files()),
            Privilege::None,
            "{status:?}"
        );
    }
    for map in [&b""[..], b"0 0", b"\xff\xfe", b"0 0 99999999999999999999"] {
        let proc = Proc::with("self/status", ROOT).and("self/uid_map", map);
        assert_eq!(
            privilege_by_files(&proc.files()),
            Privilege::None,
            "{map:?}"
        );
    }
    let binary = Proc::with("self/status", b"\xff\xff\nCapEff:\xff\n");
    assert_eq!(privilege_by_files(&binary.files()), Privilege::None);
    assert_eq!(privilege_by_files(&Proc::empty().files()), Privilege::None);
}

/// A process without `CAP_SYS_ADMIN` that has these capability nodes.
fn process_with_nodes(minors: &[u32]) -> (Proc, DriverFiles) {
    let proc = Proc::with("self/status", NOBODY)
        .and("driver/nvidia-caps/mig-minors", "config 1\nmonitor 2\n");
    let nodes = proc.path("dev/nvidia-caps");
    fs::create_dir_all(&nodes).unwrap();
    for minor in minors {
        fs::write(nodes.join(format!("nvidia-cap{minor}")), "").unwrap();
    }
    let files = proc.files().with_dev(proc.path("dev"));
    (proc, files)
}

#[test]
fn a_capability_node_that_opens_is_a_privilege() {
    for (minors, expected) in [
        (&[1, 2][..], Privilege::Config),
        (&[1], Privilege::Config),
        (&[2], Privilege::Monitor),
        (&[], Privilege::None),
    ] {
        let (_proc, files) = process_with_nodes(minors);
        assert_eq!(privilege_by_files(&files), expected);
        assert_eq!(expected.may_create(), expected == Privilege::Config);
    }
}

#[test]
fn the_driver_has_the_last_word_on_privilege() {
    let machine = Machine::with("a30");
    let judged = |minors| machine.nvml.preflight(&process_with_nodes(minors).1);
    assert_eq!(judged(&[]).privilege, Privilege::ConfirmedByDriver);
    assert!(judged(&[]).may_create());
    // An answer is what a monitor gets too.
    assert_eq!(judged(&[2]).privilege, Privilege::Monitor);
    assert!(!judged(&[2]).may_create());

    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let preflight = preflight_of(&machine);
    assert_eq!(preflight.privilege, Privilege::None);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    assert_eq!(preflight.obstacles[0].cause, Some(Cause::NoPermission));
    let message = preflight.obstacles[0].to_string();
    assert!(message.contains("SYS_ADMIN"), "{message}");
    assert!(!preflight.may_create());
}

#[test]
fn nothing_is_changed() {
    let machine = Machine::with("a30");
    machine.simulator.log_calls(true).unwrap();
    let _preflight = preflight_of(&machine);
    let calls = machine.simulator.calls().unwrap();
    assert!(calls.len() > 10);
    for call in calls {
        let asks = call.function.contains("Get");
        assert!(asks, "{}", call.function);
    }
}

/// Old drivers list no profiles while MIG mode is off, and have fewer functions.
#[test]
fn drivers_from_450_on_are_told_about() {
    for version in crate::support::machine::DRIVERS {
        for on in [true, false] {
            let gpu = GpuSpec::new("a30").mig(on);
            let simulator = Simulator::builder().gpu(gpu).driver_version(version);
            let machine = Machine::open(simulator.start().unwrap());
            let preflight = preflight_of(&machine);
            assert_eq!(
                preflight
                    .driver_version
                    .as_ref()
                    .map(ToString::to_string)
                    .as_deref(),
                Some(version)
            );
            assert_eq!(preflight.may_create(), on, "{preflight}");
            assert!(preflight.obstacles.is_empty(), "{preflight}");
        }
    }
}

#[test]
fn it_can_be_kept_and_sent() {
    fn assert_plain<T: Send + Sync + Clone + PartialEq + 'static>() {}
    assert_plain::<Preflight>();
}

/// What can't be read may be in the way.
#[test]
fn what_can_not_be_read_is_an_obstacle() {
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for function in [
        "nvmlDeviceGetGpuInstances",
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetGraphicsRunningProcesses_v3",
    ] {
        let machine = Machine::with("a30");
        assert!(preflight_of(&machine).may_create());
        machine.simulator.fail(function, 0, unknown).unwrap();
        let gpu = gpu(&machine);
        assert_eq!(gpu.obstacles.len(), 1, "{gpu}");
        assert!(gpu.obstacles[0].message.contains(function), "{gpu}");
        assert!(!preflight_of(&machine).may_create(), "{function}");
    }
    let machine = Machine::with("a30");
    let _half = machine.create(5).unwrap();
    assert!(preflight_of(&machine).may_create());
    let function = "nvmlDeviceGetGpuInstanceRemainingCapacity";
    machine.simulator.fail(function, 0, unknown).unwrap();
    assert!(gpu(&machine).obstacles[0].message.contains(function));
    assert!(!preflight_of(&machine).may_create());
}
