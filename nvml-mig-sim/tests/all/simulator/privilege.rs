//! What an unprivileged caller may do.

use nvml_mig_sim::{Caller, GpuSpec, Simulator};

use super::nvml::{NO_PERMISSION, Nvml, SUCCESS, c, zeroed};

#[test]
fn changing_and_listing_need_privilege() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    let compute = nvml.create_compute(parent, 0).unwrap();
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    let (gpu, mut count) = (nvml.gpu(0), 0);
    let (mut instance, mut inside) = (core::ptr::null_mut(), core::ptr::null_mut());
    let (i, ci) = (&raw mut instance, &raw mut inside);
    let (n, null) = (&raw mut count, core::ptr::null_mut());
    let at = nvml_mig_sys::nvmlComputeInstancePlacement_t { start: 1, size: 1 };
    let at = &raw const at;
    let refused = [
        nvml.set_mode(0).0,
        nvml.create(14).unwrap_err(),
        nvml.create_at(14, 0, 1).unwrap_err(),
        nvml.create_compute(parent, 0).unwrap_err(),
        nvml.destroy(parent),
        c!(nvml, nvmlComputeInstanceDestroy(compute)),
        c!(
            nvml,
            nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, 14, null, n)
        ),
        c!(nvml, nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 14, n)),
        c!(nvml, nvmlDeviceGetGpuInstances(gpu, 14, i, n)),
        c!(nvml, nvmlDeviceGetGpuInstanceById(gpu, 0, i)),
        c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceRemainingCapacity(parent, 0, n)
        ),
        c!(nvml, nvmlGpuInstanceGetComputeInstances(parent, 0, ci, n)),
        c!(nvml, nvmlGpuInstanceGetComputeInstanceById(parent, 0, ci)),
        c!(
            nvml,
            nvmlGpuInstanceCreateComputeInstanceWithPlacement(parent, 0, at, ci)
        ),
    ];
    assert_eq!(refused, [NO_PERMISSION; 14]);
}

#[test]
fn looking_needs_none() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    let compute = nvml.create_compute(parent, 3).unwrap();
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    let (mut profile, mut inside, mut attributes) = (zeroed(), zeroed(), zeroed());
    assert_eq!(nvml.info(parent).id, 0);
    assert_eq!(nvml.compute_info(compute).id, 0);
    let code = c!(
        nvml,
        nvmlDeviceGetGpuInstanceProfileInfo(nvml.gpu(0), 0, &mut profile)
    );
    assert_eq!(code, SUCCESS);
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, 0, 0, &mut inside)
    );
    assert_eq!(code, SUCCESS);
    let device = nvml.mig(0).unwrap();
    assert_eq!(nvml.name(device), "NVIDIA A30 MIG 4g.24gb");
    assert_eq!(
        c!(nvml, nvmlDeviceGetAttributes_v2(device, &mut attributes)),
        SUCCESS
    );
    assert_eq!(nvml.mode(), (1, 1));
}

#[test]
fn the_capability_is_as_good_as_root() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.caller(Caller::Capability));
    let parent = nvml.create(0).unwrap();
    assert_eq!(nvml.destroy(parent), SUCCESS);
}
