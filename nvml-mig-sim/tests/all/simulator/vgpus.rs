//! vGPUs on the GPU instances of a vGPU host, through C. Types and their numbers are those of public tables.

use core::ptr::null_mut;

use nvml_mig_sim::{GpuSpec, Simulator, Vgpu, Virtualization};
use nvml_mig_sys::{
    INVALID_GPU_INSTANCE_ID, INVALID_GPU_INSTANCE_PROFILE_ID, nvmlActiveVgpuInstanceInfo_t,
    nvmlActiveVgpuInstanceInfo_v1, nvmlGpuInstance_t, nvmlGpuVirtualizationMode_t,
    nvmlVgpuCreatablePlacementInfo_t, nvmlVgpuHeterogeneousMode_t, nvmlVgpuTypeIdInfo_t,
    nvmlVgpuTypeIdInfo_v1, nvmlVgpuTypeMaxInstance_t, nvmlVgpuTypeMaxInstance_v1,
};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, IN_USE, INSUFFICIENT_SIZE, INVALID_ARGUMENT, NOT_FOUND,
    NOT_SUPPORTED, Nvml, SUCCESS, c, zeroed,
};
use super::vgpu_sharing::{heterogeneous, set_heterogeneous};

/// The RTX PRO 6000's profile `1g.24gb+gfx`.
pub(crate) const ONE_GRAPHICS: u32 = 47;

/// A vGPU host with one GPU, MIG mode on.
pub(crate) fn host(board: &str, driver: &str) -> Nvml {
    let gpu = GpuSpec::new(board).virtualization(Virtualization::VgpuHost);
    Nvml::start(Simulator::builder().driver_version(driver).gpu(gpu))
}

pub(crate) fn rtx() -> Nvml {
    host("rtx-pro-6000-bse", "595.45.04")
}

pub(crate) fn creatable(
    nvml: &Nvml,
    instance: nvmlGpuInstance_t,
    room: usize,
) -> (u32, u32, Vec<u32>) {
    let mut ids = vec![u32::MAX; room];
    let mut info = nvmlVgpuTypeIdInfo_t {
        version: nvmlVgpuTypeIdInfo_v1,
        vgpuCount: u32::try_from(room).unwrap(),
        vgpuTypeIds: if room == 0 {
            null_mut()
        } else {
            ids.as_mut_ptr()
        },
    };
    let code = c!(nvml, nvmlGpuInstanceGetCreatableVgpus(instance, &mut info));
    (code, info.vgpuCount, ids)
}

fn active(nvml: &Nvml, instance: nvmlGpuInstance_t, room: usize) -> (u32, u32, Vec<u32>) {
    let mut ids = vec![u32::MAX; room];
    let mut info = nvmlActiveVgpuInstanceInfo_t {
        version: nvmlActiveVgpuInstanceInfo_v1,
        vgpuCount: u32::try_from(room).unwrap(),
        vgpuInstances: if room == 0 {
            null_mut()
        } else {
            ids.as_mut_ptr()
        },
    };
    let code = c!(nvml, nvmlGpuInstanceGetActiveVgpus(instance, &mut info));
    (code, info.vgpuCount, ids)
}

/// Starts a vGPU on the GPU instance.
pub(crate) fn start(nvml: &Nvml, instance: nvmlGpuInstance_t, vgpu_type: u32, id: u32) -> bool {
    let vgpu = Vgpu::new(0, vgpu_type, id).gpu_instance(nvml.info(instance).id);
    nvml.simulator.start_vgpu(vgpu).is_ok()
}

#[test]
fn the_virtualization_mode_is_that_of_a_host() {
    let nvml = rtx();
    let mut mode = nvmlGpuVirtualizationMode_t::NVML_GPU_VIRTUALIZATION_MODE_NONE;
    let gpu = nvml.gpu(0);
    assert_eq!(
        c!(nvml, nvmlDeviceGetVirtualizationMode(gpu, &mut mode)),
        SUCCESS
    );
    let host = nvmlGpuVirtualizationMode_t::NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU;
    assert_eq!(mode, host);
}

