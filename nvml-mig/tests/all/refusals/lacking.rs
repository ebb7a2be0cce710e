//! What a GPU does not have, has no room for, or is in use.

use crate::support::machine::{BOARDS, Machine};
use nvml_mig::error::Cause;
use nvml_mig::instance::{ComputeInstanceId, ComputeInstancePlacement, GpuInstancePlacement};
use nvml_mig::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileId, GpuInstanceProfile, GpuInstanceProfileId,
};
use nvml_mig::{Error, ReturnCode};
use nvml_mig_sim::Process;

use super::{Row, Scene, assert_all_refused};

/// No GPU and no GPU instance has a profile with this id.
const NONE: u32 = 99;

#[test]
fn for_what_the_gpu_does_not_have() {
    // NVML has two codes for it (nvml.h), and one cause.
    let rows: &[Row] = &[
        ("gpu_instance_profile", |it| {
            let beyond = GpuInstanceProfile::Other(63);
            it.machine.device.gpu_instance_profile(beyond).map(drop)
        }),
        ("create_gpu_instance", |it| {
            let profile = GpuInstanceProfileId::new(NONE);
            it.machine.device.create_gpu_instance(profile).map(drop)
        }),
        ("create_gpu_instance_at", |it| {
            let profile = GpuInstanceProfileId::new(NONE);
            let device = &it.machine.device;
            device
                .create_gpu_instance_at(profile, it.gpu_placement())
                .map(drop)
        }),
        ("compute_instance_profile", |it| {
            let beyond = ComputeInstanceProfile::Other(63);
            it.gpu_instance.compute_instance_profile(beyond).map(drop)
        }),
    ];
    let not_supported: &[Row] = &[
        ("gpu_instance_remaining_capacity", |it| {
            let profile = GpuInstanceProfileId::new(NONE);
            let device = &it.machine.device;
            device.gpu_instance_remaining_capacity(profile).map(drop)
        }),
        ("gpu_instance_free_placements", |it| {
            let profile = GpuInstanceProfileId::new(NONE);
            let device = &it.machine.device;
            device.gpu_instance_free_placements(profile).map(drop)
        }),
        ("gpu_instance_possible_placements", |it| {
            let profile = GpuInstanceProfileId::new(NONE);
            let device = &it.machine.device;
            device.gpu_instance_possible_placements(profile).map(drop)
        }),
        ("compute_instance_profile", |it| {
            let eight = ComputeInstanceProfile::Slice8;
            it.gpu_instance.compute_instance_profile(eight).map(drop)
        }),
        ("compute_instance_possible_placements", |it| {
            let profile = ComputeInstanceProfileId::new(NONE);
            let instance = &it.gpu_instance;
            instance
                .compute_instance_possible_placements(profile)
                .map(drop)
        }),
        ("compute_instance_free_placements", |it| {
            let profile = ComputeInstanceProfileId::new(NONE);
            let instance = &it.gpu_instance;
            instance.compute_instance_free_placements(profile).map(drop)
        }),
        ("compute_instance_remaining_capacity", |it| {
            let profile = ComputeInstanceProfileId::new(NONE);
            let instance = &it.gpu_instance;
            instance
                .compute_instance_remaining_capacity(profile)
                .map(drop)
        }),
        ("create_compute_instance", |it| {
            let profile = ComputeInstanceProfileId::new(NONE);
            it.gpu_instance.create_compute_instance(profile).map(drop)
        }),
        ("create_compute_instance_at", |it| {
            let profile = ComputeInstanceProfileId::new(NONE);
            let instance = &it.gpu_instance;
            instance
                .create_compute_instance_at(profile, it.part_placement())
                .map(drop)
        }),
    ];
    for board in BOARDS {
        let (scene, cause) = (Scene::on(board), Some(Cause::NoSuchProfile));
        assert_all_refused(&scene, rows, ReturnCode::InvalidArgument, cause);
        assert_all_refused(&scene, not_supported, ReturnCode::NotSupported, cause);
        let device = &scene.machine.device;
        let (id, part) = (
            GpuInstanceProfileId::new(NONE),
            ComputeInstanceProfileId::new(NONE),
        );
        for error in [
            device.gpu_instance_profile_by_id(id).unwrap_err(),
            device.gpu_instance_profile_by_name("9g.99gb").unwrap_err(),
            scene
                .gpu_instance
                .compute_instance_profile_by_id(part)
                .unwrap_err(),
            scene
                .gpu_instance
                .compute_instance_profile_by_name("9g.99gb")
                .unwrap_err(),
        ] {
            // Those that there are are named; each board has one of a whole GPU, with id 0.
            assert!(matches!(error, Error::Input(_)), "{error}");
            assert!(error.to_string().contains("it has 1"), "{error}");
        }
        let most = device.max_mig_device_count().unwrap();
        let error = device.mig_device_by_index(most).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
        let indices = format!("indices of MIG devices on this GPU are 0 to {}", most - 1);
        assert!(error.to_string().contains(&indices), "{error}");
        let id = ComputeInstanceId::new(7);
        let error = scene.gpu_instance.compute_instance_by_id(id).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotFound), "{error}");
    }
}

