//! Compute instances: what fits in which GPU instance, and where.

use nvml_mig_sim::catalogue::{Architecture, boards};
use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE, NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2,
    nvmlComputeInstancePlacement_t, nvmlGpuInstance_t,
};

use super::nvml::{
    IN_USE, INSUFFICIENT_RESOURCES, INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED, Nvml, SUCCESS, c,
    zeroed,
};

/// How many of a profile fit now; `None`: the GPU instance has no such profile.
pub(crate) fn capacity(nvml: &Nvml, parent: nvmlGpuInstance_t, profile_id: u32) -> Option<u32> {
    let mut count = 0;
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceRemainingCapacity(parent, profile_id, &mut count)
    );
    assert!(code == SUCCESS || code == NOT_SUPPORTED, "code {code}");
    (code == SUCCESS).then_some(count)
}

fn starts(nvml: &Nvml, parent: nvmlGpuInstance_t, profile_id: u32) -> Vec<u32> {
    let mut placements = [zeroed::<nvmlComputeInstancePlacement_t>(); 16];
    let (list, mut count) = (placements.as_mut_ptr(), 0);
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstancePossiblePlacements(parent, profile_id, list, &mut count)
    );
    assert_eq!(code, SUCCESS);
    let found = placements.iter().take(count as usize);
    found.map(|placement| placement.start).collect()
}

/// MIG user guide and real `nvidia-smi mig -lcip`: what an A100's GPU instances take.
#[test]
fn what_fits_on_an_a100() {
    let rows: [(u32, [Option<u32>; 5]); 3] = [
        (5, [Some(4), Some(2), None, Some(1), None]),
        (9, [Some(3), Some(1), Some(1), None, None]),
        (0, [Some(7), Some(3), Some(2), Some(1), Some(1)]),
    ];
    for (profile_id, expected) in rows {
        let nvml = Nvml::with("a100-sxm4-40gb");
        let parent = nvml.create(profile_id).unwrap();
        let found = [0, 1, 2, 3, 4].map(|id| capacity(&nvml, parent, id));
        assert_eq!(found, expected, "in GPU instance profile {profile_id}");
    }
}

#[test]
fn ampere_has_sliding_windows() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    let parent = nvml.create(0).unwrap();
    assert_eq!(starts(&nvml, parent, 0), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(starts(&nvml, parent, 1), [0, 1, 2, 3, 4, 5]);
    assert_eq!(starts(&nvml, parent, 2), [0, 1, 2, 3, 4]);
}

#[test]
fn hopper_aligns() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let parent = nvml.create(0).unwrap();
    assert_eq!(starts(&nvml, parent, 2), [0, 4]);
    let placement = nvmlComputeInstancePlacement_t { start: 1, size: 2 };
    assert_eq!(create_at(&nvml, parent, 1, placement), INVALID_ARGUMENT);
}

fn create_at(
    nvml: &Nvml,
    parent: nvmlGpuInstance_t,
    profile_id: u32,
    placement: nvmlComputeInstancePlacement_t,
) -> u32 {
    let mut made = core::ptr::null_mut();
    let at = &raw const placement;
    c!(
        nvml,
        nvmlGpuInstanceCreateComputeInstanceWithPlacement(parent, profile_id, at, &mut made)
    )
}

#[test]
fn placements_and_their_refusals() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    let parent = nvml.create(5).unwrap();
    let at = |start, size| nvmlComputeInstancePlacement_t { start, size };
    assert_eq!(create_at(&nvml, parent, 1, at(1, 2)), SUCCESS);
    assert_eq!(create_at(&nvml, parent, 0, at(1, 1)), IN_USE, "occupied");
    assert_eq!(
        create_at(&nvml, parent, 0, at(4, 1)),
        INVALID_ARGUMENT,
        "outside"
    );
    assert_eq!(
        create_at(&nvml, parent, 2, at(0, 3)),
        NOT_SUPPORTED,
        "4g has no 3c"
    );
    assert_eq!(
        nvml.create_compute(parent, 1),
        Err(INSUFFICIENT_RESOURCES),
        "only single slices are left"
    );
    let made = nvml.compute_info(nvml.create_compute(parent, 0).unwrap());
    assert_eq!(
        (made.id, made.placement.start),
        (1, 0),
        "lowest id, lowest start"
    );
    let made = nvml.compute_info(nvml.create_compute(parent, 0).unwrap());
    assert_eq!((made.id, made.placement.start), (2, 3));
}

#[test]
fn ids_are_used_again() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    let first = nvml.create_compute(parent, 0).unwrap();
    let second = nvml.create_compute(parent, 0).unwrap();
    assert_eq!(nvml.compute_info(second).id, 1);
    assert_eq!(c!(nvml, nvmlComputeInstanceDestroy(first)), SUCCESS);
    let third = nvml.create_compute(parent, 0).unwrap();
    assert_eq!(nvml.compute_info(third).id, 0);
    assert_ne!(third, first, "the old handle stays invalid");
    let mut info = zeroed();
    assert_eq!(
        c!(nvml, nvmlComputeInstanceGetInfo(first, &mut info)),
        INVALID_ARGUMENT
    );
}