/// The table of NVIDIA's guide: one vGPU on a GPU instance of the same name.
#[test]
fn an_a100_has_one_type_for_each_profile() {
    let nvml = host("a100-pcie-40gb", "580.95.05");
    let types = [
        (19, 474),
        (14, 475),
        (9, 476),
        (5, 477),
        (0, 478),
        (20, 706),
    ];
    for (profile, vgpu_type) in types {
        let mut found = 0;
        let code = c!(
            nvml,
            nvmlVgpuTypeGetGpuInstanceProfileId(vgpu_type, &mut found)
        );
        assert_eq!((code, found), (SUCCESS, profile), "{vgpu_type}");
        let instance = nvml.create(profile).unwrap();
        assert_eq!(creatable(&nvml, instance, 1), (SUCCESS, 1, vec![vgpu_type]));
        assert!(start(&nvml, instance, vgpu_type, 9));
        assert_eq!(creatable(&nvml, instance, 1).1, 0, "the instance is full");
        assert!(!start(&nvml, instance, vgpu_type, 10));
        nvml.simulator.stop_vgpu(9).unwrap();
        assert_eq!(nvml.destroy(instance), SUCCESS);
    }
}

/// The sizes of NVIDIA's table for time-sliced types on GPU instances.
#[test]
fn an_rtx_pro_6000_shares_its_gpu_instances() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let all = [1546, 1558, 1560, 1561, 1563];
    assert_eq!(creatable(&nvml, instance, 5), (SUCCESS, 5, all.to_vec()));
    for id in 1..=12 {
        assert!(start(&nvml, instance, 1546, id), "{id} of 12");
        let left = if id < 12 { vec![1546] } else { vec![] };
        let (code, count, mut types) = creatable(&nvml, instance, 5);
        types.truncate(count as usize);
        assert_eq!((code, types), (SUCCESS, left), "all have the same memory");
    }
    assert!(!start(&nvml, instance, 1546, 13));
    assert_eq!(active(&nvml, instance, 12).2, (1..=12).collect::<Vec<_>>());
    let plain = nvml.create(14).unwrap();
    assert_eq!(creatable(&nvml, plain, 1).1, 0, "types need graphics");
}

#[test]
fn maxima_of_types() {
    let most = |nvml: &Nvml, vgpu_type| {
        let mut max = nvmlVgpuTypeMaxInstance_t {
            version: nvmlVgpuTypeMaxInstance_v1,
            vgpuTypeId: vgpu_type,
            maxInstancePerGI: u32::MAX,
        };
        let code = c!(nvml, nvmlVgpuTypeGetMaxInstancesPerGpuInstance(&mut max));
        if code == SUCCESS {
            Ok(max.maxInstancePerGI)
        } else {
            Err(code)
        }
    };
    let nvml = rtx();
    let expected = [
        (1546, 12),
        (1558, 2),
        (1561, 1),
        (1570, 2),
        (1576, 4),
        (1585, 1),
    ];
    for (vgpu_type, expected) in expected {
        assert_eq!(most(&nvml, vgpu_type), Ok(expected), "{vgpu_type}");
    }
    assert_eq!(most(&nvml, 1534), Err(NOT_SUPPORTED), "a type without MIG");
    assert_eq!(most(&nvml, 474), Err(INVALID_ARGUMENT), "an A100's");
    let bare = Nvml::start(Simulator::builder().driver_version("595.45.04"));
    assert_eq!(most(&bare, 474), Err(NOT_SUPPORTED), "no vGPU host");
    let mut old: nvmlVgpuTypeMaxInstance_t = zeroed();
    let code = c!(nvml, nvmlVgpuTypeGetMaxInstancesPerGpuInstance(&mut old));
    assert_eq!(code, ARGUMENT_VERSION_MISMATCH);
    let null = c!(nvml, nvmlVgpuTypeGetMaxInstancesPerGpuInstance(null_mut()));
    assert_eq!(null, INVALID_ARGUMENT);
}

