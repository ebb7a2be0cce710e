//! Profiles and where they can stand, on an Ampere, a Hopper and a Blackwell GPU.

use crate::support::machine::{DRIVERS, Driver, Machine, on_each_driver};
use nvml_mig::Error;
use nvml_mig::error::{InputError, ListedProfile, ProfileError, ProfileId};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfile, GpuInstanceProfileId};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

/// Name, id, MiB, SMs, and how many fit on an empty GPU.
type Row = (&'static str, u32, u64, u32, u32);

const A100_40: &[Row] = &[
    ("1g.5gb", 19, 4864, 14, 7),
    ("1g.5gb+me", 20, 4864, 14, 1),
    ("1g.10gb", 15, 9984, 14, 4),
    ("2g.10gb", 14, 9984, 28, 3),
    ("3g.20gb", 9, 20096, 42, 2),
    ("4g.20gb", 5, 20096, 56, 1),
    ("7g.40gb", 0, 40320, 98, 1),
];

const H100_SXM: &[Row] = &[
    ("1g.10gb", 19, 9984, 16, 7),
    ("1g.10gb+me", 20, 9984, 16, 1),
    ("1g.20gb", 15, 20096, 26, 4),
    ("2g.20gb", 14, 20096, 32, 3),
    ("3g.40gb", 9, 40448, 60, 2),
    ("4g.40gb", 5, 40448, 64, 1),
    ("7g.80gb", 0, 81152, 132, 1),
];

fn assert_profiles(machine: &Machine, expected: &[Row]) {
    let profiles = machine.device.gpu_instance_profiles().unwrap();
    assert_eq!(profiles.len(), expected.len());
    for (name, id, memory, multiprocessors, instances) in expected {
        let profile = machine.device.gpu_instance_profile_by_name(name).unwrap();
        let found = (
            profile.id.number(),
            profile.memory_mib,
            profile.multiprocessor_count,
        );
        assert_eq!(
            (found, profile.instance_count),
            ((*id, *memory, *multiprocessors), *instances),
            "{name}"
        );
        let by_id = machine
            .device
            .gpu_instance_profile_by_id(profile.id)
            .unwrap();
        assert_eq!(by_id, profile);
        let capacity = machine
            .device
            .gpu_instance_remaining_capacity(profile.id)
            .unwrap();
        assert_eq!(capacity, *instances, "{name}");
    }
}

#[test]
fn profiles_of_an_ampere_and_a_hopper() {
    on_each_driver(|driver| {
        for (board, expected) in [("a100-sxm4-40gb", A100_40), ("h100-sxm5-80gb", H100_SXM)] {
            let mut expected = expected.to_vec();
            // The profile of twice the memory, id 15, has a number in nvml.h since driver 525.
            expected.retain(|(_, id, ..)| driver.is_of_cuda_12() || *id != 15);
            assert_profiles(&driver.with(board), &expected);
        }
    });
}

#[test]
fn all_eleven_profiles_of_a_blackwell_with_graphics_and_media() {
    let drivers = DRIVERS.iter().chain(&["570.86.10", "580.95.05"]);
    for driver in drivers.map(|driver| Driver(driver)) {
        let machine = driver.with("rtx-pro-6000-bse");
        let mut expected = vec![14, 21, 5, 0];
        // nvml.h numbers the profiles with graphics since CUDA 12.8, those with all media engines and with none since 12.9.
        let (has_graphics, has_media) = (driver.0 >= "570", driver.0 >= "575");
        if has_graphics {
            expected.extend([47, 35, 32]);
        }
        if has_media {
            expected.extend([65, 67, 64, 66]);
        }
        let mut found: Vec<u32> = machine
            .device
            .gpu_instance_profiles()
            .unwrap()
            .iter()
            .map(|profile| profile.id.number())
            .collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        if !has_media {
            continue;
        }
        let graphics = machine
            .device
            .gpu_instance_profile_by_name("1g.24gb+gfx")
            .unwrap();
        assert!(graphics.graphics);
        assert_eq!(graphics.profile, Some(GpuInstanceProfile::Slice1Graphics));
        let no_media = machine
            .device
            .gpu_instance_profile_by_name("1g.24gb-me")
            .unwrap();
        assert_eq!(
            (
                no_media.decoder_count,
                no_media.jpeg_count,
                no_media.ofa_count
            ),
            (0, 0, 0)
        );
    }
}

#[test]
fn a_name_may_have_another_drivers_rounding() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-80gb");
        for (written, meant) in [
            ("3g.39gb", "3g.40gb"),
            ("MIG 7g.79gb", "7g.80gb"),
            ("4g.40gb", "4g.40gb"),
        ] {
            assert_eq!(
                machine
                    .device
                    .gpu_instance_profile_by_name(written)
                    .unwrap()
                    .name,
                meant
            );
        }
        // 1g.10gb and 1g.20gb are two profiles; attributes count.
        for written in ["1g.15gb", "3g.20gb", "3g.40gb+me", "1g.10gb+gfx"] {
            let error = machine
                .device
                .gpu_instance_profile_by_name(written)
                .unwrap_err();
            assert!(matches!(error, Error::Input(_)), "{error}");
            assert!(
                error.to_string().contains("it has 1g.10gb (id 19)"),
                "{error}"
            );
        }
    });
}