#[test]
fn found_by_profile_and_id() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    let made = nvml.create_compute(parent, 1).unwrap();
    let (mut found, mut count) = ([core::ptr::null_mut(); 8], 0);
    let list = found.as_mut_ptr();
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstances(parent, 1, list, &mut count)
    );
    assert_eq!((code, count, found[0]), (SUCCESS, 1, made));
    let mut by_id = core::ptr::null_mut();
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceById(parent, 0, &mut by_id)
    );
    assert_eq!((code, by_id), (SUCCESS, made));
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceById(parent, 1, &mut by_id)
    );
    assert_eq!(code, NOT_FOUND);
    let info = nvml.compute_info(made);
    assert_eq!(info.device, nvml.gpu(0), "not the MIG device");
    assert_eq!((info.gpuInstance, info.profileId), (parent, 1));
    assert_eq!((info.placement.start, info.placement.size), (0, 2));
}

/// Real `nvidia-smi mig -lcip` of a double-memory GPU instance on an H100: id 7 at 0:2.
#[test]
fn the_one_in_a_double_memory_gpu_instance() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let parent = nvml.create(15).unwrap();
    let made = nvml.compute_info(nvml.create_compute(parent, 7).unwrap());
    assert_eq!(
        (made.profileId, made.placement.start, made.placement.size),
        (7, 0, 2)
    );
    assert_eq!(nvml.create_compute(parent, 7), Err(INSUFFICIENT_RESOURCES));
}

/// Real: a B300's double-memory 1g takes id 0 with 18 SMs beside id 7 with 30.
#[test]
fn a_single_slice_in_a_double_memory_gpu_instance() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let parent = nvml.create(15).unwrap();
    assert_eq!(starts(&nvml, parent, 0), [0, 1]);
    assert_eq!(starts(&nvml, parent, 7), [0]);
    assert_eq!(capacity(&nvml, parent, 0), Some(1));
    let at = nvmlComputeInstancePlacement_t { start: 1, size: 1 };
    assert_eq!(create_at(&nvml, parent, 0, at), SUCCESS);
    let device = nvml.mig(0).unwrap();
    assert_eq!(nvml.name(device), "NVIDIA H100 80GB HBM3 MIG 1c.1g.20gb");
    let mut attributes = zeroed();
    let code = c!(nvml, nvmlDeviceGetAttributes_v2(device, &mut attributes));
    assert_eq!((code, attributes.multiprocessorCount), (SUCCESS, 16));
    assert_eq!(attributes.computeInstanceSliceCount, 1);
    // Its slice is the only one, although there is a place beside it.
    assert_eq!(capacity(&nvml, parent, 0), Some(0));
    assert_eq!(nvml.create_compute(parent, 0), Err(INSUFFICIENT_RESOURCES));
    assert_eq!(nvml.create_compute(parent, 7), Err(INSUFFICIENT_RESOURCES));
}

/// The configurations all-1g.20gb, all-1g.24gb, all-1g.35gb and their like of NVIDIA's mig-parted: four double-memory
/// GPU instances, each with a compute instance of profile number 0.
#[test]
fn what_mig_parted_makes_of_double_memory_gpu_instances() {
    let mut hopper = Vec::new();
    for board in boards().iter().filter(|board| board.memory_slices == 8) {
        let nvml = Nvml::with(board.key);
        let mut info = zeroed();
        let (gpu, number) = (nvml.gpu(0), NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2);
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, &mut info)
        );
        assert_eq!((code, info.instanceCount), (SUCCESS, 4), "{}", board.key);
        for index in 0..info.instanceCount {
            let parent = nvml.create(info.id).unwrap();
            let (mut compute, number) = (zeroed(), NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE);
            let code = c!(
                nvml,
                nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, number, 0, &mut compute)
            );
            assert_eq!((code, compute.id), (SUCCESS, 0), "{}", board.key);
            nvml.create_compute(parent, compute.id).unwrap();
            nvml.mig(index).unwrap();
        }
        if board.architecture == Architecture::Hopper {
            hopper.push(board.key);
        }
    }
    for key in [
        "gh200-96gb",
        "h100-nvl-94gb",
        "h100-pcie-80gb",
        "h100-sxm5-80gb",
        "h200-141gb",
        "h200-nvl-141gb",
        "h800-nvl-94gb",
        "h800-pcie-80gb",
        "h800-sxm5-80gb",
    ] {
        assert!(hopper.contains(&key), "{key}");
    }
}

/// Its double-memory 1g has no more SMs than a plain 1g (real), so no profile is of double size and none is aligned.
#[test]
fn an_h100_pcie_is_unaligned() {
    let nvml = Nvml::with("h100-pcie-80gb");
    let parent = nvml.create(15).unwrap();
    assert_eq!(capacity(&nvml, parent, 7), None);
    assert_eq!(starts(&nvml, parent, 0), [0]);
    nvml.create_compute(parent, 0).unwrap();
    let name = nvml.name(nvml.mig(0).unwrap());
    assert_eq!(name, "NVIDIA H100 PCIe MIG 1g.20gb");
    assert_eq!(nvml.mig(1), Err(NOT_FOUND));
    let nvml = Nvml::with("h100-pcie-80gb");
    let parent = nvml.create(0).unwrap();
    assert_eq!(starts(&nvml, parent, 1), [0, 1, 2, 3, 4, 5]);
    assert_eq!(starts(&nvml, parent, 2), [0, 1, 2, 3, 4]);
}

/// Real `nvidia-smi mig -lcip` of a 2g on an H100 SXM (go-nvml 146): id 7 with 26 SMs.
#[test]
fn the_double_one_in_two_slices() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let parent = nvml.create(14).unwrap();
    let made = nvml.compute_info(nvml.create_compute(parent, 7).unwrap());
    assert_eq!((made.profileId, made.placement.size), (7, 2));
    assert_eq!(nvml.create_compute(parent, 0), Err(INSUFFICIENT_RESOURCES));
}
