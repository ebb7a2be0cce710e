//! Where GPU instances stand, how many fit, and that none has more than the GPU.

use nvml_mig_sim::catalogue::{Board, GpuInstanceProfile, boards};

use super::{engines, places_ascend_within, without_overlap};

#[test]
fn placements_ascend_and_lie_within_the_memory_slices() {
    for board in boards() {
        for profile in board.profiles {
            let place = format!("{} {}", board.key, profile.name);
            places_ascend_within(&place, profile.starts, profile.size, board.memory_slices);
        }
    }
}

#[test]
fn as_many_instances_as_places_and_engines_allow() {
    for board in boards() {
        let whole = whole(board);
        for profile in board.profiles {
            let by_engine = engines(whole)
                .into_iter()
                .zip(engines(profile))
                .filter_map(|(all, each)| all.checked_div(each));
            let fit = by_engine.fold(without_overlap(profile.starts, profile.size), u32::min);
            assert_eq!(profile.instances, fit, "{} {}", board.key, profile.name);
        }
    }
}

#[test]
fn no_profile_has_more_than_the_whole_gpu() {
    for board in boards() {
        let whole = whole(board);
        for profile in board.profiles {
            let place = format!("{} {}", board.key, profile.name);
            let within = engines(profile)
                .into_iter()
                .zip(engines(whole))
                .all(|(part, all)| part <= all);
            assert!(
                within,
                "{place}: {:?} of {:?}",
                profile.engines, whole.engines
            );
            assert!(
                profile.instances * profile.multiprocessors <= whole.multiprocessors,
                "{place}"
            );
            assert!(profile.slices <= whole.slices, "{place}");
            assert!(
                u64::from(profile.instances) * profile.memory_mib <= board.memory_mib,
                "{place}"
            );
            assert!(!profile.p2p, "{place}");
        }
        assert_eq!(whole.slices, board.max_mig_devices, "{}", board.key);
    }
}

/// The profile that is the whole GPU, without graphics.
fn whole(board: &'static Board) -> &'static GpuInstanceProfile {
    let is_whole = |profile: &&GpuInstanceProfile| profile.size == board.memory_slices;
    let mut wholes = board.profiles.iter().filter(is_whole);
    let whole = wholes.find(|profile| !profile.graphics);
    whole.unwrap_or_else(|| unreachable!("{} has no profile of the whole GPU", board.key))
}
