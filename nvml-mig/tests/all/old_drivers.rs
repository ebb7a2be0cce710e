//! Drivers that lack functions: every call that needs one says which, and nothing else fails.

use std::sync::Mutex;

use crate::support::machine::{Driver, Machine};
use nvml_mig::device::MemoryInfo;
use nvml_mig::profile::{ComputeInstanceProfile, GpuInstanceProfile};
use nvml_mig::{ComputeInstance, Device, Error, GpuInstance, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};

/// A way to a GPU that does not own its machine.
struct Opened {
    device: Device,
    nvml: Nvml,
}

impl Opened {
    fn from(simulator: &Simulator) -> Result<Self, Error> {
        let nvml = Nvml::init_from(simulator.library_path())?;
        let device = nvml.device_by_index(0)?;
        Ok(Self { device, nvml })
    }
}

fn simulator_without(functions: &[&str]) -> Simulator {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    builder.hide(functions.iter().copied()).start().unwrap()
}

fn machine_without(functions: &[&str]) -> Machine {
    Machine::open(simulator_without(functions))
}

fn whole(device: &Device) -> Result<GpuInstance, Error> {
    let profile = device.gpu_instance_profile(GpuInstanceProfile::Slice4)?;
    device.create_gpu_instance(profile.id)
}

fn half_of(parent: &GpuInstance) -> Result<ComputeInstance, Error> {
    let profile = parent.compute_instance_profile(ComputeInstanceProfile::Slice2)?;
    parent.create_compute_instance(profile.id)
}

/// Something that users do, and the functions without any one of which it can't be done.
struct Task {
    name: &'static str,
    run: fn(&Opened) -> Result<(), Error>,
    needs: &'static [&'static str],
}

const OPEN: &[&str] = &["nvmlInit_v2", "nvmlDeviceGetHandleByIndex_v2"];