#[test]
fn free_placements_are_those_that_nothing_overlaps() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let profile = |name| {
            machine
                .device
                .gpu_instance_profile_by_name(name)
                .unwrap()
                .id
        };
        let free = |name| -> Vec<String> {
            let free = machine
                .device
                .gpu_instance_free_placements(profile(name))
                .unwrap();
            free.iter().map(ToString::to_string).collect()
        };
        assert_eq!(free("3g.20gb"), ["0:4", "4:4"]);
        let three = machine.create(9).unwrap();
        assert_eq!(three.placement().to_string(), "4:4");
        assert_eq!(free("3g.20gb"), ["0:4"]);
        assert_eq!(free("2g.10gb"), ["0:2", "2:2"]);
        assert_eq!(free("7g.40gb"), [""; 0]);

        // Placements of compute instances have a function since then.
        if !driver.is_of_cuda_12() {
            return;
        }
        let one = three
            .compute_instance_profile_by_name("1c.3g.20gb")
            .unwrap()
            .id;
        let two = three
            .compute_instance_profile_by_name("2c.3g.20gb")
            .unwrap()
            .id;
        let free = |id| -> Vec<String> {
            let free = three.compute_instance_free_placements(id).unwrap();
            free.iter().map(ToString::to_string).collect()
        };
        assert_eq!(free(two), ["0:2", "1:2"]);
        let _made = three.create_compute_instance(one).unwrap();
        assert_eq!(free(one), ["1:1", "2:1"]);
        assert_eq!(free(two), ["1:2"]);
    });
}

/// The names of nvml.h: `1_SLICE_REV1` is one slice, and `7_SLICE_NVL` seven.
#[test]
fn a_compute_instance_profile_is_named_for_its_slices() {
    use nvml_mig::profile::ComputeInstanceProfile as P;
    for slices in [1, 2, 3, 4, 6, 7, 8] {
        let plain = P::with_slices(slices).unwrap();
        assert_eq!(plain.slice_count(), Some(slices));
    }
    assert_eq!(P::Slice1Double.slice_count(), Some(1));
    assert_eq!(P::Slice7NvLink.slice_count(), Some(7));
    assert_eq!(P::Other(99).slice_count(), None);
}

#[test]
fn a_profile_that_only_its_id_tells_of_is_found_by_it() {
    // Without the enumeration's answer for number 0, NVML still answers by id.
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .start()
        .unwrap();
    let machine = Machine::open(simulator);
    let id = machine
        .device
        .gpu_instance_profile(GpuInstanceProfile::Slice1)
        .unwrap()
        .id;
    // A hole is asked for twice.
    for call in [1, 2] {
        machine
            .simulator
            .fail(
                "nvmlDeviceGetGpuInstanceProfileInfoV",
                call,
                nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
            )
            .unwrap();
    }
    let profile = machine.device.gpu_instance_profile_by_id(id).unwrap();
    assert_eq!(
        (profile.name.as_str(), profile.id, profile.profile),
        ("1g.6gb", id, None)
    );
}

#[test]
fn a_name_that_is_not_found_offers_profiles_by_id() {
    let machine = Machine::with("a30");
    let offered = |error: Error| {
        let Error::Input(error) = error else {
            panic!("{error}");
        };
        let InputError::Profile(ProfileError::NotFound { available, .. }) = *error else {
            panic!("{error}");
        };
        available
    };
    let error = machine
        .device
        .gpu_instance_profile_by_name("3g.20gb")
        .unwrap_err();
    let available = offered(error);
    assert_eq!(available.len(), 5);
    assert_eq!(
        available.first(),
        Some(&ListedProfile::new("1g.6gb", GpuInstanceProfileId::new(14)))
    );
    let ProfileId::GpuInstance(id) = available[1].id else {
        panic!("{available:?}");
    };
    let gpu_instance = machine.device.create_gpu_instance(id).unwrap();

    let error = gpu_instance
        .compute_instance_profile_by_name("3c.2g.12gb")
        .unwrap_err();
    let available = offered(error);
    let expected = [("1c.2g.12gb", 0), ("2g.12gb", 1)];
    let expected =
        expected.map(|(name, id)| ListedProfile::new(name, ComputeInstanceProfileId::new(id)));
    assert_eq!(available, expected);
}
