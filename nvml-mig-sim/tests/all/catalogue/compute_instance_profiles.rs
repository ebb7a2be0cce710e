//! Where compute instances stand, how many fit, and their SMs.

use nvml_mig_sim::catalogue::{Architecture, Board, ComputeInstanceProfile, boards};

use super::{aligns, has_double_compute_profile, places_ascend_within, without_overlap};

#[test]
fn every_gpu_instance_has_one_compute_instance_profile_that_is_all_of_it() {
    for board in boards() {
        for profile in board.profiles {
            let place = format!("{} {}", board.key, profile.name);
            let mut wholes = profile
                .compute
                .iter()
                .filter(|compute| compute.name == profile.name);
            let default = wholes.next().unwrap_or_else(|| panic!("{place} has none"));
            assert!(wholes.next().is_none(), "{place} has two");
            assert_eq!(default.slices, profile.slices, "{place}");
            assert_eq!(default.multiprocessors, profile.multiprocessors, "{place}");
            assert_eq!(
                (default.instances, default.starts),
                (1, [0].as_slice()),
                "{place}"
            );
            let double = profile.profile == 9 && aligns(board);
            let id = match profile.slices {
                1 if double => 7,
                7 => 4,
                slices => slices - 1,
            };
            assert_eq!(default.id, id, "{place}");
            for compute in profile.compute {
                assert!(
                    compute.instances * compute.slices <= profile.slices,
                    "{place}"
                );
                let multiprocessors = compute.instances * compute.multiprocessors;
                assert!(
                    multiprocessors <= profile.multiprocessors,
                    "{place} {}",
                    compute.name
                );
            }
        }
    }
}

/// The placements of a compute instance profile: slices, or `1+` for the double one, starts and size.
fn places(compute: &ComputeInstanceProfile) -> String {
    let plus = if compute.profile == 7 { "+" } else { "" };
    format!(
        "{}c{plus} x{} {:?}:{}",
        compute.slices, compute.instances, compute.starts, compute.size
    )
}

#[test]
fn compute_instances_stand_in_windows_on_ampere_and_aligned_since() {
    for board in boards() {
        for profile in board.profiles {
            let double = has_double_compute_profile(board);
            let expected: &[&str] = match (aligns(board), profile.slices) {
                (_, 1) if profile.profile == 9 && double => &["1c x1 [0, 1]:1", "1c+ x1 [0]:2"],
                (_, 1) => &["1c x1 [0]:1"],
                (_, 2) if double => &["1c x2 [0, 1]:1", "2c x1 [0]:2", "1c+ x1 [0]:2"],
                (_, 2) => &["1c x2 [0, 1]:1", "2c x1 [0]:2"],
                (false, 3) => &["1c x3 [0, 1, 2]:1", "2c x1 [0, 1]:2", "3c x1 [0]:3"],
                (true, 3) => &["1c x3 [0, 1, 2]:1", "2c x1 [0]:2", "3c x1 [0]:4"],
                (false, 4) => &["1c x4 [0, 1, 2, 3]:1", "2c x2 [0, 1, 2]:2", "4c x1 [0]:4"],
                (true, 4) => &["1c x4 [0, 1, 2, 3]:1", "2c x2 [0, 2]:2", "4c x1 [0]:4"],
                (false, _) => &[
                    "1c x7 [0, 1, 2, 3, 4, 5, 6]:1",
                    "2c x3 [0, 1, 2, 3, 4, 5]:2",
                    "3c x2 [0, 1, 2, 3, 4]:3",
                    "4c x1 [0, 1, 2, 3]:4",
                    "7c x1 [0]:7",
                ],
                _ => &[
                    "1c x7 [0, 1, 2, 3, 4, 5, 6]:1",
                    "2c x3 [0, 2, 4]:2",
                    "3c x2 [0, 4]:4",
                    "4c x1 [0]:4",
                    "7c x1 [0]:8",
                ],
            };
            let found: Vec<String> = profile.compute.iter().map(places).collect();
            assert_eq!(found, expected, "{} {}", board.key, profile.name);
        }
    }
}

#[test]
fn as_many_compute_instances_as_places_and_slices_allow() {
    for board in boards() {
        for profile in board.profiles {
            for compute in profile.compute {
                let place = format!("{} {}", board.key, compute.name);
                // Aligned placements count the memory slices too: seven compute slices have eight.
                places_ascend_within(
                    &place,
                    compute.starts,
                    compute.size,
                    profile.size.max(profile.slices),
                );
                let places = without_overlap(compute.starts, compute.size);
                let slices = profile.slices / compute.slices;
                assert_eq!(compute.instances, places.min(slices), "{place}");
            }
        }
    }
}

/// As many as the GPU instance of as many slices has: 1g for 1c, the double-memory 1g for the double 1c.
fn multiprocessors_of_gpu_instance(board: &Board, compute: u32) -> u32 {
    let gpu_instance = [0, 1, 2, 3, 4, 0, 0, 9][compute as usize];
    let mut profiles = board.profiles.iter();
    let profile = profiles.find(|profile| profile.profile == gpu_instance);
    profile.map_or(0, |profile| profile.multiprocessors)
}

/// By the number of the profile.
#[test]
fn multiprocessors_of_compute_instances() {
    for board in boards() {
        let expected = |compute: &ComputeInstanceProfile| match (board.key, compute.profile) {
            (_, profile) if board.provisional => multiprocessors_of_gpu_instance(board, profile),
            ("h100-pcie-80gb" | "h800-pcie-80gb", profile) => {
                [14, 30, 46, 62, 114, 0, 0, 14][profile as usize]
            }
            (_, profile) => match board.architecture {
                Architecture::Ampere => 14 * compute.slices,
                Architecture::Hopper => [16, 32, 60, 64, 132, 0, 0, 26][profile as usize],
                Architecture::Blackwell => [46, 94, 0, 188][profile as usize],
                other => panic!("{other:?} has no MIG"),
            },
        };
        for compute in board.profiles.iter().flat_map(|profile| profile.compute) {
            assert_eq!(
                compute.multiprocessors,
                expected(compute),
                "{} {}",
                board.key,
                compute.name
            );
        }
    }
}
