//! MIG devices as programs see them.

use nvml_mig_sim::{GpuSpec, Simulator};
use nvml_mig_sys::nvmlDevice_t;

use super::nvml::{INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED, Nvml, SUCCESS, c, zeroed};

fn by_uuid(nvml: &Nvml, uuid: &str) -> Result<nvmlDevice_t, u32> {
    let uuid = std::ffi::CString::new(uuid).unwrap();
    let mut device = core::ptr::null_mut();
    let code = c!(nvml, nvmlDeviceGetHandleByUUID(uuid.as_ptr(), &mut device));
    if code == SUCCESS {
        Ok(device)
    } else {
        Err(code)
    }
}

fn ids(nvml: &Nvml, device: nvmlDevice_t) -> (u32, u32) {
    let (mut gpu_instance, mut compute_instance) = (99, 99);
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceId(device, &mut gpu_instance)),
        SUCCESS
    );
    let code = c!(
        nvml,
        nvmlDeviceGetComputeInstanceId(device, &mut compute_instance)
    );
    assert_eq!(code, SUCCESS);
    (gpu_instance, compute_instance)
}

/// Ascending GPU instance id, then compute instance id, without holes; a GPU instance alone is none.
#[test]
fn indices() {
    let nvml = Nvml::with("a30");
    let later = nvml.create(14).unwrap();
    let half = nvml.create_at(5, 2, 2).unwrap();
    assert_eq!(nvml.mig(0), Err(NOT_FOUND), "no compute instance yet");
    nvml.create_compute(later, 0).unwrap();
    nvml.create_compute(half, 0).unwrap();
    nvml.create_compute(half, 0).unwrap();
    let found = [0, 1, 2].map(|index| ids(&nvml, nvml.mig(index).unwrap()));
    assert_eq!(found, [(2, 0), (2, 1), (3, 0)]);
    assert_eq!(nvml.mig(3), Err(NOT_FOUND));
    assert_eq!(nvml.mig(4), Err(INVALID_ARGUMENT), "an A30 has at most 4");
    let mut index = 9;
    assert_eq!(
        c!(nvml, nvmlDeviceGetIndex(nvml.mig(2).unwrap(), &mut index)),
        SUCCESS
    );
    assert_eq!(index, 2);
}

#[test]
fn names_end_with_the_profile() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    let half = nvml.create(9).unwrap();
    let small = nvml.create_compute(half, 0).unwrap();
    assert_eq!(
        nvml.name(nvml.mig(0).unwrap()),
        "NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb"
    );
    assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(small)), SUCCESS);
    nvml.create_compute(half, 2).unwrap();
    assert_eq!(
        nvml.name(nvml.mig(0).unwrap()),
        "NVIDIA A100-SXM4-40GB MIG 3g.20gb"
    );
}

/// Version 5: the same after the same ids were made again on the same GPU, and other than all others.
#[test]
fn uuids_follow_from_ids() {
    let nvml = Nvml::with("a30");
    let make = |profile_id| {
        let parent = nvml.create(profile_id).unwrap();
        let compute = nvml.create_compute(parent, 0).unwrap();
        let newest = (0..4).rev().find_map(|index| nvml.mig(index).ok());
        (parent, compute, nvml.uuid(newest.unwrap()))
    };
    let (parent, compute, first) = make(14);
    let text = first.strip_prefix("MIG-").unwrap();
    assert_eq!(uuid::Uuid::parse_str(text).unwrap().get_version_num(), 5);
    assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(compute)), SUCCESS);
    assert_eq!(nvml.destroy(parent), SUCCESS);
    assert_eq!(by_uuid(&nvml, &first), Err(NOT_FOUND));
    assert_eq!(make(14).2, first);
    assert_ne!(make(14).2, first);
    assert_eq!(ids(&nvml, by_uuid(&nvml, &first).unwrap()), (3, 0));
}

#[test]
fn legacy_uuids() {
    let a30 = || GpuSpec::new("a30");
    let make = |nvml: &Nvml| {
        let parent = nvml.create(5).unwrap();
        nvml.create_compute(parent, 0).unwrap();
        let uuid = nvml.uuid(nvml.gpu(0));
        (nvml.mig(0).unwrap(), format!("MIG-{uuid}/1/0"))
    };
    let nvml = Nvml::of(a30());
    let (device, legacy) = make(&nvml);
    assert_eq!(by_uuid(&nvml, &legacy), Ok(device), "still found");
    assert_ne!(nvml.uuid(device), legacy);

    let nvml = Nvml::start(Simulator::builder().gpu(a30()).driver_version("460.73.01"));
    let (device, legacy) = make(&nvml);
    assert_eq!(nvml.uuid(device), legacy, "before R470");
}

#[test]
fn attributes_and_memory() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    let parent = nvml.create(9).unwrap();
    nvml.create_compute(parent, 0).unwrap();
    let device = nvml.mig(0).unwrap();
    let mut attributes = zeroed();
    assert_eq!(
        c!(nvml, nvmlDeviceGetAttributes_v2(device, &mut attributes)),
        SUCCESS
    );
    // A100: 14 SMs to a slice; a 3g.20gb GPU instance has 3 copy engines and 2 decoders.
    assert_eq!(attributes.multiprocessorCount, 14);
    assert_eq!(
        (
            attributes.gpuInstanceSliceCount,
            attributes.computeInstanceSliceCount
        ),
        (3, 1)
    );
    assert_eq!(
        (
            attributes.sharedCopyEngineCount,
            attributes.sharedDecoderCount
        ),
        (3, 2)
    );
    let mut memory = zeroed();
    assert_eq!(
        c!(nvml, nvmlDeviceGetMemoryInfo(device, &mut memory)),
        SUCCESS
    );
    assert_eq!(memory.total, attributes.memorySizeMB << 20);
    assert_eq!(memory.total, memory.free + memory.used);
    assert!(
        (1..64 << 20).contains(&memory.used),
        "a few MiB: {}",
        memory.used
    );
    let mut bar1 = zeroed();
    assert_eq!(
        c!(nvml, nvmlDeviceGetBAR1MemoryInfo(device, &mut bar1)),
        SUCCESS
    );
    assert_eq!(bar1.bar1Total, 32767 << 20, "real nvidia-smi");
}

#[test]
fn gpus_and_mig_devices_are_told_apart() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    nvml.create_compute(parent, 3).unwrap();
    let (gpu, mig, mut is_mig) = (nvml.gpu(0), nvml.mig(0).unwrap(), 9);
    assert_eq!(
        c!(nvml, nvmlDeviceIsMigDeviceHandle(gpu, &mut is_mig)),
        SUCCESS
    );
    assert_eq!(is_mig, 0);
    assert_eq!(
        c!(nvml, nvmlDeviceIsMigDeviceHandle(mig, &mut is_mig)),
        SUCCESS
    );
    assert_eq!(is_mig, 1);
    let mut found = core::ptr::null_mut();
    let parent_of = c!(
        nvml,
        nvmlDeviceGetDeviceHandleFromMigDeviceHandle(mig, &mut found)
    );
    assert_eq!((parent_of, found), (SUCCESS, gpu));
    let mut attributes = zeroed();
    let of_gpu = c!(nvml, nvmlDeviceGetAttributes(gpu, &mut attributes));
    assert_eq!(of_gpu, NOT_SUPPORTED);
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceId(gpu, &mut is_mig)),
        NOT_SUPPORTED
    );
    assert_eq!(
        c!(nvml, nvmlDeviceGetComputeInstanceId(gpu, &mut is_mig)),
        NOT_SUPPORTED
    );
}
