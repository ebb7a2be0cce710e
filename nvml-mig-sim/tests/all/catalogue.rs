//! The catalogue of boards: the well-known ones figure by figure, and of all of them what must hold within a table.

use nvml_mig_sim::catalogue::{
    Architecture, Board, ComputeInstanceProfile, Engines, GpuInstanceProfile, boards, find, nearest,
};
use std::collections::HashSet;

/// A profile in a line: number, id, name, slices, how many fit, SMs, engines (copy, decoder, encoder, JPEG, OFA),
/// memory and places.
fn line(profile: &GpuInstanceProfile) -> String {
    format!(
        "{} id {} {}: {} slices x{}, {} SMs, {:?}, {} MiB, {:?}:{}{}",
        profile.profile,
        profile.id,
        profile.name,
        profile.slices,
        profile.instances,
        profile.multiprocessors,
        engines(profile),
        profile.memory_mib,
        profile.starts,
        profile.size,
        if profile.graphics { ", graphics" } else { "" },
    )
}

const A30: &[&str] = &[
    "0 id 14 MIG 1g.6gb: 1 slices x4, 14 SMs, [1, 1, 0, 0, 0], 5952 MiB, [0, 1, 2, 3]:1",
    "7 id 21 MIG 1g.6gb+me: 1 slices x1, 14 SMs, [1, 1, 0, 1, 1], 5952 MiB, [0, 1, 2, 3]:1",
    "1 id 5 MIG 2g.12gb: 2 slices x2, 28 SMs, [2, 2, 0, 0, 0], 11968 MiB, [0, 2]:2",
    "8 id 6 MIG 2g.12gb+me: 2 slices x1, 28 SMs, [2, 2, 0, 1, 1], 11968 MiB, [0, 2]:2",
    "3 id 0 MIG 4g.24gb: 4 slices x1, 56 SMs, [4, 4, 0, 1, 1], 24000 MiB, [0]:4",
];

const A100_40GB: &[&str] = &[
    "0 id 19 MIG 1g.5gb: 1 slices x7, 14 SMs, [1, 0, 0, 0, 0], 4864 MiB, [0, 1, 2, 3, 4, 5, 6]:1",
    "7 id 20 MIG 1g.5gb+me: 1 slices x1, 14 SMs, [1, 1, 0, 1, 1], 4864 MiB, [0, 1, 2, 3, 4, 5, 6]:1",
    "9 id 15 MIG 1g.10gb: 1 slices x4, 14 SMs, [1, 1, 0, 0, 0], 9984 MiB, [0, 2, 4, 6]:2",
    "1 id 14 MIG 2g.10gb: 2 slices x3, 28 SMs, [2, 1, 0, 0, 0], 9984 MiB, [0, 2, 4]:2",
    "2 id 9 MIG 3g.20gb: 3 slices x2, 42 SMs, [3, 2, 0, 0, 0], 20096 MiB, [0, 4]:4",
    "3 id 5 MIG 4g.20gb: 4 slices x1, 56 SMs, [4, 2, 0, 0, 0], 20096 MiB, [0]:4",
    "4 id 0 MIG 7g.40gb: 7 slices x1, 98 SMs, [7, 5, 0, 1, 1], 40320 MiB, [0]:8",
];

const H100_SXM: &[&str] = &[
    "0 id 19 MIG 1g.10gb: 1 slices x7, 16 SMs, [1, 1, 0, 1, 0], 9984 MiB, [0, 1, 2, 3, 4, 5, 6]:1",
    "7 id 20 MIG 1g.10gb+me: 1 slices x1, 16 SMs, [1, 1, 0, 1, 1], 9984 MiB, [0, 1, 2, 3, 4, 5, 6]:1",
    "9 id 15 MIG 1g.20gb: 1 slices x4, 26 SMs, [1, 1, 0, 1, 0], 20096 MiB, [0, 2, 4, 6]:2",
    "1 id 14 MIG 2g.20gb: 2 slices x3, 32 SMs, [2, 2, 0, 2, 0], 20096 MiB, [0, 2, 4]:2",
    "2 id 9 MIG 3g.40gb: 3 slices x2, 60 SMs, [3, 3, 0, 3, 0], 40448 MiB, [0, 4]:4",
    "3 id 5 MIG 4g.40gb: 4 slices x1, 64 SMs, [4, 4, 0, 4, 0], 40448 MiB, [0]:4",
    "4 id 0 MIG 7g.80gb: 7 slices x1, 132 SMs, [8, 7, 0, 7, 1], 81152 MiB, [0]:8",
];

