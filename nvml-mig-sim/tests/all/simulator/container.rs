//! Calls from containers.

use core::ptr::null_mut;
use std::ffi::CString;

use nvml_mig_sim::{Caller, GpuSpec, Simulator};
use nvml_mig_sys::nvmlDevice_t;

use super::nvml::{INVALID_ARGUMENT, NO_PERMISSION, NOT_FOUND, Nvml, SUCCESS, c, zeroed};

/// Two A30, the first with three MIG devices and the second with one.
fn machine() -> Nvml {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
    for _ in 0..3 {
        nvml.create_compute(nvml.create(14).unwrap(), 0).unwrap();
    }
    let mut parent = null_mut();
    let code = c!(
        nvml,
        nvmlDeviceCreateGpuInstance(nvml.gpu(1), 0, &mut parent)
    );
    assert_eq!(code, SUCCESS);
    nvml.create_compute(parent, 0).unwrap();
    nvml
}

fn by_uuid(nvml: &Nvml, uuid: &str) -> Result<nvmlDevice_t, u32> {
    let (mut device, text) = (null_mut(), CString::new(uuid).unwrap());
    let code = c!(nvml, nvmlDeviceGetHandleByUUID(text.as_ptr(), &mut device));
    (code == SUCCESS).then_some(device).ok_or(code)
}

/// Codes of all three memory queries.
fn memory(nvml: &Nvml, device: nvmlDevice_t) -> [u32; 3] {
    let (mut v2, mut bar1) = (zeroed::<nvml_mig_sys::nvmlMemory_v2_t>(), zeroed());
    v2.version = 0x0200_0028;
    [
        c!(nvml, nvmlDeviceGetMemoryInfo(device, &mut zeroed())),
        c!(nvml, nvmlDeviceGetMemoryInfo_v2(device, &mut v2)),
        c!(nvml, nvmlDeviceGetBAR1MemoryInfo(device, &mut bar1)),
    ]
}

/// The memory of whole GPUs is refused, as everything that needs the privilege; that of MIG devices is not.
#[test]
fn that_has_all_mig_devices() {
    let nvml = machine();
    nvml.simulator.set_caller(Caller::Container).unwrap();
    for gpu in [0, 1] {
        assert_eq!(memory(&nvml, nvml.gpu(gpu)), [NO_PERMISSION; 3]);
    }
    for index in [0, 1, 2] {
        assert_eq!(memory(&nvml, nvml.mig(index).unwrap()), [SUCCESS; 3]);
    }
    assert_eq!(nvml.create(14), Err(NO_PERMISSION));
    assert!(nvml.name(nvml.mig(0).unwrap()).contains("1g.6gb"));
}

/// The devices that it was not given seem not to be there, under their indices, UUIDs and handles.
#[test]
fn that_has_one_mig_device_of_three() {
    let nvml = machine();
    let devices = [0, 1, 2].map(|index| nvml.mig(index).unwrap());
    let uuids = devices.map(|device| nvml.uuid(device));
    nvml.simulator.enter_container([&uuids[1]]).unwrap();

    assert_eq!(nvml.mig(0), Ok(devices[1]));
    assert_eq!(nvml.mig(1), Err(NOT_FOUND));
    let mut index = 9;
    let code = c!(nvml, nvmlDeviceGetIndex(devices[1], &mut index));
    assert_eq!((code, index), (SUCCESS, 0));
    assert_eq!(by_uuid(&nvml, &uuids[1]), Ok(devices[1]));
    assert_eq!(memory(&nvml, devices[1]), [SUCCESS; 3]);
    for hidden in [0, 2] {
        assert_eq!(by_uuid(&nvml, &uuids[hidden]), Err(NOT_FOUND));
        let code = c!(nvml, nvmlDeviceGetIndex(devices[hidden], &mut index));
        assert_eq!(code, INVALID_ARGUMENT);
    }

    // As the caller without limits that it was before.
    nvml.simulator.set_caller(Caller::Container).unwrap();
    assert_eq!(nvml.mig(0), Ok(devices[0]));
    assert_eq!(nvml.mig(2), Ok(devices[2]));
}

/// A GPU without a device of the container is counted, and refuses what it is asked, by whatever it is found.
#[test]
fn that_has_no_device_on_a_gpu() {
    let nvml = machine();
    let (first, second) = (nvml.gpu(0), nvml.gpu(1));
    let (uuid, mig) = (nvml.uuid(second), nvml.uuid(nvml.mig(0).unwrap()));
    nvml.simulator.enter_container([mig]).unwrap();
    let (mut count, mut device, mut index) = (0, null_mut(), 0);
    assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
    assert_eq!(count, 2);
    assert_eq!(nvml.gpu(0), first);
    assert_eq!(memory(&nvml, first), [NO_PERMISSION; 3]);
    let by_index = c!(nvml, nvmlDeviceGetHandleByIndex_v2(1, &mut device));
    let address = c"00000000:27:00.0".as_ptr();
    let by_address = c!(nvml, nvmlDeviceGetHandleByPciBusId_v2(address, &mut device));
    let by_handle = c!(nvml, nvmlDeviceGetIndex(second, &mut index));
    assert_eq!([by_index, by_address, by_handle], [NO_PERMISSION; 3]);
    assert_eq!(by_uuid(&nvml, &uuid), Err(NO_PERMISSION));
}

#[test]
fn that_would_have_a_device_that_is_not_there() {
    let nvml = machine();
    let absent = "MIG-00000000-0000-5000-8000-000000000000";
    let refused = nvml.simulator.enter_container([absent]).unwrap_err();
    assert_eq!(refused.to_string(), "no such GPU or instance");
    assert_eq!(memory(&nvml, nvml.gpu(0)), [SUCCESS; 3], "nothing changed");
    let empty: [&str; 0] = [];
    nvml.simulator.enter_container(empty).unwrap();
    let mut device = null_mut();
    let code = c!(nvml, nvmlDeviceGetHandleByIndex_v2(0, &mut device));
    assert_eq!(code, NO_PERMISSION);
}

/// `CAP_SYS_ADMIN` alone is not enough: the node of mig/config must be there too. All else is as usual.
#[test]
fn that_has_cap_sys_admin_without_the_config_node() {
    let nvml = machine();
    let parent = nvml.instances(14)[0];
    nvml.simulator.set_caller(Caller::NoConfigNode).unwrap();
    let (gpu, mut count, mut found) = (nvml.gpu(0), 0, null_mut());
    let refused = [
        nvml.set_mode(0).0,
        nvml.create(14).unwrap_err(),
        nvml.create_compute(parent, 0).unwrap_err(),
        nvml.destroy(parent),
        c!(
            nvml,
            nvmlDeviceGetGpuInstances(gpu, 14, &mut found, &mut count)
        ),
        c!(
            nvml,
            nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 14, &mut count)
        ),
    ];
    assert_eq!(refused, [NO_PERMISSION; 6]);
    assert_eq!(memory(&nvml, gpu), [SUCCESS; 3]);
    assert_eq!(memory(&nvml, nvml.mig(2).unwrap()), [SUCCESS; 3]);
}
