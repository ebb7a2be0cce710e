//! All that a client can see of the first GPU.

use std::ffi::CString;

use nvml_mig_sim::catalogue::Board;
use nvml_mig_sys::{nvmlComputeInstance_t, nvmlDevice_t, nvmlGpuInstance_t};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::nvml::{NOT_FOUND, Nvml, SUCCESS, c};

/// A handle to a compute instance.
pub(crate) type Inside = nvmlComputeInstance_t;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) mode: (u32, u32),
    pub(crate) gpu_instances: Vec<Instance>,
    pub(crate) compute_instances: Vec<Instance>,
    pub(crate) mig_devices: Vec<Mig>,
    /// By profile, while MIG mode is on.
    capacities: Vec<u32>,
}

/// A GPU instance, or a compute instance in the GPU instance `parent`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance {
    pub(crate) handle: usize,
    pub(crate) parent: u32,
    pub(crate) id: u32,
    pub(crate) profile_id: u32,
    pub(crate) start: u32,
    pub(crate) size: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mig {
    handle: nvmlDevice_t,
    /// Of the GPU instance and the compute instance.
    pub(crate) ids: (u32, u32),
    uuid: String,
}

impl Snapshot {
    pub(crate) fn of(nvml: &Nvml, board: &Board) -> Self {
        let (mut gpu_instances, mut compute_instances) = (Vec::new(), Vec::new());
        let mut capacities = Vec::new();
        let mode = nvml.mode();
        let profiles = if mode.0 == 1 { board.profiles } else { &[] };
        for profile in profiles {
            capacities.push(nvml.capacity(profile.id));
            for parent in nvml.instances(profile.id) {
                gpu_instances.push(gpu_instance(nvml, parent));
                let inside = profile.compute.iter();
                let inside = inside.flat_map(|inside| nvml.compute_instances(parent, inside.id));
                compute_instances
                    .extend(inside.map(|handle| compute_instance(nvml, parent, handle)));
            }
        }
        let mig_devices = (0..).map_while(|index| nvml.mig(index).ok());
        Self {
            mode,
            mig_devices: mig_devices.map(|handle| mig(nvml, handle)).collect(),
            gpu_instances,
            compute_instances,
            capacities,
        }
    }

    /// MIG devices are dense, in order, one for each compute instance, and found by their UUIDs.
    pub(crate) fn check_lookups(&self, nvml: &Nvml) -> TestCaseResult {
        let ids: Vec<_> = self.mig_devices.iter().map(|mig| mig.ids).collect();
        let inside = self.compute_instances.iter();
        let mut expected: Vec<_> = inside.map(|inside| (inside.parent, inside.id)).collect();
        expected.sort_unstable();
        prop_assert_eq!(&ids, &expected);
        let mut most = 0;
        prop_assert_eq!(
            c!(nvml, nvmlDeviceGetMaxMigDeviceCount(nvml.gpu(0), &mut most)),
            SUCCESS
        );
        for index in u32::try_from(ids.len()).unwrap()..most {
            prop_assert_eq!(nvml.mig(index), Err(NOT_FOUND));
        }
        let gpu = nvml.uuid(nvml.gpu(0));
        for mig in &self.mig_devices {
            let (parent, inside) = mig.ids;
            prop_assert_eq!(found(nvml, &mig.uuid), Some(mig.handle));
            let before_r470 = format!("MIG-{gpu}/{parent}/{inside}");
            prop_assert_eq!(found(nvml, &before_r470), Some(mig.handle));
        }
        Ok(())
    }
}

fn gpu_instance(nvml: &Nvml, handle: nvmlGpuInstance_t) -> Instance {
    let info = nvml.info(handle);
    Instance {
        handle: handle.addr(),
        parent: info.id,
        id: info.id,
        profile_id: info.profileId,
        start: info.placement.start,
        size: info.placement.size,
    }
}

fn compute_instance(nvml: &Nvml, parent: nvmlGpuInstance_t, handle: Inside) -> Instance {
    let info = nvml.compute_info(handle);
    Instance {
        handle: handle.addr(),
        parent: nvml.info(parent).id,
        id: info.id,
        profile_id: info.profileId,
        start: info.placement.start,
        size: info.placement.size,
    }
}

fn mig(nvml: &Nvml, handle: nvmlDevice_t) -> Mig {
    let mut ids = (99, 99);
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceId(handle, &mut ids.0)),
        SUCCESS
    );
    assert_eq!(
        c!(nvml, nvmlDeviceGetComputeInstanceId(handle, &mut ids.1)),
        SUCCESS
    );
    let uuid = nvml.uuid(handle);
    Mig { handle, ids, uuid }
}

fn found(nvml: &Nvml, uuid: &str) -> Option<nvmlDevice_t> {
    let (uuid, mut found) = (CString::new(uuid).unwrap(), core::ptr::null_mut());
    let code = c!(nvml, nvmlDeviceGetHandleByUUID(uuid.as_ptr(), &mut found));
    (code == SUCCESS).then_some(found)
}
