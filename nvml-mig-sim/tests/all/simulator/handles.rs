//! Bad handles and null pointers, into every function that the library exports.

use core::ptr::null_mut;

use libloading::Library;
use nvml_mig_sim::Simulator;

use super::exports::exported;
use super::nvml::{INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, UNINITIALIZED, c};

/// More parameters than any function of NVML has; C lets a caller pass more than a function takes.
type Function = unsafe extern "C" fn(usize, usize, usize, usize, usize, usize, usize, usize) -> u32;

/// These answer before the start too, or are no part of NVML.
const WITHOUT_START: &[&str] = &[
    "nvmlInit",
    "nvmlInit_v2",
    "nvmlInitWithFlags",
    "nvmlErrorString",
    "nvmlInternalGetExportTable",
    "nvmlMigSimControl",
    "nvmlRetry_NvRmControl",
    "nvmlShutdown",
    "nvmlSystemGetNVMLVersion",
];

/// Named after devices, yet their first parameter is no device.
const WITHOUT_DEVICE: &[&str] = &[
    "nvmlDeviceDiscoverGpus",
    "nvmlDeviceGetCount",
    "nvmlDeviceGetCount_v2",
    "nvmlDeviceGetHandleByIndex",
    "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetHandleByPciBusId",
    "nvmlDeviceGetHandleByPciBusId_v2",
    "nvmlDeviceGetHandleBySerial",
    "nvmlDeviceGetHandleByUUID",
    "nvmlDeviceGetHandleByUUIDV",
    "nvmlDeviceModifyDrainState",
    "nvmlDeviceQueryDrainState",
    "nvmlDeviceRemoveGpu",
    "nvmlDeviceRemoveGpu_v2",
];

/// Their first parameter is a device although their name says otherwise.
const WITH_DEVICE: &[&str] = &[
    "nvmlGpmMigSampleGet",
    "nvmlGpmQueryDeviceSupport",
    "nvmlGpmQueryIfStreamingEnabled",
    "nvmlGpmSampleGet",
    "nvmlGpmSetStreamingEnabled",
    "nvmlVgpuTypeGetMaxInstances",
];

/// What the first parameter of a function is a handle to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum First {
    Device,
    GpuInstance,
    ComputeInstance,
    EventSet,
    GpmSample,
    Unit,
    NoHandle,
}

fn first(name: &str) -> First {
    let starts = |prefix| name.starts_with(prefix);
    match name {
        _ if WITH_DEVICE.contains(&name) => First::Device,
        _ if WITHOUT_DEVICE.contains(&name) => First::NoHandle,
        "nvmlUnitGetCount" | "nvmlUnitGetHandleByIndex" | "nvmlEventSetCreate" => First::NoHandle,
        "nvmlGpmSampleFree" => First::GpmSample,
        _ if starts("nvmlDevice") => First::Device,
        _ if starts("nvmlGpuInstance") => First::GpuInstance,
        _ if starts("nvmlComputeInstance") => First::ComputeInstance,
        _ if starts("nvmlEventSet") => First::EventSet,
        _ if starts("nvmlUnit") => First::Unit,
        _ => First::NoHandle,
    }
}

/// Every exported function by its name.
struct Functions {
    library: Library,
    names: Vec<String>,
}

impl Functions {
    fn of(simulator: &Simulator) -> Self {
        let path = simulator.library_path();
        // SAFETY: the file is the simulator's own library.
        let library = unsafe { Library::new(path) }.unwrap();
        Self {
            library,
            names: exported(),
        }
    }

    /// The name of each function that needs a start, and what its first parameter is.
    fn names(&self) -> impl Iterator<Item = (&str, First)> {
        let names = self.names.iter().map(String::as_str);
        let names = names.filter(|name| !WITHOUT_START.contains(name));
        names.map(|name| (name, first(name)))
    }

    fn call(&self, name: &str, handle: usize, others: usize) -> u32 {
        // SAFETY: every function of NVML takes at most so many numbers or pointers, and returns a number.
        let function = unsafe { self.library.get::<Function>(name.as_bytes()) }.unwrap();
        let o = others;
        // SAFETY: `others` is zero or the address of a buffer that is larger than all structures of nvml.h.
        unsafe { function(handle, o, o, o, o, o, o, o) }
    }
}

/// A zeroed buffer, larger than all structures of nvml.h.
fn buffer() -> Vec<u64> {
    vec![0; 1 << 16]
}