#[test]
fn the_gpu_instance_profile_of_a_type() {
    let nvml = host("a100-pcie-40gb", "535.261.03");
    let mut found = 7;
    let code = c!(nvml, nvmlVgpuTypeGetGpuInstanceProfileId(468, &mut found));
    assert_eq!((code, found), (SUCCESS, INVALID_GPU_INSTANCE_PROFILE_ID));
    let unknown = c!(nvml, nvmlVgpuTypeGetGpuInstanceProfileId(1, &mut found));
    assert_eq!(unknown, INVALID_ARGUMENT);
    let null = c!(nvml, nvmlVgpuTypeGetGpuInstanceProfileId(474, null_mut()));
    assert_eq!(null, INVALID_ARGUMENT);
    let bare = Nvml::with("a100-pcie-40gb");
    let code = c!(bare, nvmlVgpuTypeGetGpuInstanceProfileId(474, &mut found));
    assert_eq!(code, NOT_SUPPORTED);
}

#[test]
fn the_gpu_instance_of_a_vgpu() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let mut id = 99;
    let none = c!(nvml, nvmlVgpuInstanceGetGpuInstanceId(7, &mut id));
    assert_eq!((none, id), (NOT_FOUND, 99));
    assert!(start(&nvml, instance, 1558, 7));
    let code = c!(nvml, nvmlVgpuInstanceGetGpuInstanceId(7, &mut id));
    assert_eq!((code, id), (SUCCESS, nvml.info(instance).id));
    let zero = c!(nvml, nvmlVgpuInstanceGetGpuInstanceId(0, &mut id));
    assert_eq!(zero, INVALID_ARGUMENT);
    let null = c!(nvml, nvmlVgpuInstanceGetGpuInstanceId(7, null_mut()));
    assert_eq!(null, INVALID_ARGUMENT);
}

#[test]
fn without_mig_a_vgpu_is_on_no_gpu_instance() {
    let gpu = GpuSpec::new("a100-pcie-40gb").virtualization(Virtualization::VgpuHost);
    let nvml = Nvml::of(gpu.mig(false));
    for id in 1..=2 {
        nvml.simulator.start_vgpu(Vgpu::new(0, 472, id)).unwrap();
    }
    let full = nvml.simulator.start_vgpu(Vgpu::new(0, 472, 3)).unwrap_err();
    assert_eq!(full.to_string(), "no room for another vGPU of this type");
    let mut id = 99;
    let code = c!(nvml, nvmlVgpuInstanceGetGpuInstanceId(2, &mut id));
    assert_eq!((code, id), (SUCCESS, INVALID_GPU_INSTANCE_ID));
    assert_eq!(
        nvml.set_mode(1),
        (SUCCESS, IN_USE),
        "MIG mode stays pending"
    );
    assert!(nvml.simulator.reset_gpu(0).is_err());
    assert!(nvml.simulator.reload_driver().is_err());
}

#[test]
fn a_buffer_that_is_too_small_gets_the_count_only() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    assert_eq!(active(&nvml, instance, 0), (SUCCESS, 0, vec![]));
    for room in [0, 4] {
        let untouched = vec![u32::MAX; room];
        let expected = (INSUFFICIENT_SIZE, 5, untouched);
        assert_eq!(creatable(&nvml, instance, room), expected);
    }
    assert!(start(&nvml, instance, 1558, 5));
    assert!(
        start(&nvml, instance, 1560, 3),
        "another series, as much memory"
    );
    assert_eq!(
        active(&nvml, instance, 1),
        (INSUFFICIENT_SIZE, 2, vec![u32::MAX])
    );
    assert_eq!(
        active(&nvml, instance, 3),
        (SUCCESS, 2, vec![3, 5, u32::MAX])
    );
    let mut info: nvmlActiveVgpuInstanceInfo_t = zeroed();
    (info.version, info.vgpuCount) = (nvmlActiveVgpuInstanceInfo_v1, 2);
    let null = c!(nvml, nvmlGpuInstanceGetActiveVgpus(instance, &mut info));
    assert_eq!(null, INVALID_ARGUMENT, "a count without a buffer");
}

