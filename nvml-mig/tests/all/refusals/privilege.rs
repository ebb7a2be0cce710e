//! What a process without the privilege is refused.

use crate::support::machine::{BOARDS, Machine};
use nvml_mig::error::Cause;
use nvml_mig::{MigMode, ReturnCode};
use nvml_mig_sim::{Caller, nvmlReturn_t};

use super::{Row, Scene, assert_all_refused};

/// What needs root, `CAP_SYS_ADMIN` or `mig/config` (MIG user guide).
const PRIVILEGED: &[Row] = &[
    ("set_mig_mode", |it| {
        it.machine.device.set_mig_mode(MigMode::Disabled).map(drop)
    }),
    ("gpu_instance_possible_placements", |it| {
        let device = &it.machine.device;
        device
            .gpu_instance_possible_placements(it.profile)
            .map(drop)
    }),
    ("gpu_instance_free_placements", |it| {
        let device = &it.machine.device;
        device.gpu_instance_free_placements(it.profile).map(drop)
    }),
    ("gpu_instance_remaining_capacity", |it| {
        let device = &it.machine.device;
        device.gpu_instance_remaining_capacity(it.profile).map(drop)
    }),
    ("create_gpu_instance", |it| {
        it.machine.device.create_gpu_instance(it.profile).map(drop)
    }),
    ("create_gpu_instance_at", |it| {
        let device = &it.machine.device;
        let made = device.create_gpu_instance_at(it.profile, it.gpu_placement());
        made.map(drop)
    }),
    ("gpu_instances", |it| {
        it.machine.device.gpu_instances().map(drop)
    }),
    ("gpu_instance_by_id", |it| {
        let id = it.gpu_instance.id();
        it.machine.device.gpu_instance_by_id(id).map(drop)
    }),
    ("GpuInstance::destroy", |it| {
        Ok(it.as_root(Scene::same_gpu_instance).destroy()?)
    }),
    ("destroy_with_compute_instances", |it| {
        let instance = it.as_root(Scene::same_gpu_instance);
        Ok(instance.destroy_with_compute_instances()?)
    }),
    ("close", |it| {
        // The guard that comes back tries again when it is dropped, and is refused again.
        let instance = it.as_root(Scene::same_gpu_instance);
        Ok(instance.scoped(|_| {}).close()?)
    }),
    ("compute_instance_possible_placements", |it| {
        let instance = &it.gpu_instance;
        instance
            .compute_instance_possible_placements(it.part)
            .map(drop)
    }),
    ("compute_instance_free_placements", |it| {
        let instance = &it.gpu_instance;
        instance.compute_instance_free_placements(it.part).map(drop)
    }),
    ("compute_instance_remaining_capacity", |it| {
        let instance = &it.gpu_instance;
        instance
            .compute_instance_remaining_capacity(it.part)
            .map(drop)
    }),
    ("create_compute_instance", |it| {
        it.gpu_instance.create_compute_instance(it.part).map(drop)
    }),
    ("create_compute_instance_at", |it| {
        let instance = &it.gpu_instance;
        let made = instance.create_compute_instance_at(it.part, it.part_placement());
        made.map(drop)
    }),
    ("compute_instances", |it| {
        it.gpu_instance.compute_instances().map(drop)
    }),
    ("compute_instance_by_id", |it| {
        let id = it.compute_instance.id();
        it.gpu_instance.compute_instance_by_id(id).map(drop)
    }),
    ("ComputeInstance::destroy", |it| {
        Ok(it.as_root(Scene::same_compute_instance).destroy()?)
    }),
    ("MigDevice::gpu_instance", |it| {
        it.mig_device.gpu_instance().map(drop)
    }),
    ("MigDevice::compute_instance", |it| {
        it.mig_device.compute_instance().map(drop)
    }),
];

#[test]
fn without_the_privilege() {
    for board in BOARDS {
        let scene = Scene::on(board);
        let simulator = &scene.machine.simulator;
        simulator.set_caller(Caller::Unprivileged).unwrap();
        let (code, cause) = (ReturnCode::NoPermission, Cause::NoPermission);
        assert_all_refused(&scene, PRIVILEGED, code, Some(cause));
        // What anybody may read.
        scene.machine.device.gpu_instance_profiles().unwrap();
        scene.gpu_instance.compute_instance_profiles().unwrap();
        assert_eq!(scene.machine.device.mig_devices().unwrap().len(), 1);
        scene.mig_device.gpu_instance_id().unwrap();
        scene.mig_device.attributes().unwrap();
    }
}

/// A process may be kept from a GPU by the permissions of its device file.
#[test]
fn for_a_gpu_that_the_process_may_not_open() {
    for board in BOARDS {
        let machine = Machine::with(board);
        let fail = machine.simulator.fail(
            "nvmlDeviceGetHandleByIndex_v2",
            1,
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        );
        fail.unwrap();
        let error = machine.nvml.device_by_index(0).unwrap_err();
        assert_eq!(error.cause(), Some(Cause::NoPermission));
        // What lets a process change instances does not help here.
        assert!(!error.to_string().contains("SYS_ADMIN"), "{error}");
    }
}
