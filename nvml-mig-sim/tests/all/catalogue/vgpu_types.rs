//! The vGPU types of the boards that can be vGPU hosts, against the tables that their sources print.

use nvml_mig_sim::catalogue::{self, VgpuType, vgpu_hosts, vgpu_types};

/// Number, name, GiB, GPU instance profile and maximum.
type Row = (u32, &'static str, u64, Option<&'static str>, u32);

/// The table of this A100 in the guide of NVIDIA; the numbers are those that a tool for partitions lists on this board.
const A100: &[Row] = &[
    (468, "A100-4C", 4, None, 10),
    (469, "A100-5C", 5, None, 8),
    (470, "A100-8C", 8, None, 5),
    (471, "A100-10C", 10, None, 4),
    (472, "A100-20C", 20, None, 2),
    (473, "A100-40C", 40, None, 1),
    (474, "A100-1-5C", 5, Some("MIG 1g.5gb"), 1),
    (475, "A100-2-10C", 10, Some("MIG 2g.10gb"), 1),
    (476, "A100-3-20C", 20, Some("MIG 3g.20gb"), 1),
    (477, "A100-4-20C", 20, Some("MIG 4g.20gb"), 1),
    (478, "A100-7-40C", 40, Some("MIG 7g.40gb"), 1),
    (706, "A100-1-5CME", 5, Some("MIG 1g.5gb+me"), 1),
];

/// NVIDIA's table of the RTX PRO 6000 Server Edition, as far as numbers are public.
const RTX_PRO_6000: &[Row] = &[
    (1534, "DC-24Q", 24, None, 4),
    (1546, "DC-1-2Q", 2, Some("MIG 1g.24gb+gfx"), 12),
    (1558, "DC-1-12Q", 12, Some("MIG 1g.24gb+gfx"), 2),
    (1560, "DC-1-12C", 12, Some("MIG 1g.24gb+gfx"), 2),
    (1561, "DC-1-24Q", 24, Some("MIG 1g.24gb+gfx"), 1),
    (1563, "DC-1-24C", 24, Some("MIG 1g.24gb+gfx"), 1),
    (1570, "DC-2-24Q", 24, Some("MIG 2g.48gb+gfx"), 2),
    (1576, "DC-4-24Q", 24, Some("MIG 4g.96gb+gfx"), 4),
    (1585, "DC-4-96Q", 96, Some("MIG 4g.96gb+gfx"), 1),
];

#[test]
fn the_types_are_those_of_the_tables() {
    let boards: Vec<&str> = vgpu_hosts().iter().map(|types| types.board).collect();
    assert_eq!(boards, ["a100-pcie-40gb", "rtx-pro-6000-bse"]);
    for (key, expected, shares) in [(boards[0], A100, false), (boards[1], RTX_PRO_6000, true)] {
        let (board, known) = (catalogue::find(key).unwrap(), vgpu_types(key).unwrap());
        let name = |id| board.profiles.iter().find(|one| one.id == id).unwrap().name;
        let row = |one: &VgpuType| {
            let profile = one.gpu_instance_profile.map(name);
            let gib = one.memory_mib / 1024;
            (one.number, one.name, gib, profile, one.instances)
        };
        assert_eq!(known.types.iter().map(row).collect::<Vec<_>>(), expected);
        assert_eq!(known.shares_gpu_instances, shares, "{key}");
        assert!(known.sources.iter().all(|weak| !weak.source.is_empty()));
    }
    assert_eq!(vgpu_types("a30"), None);
}
