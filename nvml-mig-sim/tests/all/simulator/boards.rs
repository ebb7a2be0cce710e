//! What GPUs say of themselves, and how they are found.

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};
use nvml_mig_sys::{nvmlBrandType_t, nvmlEnableState_t, nvmlMemory_v2_t, nvmlPciInfo_t};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED, Nvml, SUCCESS, c, text,
    zeroed,
};

fn three() -> Nvml {
    let boards = ["a30", "h100-sxm5-80gb", "rtx-pro-6000-bse"].map(GpuSpec::new);
    Nvml::start(
        boards
            .into_iter()
            .fold(Simulator::builder(), SimulatorBuilder::gpu),
    )
}

#[test]
fn several_gpus_in_one_machine() {
    let nvml = three();
    let mut count = 0;
    assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
    assert_eq!(count, 3);
    let rows = [(7, (8, 0)), (9, (9, 0)), (10, (12, 0))];
    for (index, (architecture, capability)) in (0..).zip(rows) {
        let (gpu, mut found, mut number) = (nvml.gpu(index), 0, 99);
        assert_eq!(
            c!(nvml, nvmlDeviceGetArchitecture(gpu, &mut found)),
            SUCCESS
        );
        assert_eq!(found, architecture);
        let (mut major, mut minor) = (0, 0);
        let code = c!(
            nvml,
            nvmlDeviceGetCudaComputeCapability(gpu, &mut major, &mut minor)
        );
        assert_eq!((code, (major, minor)), (SUCCESS, capability));
        assert_eq!(c!(nvml, nvmlDeviceGetIndex(gpu, &mut number)), SUCCESS);
        assert_eq!(number, index);
        let mut brand = nvmlBrandType_t(99);
        assert_eq!(c!(nvml, nvmlDeviceGetBrand(gpu, &mut brand)), SUCCESS);
        assert_eq!(brand, nvmlBrandType_t::NVML_BRAND_NVIDIA);
        let mut mode = nvmlEnableState_t(99);
        assert_eq!(
            c!(nvml, nvmlDeviceGetPersistenceMode(gpu, &mut mode)),
            SUCCESS
        );
        assert_eq!(mode, nvmlEnableState_t::NVML_FEATURE_ENABLED);
    }
}

/// Every way to find a GPU leads to the same handle.
#[test]
fn found_by_uuid_and_pci_address() {
    let nvml = three();
    for index in 0..3 {
        let (gpu, mut found) = (nvml.gpu(index), core::ptr::null_mut());
        let uuid = std::ffi::CString::new(nvml.uuid(gpu)).unwrap();
        assert!(uuid.to_str().unwrap().starts_with("GPU-"));
        let code = c!(nvml, nvmlDeviceGetHandleByUUID(uuid.as_ptr(), &mut found));
        assert_eq!((code, found), (SUCCESS, gpu));
        let mut pci: nvmlPciInfo_t = zeroed();
        assert_eq!(c!(nvml, nvmlDeviceGetPciInfo_v3(gpu, &mut pci)), SUCCESS);
        assert_eq!(text(&pci.busId), format!("0000{}", text(&pci.busIdLegacy)));
        for id in [pci.busId.as_ptr(), pci.busIdLegacy.as_ptr()] {
            let mut found = core::ptr::null_mut();
            let code = c!(nvml, nvmlDeviceGetHandleByPciBusId_v2(id, &mut found));
            assert_eq!(
                (code, found),
                (SUCCESS, gpu),
                "with 8 and 4 digits of the domain"
            );
        }
    }
}

#[test]
fn uuids_are_the_same_every_time_and_follow_the_seed() {
    let uuid = |seed| {
        let nvml = Nvml::start(Simulator::builder().seed(seed));
        nvml.uuid(nvml.gpu(0))
    };
    assert_eq!(uuid(0), uuid(0));
    assert_ne!(uuid(0), uuid(1));
}

/// H100: 81559 MiB, from which clients derive the profile names.
#[test]
fn memory() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let gpu = nvml.gpu(0);
    let mut v1 = zeroed();
    assert_eq!(c!(nvml, nvmlDeviceGetMemoryInfo(gpu, &mut v1)), SUCCESS);
    assert_eq!(v1.total >> 20, 81559);
    let mut v2: nvmlMemory_v2_t = zeroed();
    v2.version = 0x0200_0028;
    assert_eq!(c!(nvml, nvmlDeviceGetMemoryInfo_v2(gpu, &mut v2)), SUCCESS);
    assert_eq!(
        (v2.total, v2.free + v2.used + v2.reserved),
        (v1.total, v1.total)
    );
    v2.version = 0x0300_0028;
    let code = c!(nvml, nvmlDeviceGetMemoryInfo_v2(gpu, &mut v2));
    assert_eq!(code, ARGUMENT_VERSION_MISMATCH);
}

/// Version 1 of the structure counts reserved memory as used; MIG devices have none.
#[test]
fn reserved_memory() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").reserved_memory_mib(571);
    let nvml = Nvml::start(Simulator::builder().gpu(gpu));
    let gpu = nvml.gpu(0);
    let mut v1 = zeroed();
    assert_eq!(c!(nvml, nvmlDeviceGetMemoryInfo(gpu, &mut v1)), SUCCESS);
    let mut v2: nvmlMemory_v2_t = zeroed();
    v2.version = 0x0200_0028;
    assert_eq!(c!(nvml, nvmlDeviceGetMemoryInfo_v2(gpu, &mut v2)), SUCCESS);
    assert_eq!((v2.reserved >> 20, v2.used), (571, 0));
    assert_eq!((v1.used, v1.free), (v2.reserved, v2.free));
    assert_eq!(v2.free + v2.reserved, v2.total);
}

#[test]
fn resetless_is_hopper_and_newer() {
    let nvml = three();
    for (index, expected) in [(0, 0), (1, 1), (2, 1)] {
        let mut fields: [nvml_mig_sys::nvmlFieldValue_t; 2] = [zeroed(), zeroed()];
        (fields[0].fieldId, fields[1].fieldId) = (184, 83);
        let list = fields.as_mut_ptr();
        assert_eq!(
            c!(nvml, nvmlDeviceGetFieldValues(nvml.gpu(index), 2, list)),
            SUCCESS
        );
        // SAFETY: every member of the union is a number.
        let value = unsafe { fields[0].value.uiVal };
        assert_eq!((fields[0].nvmlReturn.0, value), (SUCCESS, expected));
        assert_eq!(fields[1].nvmlReturn.0, NOT_SUPPORTED, "not simulated");
    }
    let mut field: nvml_mig_sys::nvmlFieldValue_t = zeroed();
    let code = c!(nvml, nvmlDeviceGetFieldValues(nvml.gpu(0), -1, &mut field));
    assert_eq!(code, INVALID_ARGUMENT);
}

#[test]
fn an_address_of_another_device_or_domain() {
    let nvml = Nvml::with("a30");
    for id in [
        c"0000:17:01.0",
        c"0000:17:00.1",
        c"0001:17:00.0",
        c"0000:18:00.0",
    ] {
        let mut found = core::ptr::null_mut();
        let code = c!(
            nvml,
            nvmlDeviceGetHandleByPciBusId_v2(id.as_ptr(), &mut found)
        );
        assert_eq!((code, found.is_null()), (NOT_FOUND, true), "{id:?}");
    }
}
