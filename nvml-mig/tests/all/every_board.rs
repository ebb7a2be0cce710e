//! Every method succeeds, on an Ampere, a Hopper and a Blackwell GPU and with drivers of all ages. The figures are
//! those that NVIDIA prints for these boards.

mod board;

#[cfg(feature = "preflight")]
use crate::support::machine::proc::Proc;
use crate::support::machine::{Driver, on_each_driver};
use board::{BOARDS, Board, place};
use nvml_mig::device::CudaVersion;
use nvml_mig::device::MigModeChange;
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstanceId};
use nvml_mig::profile::{ComputeInstanceProfile, ComputeInstanceProfileId};
use nvml_mig::{ComputeInstance, GpuInstance, MigMode};
use nvml_mig_sim::{GpuSpec, Process};

/// Every GPU instance of half a GPU has one compute slice as profile id 0 (NVIDIA's tables).
const PART: ComputeInstanceProfileId = ComputeInstanceProfileId::new(0);

fn on_each_board(body: impl Fn(&Board, Driver)) {
    on_each_driver(|driver| BOARDS.iter().for_each(|board| body(board, driver)));
}

#[test]
fn a_machine_and_its_gpu() {
    on_each_board(|board, driver| {
        let machine = driver.with(board.key);
        let (nvml, device) = (&machine.nvml, &machine.device);
        assert_eq!(nvml.driver_version().unwrap(), driver.0);
        let nvml_version = nvml.nvml_version().unwrap();
        assert!(nvml_version.as_str().ends_with(driver.0), "{nvml_version}");
        // What each of these drivers runs (NVIDIA's CUDA release notes).
        let cuda = ["450", "470", "525", "535", "550"].map(|first| driver.0.starts_with(first));
        let cuda = cuda.iter().position(|it| *it).unwrap();
        let cuda = [(11, 0), (11, 4), (12, 0), (12, 2), (12, 4)][cuda];
        let cuda = CudaVersion::new(cuda.0, cuda.1);
        assert_eq!(nvml.cuda_driver_version().unwrap(), cuda);
        assert_eq!(nvml.device_count().unwrap(), 1);
        assert_eq!(nvml.devices().unwrap(), std::slice::from_ref(device));

        assert_eq!(device.name().unwrap(), board.name);
        assert_eq!(device.index().unwrap(), 0);
        assert_eq!(device.minor_number().unwrap(), 0);
        assert_eq!(device.pci_info().unwrap().device_id, board.pci_device_id);
        assert_eq!(device.architecture().unwrap(), board.architecture);
        let capability = device.cuda_compute_capability().unwrap();
        let (major, minor) = board.compute_capability;
        assert_eq!(capability.to_string(), format!("{major}.{minor}"));
        let memory = device.memory_info().unwrap();
        assert_eq!(memory.total_mib(), board.memory_mib);
        assert_eq!(memory.free_bytes + memory.used_bytes, memory.total_bytes);
        assert!(device.bar1_info().unwrap().total_bytes > 0);
        let most = device.max_mig_device_count().unwrap();
        assert_eq!(most, board.max_mig_devices);

        let uuid = device.uuid().unwrap();
        assert_eq!(nvml.device_by_index(0).unwrap(), *device);
        assert_eq!(nvml.device_by_uuid(&uuid).unwrap(), *device);
        let address = device.pci_info().unwrap().bus_id;
        assert_eq!(nvml.device_by_pci_bus_id(&address).unwrap(), *device);
    });
}

#[test]
fn mig_mode() {
    on_each_board(|board, driver| {
        let machine = driver.of(GpuSpec::new(board.key).mig(false));
        let device = &machine.device;
        assert_eq!(device.mig_mode().unwrap().current(), MigMode::Disabled);
        let needs_reset = device.mig_mode_change_needs_reset().unwrap();
        assert_eq!(needs_reset, board.change_needs_reset);
        for mode in [MigMode::Enabled, MigMode::Disabled] {
            let change = device.set_mig_mode(mode).unwrap();
            assert_eq!(change, MigModeChange::active(None));
            let modes = device.mig_mode().unwrap();
            assert_eq!((modes.current(), modes.pending()), (mode, mode));
        }
    });
}