const RTX_PRO_6000: &[&str] = &[
    "0 id 14 MIG 1g.24gb: 1 slices x4, 46 SMs, [1, 1, 1, 1, 0], 24192 MiB, [0, 3, 6, 9]:3",
    "7 id 21 MIG 1g.24gb+me: 1 slices x1, 46 SMs, [1, 1, 1, 1, 1], 24192 MiB, [0, 3, 6, 9]:3",
    "10 id 47 MIG 1g.24gb+gfx: 1 slices x4, 46 SMs, [1, 1, 1, 1, 0], 24192 MiB, [0, 3, 6, 9]:3, graphics",
    "15 id 65 MIG 1g.24gb+me.all: 1 slices x1, 46 SMs, [1, 4, 4, 4, 1], 24192 MiB, [0, 3, 6, 9]:3",
    "13 id 67 MIG 1g.24gb-me: 1 slices x4, 46 SMs, [1, 0, 0, 0, 0], 24192 MiB, [0, 3, 6, 9]:3",
    "1 id 5 MIG 2g.48gb: 2 slices x2, 94 SMs, [2, 2, 2, 2, 0], 48512 MiB, [0, 6]:6",
    "11 id 35 MIG 2g.48gb+gfx: 2 slices x2, 94 SMs, [2, 2, 2, 2, 0], 48512 MiB, [0, 6]:6, graphics",
    "16 id 64 MIG 2g.48gb+me.all: 2 slices x1, 94 SMs, [2, 4, 4, 4, 1], 48512 MiB, [0, 6]:6",
    "14 id 66 MIG 2g.48gb-me: 2 slices x2, 94 SMs, [2, 0, 0, 0, 0], 48512 MiB, [0, 6]:6",
    "3 id 0 MIG 4g.96gb: 4 slices x1, 188 SMs, [4, 4, 4, 4, 1], 97408 MiB, [0]:12",
    "12 id 32 MIG 4g.96gb+gfx: 4 slices x1, 188 SMs, [4, 4, 4, 4, 1], 97408 MiB, [0]:12, graphics",
];

#[test]
fn the_well_known_boards_figure_by_figure() {
    for (key, expected) in [
        ("a30", A30),
        ("a100-sxm4-40gb", A100_40GB),
        ("a100-pcie-40gb", A100_40GB),
        ("h100-sxm5-80gb", H100_SXM),
        ("rtx-pro-6000-bse", RTX_PRO_6000),
        ("rtx-pro-6000-workstation", RTX_PRO_6000),
    ] {
        let profiles: Vec<String> = find(key).unwrap().profiles.iter().map(line).collect();
        assert_eq!(profiles, expected, "{key}");
    }
}