const TASKS: &[Task] = &[
    Task {
        name: "driver version",
        run: |machine| machine.nvml.driver_version().map(drop),
        needs: &["nvmlSystemGetDriverVersion"],
    },
    Task {
        name: "library version",
        run: |machine| machine.nvml.nvml_version().map(drop),
        needs: &["nvmlSystemGetNVMLVersion"],
    },
    Task {
        name: "CUDA version",
        run: |machine| machine.nvml.cuda_driver_version().map(drop),
        needs: &["nvmlSystemGetCudaDriverVersion"],
    },
    Task {
        name: "GPUs",
        run: |machine| machine.nvml.devices().map(drop),
        needs: &["nvmlDeviceGetCount_v2"],
    },
    Task {
        name: "name, UUID, index, minor number, PCI address, memory, architecture",
        run: |machine| {
            let device = &machine.device;
            device.name()?;
            machine.nvml.device_by_uuid(&device.uuid()?)?;
            machine
                .nvml
                .device_by_pci_bus_id(&device.pci_info()?.bus_id)?;
            device.index()?;
            device.minor_number()?;
            device.memory_info()?;
            device.architecture()?;
            device.cuda_compute_capability().map(drop)
        },
        needs: &[
            "nvmlDeviceGetName",
            "nvmlDeviceGetUUID",
            "nvmlDeviceGetHandleByUUID",
            "nvmlDeviceGetPciInfo_v3",
            "nvmlDeviceGetHandleByPciBusId_v2",
            "nvmlDeviceGetIndex",
            "nvmlDeviceGetMinorNumber",
            "nvmlDeviceGetArchitecture",
            "nvmlDeviceGetCudaComputeCapability",
        ],
    },
    Task {
        name: "MIG mode",
        run: |machine| machine.device.mig_mode().map(drop),
        needs: &["nvmlDeviceGetMigMode"],
    },
    Task {
        name: "set MIG mode",
        run: |machine| {
            machine
                .device
                .set_mig_mode(nvml_mig::MigMode::Enabled)
                .map(drop)
        },
        needs: &["nvmlDeviceSetMigMode", "nvmlDeviceGetMigMode"],
    },
    Task {
        name: "profiles",
        run: |machine| machine.device.gpu_instance_profiles().map(drop),
        needs: &[],
    },
    Task {
        name: "placements",
        run: |machine| {
            let profile = machine
                .device
                .gpu_instance_profile(GpuInstanceProfile::Slice4)?;
            machine
                .device
                .gpu_instance_possible_placements(profile.id)
                .map(drop)
        },
        needs: &[],
    },
    Task {
        name: "capacity",
        run: |machine| {
            let profile = machine
                .device
                .gpu_instance_profile(GpuInstanceProfile::Slice4)?;
            machine
                .device
                .gpu_instance_remaining_capacity(profile.id)
                .map(drop)
        },
        needs: &["nvmlDeviceGetGpuInstanceRemainingCapacity"],
    },
    Task {
        name: "create and destroy",
        run: |machine| {
            let gpu_instance = whole(&machine.device)?;
            half_of(&gpu_instance)?.destroy()?;
            Ok(gpu_instance.destroy()?)
        },
        needs: &[
            "nvmlDeviceCreateGpuInstance",
            "nvmlGpuInstanceGetInfo",
            "nvmlGpuInstanceCreateComputeInstance",
            "nvmlComputeInstanceDestroy",
            "nvmlGpuInstanceDestroy",
        ],
    },
    Task {
        name: "create at a placement",
        run: |machine| {
            let profile = machine
                .device
                .gpu_instance_profile(GpuInstanceProfile::Slice4)?;
            let places = machine
                .device
                .gpu_instance_possible_placements(profile.id)?;
            let parent = machine
                .device
                .create_gpu_instance_at(profile.id, places[0])?;
            let profile = parent.compute_instance_profile(ComputeInstanceProfile::Slice4)?;
            let places = parent.compute_instance_possible_placements(profile.id)?;
            let _made = parent.create_compute_instance_at(profile.id, places[0])?;
            parent
                .compute_instance_remaining_capacity(profile.id)
                .map(drop)
        },
        needs: &[
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            "nvmlGpuInstanceGetInfo",
            "nvmlGpuInstanceGetComputeInstancePossiblePlacements",
            "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
            "nvmlGpuInstanceGetComputeInstanceRemainingCapacity",
        ],
    },
    Task {
        name: "list and find",
        run: |machine| {
            let made = whole(&machine.device)?;
            let half = half_of(&made)?;
            machine.device.gpu_instances()?;
            made.compute_instances()?;
            let _found = machine.device.gpu_instance_by_id(made.id())?;
            made.compute_instance_by_id(half.id()).map(drop)
        },
        needs: &[
            "nvmlDeviceCreateGpuInstance",
            "nvmlGpuInstanceGetInfo",
            "nvmlGpuInstanceCreateComputeInstance",
            "nvmlDeviceGetMigMode",
            "nvmlDeviceGetGpuInstances",
            "nvmlGpuInstanceGetComputeInstances",
            "nvmlDeviceGetGpuInstanceById",
            "nvmlGpuInstanceGetComputeInstanceById",
        ],
    },
    Task {
        name: "MIG devices",
        run: |machine| {
            let device = half_of(&whole(&machine.device)?)?.mig_device()?;
            device.parent()?;
            device.attributes().map(drop)
        },
        needs: &[
            "nvmlDeviceCreateGpuInstance",
            "nvmlGpuInstanceGetInfo",
            "nvmlGpuInstanceCreateComputeInstance",
            "nvmlDeviceGetMaxMigDeviceCount",
            "nvmlDeviceGetMigDeviceHandleByIndex",
            "nvmlDeviceGetGpuInstanceId",
            "nvmlDeviceGetComputeInstanceId",
            "nvmlDeviceGetDeviceHandleFromMigDeviceHandle",
        ],
    },
];

