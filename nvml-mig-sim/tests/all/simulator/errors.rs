//! Which code each refusal has.

use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, Simulator, Virtualization};

use super::nvml::{
    IN_USE, INSUFFICIENT_RESOURCES, INSUFFICIENT_SIZE, INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED,
    Nvml, SUCCESS, c, zeroed,
};

#[test]
fn without_mig_mode_nothing_is_made_or_listed() {
    let nvml = Nvml::of(GpuSpec::new("a30").mig(false));
    let (gpu, mut count) = (nvml.gpu(0), 0);
    let mut instance = core::ptr::null_mut();
    let mut instances = [core::ptr::null_mut(); 8];
    assert_eq!(nvml.create(14), Err(NOT_SUPPORTED));
    assert_eq!(nvml.create_at(14, 0, 1), Err(NOT_SUPPORTED));
    let found = instances.as_mut_ptr();
    let listed = c!(nvml, nvmlDeviceGetGpuInstances(gpu, 14, found, &mut count));
    assert_eq!(listed, NOT_SUPPORTED);
    let by_id = c!(nvml, nvmlDeviceGetGpuInstanceById(gpu, 3, &mut instance));
    assert_eq!(by_id, NOT_SUPPORTED);
    assert_eq!(
        c!(nvml, nvmlDeviceGetMaxMigDeviceCount(gpu, &mut count)),
        SUCCESS
    );
    assert_eq!(count, 0);
}

/// Real `nvidia-smi mig -lgip` of driver 550 says 0/7; 535 lists nothing.
#[test]
fn without_mig_mode_there_is_no_capacity() {
    for (driver, expected) in [("550.163.01", SUCCESS), ("535.261.03", NOT_SUPPORTED)] {
        let gpu = GpuSpec::new("a100-sxm4-80gb").mig(false);
        let nvml = Nvml::start(Simulator::builder().gpu(gpu).driver_version(driver));
        let (gpu, mut count) = (nvml.gpu(0), 0);
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 19, &mut count)
        );
        assert_eq!((code, count), (expected, 0), "{driver}");
    }
}

#[test]
fn a_vgpu_guest_makes_no_gpu_instance() {
    let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let nvml = Nvml::of(guest);
    assert_eq!(nvml.create(14), Err(NOT_SUPPORTED));
}

#[test]
fn placements_of_gpu_instances() {
    let nvml = Nvml::with("a30");
    assert_eq!(
        nvml.create_at(5, 1, 2),
        Err(INVALID_ARGUMENT),
        "2g starts at 0 or 2"
    );
    assert_eq!(
        nvml.create_at(5, 0, 1),
        Err(INVALID_ARGUMENT),
        "2g has size 2"
    );
    assert_eq!(
        nvml.create_at(14, 4, 1),
        Err(INVALID_ARGUMENT),
        "there are 4 slices"
    );
    let made = nvml.info(nvml.create_at(5, 2, 2).unwrap());
    assert_eq!(
        (made.id, made.placement.start, made.placement.size),
        (2, 2, 2)
    );
    assert_eq!(
        nvml.create_at(14, 3, 1),
        Err(INSUFFICIENT_RESOURCES),
        "occupied"
    );
    assert_eq!(nvml.create(0), Err(INSUFFICIENT_RESOURCES));
    assert_eq!(nvml.create(99), Err(INVALID_ARGUMENT), "no such profile");
}

#[test]
fn gpu_instances_are_found_by_profile_and_id() {
    let nvml = Nvml::with("a30");
    let (gpu, mut count) = (nvml.gpu(0), 9);
    let made = nvml.create(14).unwrap();
    let mut found = [core::ptr::null_mut(); 8];
    let list = found.as_mut_ptr();
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstances(gpu, 14, list, &mut count)),
        SUCCESS
    );
    assert_eq!((count, found[0]), (1, made));
    let list = found.as_mut_ptr();
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstances(gpu, 5, list, &mut count)),
        SUCCESS
    );
    assert_eq!(count, 0, "of another profile");
    let null = core::ptr::null_mut();
    let listed = c!(nvml, nvmlDeviceGetGpuInstances(gpu, 14, null, &mut count));
    assert_eq!(listed, INVALID_ARGUMENT, "there is no size negotiation");
    let mut by_id = core::ptr::null_mut();
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceById(gpu, 3, &mut by_id)),
        SUCCESS
    );
    assert_eq!(by_id, made);
    let absent = c!(nvml, nvmlDeviceGetGpuInstanceById(gpu, 4, &mut by_id));
    assert_eq!(absent, NOT_FOUND);
}