const HEADS: &[&str] = &[
    "a30: NVIDIA A30, 0x20B710DE, 24576 MiB, BAR1 32768 MiB, 4 slices, 4 devices",
    "a100-sxm4-40gb: NVIDIA A100-SXM4-40GB, 0x20B010DE, 40960 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "a100-pcie-40gb: NVIDIA A100-PCIE-40GB, 0x20F110DE, 40960 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "a100-sxm4-80gb: NVIDIA A100-SXM4-80GB, 0x20B210DE, 81920 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "a100-80gb-pcie: NVIDIA A100 80GB PCIe, 0x20B510DE, 81920 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "a800-sxm4-40gb: NVIDIA A800-SXM4-40GB, 0x20BD10DE, 40960 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "a800-sxm4-80gb: NVIDIA A800-SXM4-80GB, 0x20F310DE, 81920 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "a800-80gb-pcie: NVIDIA A800 80GB PCIe, 0x20F510DE, 81920 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h100-sxm5-80gb: NVIDIA H100 80GB HBM3, 0x233010DE, 81559 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h100-pcie-80gb: NVIDIA H100 PCIe, 0x233110DE, 81559 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h100-nvl-94gb: NVIDIA H100 NVL, 0x232110DE, 95830 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h800-sxm5-80gb: NVIDIA H800, 0x232410DE, 81559 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h800-pcie-80gb: NVIDIA H800 PCIe, 0x232210DE, 81559 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h800-nvl-94gb: NVIDIA H800 NVL, 0x233A10DE, 95830 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    // The CPU reaches the memory over NVLink-C2C, without a window.
    "gh200-96gb: NVIDIA GH200 480GB, 0x234210DE, 97871 MiB, BAR1 0 MiB, 8 slices, 7 devices",
    "h200-141gb: NVIDIA H200, 0x233510DE, 143771 MiB, BAR1 262144 MiB, 8 slices, 7 devices",
    "h200-nvl-141gb: NVIDIA H200 NVL, 0x233B10DE, 143771 MiB, BAR1 262144 MiB, 8 slices, 7 devices",
    "rtx-pro-6000-bse: NVIDIA RTX PRO 6000 Blackwell Server Edition, 0x2BB510DE, 97887 MiB, BAR1 131072 MiB, 12 slices, 4 devices",
    "rtx-pro-6000-workstation: NVIDIA RTX PRO 6000 Blackwell Workstation Edition, 0x2BB110DE, 97887 MiB, BAR1 131072 MiB, 12 slices, 4 devices",
    "rtx-pro-6000-max-q: NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition, 0x2BB410DE, 97887 MiB, BAR1 131072 MiB, 12 slices, 4 devices",
    // Provisional boards; of some, memory, BAR1 and device ID are derived or unknown.
    "a100-sxm-64gb: NVIDIA A100-SXM-64GB, 0x20B310DE, 65536 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "h100-sxm5-64gb: NVIDIA H100 SXM5 64GB, 0x000010DE, 65536 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "h100-sxm5-94gb: NVIDIA H100, 0x233910DE, 95830 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h20-96gb: NVIDIA H20, 0x232910DE, 97871 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h20-3e-141gb: NVIDIA H20-3e, 0x232C10DE, 143771 MiB, BAR1 262144 MiB, 8 slices, 7 devices",
    "gh200-144gb: NVIDIA GH200 144G HBM3e, 0x234810DE, 147456 MiB, BAR1 0 MiB, 8 slices, 7 devices",
    "b200-180gb: NVIDIA B200, 0x290110DE, 183359 MiB, BAR1 262144 MiB, 8 slices, 7 devices",
    "gb200-186gb: NVIDIA GB200, 0x294110DE, 189471 MiB, BAR1 262144 MiB, 8 slices, 7 devices",
    "b300-269gb: NVIDIA B300 SXM6 AC, 0x318210DE, 275456 MiB, BAR1 524288 MiB, 8 slices, 7 devices",
    "gb300-252gb: NVIDIA GB300, 0x000010DE, 257024 MiB, BAR1 524288 MiB, 8 slices, 7 devices",
    "gb300-278gb: NVIDIA GB300, 0x31C210DE, 284208 MiB, BAR1 524288 MiB, 8 slices, 7 devices",
    // Aliases.
    "a100x: NVIDIA A100X, 0x20B810DE, 81920 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "a30x: NVIDIA A30X, 0x20B910DE, 24576 MiB, BAR1 32768 MiB, 4 slices, 4 devices",
    "a800-40gb-active: NVIDIA A800 40GB Active, 0x20F610DE, 40960 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "gh200-120gb: NVIDIA GH200 120GB, 0x234210DE, 97871 MiB, BAR1 0 MiB, 8 slices, 7 devices",
    "a100-pcie-40gb-20b1: NVIDIA A100-PCIE-40GB, 0x20B110DE, 40960 MiB, BAR1 65536 MiB, 8 slices, 7 devices",
    "h100-sxm5-80gb-2336: NVIDIA H100 80GB HBM3, 0x233610DE, 81559 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
    "h20-nvl16: NVIDIA H20 NVL16, 0x230E10DE, 97871 MiB, BAR1 131072 MiB, 8 slices, 7 devices",
];