#[test]
fn a_profile_and_where_it_can_stand() {
    on_each_board(|board, driver| {
        let (machine, half) = (driver.with(board.key), &board.half);
        let device = &machine.device;
        let profile = device.gpu_instance_profile(half.profile).unwrap();
        assert_eq!(profile.profile, Some(half.profile));
        assert_eq!((profile.name.as_str(), profile.id), (half.name, half.id()));
        assert_eq!(
            (profile.slice_count, profile.instance_count),
            (half.slices, 2)
        );
        assert_eq!(profile.multiprocessor_count, half.multiprocessors);
        assert_eq!(profile.memory_mib, half.memory_mib);
        let engines = [
            profile.copy_engine_count,
            profile.decoder_count,
            profile.encoder_count,
            profile.jpeg_count,
            profile.ofa_count,
        ];
        assert_eq!(engines, half.engines);
        assert!(!profile.p2p && !profile.graphics);
        assert!(device.gpu_instance_profiles().unwrap().contains(&profile));
        assert_eq!(
            device.gpu_instance_profile_by_id(half.id()).unwrap(),
            profile
        );
        for name in [half.name.to_owned(), format!("MIG {}", half.name)] {
            assert_eq!(device.gpu_instance_profile_by_name(&name).unwrap(), profile);
        }

        let both = [place(0, half.place.size), half.place];
        assert_eq!(
            device.gpu_instance_possible_placements(half.id()).unwrap(),
            both
        );
        assert_eq!(
            device.gpu_instance_free_placements(half.id()).unwrap(),
            both
        );
        assert_eq!(
            device.gpu_instance_remaining_capacity(half.id()).unwrap(),
            2
        );
        let made = half.create(&machine);
        assert_eq!(
            device.gpu_instance_possible_placements(half.id()).unwrap(),
            both
        );
        assert_eq!(
            device.gpu_instance_free_placements(half.id()).unwrap(),
            both[..1]
        );
        assert_eq!(
            device.gpu_instance_remaining_capacity(half.id()).unwrap(),
            1
        );
        assert_eq!(made.profile().unwrap(), profile);
    });
}

#[test]
fn a_gpu_instance() {
    on_each_board(|board, driver| {
        let (machine, half) = (driver.with(board.key), &board.half);
        let device = &machine.device;
        let made = half.create(&machine);
        let id = GpuInstanceId::new(half.instance_id);
        assert_eq!(
            (made.id(), made.profile_id(), made.placement()),
            (id, half.id(), half.place)
        );
        assert_eq!(made.device(), device);
        let other = device.create_gpu_instance(half.id()).unwrap();
        assert_eq!(other.placement(), place(0, half.place.size));
        let listed = device.gpu_instances().unwrap();
        let listed: Vec<_> = listed.iter().map(GpuInstance::id).collect();
        assert_eq!(listed, [GpuInstanceId::new(1), id]);
        assert_eq!(
            device.gpu_instance_by_id(id).unwrap().placement(),
            half.place
        );
        other.destroy().unwrap();
        let _one = made.create_compute_instance(PART).unwrap();
        made.destroy_with_compute_instances().unwrap();
        assert!(device.gpu_instances().unwrap().is_empty());

        let scoped = half.create(&machine).scoped(|error| panic!("{error}"));
        assert_eq!(scoped.id(), id);
        scoped.close().unwrap();
        let kept = half
            .create(&machine)
            .scoped(|error| panic!("{error}"))
            .keep();
        assert_eq!(device.gpu_instances().unwrap().len(), 1);
        drop(kept.scoped(|error| panic!("{error}")));
        assert!(device.gpu_instances().unwrap().is_empty());
    });
}

#[test]
fn a_compute_instance_profile_and_where_it_can_stand() {
    on_each_board(|board, driver| {
        let (machine, half, part) = (driver.with(board.key), &board.half, &board.part);
        let parent = half.create(&machine);
        let slice = ComputeInstanceProfile::Slice1;
        let profile = parent.compute_instance_profile(slice).unwrap();
        assert_eq!((profile.profile, profile.id), (slice, PART));
        assert_eq!(profile.name, part.name);
        assert_eq!(
            (profile.slice_count, profile.instance_count),
            (1, part.count)
        );
        assert_eq!(profile.multiprocessor_count, part.multiprocessors);
        let engines = [
            profile.shared_copy_engine_count,
            profile.shared_decoder_count,
            profile.shared_encoder_count,
            profile.shared_jpeg_count,
            profile.shared_ofa_count,
        ];
        assert_eq!(engines, half.engines);
        assert!(
            parent
                .compute_instance_profiles()
                .unwrap()
                .contains(&profile)
        );
        assert_eq!(
            parent.compute_instance_profile_by_id(PART).unwrap(),
            profile
        );
        let by_name = parent.compute_instance_profile_by_name(part.name);
        assert_eq!(by_name.unwrap(), profile);
        // The one of the whole GPU instance has its name.
        let whole = parent.compute_instance_profile_by_name(half.name).unwrap();
        assert_eq!(whole.multiprocessor_count, half.multiprocessors);

        let capacity = || parent.compute_instance_remaining_capacity(PART).unwrap();
        assert_eq!(capacity(), part.count);
        let _made = parent.create_compute_instance(PART).unwrap();
        assert_eq!(capacity(), part.count - 1);
        // Placements of compute instances have functions since driver 525.
        if driver.is_of_cuda_12() {
            let starts = 0..part.count;
            let all: Vec<_> = starts
                .map(|start| ComputeInstancePlacement { start, size: 1 })
                .collect();
            assert_eq!(
                parent.compute_instance_possible_placements(PART).unwrap(),
                all
            );
            assert_eq!(
                parent.compute_instance_free_placements(PART).unwrap(),
                all[1..]
            );
        }
    });
}

