//! What is refused about instances that another process destroyed.

use crate::support::machine::BOARDS;
use nvml_mig::ReturnCode;
use nvml_mig::error::Cause;
use nvml_mig::profile::ComputeInstanceProfile;

use super::{Row, Scene, assert_all_refused};

/// What is about an instance that another process destroyed.
const GONE: &[Row] = &[
    ("compute_instance_profile", |it| {
        let profile = ComputeInstanceProfile::Slice1;
        it.gpu_instance.compute_instance_profile(profile).map(drop)
    }),
    ("compute_instance_profiles", |it| {
        it.gpu_instance.compute_instance_profiles().map(drop)
    }),
    ("compute_instance_profile_by_id", |it| {
        let instance = &it.gpu_instance;
        instance.compute_instance_profile_by_id(it.part).map(drop)
    }),
    ("compute_instance_profile_by_name", |it| {
        let instance = &it.gpu_instance;
        instance
            .compute_instance_profile_by_name("1c.2g.12gb")
            .map(drop)
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
    ("uuid", |it| it.mig_device.uuid().map(drop)),
    ("name", |it| it.mig_device.name().map(drop)),
    ("index", |it| it.mig_device.index().map(drop)),
    ("gpu_instance_id", |it| {
        it.mig_device.gpu_instance_id().map(drop)
    }),
    ("compute_instance_id", |it| {
        it.mig_device.compute_instance_id().map(drop)
    }),
    ("parent", |it| it.mig_device.parent().map(drop)),
    ("memory_info", |it| it.mig_device.memory_info().map(drop)),
    ("bar1_info", |it| it.mig_device.bar1_info().map(drop)),
    ("attributes", |it| it.mig_device.attributes().map(drop)),
    ("processes", |it| it.mig_device.processes().map(drop)),
    ("MigDevice::gpu_instance", |it| {
        it.mig_device.gpu_instance().map(drop)
    }),
    ("MigDevice::compute_instance", |it| {
        it.mig_device.compute_instance().map(drop)
    }),
];

#[test]
fn of_an_instance_that_is_gone() {
    for board in BOARDS {
        let scene = Scene::on(board);
        let (gpu_instance, compute_instance) =
            (scene.same_gpu_instance(), scene.same_compute_instance());
        let by_another = scene.same_gpu_instance();
        by_another.destroy_with_compute_instances().unwrap();

        let (code, cause) = (ReturnCode::InvalidArgument, Cause::Gone);
        assert_all_refused(&scene, GONE, code, Some(cause));
        let refused = compute_instance.destroy().unwrap_err();
        assert_eq!(refused.error.cause(), Some(cause), "{refused}");
        let refused = gpu_instance.destroy().unwrap_err();
        assert_eq!(refused.error.cause(), Some(cause), "{refused}");
        let refused = refused.instance.destroy_with_compute_instances();
        assert_eq!(refused.unwrap_err().error.cause(), Some(cause));

        // Looked up by what it was, it is not found.
        let rows: &[Row] = &[
            ("gpu_instance_by_id", |it| {
                let id = it.gpu_instance.id();
                it.machine.device.gpu_instance_by_id(id).map(drop)
            }),
            ("ComputeInstance::mig_device", |it| {
                it.compute_instance.mig_device().map(drop)
            }),
            ("mig_device_by_ids", |it| {
                let (id, part) = (it.gpu_instance.id(), it.compute_instance.id());
                it.machine.device.mig_device_by_ids(id, part).map(drop)
            }),
        ];
        assert_all_refused(&scene, rows, ReturnCode::NotFound, Some(cause));
        assert_eq!(scene.machine.device.mig_devices().unwrap(), []);
    }
}
