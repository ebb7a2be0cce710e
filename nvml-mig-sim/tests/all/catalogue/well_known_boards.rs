//! The well-known boards, figure by figure.

use nvml_mig_sim::catalogue::{GpuInstanceProfile, find};

use super::engines;

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
