//! Names, numbers and ids of profiles, and the order in which they are listed.

use std::collections::HashSet;

use nvml_mig_sim::catalogue::{Board, GpuInstanceProfile, boards};

use super::has_double_compute_profile;

#[test]
fn profiles_come_in_the_order_in_which_nvidia_smi_lists_them() {
    for board in boards() {
        let ids: Vec<u32> = board.profiles.iter().map(|profile| profile.id).collect();
        let listed: &[u32] = match board.memory_slices {
            4 => &[14, 21, 5, 6, 0],
            8 => &[19, 20, 15, 14, 9, 5, 0],
            _ => &[14, 21, 47, 65, 67, 5, 35, 64, 66, 0, 32],
        };
        assert_eq!(ids, listed, "{}", board.key);
    }
}

#[test]
fn numbers_and_ids_of_profiles_are_unique() {
    for board in boards() {
        unique(
            board.key,
            board.profiles.iter().map(|profile| profile.profile),
        );
        unique(board.key, board.profiles.iter().map(|profile| profile.id));
        unique(board.key, board.profiles.iter().map(|profile| profile.name));
        for profile in board.profiles {
            let place = format!("{} {}", board.key, profile.name);
            unique(
                &place,
                profile.compute.iter().map(|compute| compute.profile),
            );
            unique(&place, profile.compute.iter().map(|compute| compute.id));
        }
    }
    unique("keys", boards().iter().map(|board| board.key));
    // Two boards are a GB300; a GH200's device ID has two names, and two boards have none that is known.
    let names = boards().iter().filter(|board| board.key != "gb300-252gb");
    // An alias of which only the ID is known has the other board's name.
    let names = names.filter(|board| board.alias_of.is_none_or(|of| !board.key.starts_with(of)));
    unique("names", names.map(|board| board.name));
    let devices = boards().iter().map(|board| board.pci_device_id);
    let devices = devices.filter(|&id| id != 0x0000_10DE && id != 0x2342_10DE);
    unique("devices", devices);
}

fn unique<T: Eq + std::hash::Hash + std::fmt::Debug>(place: &str, items: impl Iterator<Item = T>) {
    let mut seen = HashSet::new();
    for item in items {
        let text = format!("{item:?}");
        assert!(seen.insert(item), "{place}: {text} twice");
    }
}

/// No real name is known that the rule does not give.
#[test]
fn names_follow_from_slices_memory_and_number() {
    for board in boards() {
        for profile in board.profiles {
            let suffix = match profile.profile {
                7 | 8 => "+me",
                10..=12 | 17 => "+gfx",
                13 | 14 => "-me",
                15 | 16 => "+me.all",
                _ => "",
            };
            let name = format!(
                "{}g.{}gb{suffix}",
                profile.slices,
                gigabytes(profile, board)
            );
            assert_eq!(profile.name, format!("MIG {name}"), "{}", board.key);
            assert_eq!(profile.graphics, suffix == "+gfx", "{} {name}", board.key);
            for compute in profile.compute {
                // Beside the double one that is all of a double-memory 1g, the single one is a part of it.
                let single = compute.profile == 0 && profile.profile == 9;
                let part_of_double = single && has_double_compute_profile(board);
                let part = if compute.slices == profile.slices && !part_of_double {
                    String::new()
                } else {
                    format!("{}c.", compute.slices)
                };
                assert_eq!(compute.name, format!("MIG {part}{name}"), "{}", board.key);
            }
        }
    }
}

/// Eighths of the memory, rounded up, of the gigabytes of the GPU, rounded up; the product to the nearest.
fn gigabytes(profile: &GpuInstanceProfile, board: &Board) -> u64 {
    let total = board.memory_mib.div_ceil(1024);
    let eighths = (8 * profile.memory_mib).div_ceil(board.memory_mib);
    (eighths * total + 4) / 8
}

#[test]
fn numbers_of_profiles_say_their_slices() {
    for board in boards() {
        for profile in board.profiles {
            let slices = match profile.profile {
                0 | 7 | 9 | 10 | 13 | 15 => 1,
                1 | 8 | 11 | 14 | 16 => 2,
                2 | 17 => 3,
                3 | 12 => 4,
                4 => 7,
                other => panic!("{} {}: {other}", board.key, profile.name),
            };
            assert_eq!(profile.slices, slices, "{} {}", board.key, profile.name);
            for compute in profile.compute {
                let slices = match compute.profile {
                    0 | 7 => 1,
                    1 => 2,
                    2 => 3,
                    3 => 4,
                    4 => 7,
                    other => panic!("{} {}: {other}", board.key, compute.name),
                };
                assert_eq!(
                    (compute.slices, compute.id),
                    (slices, compute.profile),
                    "{} {}",
                    board.key,
                    compute.name
                );
            }
        }
    }
}