#[test]
fn every_board_is_named_and_its_vendor_is_nvidia() {
    let mut heads: Vec<String> = boards().iter().map(|board| head(board)).collect();
    heads.sort();
    let mut expected = HEADS.to_vec();
    expected.sort_unstable();
    assert_eq!(heads, expected);
    for board in boards() {
        let capability = match board.architecture {
            Architecture::Ampere => (8, 0),
            Architecture::Hopper => (9, 0),
            Architecture::Blackwell if board.key.starts_with("rtx") => (12, 0),
            Architecture::Blackwell if board.key.contains("b300") => (10, 3),
            Architecture::Blackwell => (10, 0),
            other => panic!("{other:?} has no MIG"),
        };
        assert_eq!(board.compute_capability, capability, "{}", board.key);
        assert_eq!(board.pci_device_id & 0xFFFF, 0x10DE, "{}", board.key);
    }
}

/// What NVML says of a board as a whole, in a line.
fn head(board: &Board) -> String {
    format!(
        "{}: {}, 0x{:08X}, {} MiB, BAR1 {} MiB, {} slices, {} devices",
        board.key,
        board.name,
        board.pci_device_id,
        board.memory_mib,
        board.bar1_mib,
        board.memory_slices,
        board.max_mig_devices,
    )
}

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

#[test]
fn placements_ascend_and_lie_within_the_memory_slices() {
    for board in boards() {
        for profile in board.profiles {
            let place = format!("{} {}", board.key, profile.name);
            places_ascend_within(&place, profile.starts, profile.size, board.memory_slices);
        }
    }
}

