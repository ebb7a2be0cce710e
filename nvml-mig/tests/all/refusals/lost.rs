//! What is refused when a GPU fell off the bus.

use crate::support::machine::BOARDS;
use nvml_mig::ReturnCode;
use nvml_mig::error::Cause;
#[cfg(feature = "monitor")]
use nvml_mig::monitor::MigWatch;
use nvml_mig_sim::nvmlReturn_t;

use super::{Row, Scene};

/// NVML refuses with this code when a GPU fell off the bus; each method passes it on.
const LOST: u32 = 15;

/// C functions, and the methods that need what they say.
const PLAIN: &[Row] = &[
    ("nvmlSystemGetDriverVersion", |it| {
        it.machine.nvml.driver_version().map(drop)
    }),
    ("nvmlSystemGetNVMLVersion", |it| {
        it.machine.nvml.nvml_version().map(drop)
    }),
    ("nvmlSystemGetCudaDriverVersion", |it| {
        it.machine.nvml.cuda_driver_version().map(drop)
    }),
    ("nvmlDeviceGetCount_v2", |it| {
        it.machine.nvml.device_count().map(drop)
    }),
    ("nvmlDeviceGetCount_v2", |it| {
        it.machine.nvml.devices().map(drop)
    }),
    ("nvmlDeviceGetHandleByIndex_v2", |it| {
        it.machine.nvml.devices().map(drop)
    }),
    ("nvmlDeviceGetHandleByIndex_v2", |it| {
        it.machine.nvml.device_by_index(0).map(drop)
    }),
    ("nvmlDeviceGetName", |it| it.machine.device.name().map(drop)),
    ("nvmlDeviceGetUUID", |it| it.machine.device.uuid().map(drop)),
    ("nvmlDeviceGetIndex", |it| {
        it.machine.device.index().map(drop)
    }),
    ("nvmlDeviceGetMinorNumber", |it| {
        it.machine.device.minor_number().map(drop)
    }),
    ("nvmlDeviceGetPciInfo_v3", |it| {
        it.machine.device.pci_info().map(drop)
    }),
    ("nvmlDeviceGetMemoryInfo_v2", |it| {
        it.machine.device.memory_info().map(drop)
    }),
    ("nvmlDeviceGetBAR1MemoryInfo", |it| {
        it.machine.device.bar1_info().map(drop)
    }),
    ("nvmlDeviceGetArchitecture", |it| {
        it.machine.device.architecture().map(drop)
    }),
    ("nvmlDeviceGetCudaComputeCapability", |it| {
        it.machine.device.cuda_compute_capability().map(drop)
    }),
    ("nvmlDeviceGetComputeRunningProcesses_v3", |it| {
        it.machine.device.processes().map(drop)
    }),
    ("nvmlDeviceGetMaxMigDeviceCount", |it| {
        it.machine.device.max_mig_device_count().map(drop)
    }),
    ("nvmlDeviceGetMaxMigDeviceCount", |it| {
        it.machine.device.mig_devices().map(drop)
    }),
    ("nvmlDeviceGetMigDeviceHandleByIndex", |it| {
        it.machine.device.mig_devices().map(drop)
    }),
    ("nvmlDeviceGetGpuInstanceId", |it| {
        it.compute_instance.mig_device().map(drop)
    }),
    #[cfg(feature = "monitor")]
    ("nvmlGpmQueryDeviceSupport", |it| {
        it.machine.device.has_gpm().map(drop)
    }),
    ("nvmlDeviceGetMinorNumber", |it| {
        it.gpu_instance.capability().map(drop)
    }),
    ("nvmlDeviceGetMinorNumber", |it| {
        it.compute_instance.capability().map(drop)
    }),
    #[cfg(feature = "monitor")]
    ("nvmlEventSetCreate", |it| {
        MigWatch::start(std::slice::from_ref(&it.machine.device)).map(drop)
    }),
    #[cfg(feature = "monitor")]
    ("nvmlDeviceRegisterEvents", |it| {
        MigWatch::start(std::slice::from_ref(&it.machine.device)).map(drop)
    }),
    #[cfg(feature = "monitor")]
    ("nvmlEventSetWait_v3", |it| {
        let mut watch = MigWatch::start(std::slice::from_ref(&it.machine.device))?;
        watch.wait(std::time::Duration::ZERO).map(drop)
    }),
    ("nvmlDeviceGetGpuInstanceProfileInfoV", |it| {
        it.gpu_instance.profile().map(drop)
    }),
];

#[test]
fn when_the_gpu_is_lost() {
    for board in BOARDS {
        let scene = Scene::on(board);
        let simulator = &scene.machine.simulator;
        for (function, ask) in PLAIN {
            simulator.fail(function, 0, nvmlReturn_t(LOST)).unwrap();
            let error = ask(&scene).expect_err(function);
            assert_eq!(error.function(), Some(*function), "{error}");
            assert_eq!(error.code(), Some(ReturnCode::GpuIsLost), "{error}");
            assert_eq!(error.cause(), Some(Cause::GpuBroken), "{error}");
            simulator.clear_faults().unwrap();
            ask(&scene).unwrap();
        }
    }
}