#[test]
fn versions_null_pointers_and_handles() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let mut types: nvmlVgpuTypeIdInfo_t = zeroed();
    let mut vgpus: nvmlActiveVgpuInstanceInfo_t = zeroed();
    let mut placements: nvmlVgpuCreatablePlacementInfo_t = zeroed();
    let mut mode: nvmlVgpuHeterogeneousMode_t = zeroed();
    let mut all = |handle, null: bool| {
        let at = |place: *mut u8| if null { null_mut() } else { place };
        let mode = at((&raw mut mode).cast());
        [
            c!(
                nvml,
                nvmlGpuInstanceGetCreatableVgpus(handle, at((&raw mut types).cast()).cast())
            ),
            c!(
                nvml,
                nvmlGpuInstanceGetActiveVgpus(handle, at((&raw mut vgpus).cast()).cast())
            ),
            c!(
                nvml,
                nvmlGpuInstanceGetVgpuTypeCreatablePlacements(
                    handle,
                    at((&raw mut placements).cast()).cast()
                )
            ),
            c!(
                nvml,
                nvmlGpuInstanceGetVgpuHeterogeneousMode(handle, mode.cast())
            ),
            c!(
                nvml,
                nvmlGpuInstanceSetVgpuHeterogeneousMode(handle, mode.cast())
            ),
        ]
    };
    assert_eq!(all(instance, false), [ARGUMENT_VERSION_MISMATCH; 5]);
    assert_eq!(all(instance, true), [INVALID_ARGUMENT; 5]);
    assert_eq!(all(null_mut(), false), [INVALID_ARGUMENT; 5]);
    assert_eq!(nvml.destroy(instance), SUCCESS);
    assert_eq!(all(instance, false), [INVALID_ARGUMENT; 5]);
}

/// nvml.h: not on a vGPU host, or an unsupported GPU.
#[test]
fn elsewhere_it_is_not_supported() {
    let bare = Nvml::start(
        Simulator::builder()
            .driver_version("595.45.04")
            .gpu(GpuSpec::new("rtx-pro-6000-bse")),
    );
    let instance = bare.create(ONE_GRAPHICS).unwrap();
    assert_eq!(
        creatable(&bare, instance, 1),
        (NOT_SUPPORTED, 1, vec![u32::MAX])
    );
    assert_eq!(active(&bare, instance, 0).0, NOT_SUPPORTED);
    assert_eq!(heterogeneous(&bare, instance).0, NOT_SUPPORTED);
    assert_eq!(set_heterogeneous(&bare, instance, 1), NOT_SUPPORTED);
    let refused = bare
        .simulator
        .start_vgpu(Vgpu::new(0, 1558, 1).gpu_instance(3));
    let refused = refused.unwrap_err().to_string();
    assert_eq!(refused, "the GPU is no vGPU host");

    let a100 = host("a100-pcie-40gb", "595.45.04");
    let instance = a100.create(19).unwrap();
    assert_eq!(active(&a100, instance, 0).0, SUCCESS);
    assert_eq!(
        heterogeneous(&a100, instance).0,
        NOT_SUPPORTED,
        "from GB20x on"
    );
    assert_eq!(set_heterogeneous(&a100, instance, 1), NOT_SUPPORTED);
}

#[test]
fn a_gpu_instance_with_a_vgpu_is_in_use() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let id = nvml.info(instance).id;
    assert!(start(&nvml, instance, 1558, 7));
    assert_eq!(nvml.destroy(instance), IN_USE);
    assert_eq!(nvml.set_mode(0).0, IN_USE);
    assert_eq!(set_heterogeneous(&nvml, instance, 1), IN_USE);
    assert!(!start(&nvml, instance, 1558, 7), "the ID is taken");
    assert!(!start(&nvml, instance, 1558, 0));
    let other = Vgpu::new(0, 1570, 8).gpu_instance(id);
    assert!(nvml.simulator.start_vgpu(other).is_err(), "for a 2g");
    nvml.simulator.stop_vgpu(7).unwrap();
    assert!(nvml.simulator.stop_vgpu(7).is_err());
    assert_eq!(nvml.destroy(instance), SUCCESS);
}