#[test]
fn before_the_start_every_function_says_so() {
    let simulator = Simulator::builder().start().unwrap();
    let functions = Functions::of(&simulator);
    let mut buffer = buffer();
    for (name, _) in functions.names() {
        for others in [0, buffer.as_mut_ptr().addr()] {
            assert_eq!(
                functions.call(name, others, others),
                UNINITIALIZED,
                "{name}"
            );
        }
    }
}

/// A machine with handles of every kind, and some that are no longer or never were right.
struct Handles {
    nvml: Nvml,
    functions: Functions,
    good: Vec<(First, usize)>,
    bad: Vec<usize>,
}

impl Handles {
    fn new() -> Self {
        let nvml = Nvml::with("h100-sxm5-80gb");
        let other = Nvml::with("h100-sxm5-80gb");
        let (mut good, mut bad) = (Self::made(&nvml), Vec::new());
        bad.extend(Self::made(&other).into_iter().map(|(_, handle)| handle));
        bad.extend(Self::destroyed(&nvml));
        bad.extend([
            0,
            1,
            8,
            0xdead_beef,
            0x1000_0000_0000,
            usize::MAX,
            usize::MAX / 2,
        ]);
        let ours = good.iter().map(|&(_, handle)| handle);
        bad.extend(ours.map(|handle| handle ^ 1 << 63).collect::<Vec<_>>());
        good.dedup();
        let functions = Functions::of(&nvml.simulator);
        Self {
            nvml,
            functions,
            good,
            bad,
        }
    }

    fn made(nvml: &Nvml) -> Vec<(First, usize)> {
        let instance = nvml.create(9).unwrap();
        let compute = nvml.create_compute(instance, 0).unwrap();
        let (mut set, mut sample) = (null_mut(), null_mut());
        assert_eq!(c!(nvml, nvmlEventSetCreate(&mut set)), SUCCESS);
        assert_eq!(c!(nvml, nvmlGpmSampleAlloc(&mut sample)), SUCCESS);
        vec![
            (First::Device, nvml.gpu(0).addr()),
            (First::Device, nvml.mig(0).unwrap().addr()),
            (First::GpuInstance, instance.addr()),
            (First::ComputeInstance, compute.addr()),
            (First::EventSet, set.addr()),
            (First::GpmSample, sample.addr()),
        ]
    }

    /// Handles to instances, a MIG device, an event set and a sample that are gone.
    fn destroyed(nvml: &Nvml) -> Vec<usize> {
        let mig_devices = || (0..7).filter_map(|index| nvml.mig(index).ok());
        let before: Vec<_> = mig_devices().collect();
        let instance = nvml.create(19).unwrap();
        let compute = nvml.create_compute(instance, 0).unwrap();
        let mig = mig_devices().find(|device| !before.contains(device));
        let mig = mig.unwrap();
        let (mut set, mut sample) = (null_mut(), null_mut());
        assert_eq!(c!(nvml, nvmlEventSetCreate(&mut set)), SUCCESS);
        assert_eq!(c!(nvml, nvmlEventSetFree(set)), SUCCESS);
        assert_eq!(c!(nvml, nvmlGpmSampleAlloc(&mut sample)), SUCCESS);
        assert_eq!(c!(nvml, nvmlGpmSampleFree(sample)), SUCCESS);
        assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(compute)), SUCCESS);
        assert_eq!(nvml.destroy(instance), SUCCESS);
        let handles = [mig.addr(), instance.addr(), compute.addr()];
        handles
            .into_iter()
            .chain([set.addr(), sample.addr()])
            .collect()
    }
}

#[test]
fn bad_handles_are_refused_by_every_function() {
    let handles = Handles::new();
    let mut buffer = buffer();
    for (name, kind) in handles.functions.names() {
        if kind == First::NoHandle {
            continue;
        }
        let of_other_kinds = handles.good.iter().filter(|(other, _)| *other != kind);
        let of_other_kinds = of_other_kinds.map(|&(_, handle)| handle);
        for handle in handles.bad.iter().copied().chain(of_other_kinds) {
            let code = handles
                .functions
                .call(name, handle, buffer.as_mut_ptr().addr());
            assert_eq!(code, INVALID_ARGUMENT, "{name}({handle:#x}, ...)");
        }
    }
    assert!(buffer.iter().all(|&word| word == 0), "nothing is written");
    assert_eq!(handles.nvml.capacity(9), 1, "nothing has changed");
}