/// Runs every task on a library without `hidden`.
fn assert_only_those_fail_that_need(hidden: &str) {
    let simulator = simulator_without(&[hidden]);
    for task in TASKS {
        let done = Opened::from(&simulator).and_then(|machine| (task.run)(&machine));
        // The next task finds an empty GPU.
        simulator.reset_gpu(0).unwrap();
        let needed = OPEN.contains(&hidden) || task.needs.contains(&hidden);
        match done {
            Ok(()) => assert!(!needed, "{}: done without {hidden}", task.name),
            Err(Error::FunctionMissing(missing)) => {
                assert!(needed, "{}: {missing}", task.name);
                assert_eq!(missing.function, hidden, "{}", task.name);
            }
            // Every NVML has this one.
            Err(error) if hidden == "nvmlInit_v2" => {
                assert_eq!(
                    error.code(),
                    Some(nvml_mig::ReturnCode::FunctionNotFound),
                    "{error}"
                );
                assert_eq!(error.function(), Some(hidden), "{error}");
            }
            Err(error) => panic!("{} without {hidden}: {error}", task.name),
        }
    }
}

#[test]
fn each_missing_function_is_named_by_what_needs_it_and_by_nothing_else() {
    let functions = Mutex::new(nvml_mig_sys::FUNCTIONS.iter());
    let work = || {
        while let Some(hidden) = { functions.lock().unwrap().next() } {
            assert_only_those_fail_that_need(hidden);
        }
    };
    let threads = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn a_missing_function_is_told_with_the_driver_that_lacks_it() {
    let machine = machine_without(&["nvmlDeviceCreateGpuInstance"]);
    let error = whole(&machine.device).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the NVML library of driver 550.163.01 has no nvmlDeviceCreateGpuInstance, which newer NVIDIA drivers have"
    );
    assert_eq!(
        machine.nvml.missing_functions(),
        ["nvmlDeviceCreateGpuInstance"]
    );
}

/// The library declares more functions than this crate uses, such as those for virtual GPUs.
#[test]
fn missing_functions_are_those_that_matter() {
    let missing = |version| Driver(version).with("a30").nvml.missing_functions();
    let by_id = "nvmlDeviceGetGpuInstanceProfileInfoByIdV";
    assert_eq!(missing("535.261.03"), [by_id]);
    assert!(missing("580.65.06").is_empty());
}

/// Profiles as (name, id, MiB) from a driver without these functions.
fn profiles_without(functions: &[&str]) -> Vec<(String, u32, u64)> {
    let machine = machine_without(functions);
    let profiles = machine.device.gpu_instance_profiles().unwrap();
    let mut profiles: Vec<_> = profiles
        .into_iter()
        .map(|info| (info.name.into(), info.id.number(), info.memory_mib))
        .collect();
    profiles.sort_unstable();
    profiles
}

#[test]
fn a_driver_with_version_one_only_still_tells_every_profile_with_its_name() {
    let expected = [
        ("1g.6gb", 14, 5952),
        ("1g.6gb+me", 21, 5952),
        ("2g.12gb", 5, 11968),
        ("2g.12gb+me", 6, 11968),
        ("4g.24gb", 0, 24000),
    ];
    let expected = expected.map(|(name, id, memory)| (name.to_owned(), id, memory));
    assert_eq!(
        profiles_without(&["nvmlDeviceGetGpuInstanceProfileInfoV"]),
        expected
    );
    assert_eq!(profiles_without(&[]), expected);
}

#[test]
fn compute_instance_profiles_have_names_on_version_one_too() {
    let machine = machine_without(&[
        "nvmlDeviceGetGpuInstanceProfileInfoV",
        "nvmlGpuInstanceGetComputeInstanceProfileInfoV",
    ]);
    let gpu_instance = whole(&machine.device).unwrap();
    let profiles = gpu_instance.compute_instance_profiles().unwrap();
    let names: Vec<&str> = profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(names, ["1c.4g.24gb", "2c.4g.24gb", "4g.24gb"]);
}