#[test]
fn a_compute_instance_and_its_mig_device() {
    on_each_board(|board, driver| {
        let (machine, half, part) = (driver.with(board.key), &board.half, &board.part);
        let (nvml, device) = (&machine.nvml, &machine.device);
        let parent = half.create(&machine);
        let first = parent.create_compute_instance(PART).unwrap();
        let second = if driver.is_of_cuda_12() {
            let last = ComputeInstancePlacement {
                start: part.count - 1,
                size: 1,
            };
            let made = parent.create_compute_instance_at(PART, last).unwrap();
            assert_eq!(made.placement(), last);
            made
        } else {
            parent.create_compute_instance(PART).unwrap()
        };
        assert_eq!((first.id().number(), second.id().number()), (0, 1));
        assert_eq!(
            (second.gpu_instance_id(), second.profile_id()),
            (parent.id(), PART)
        );
        assert_eq!(second.device(), device);
        let listed = parent.compute_instances().unwrap();
        let listed: Vec<_> = listed.iter().map(ComputeInstance::id).collect();
        assert_eq!(listed, [first.id(), second.id()]);
        let found = parent.compute_instance_by_id(second.id()).unwrap();
        assert_eq!(found.placement(), second.placement());

        let mig = second.mig_device().unwrap();
        assert_eq!(
            mig.name().unwrap(),
            format!("{} MIG {}", board.name, part.name)
        );
        assert_eq!(mig.index().unwrap(), 1);
        assert_eq!(mig.parent().unwrap(), *device);
        assert_eq!(mig.gpu_instance_id().unwrap(), parent.id());
        assert_eq!(mig.compute_instance_id().unwrap(), second.id());
        assert_eq!(mig.gpu_instance().unwrap().id(), parent.id());
        assert_eq!(mig.compute_instance().unwrap().id(), second.id());
        assert_eq!(
            device.mig_devices().unwrap(),
            [first.mig_device().unwrap(), mig.clone()]
        );
        assert_eq!(device.mig_device_by_index(1).unwrap(), Some(mig.clone()));
        assert_eq!(
            device.mig_device_by_ids(parent.id(), second.id()).unwrap(),
            mig
        );
        let uuid = mig.uuid().unwrap();
        assert_eq!(nvml.mig_device_by_uuid(&uuid).unwrap(), mig);
        // The format of drivers before R470.
        assert_eq!(
            uuid.starts_with("MIG-GPU-"),
            driver.0.starts_with("450"),
            "{uuid}"
        );

        assert_eq!(mig.memory_info().unwrap().total_mib(), half.memory_mib);
        assert!(mig.bar1_info().unwrap().total_bytes > 0);
        let has = mig.attributes().unwrap();
        assert_eq!(has.multiprocessor_count, part.multiprocessors);
        assert_eq!(has.memory_mib, half.memory_mib);
        assert_eq!(has.gpu_instance_slice_count, half.slices);
        assert_eq!(has.compute_instance_slice_count, 1);
        let engines = [
            has.shared_copy_engine_count,
            has.shared_decoder_count,
            has.shared_encoder_count,
            has.shared_jpeg_count,
            has.shared_ofa_count,
        ];
        assert_eq!(engines, half.engines);
        first.destroy().unwrap();
        assert_eq!(device.mig_devices().unwrap(), std::slice::from_ref(&mig));
        // It has moved up, and is the same device.
        assert_eq!((mig.index().unwrap(), mig.uuid().unwrap()), (0, uuid));
    });
}

#[test]
fn processes() {
    on_each_board(|board, driver| {
        let machine = driver.with(board.key);
        let parent = board.half.create(&machine);
        let parts = [(); 2].map(|()| parent.create_compute_instance(PART).unwrap());
        let process = Process::new(0, 4242).gpu_instance(parent.id().number());
        let process = process.compute_instance(1).memory_mib(10);
        machine
            .simulator
            .busy(process.name("/usr/bin/python3"))
            .unwrap();
        let all = machine.device.processes().unwrap();
        let [process] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!(
            (process.pid, process.name.as_deref()),
            (4242, Some("/usr/bin/python3"))
        );
        assert_eq!(process.used_gpu_memory_bytes, Some(10 << 20));
        assert_eq!(process.gpu_instance_id, Some(parent.id()));
        assert_eq!(process.compute_instance_id, Some(parts[1].id()));
        let of = |part: &ComputeInstance| part.mig_device().unwrap().processes().unwrap();
        assert_eq!(of(&parts[0]), []);
        assert_eq!(of(&parts[1]), all);
    });
}

#[test]
#[cfg(feature = "preflight")]
fn capabilities_and_a_preflight() {
    on_each_board(|board, driver| {
        let machine = driver.with(board.key);
        let parent = board.half.create(&machine);
        let part = parent.create_compute_instance(PART).unwrap();
        // GPU instance 2 of the GPU with minor number 0, and compute instance 0 of it.
        let capability = parent.capability().unwrap().to_string();
        assert_eq!(capability, "gpu0/gi2/access");
        let capability = part.capability().unwrap().to_string();
        assert_eq!(capability, "gpu0/gi2/ci0/access");
        // Half of it is free.
        let preflight = machine.nvml.preflight(&Proc::empty().files());
        assert!(preflight.may_create(), "{preflight}");
        assert_eq!(preflight.gpus[0].name.as_deref(), Some(board.name));
    });
}
