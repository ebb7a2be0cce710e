//! Heterogeneous mode and placements of vGPUs that share a GPU instance, through C.

use nvml_mig_sim::{Caller, VgpuPlacements};
use nvml_mig_sys::{
    nvmlGpuInstance_t, nvmlVgpuCreatablePlacementInfo_t, nvmlVgpuCreatablePlacementInfo_v1,
    nvmlVgpuHeterogeneousMode_t, nvmlVgpuHeterogeneousMode_v1,
};

use super::nvml::{
    INSUFFICIENT_SIZE, INVALID_ARGUMENT, NO_PERMISSION, NOT_SUPPORTED, Nvml, SUCCESS, c, zeroed,
};
use super::vgpus::{ONE_GRAPHICS, creatable, rtx, start};

pub(crate) fn heterogeneous(nvml: &Nvml, instance: nvmlGpuInstance_t) -> (u32, u32) {
    let mut mode: nvmlVgpuHeterogeneousMode_t = zeroed();
    mode.version = nvmlVgpuHeterogeneousMode_v1;
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuHeterogeneousMode(instance, &mut mode)
    );
    (code, mode.mode)
}

pub(crate) fn set_heterogeneous(nvml: &Nvml, instance: nvmlGpuInstance_t, mode: u32) -> u32 {
    let mode = nvmlVgpuHeterogeneousMode_t {
        version: nvmlVgpuHeterogeneousMode_v1,
        mode,
    };
    c!(
        nvml,
        nvmlGpuInstanceSetVgpuHeterogeneousMode(instance, &mode)
    )
}

#[test]
fn heterogeneous_mode_mixes_sizes() {
    let nvml = rtx();
    let instance = nvml.create(32).unwrap();
    assert_eq!(heterogeneous(&nvml, instance), (SUCCESS, 0));
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    assert_eq!(set_heterogeneous(&nvml, instance, 1), NO_PERMISSION);
    nvml.simulator.set_caller(Caller::Root).unwrap();
    assert_eq!(set_heterogeneous(&nvml, instance, 2), INVALID_ARGUMENT);
    assert_eq!(set_heterogeneous(&nvml, instance, 1), SUCCESS);
    assert_eq!(heterogeneous(&nvml, instance), (SUCCESS, 1));
    for id in 1..=4 {
        let left = creatable(&nvml, instance, 2).1;
        assert_eq!(left, if id == 1 { 2 } else { 1 }, "96 GB fit only alone");
        assert!(start(&nvml, instance, 1576, id));
    }
    assert_eq!(creatable(&nvml, instance, 2).1, 0);
    nvml.simulator.reboot(false).unwrap();
    assert!(nvml.simulator.stop_vgpu(1).is_err(), "a reboot stops it");
}

fn placements(
    nvml: &Nvml,
    instance: nvmlGpuInstance_t,
    vgpu_type: u32,
) -> (u32, u32, u32, [u32; 3]) {
    let mut ids = [u32::MAX; 3];
    let mut info = nvmlVgpuCreatablePlacementInfo_t {
        version: nvmlVgpuCreatablePlacementInfo_v1,
        vgpuTypeId: vgpu_type,
        count: 2,
        placementIds: ids.as_mut_ptr(),
        placementSize: 0,
    };
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuTypeCreatablePlacements(instance, &mut info)
    );
    (code, info.count, info.placementSize, ids)
}

/// No public source has the placements, so they are those that were given.
#[test]
fn placements_are_those_that_were_set() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let id = nvml.info(instance).id;
    let set = |ids: &[u32]| {
        let (vgpu_type, ids) = (1558, ids.to_vec());
        let list = VgpuPlacements {
            vgpu_type,
            size: 12,
            ids,
        };
        nvml.simulator.set_vgpu_placements(0, id, list)
    };
    set(&[0, 12]).unwrap();
    assert_eq!(
        placements(&nvml, instance, 1558).0,
        NOT_SUPPORTED,
        "not heterogeneous"
    );
    assert_eq!(set_heterogeneous(&nvml, instance, 1), SUCCESS);
    let expected = (SUCCESS, 2, 12, [0, 12, u32::MAX]);
    assert_eq!(placements(&nvml, instance, 1558), expected);
    assert_eq!(
        placements(&nvml, instance, 1561).0,
        NOT_SUPPORTED,
        "never set"
    );
    assert_eq!(placements(&nvml, instance, 474).0, INVALID_ARGUMENT);
    set(&[0, 8, 16]).unwrap();
    let expected = (INSUFFICIENT_SIZE, 3, 12, [u32::MAX; 3]);
    assert_eq!(placements(&nvml, instance, 1558), expected);
    let list = VgpuPlacements {
        vgpu_type: 1558,
        size: 1,
        ids: vec![],
    };
    assert!(nvml.simulator.set_vgpu_placements(0, 9, list).is_err());
}