/// The oldest profile query has no name, and the memory of the GPU, of which it is computed, is refused there.
#[test]
fn a_container_with_mig_devices_only_gets_names_from_an_old_driver() {
    for driver in ["450.51.06", "450.248.02", "470.57.02"] {
        for board in ["a30", "a100-sxm4-40gb"] {
            let machine = Driver(driver).with(board);
            let names = |machine: &Machine| -> Vec<String> {
                let profiles = machine.device.gpu_instance_profiles().unwrap();
                profiles
                    .into_iter()
                    .map(|profile| profile.name.into())
                    .collect()
            };
            let privileged = names(&machine);
            machine
                .simulator
                .set_caller(nvml_mig_sim::Caller::Container)
                .unwrap();
            // A process of its own has no answer from before.
            let again = Nvml::init_from(machine.simulator.library_path()).unwrap();
            let device = again.device_by_index(0).unwrap();
            assert!(device.memory_info().is_err());
            let profiles = device.gpu_instance_profiles().unwrap();
            let contained: Vec<String> = profiles
                .into_iter()
                .map(|profile| profile.name.into())
                .collect();
            assert_eq!(contained, privileged, "{driver} {board}");
        }
    }
}

#[cfg(feature = "monitor")]
#[test]
fn performance_monitoring_is_not_promised_to_old_gpus_by_new_drivers() {
    for driver in ["450.248.02", "470.57.02"] {
        let machine = Driver(driver).with("a30");
        assert!(!machine.device.has_gpm().unwrap());
        let instance = machine.create(0).unwrap();
        let error = instance.gpm_sample().unwrap_err();
        assert!(error.to_string().contains("begins with Hopper"), "{error}");
    }
}

/// Drivers since 510 report reserved memory by itself. It counts as used with every driver.
#[test]
fn memory_is_the_same_with_both_versions_of_the_structure() {
    use nvml_mig_sim::nvmlReturn_t as C;
    let newest = "nvmlDeviceGetMemoryInfo_v2";
    let start = |builder: SimulatorBuilder| {
        let gpu = GpuSpec::new("a30").reserved_memory_mib(600);
        Machine::open(builder.gpu(gpu).start().unwrap())
    };
    let refusing = |code| {
        let machine = start(Simulator::builder());
        machine.simulator.fail(newest, 0, code).unwrap();
        machine
    };
    let new = start(Simulator::builder().driver_version("550.163.01"));
    let old = [
        start(Simulator::builder().driver_version("470.57.02")),
        start(Simulator::builder().hide([newest])),
        refusing(C::NVML_ERROR_FUNCTION_NOT_FOUND),
        refusing(C::NVML_ERROR_ARGUMENT_VERSION_MISMATCH),
    ];
    let reserved = 600 << 20;
    let expected = MemoryInfo::new(24576 << 20, (24576 - 600) << 20, reserved);
    for machine in &old {
        assert_eq!(machine.device.memory_info().unwrap(), expected);
        assert!(
            machine
                .nvml
                .missing_functions()
                .iter()
                .all(|name| *name != newest)
        );
    }
    let with_reserved = expected.with_reserved_bytes(reserved);
    assert_eq!(new.device.memory_info().unwrap(), with_reserved);
    // MIG devices have none.
    let profile = new.device.gpu_instance_profile_by_name("4g.24gb").unwrap();
    let mig_device = new.device.create_mig_device(profile.id).unwrap();
    assert_eq!(mig_device.memory_info().unwrap().reserved_bytes, Some(0));
    // Any other refusal is that of the newest function.
    let error = refusing(C::NVML_ERROR_UNKNOWN)
        .device
        .memory_info()
        .unwrap_err();
    assert_eq!(error.function(), Some(newest));
}
