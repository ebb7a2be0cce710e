//! One GPU that can't be read, among others.

use std::time::Duration;

use crate::support::machine::{Driver, on_each_driver};
use nvml_mig::device::VisibleDevices;
use nvml_mig::mig_parted::{MigPartedFile, MigPartedOmission};
use nvml_mig::monitor::MigWatch;
use nvml_mig::node::DriverFiles;
use nvml_mig::snapshot::Snapshot;
use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

/// Also: `each_device.rs`, `watch.rs`, `snapshot.rs`, `examples.rs`, and the tests of nvml-mig-cli.
#[test]
fn one_bad_gpu_never_loses_the_list() {
    use nvmlReturn_t as C;
    let codes = [
        (C::NVML_ERROR_GPU_IS_LOST, ReturnCode::GpuIsLost),
        (C::NVML_ERROR_NO_PERMISSION, ReturnCode::NoPermission),
        (C::NVML_ERROR_UNKNOWN, ReturnCode::Unknown),
        (C::NVML_ERROR_INVALID_ARGUMENT, ReturnCode::InvalidArgument),
    ];
    let text =
        "version: v1\nmig-configs: {one: [{devices: all, mig-enabled: true, mig-devices: {}}]}";
    let file = MigPartedFile::parse("config.yaml", text).unwrap();
    let config = file.config("one").unwrap();
    for (code, expected) in codes {
        on_each_driver(|Driver(driver)| {
            let builder = ["a30", "a30", "t4", "a30"]
                .iter()
                .fold(Simulator::builder(), |builder, board| {
                    builder.gpu(GpuSpec::new(*board))
                });
            let simulator = builder.driver_version(driver).start().unwrap();
            let nvml = Nvml::init_from(simulator.library_path()).unwrap();
            let opened = nvml.devices().unwrap();
            let last = opened[3].uuid().unwrap();
            simulator.refuse_gpu(1, Some(code)).unwrap();
            let codes = |each: Vec<(u32, Option<ReturnCode>)>| {
                let bad: Vec<_> = each.iter().filter(|(_, code)| code.is_some()).collect();
                assert_eq!(bad, [&(1, Some(expected))]);
                each.len()
            };

            let each = nvml.each_device().unwrap();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 4);
            let each = nvml.each_mig_capable_device().unwrap();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 3);
            let each = Snapshot::read_each(nvml.each_device().unwrap());
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 4);
            let each = config.each_target(nvml.each_device().unwrap()).unwrap();
            let each = each.into_iter();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 3);
            let exported = MigPartedFile::from_each_device("now", nvml.each_device().unwrap());
            let left_out = exported.unwrap().omissions.into_iter();
            let left_out = left_out.map(|omission| match omission {
                MigPartedOmission::Unreadable { gpu, source, .. } => (gpu, source.code()),
                other => panic!("{other}"),
            });
            assert_eq!(codes(left_out.collect()), 1);

            let preflight = nvml.preflight(&DriverFiles::new());
            assert_eq!(preflight.gpus.len(), 4);
            assert!(!preflight.gpus[1].obstacles.is_empty());
            let all = nvml.visible_devices(&VisibleDevices::from_nvidia(Some("all")));
            let all = all.unwrap();
            assert_eq!((all.devices.len(), all.invalid.len()), (3, 1));
            let found = nvml.find_device(&last[..16].parse().unwrap()).unwrap();
            assert_eq!(found.uuid().unwrap(), last);
            let mut watch = MigWatch::start(&opened).unwrap();
            assert_eq!(watch.devices().count(), 2);
            let error = watch.wait(Duration::ZERO).unwrap_err();
            assert_eq!(error.code(), Some(expected));
        });
    }
}