/// Handles that are not the first parameter.
#[test]
fn bad_handles_in_second_place() {
    let handles = Handles::new();
    let gpu = handles.nvml.gpu(0).addr();
    for &bad in &handles.bad {
        for name in [
            "nvmlGpmSampleGet",
            "nvmlGpmMigSampleGet",
            "nvmlDeviceRegisterEvents",
        ] {
            assert_eq!(
                handles.functions.call(name, gpu, bad),
                INVALID_ARGUMENT,
                "{name}, {bad:#x}"
            );
        }
        for name in [
            "nvmlDeviceGetTopologyCommonAncestor",
            "nvmlDeviceOnSameBoard",
            "nvmlDeviceGetP2PStatus",
        ] {
            assert_eq!(
                handles.functions.call(name, gpu, bad),
                INVALID_ARGUMENT,
                "{name}, {bad:#x}"
            );
        }
    }
}

/// These take no pointer, or only such as may be null, so with zeros they answer what they answer to good
/// arguments: not simulated.
const WITHOUT_POINTER: &[&str] = &[
    "nvmlDeviceCcuSetStreamState",
    "nvmlDeviceSetAdaptiveTgpMode_v1",
    "nvmlDeviceSetPowerMode",
    "nvmlDeviceVgpuForceGspUnload",
    "nvmlDeviceClearAccountingPids",
    "nvmlDeviceClearCpuAffinity",
    "nvmlDeviceClearEccErrorCounts",
    "nvmlDeviceFreezeNvLinkUtilizationCounter",
    // nvidia-smi wants to hear that there is no such thing on Linux, and passes null for one of its two results.
    "nvmlDeviceGetDriverModel",
    "nvmlDeviceResetApplicationsClocks",
    "nvmlDeviceResetGpuLockedClocks",
    "nvmlDeviceResetMemoryLockedClocks",
    "nvmlDeviceResetNvLinkErrorCounters",
    "nvmlDeviceResetNvLinkUtilizationCounter",
    "nvmlDeviceSetAPIRestriction",
    "nvmlDeviceSetAccountingMode",
    "nvmlDeviceSetApplicationsClocks",
    "nvmlDeviceSetAutoBoostedClocksEnabled",
    "nvmlDeviceSetComputeMode",
    "nvmlDeviceSetConfComputeUnprotectedMemSize",
    "nvmlDeviceSetCpuAffinity",
    "nvmlDeviceSetDefaultAutoBoostedClocksEnabled",
    "nvmlDeviceSetDefaultFanSpeed_v2",
    "nvmlDeviceSetDriverModel",
    "nvmlDeviceSetEccMode",
    "nvmlDeviceSetFanControlPolicy",
    "nvmlDeviceSetFanSpeed_v2",
    "nvmlDeviceSetGpcClkVfOffset",
    "nvmlDeviceSetGpuLockedClocks",
    "nvmlDeviceSetGpuOperationMode",
    "nvmlDeviceSetMemClkVfOffset",
    "nvmlDeviceSetMemoryLockedClocks",
    "nvmlDeviceSetPersistenceMode",
    "nvmlDeviceSetPowerManagementLimit",
    "nvmlDeviceSetVgpuCapabilities",
    "nvmlDeviceSetVirtualizationMode",
    "nvmlDeviceValidateInforom",
    "nvmlGpmSetStreamingEnabled",
    "nvmlSystemSetConfComputeGpusReadyState",
    "nvmlSystemSetNvlinkBwMode",
    "nvmlVgpuInstanceClearAccountingPids",
    "nvmlVgpuInstanceSetEncoderCapacity",
];

/// These take only a handle and would destroy what the others need; their own tests call them.
const DESTROYING: &[&str] = &[
    "nvmlComputeInstanceDestroy",
    "nvmlEventSetFree",
    "nvmlGpmSampleFree",
    "nvmlGpuInstanceDestroy",
    "nvmlShutdown",
];

#[test]
fn null_pointers_are_refused_by_every_function() {
    let handles = Handles::new();
    let names = handles.functions.names();
    for (name, kind) in names.filter(|(name, _)| !DESTROYING.contains(name)) {
        let good = handles.good.iter().find(|(other, _)| *other == kind);
        let handle = good.map_or(0, |&(_, handle)| handle);
        let code = handles.functions.call(name, handle, 0);
        let expected = if WITHOUT_POINTER.contains(&name) {
            NOT_SUPPORTED
        } else {
            INVALID_ARGUMENT
        };
        assert_eq!(code, expected, "{name}");
    }
}