#[test]
fn where_there_is_no_room() {
    for board in BOARDS {
        let scene = Scene::on(board);
        let device = &scene.machine.device;
        let full = device.create_gpu_instance(scene.profile).unwrap_err();
        let there = device.create_gpu_instance_at(scene.profile, scene.gpu_placement());
        for error in [full, there.unwrap_err()] {
            assert_eq!(
                error.code(),
                Some(ReturnCode::InsufficientResources),
                "{error}"
            );
            assert_eq!(error.cause(), Some(Cause::NoRoom), "{error}");
        }
        let instance = &scene.gpu_instance;
        let there = instance.create_compute_instance_at(scene.part, scene.part_placement());
        let there = there.unwrap_err();
        assert_eq!(
            (there.code(), there.cause()),
            (Some(ReturnCode::InUse), Some(Cause::NoRoom))
        );
        while instance
            .compute_instance_remaining_capacity(scene.part)
            .unwrap()
            > 0
        {
            let _made = instance.create_compute_instance(scene.part).unwrap();
        }
        let full = instance.create_compute_instance(scene.part).unwrap_err();
        assert_eq!(
            full.code(),
            Some(ReturnCode::InsufficientResources),
            "{full}"
        );
        assert_eq!(full.cause(), Some(Cause::NoRoom), "{full}");
    }
}

#[test]
fn at_a_place_where_the_profile_can_not_stand() {
    for board in BOARDS {
        let scene = Scene::on(board);
        let instance = &scene.gpu_instance;
        let beyond = ComputeInstancePlacement { start: 40, size: 1 };
        let error = instance
            .create_compute_instance_at(scene.part, beyond)
            .unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
        assert_eq!(error.cause(), Some(Cause::ImpossiblePlacement), "{error}");
        let beyond = GpuInstancePlacement { start: 40, size: 1 };
        let device = &scene.machine.device;
        let error = device
            .create_gpu_instance_at(scene.profile, beyond)
            .unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
        assert_eq!(error.cause(), Some(Cause::ImpossiblePlacement), "{error}");
    }
}

#[test]
fn while_processes_are_on_it() {
    for board in BOARDS {
        let machine = Machine::with(board);
        machine.simulator.busy(Process::new(0, 4242)).unwrap();
        let error = machine.create(0).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InUse), "{error}");
        assert!(error.to_string().contains("process 4242"), "{error}");

        let scene = Scene::on(board);
        let (id, part) = (scene.gpu_instance.id(), scene.compute_instance.id());
        let process = Process::new(0, 4242).gpu_instance(id.number());
        let process = process.compute_instance(part.number());
        scene.machine.simulator.busy(process).unwrap();
        let rows: &[Row] = &[
            ("ComputeInstance::destroy", |it| {
                Ok(it.same_compute_instance().destroy()?)
            }),
            ("GpuInstance::destroy", |it| {
                Ok(it.same_gpu_instance().destroy()?)
            }),
            ("destroy_with_compute_instances", |it| {
                Ok(it.same_gpu_instance().destroy_with_compute_instances()?)
            }),
            ("close", |it| {
                Ok(it.same_gpu_instance().scoped(|_| {}).close()?)
            }),
        ];
        assert_all_refused(&scene, rows, ReturnCode::InUse, Some(Cause::InUse));
        for (name, ask) in rows {
            let error = ask(&scene).expect_err(name);
            assert!(
                error.to_string().contains("process 4242"),
                "{name}: {error}"
            );
        }
    }
}