fn places_ascend_within(place: &str, starts: &[u32], size: u32, slices: u32) {
    assert!(size > 0 && !starts.is_empty(), "{place}");
    assert!(starts.is_sorted_by(|a, b| a < b), "{place}: {starts:?}");
    assert!(
        starts.iter().all(|start| start + size <= slices),
        "{place}: {starts:?}:{size}"
    );
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

/// How many placements fit beside each other.
fn without_overlap(starts: &[u32], size: u32) -> u32 {
    let mut free = 0;
    let mut count = 0;
    for &start in starts {
        if start >= free {
            free = start + size;
            count += 1;
        }
    }
    count
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

fn engines(profile: &GpuInstanceProfile) -> [u32; 5] {
    let Engines {
        copy,
        decoder,
        encoder,
        jpeg,
        ofa,
        ..
    } = profile.engines;
    [copy, decoder, encoder, jpeg, ofa]
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

/// Whether compute instances stand at multiples of their size. `h100-pcie-80gb` is a Hopper without that, since its
/// double-memory 1g has no more SMs than a plain 1g.
fn aligns(board: &Board) -> bool {
    let pcie = matches!(board.key, "h100-pcie-80gb" | "h800-pcie-80gb");
    board.architecture != Architecture::Ampere && !pcie
}

/// Whether the double-memory 1g has more SMs than a plain 1g, which a compute instance profile of its own gives.
fn has_double_compute_profile(board: &Board) -> bool {
    aligns(board) && board.memory_slices == 8
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

/// Keys, and the memory of their profiles in the order of the list.
const MEMORY: &[(&str, &[u64])] = &[
    ("a30 a30x", &[5952, 5952, 11968, 11968, 24000]),
    (
        "a100-sxm4-40gb a100-pcie-40gb a800-sxm4-40gb a800-40gb-active a100-pcie-40gb-20b1",
        &[4864, 4864, 9984, 9984, 20096, 20096, 40320],
    ),
    (
        "a100-sxm4-80gb a100-80gb-pcie a800-sxm4-80gb a800-80gb-pcie a100x",
        &[9728, 9728, 19968, 19968, 40192, 40192, 80640],
    ),
    (
        "h100-sxm5-80gb h100-pcie-80gb h800-sxm5-80gb h800-pcie-80gb h100-sxm5-80gb-2336",
        &[9984, 9984, 20096, 20096, 40448, 40448, 81152],
    ),
    (
        "h100-nvl-94gb h800-nvl-94gb",
        &[11008, 11008, 22144, 22144, 47488, 47488, 95360],
    ),
    (
        "gh200-96gb gh200-120gb",
        &[11264, 11264, 23552, 23552, 47616, 47616, 95232],
    ),
    (
        "h200-141gb h200-nvl-141gb",
        &[16384, 16384, 33024, 33024, 71168, 71168, 143_104],
    ),
    (
        "rtx-pro-6000-bse rtx-pro-6000-workstation",
        &[
            24192, 24192, 24192, 24192, 24192, 48512, 48512, 48512, 48512, 97408, 97408,
        ],
    ),
    // The whole of a Max-Q was read with a little less.
    (
        "rtx-pro-6000-max-q",
        &[
            24192, 24192, 24192, 24192, 24192, 48512, 48512, 48512, 48512, 97280, 97280,
        ],
    ),
    // Provisional boards: derived unless it was read.
    (
        "b200-180gb",
        &[22528, 22528, 45312, 45312, 91392, 91392, 183_040],
    ),
    (
        "gb200-186gb",
        &[22528, 22528, 46592, 46592, 94464, 94464, 189_184],
    ),
    (
        "b300-269gb",
        &[34176, 34176, 68608, 68608, 137_472, 137_472, 275_200],
    ),
    (
        "gb300-278gb",
        &[35200, 35200, 70784, 70784, 141_824, 141_824, 283_904],
    ),
    (
        "gb300-252gb",
        &[31872, 31872, 64000, 64000, 128_256, 128_256, 256_768],
    ),
    (
        "gh200-144gb",
        &[17920, 17920, 36096, 36096, 73472, 73472, 147_200],
    ),
    (
        "h20-96gb h20-nvl16",
        &[11904, 11904, 24192, 24192, 48640, 48640, 97536],
    ),
    (
        "h20-3e-141gb",
        &[17664, 17664, 35584, 35584, 71552, 71552, 143_488],
    ),
    (
        "h100-sxm5-94gb",
        &[11648, 11648, 23680, 23680, 47616, 47616, 95488],
    ),
    (
        "h100-sxm5-64gb",
        &[7936, 7936, 16128, 16128, 32512, 32512, 65280],
    ),
    (
        "a100-sxm-64gb",
        &[7936, 7936, 16128, 16128, 32512, 32512, 65280],
    ),
];

#[test]
fn memory_of_profiles() {
    let mut seen = 0;
    for (keys, expected) in MEMORY {
        for key in keys.split(' ') {
            let memory = find(key)
                .unwrap()
                .profiles
                .iter()
                .map(|profile| profile.memory_mib);
            assert_eq!(memory.collect::<Vec<u64>>(), *expected, "{key}");
            seen += 1;
        }
    }
    assert_eq!(seen, boards().len());
}

#[test]
fn a_board_that_was_never_read_says_so() {
    for board in boards() {
        let china = board.key.starts_with("a800") || board.key.starts_with("h800");
        let twin = china || board.alias_of.is_some();
        let inferred = board.weak.iter().any(|weak| {
            weak.figure.starts_with("everything but key")
                && weak.source.starts_with("inferred from ")
        });
        assert_eq!(inferred, twin, "{}", board.key);
        assert!(
            board
                .weak
                .iter()
                .all(|weak| !weak.figure.is_empty() && !weak.source.is_empty())
        );
    }
}

#[test]
fn boards_are_found_by_key_only() {
    assert!(find("h100-sxm5").is_none());
    assert!(find("").is_none());
    assert_eq!(find("a30").unwrap().name, "NVIDIA A30");
}

#[test]
fn the_nearest_board_is_the_one_that_was_meant() {
    for (written, meant) in [
        ("h100", "h100-sxm5-80gb"),
        ("H100 SXM", "h100-sxm5-80gb"),
        ("h100-nvl", "h100-nvl-94gb"),
        ("A100_PCIE", "a100-pcie-40gb"),
        ("a100-80gb", "a100-80gb-pcie"),
        ("a100-sxm-80gb", "a100-sxm4-80gb"),
        ("h200", "h200-141gb"),
        ("gh200", "gh200-96gb"),
        ("a31", "a30"),
        ("a30-24gb", "a30"),
        ("rtx6000", "rtx-pro-6000-bse"),
        ("RTX Pro 6000 Max-Q", "rtx-pro-6000-max-q"),
    ] {
        assert_eq!(nearest(written), meant, "{written}");
    }
    for board in boards() {
        assert_eq!(nearest(board.key), board.key);
    }
}