#[test]
fn possible_placements_don_t_look_at_what_is_occupied() {
    let nvml = Nvml::with("a30");
    nvml.create(0).unwrap();
    let (gpu, mut count, null) = (nvml.gpu(0), 0, core::ptr::null_mut());
    let counted = c!(
        nvml,
        nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, 14, null, &mut count)
    );
    assert_eq!((counted, count), (SUCCESS, 4));
    let mut placements = [zeroed::<nvml_mig_sys::nvmlGpuInstancePlacement_t>(); 4];
    let list = placements.as_mut_ptr();
    let listed = c!(
        nvml,
        nvmlDeviceGetGpuInstancePossiblePlacements(gpu, 14, list, &mut count)
    );
    assert_eq!((listed, count), (SUCCESS, 4));
    assert_eq!(
        placements.map(|p| (p.start, p.size)),
        [(0, 1), (1, 1), (2, 1), (3, 1)]
    );
    let of_none = c!(
        nvml,
        nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, 99, null, &mut count)
    );
    assert_eq!(of_none, NOT_SUPPORTED);
}

#[test]
fn what_is_in_use_is_not_destroyed() {
    let nvml = Nvml::with("a30");
    let instance = nvml.create(0).unwrap();
    let compute = nvml.create_compute(instance, 1).unwrap();
    assert_eq!(
        nvml.destroy(instance),
        IN_USE,
        "a compute instance is on it"
    );
    let process = Process::new(0, 4242).gpu_instance(0).compute_instance(0);
    nvml.simulator.busy(process).unwrap();
    assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(compute)), IN_USE);
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(compute)), SUCCESS);
    nvml.simulator
        .busy(Process::new(0, 4242).gpu_instance(0))
        .unwrap();
    assert_eq!(nvml.destroy(instance), IN_USE, "a process is on it");
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    assert_eq!(nvml.destroy(instance), SUCCESS);
}

#[test]
fn running_clients_hinder_the_first_gpu_instance() {
    let nvml = Nvml::with("a30");
    nvml.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_eq!(nvml.create(14), Err(IN_USE));
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    nvml.create(14).unwrap();
}

#[test]
fn short_buffers_for_text() {
    let nvml = Nvml::with("a30");
    let (gpu, mut text) = (nvml.gpu(0), [1; 96]);
    // "NVIDIA A30" and its NUL are 11 bytes.
    let name =
        |length, text: &mut [_; 96]| c!(nvml, nvmlDeviceGetName(gpu, text.as_mut_ptr(), length));
    assert_eq!(name(10, &mut text), INSUFFICIENT_SIZE);
    assert_eq!(text, [1; 96], "nothing is written");
    assert_eq!(name(11, &mut text), SUCCESS);
    assert_eq!(super::nvml::text(&text), "NVIDIA A30");
}

#[test]
fn devices_that_are_not_there() {
    let nvml = Nvml::with("a30");
    let mut device = core::ptr::null_mut();
    let index = c!(nvml, nvmlDeviceGetHandleByIndex_v2(1, &mut device));
    assert_eq!(index, INVALID_ARGUMENT);
    let text = c"GPU-00000000-0000-0000-0000-000000000000".as_ptr();
    assert_eq!(
        c!(nvml, nvmlDeviceGetHandleByUUID(text, &mut device)),
        NOT_FOUND
    );
    let text = c"00000000:01:00.0".as_ptr();
    assert_eq!(
        c!(nvml, nvmlDeviceGetHandleByPciBusId_v2(text, &mut device)),
        NOT_FOUND
    );
    let text = c"nowhere".as_ptr();
    let nowhere = c!(nvml, nvmlDeviceGetHandleByPciBusId_v2(text, &mut device));
    assert_eq!(nowhere, INVALID_ARGUMENT);
    assert!(device.is_null(), "nothing is written");
}
