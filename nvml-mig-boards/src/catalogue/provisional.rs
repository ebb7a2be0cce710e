//! Provisional boards: names, IDs, counts and placements of their profiles are known, other figures are derived.
//!
//! Figures that were not read off a board are derived by these rules:
//!
//! - SMs: the slices of a profile times the SMs of 1g. If unknown, 1g and the double-memory 1g have those of the nearest
//!   board. 4g and 7g have at least those of all instances of one smaller profile that fit in them.
//! - Engines: those of the nearest board of the same family.
//! - Memory of the GPU: that of a board with the same profile names, else the gigabytes in the name of 7g.
//! - Memory of a profile: its eighths of the GPU's memory less the reserve of a small A100 instance.

use super::eight_slices::{FOUR, ONE, ONE_DOUBLE, ONE_MEDIA, SEVEN, THREE, TWO};
use super::rows::{C1, C1_DOUBLE, C2, C3_ALIGNED, C4, C7_ALIGNED};
use super::{ComputeInstanceProfile, GpuInstanceProfile, Weak};

/// Memory in MiB by which an instance falls short of its eighths. On boards with known figures it is between 192 and
/// 2919.
const RESERVE_MIB: u64 = 256;
/// The memory of every profile that was read is a multiple of this (A30: 64).
const GRANULE_MIB: u64 = 128;

/// Figures of a provisional board with eight memory slices and aligned compute instances.
pub(super) struct Figures {
    /// Memory in MiB of one, two, four and eight memory slices.
    pub(super) memory_mib: [u64; 4],
    /// SMs of 1g, the double-memory 1g, 2g, 3g, 4g and 7g.
    pub(super) multiprocessors: [u32; 6],
    /// Copy, decoder, encoder, JPEG and OFA engines of each profile, in the order of the list.
    pub(super) engines: [[u32; 5]; 7],
}

/// Returns the memory in MiB of a profile with this many eighths of the GPU's memory.
pub(super) const fn share(total_mib: u64, eighths: u64) -> u64 {
    (total_mib * eighths / 8 - RESERVE_MIB) / GRANULE_MIB * GRANULE_MIB
}

/// Returns the memory in MiB of one, two, four and eight memory slices.
pub(super) const fn shares(total_mib: u64) -> [u64; 4] {
    [
        share(total_mib, 1),
        share(total_mib, 2),
        share(total_mib, 4),
        share(total_mib, 8),
    ]
}

/// Returns the SMs of all profiles, given those of 1g and of the double-memory 1g.
pub(super) const fn multiples(one: u32, double: u32) -> [u32; 6] {
    [one, double, 2 * one, 3 * one, 4 * one, 7 * one]
}

/// Names of the GPU instance profiles, and of the compute instance profiles inside the larger ones.
pub(super) struct Names {
    pub(super) one: &'static str,
    pub(super) media: &'static str,
    /// The double-memory 1g, and one slice of it.
    pub(super) double: [&'static str; 2],
    /// 2g, and one slice of it.
    pub(super) two: [&'static str; 2],
    /// 3g, and one and two slices of it.
    pub(super) three: [&'static str; 3],
    /// 4g, and one and two slices of it.
    pub(super) four: [&'static str; 3],
    /// 7g, and one, two, three and four slices of it.
    pub(super) seven: [&'static str; 5],
}

/// The names of a board whose memory slices have these gigabytes: one, two, four and eight of them.
macro_rules! names {
    ($one:literal, $two:literal, $four:literal, $eight:literal) => {
        $crate::catalogue::provisional::Names {
            one: concat!("MIG 1g.", $one, "gb"),
            media: concat!("MIG 1g.", $one, "gb+me"),
            double: [
                concat!("MIG 1g.", $two, "gb"),
                concat!("MIG 1c.1g.", $two, "gb"),
            ],
            two: [
                concat!("MIG 2g.", $two, "gb"),
                concat!("MIG 1c.2g.", $two, "gb"),
            ],
            three: [
                concat!("MIG 3g.", $four, "gb"),
                concat!("MIG 1c.3g.", $four, "gb"),
                concat!("MIG 2c.3g.", $four, "gb"),
            ],
            four: [
                concat!("MIG 4g.", $four, "gb"),
                concat!("MIG 1c.4g.", $four, "gb"),
                concat!("MIG 2c.4g.", $four, "gb"),
            ],
            seven: [
                concat!("MIG 7g.", $eight, "gb"),
                concat!("MIG 1c.7g.", $eight, "gb"),
                concat!("MIG 2c.7g.", $eight, "gb"),
                concat!("MIG 3c.7g.", $eight, "gb"),
                concat!("MIG 4c.7g.", $eight, "gb"),
            ],
        }
    };
}
pub(super) use names;

/// Compute instance profiles of each GPU instance profile.
pub(super) struct Compute {
    one: [ComputeInstanceProfile; 1],
    media: [ComputeInstanceProfile; 1],
    double: [ComputeInstanceProfile; 2],
    two: [ComputeInstanceProfile; 3],
    three: [ComputeInstanceProfile; 3],
    four: [ComputeInstanceProfile; 3],
    seven: [ComputeInstanceProfile; 5],
}

impl Compute {
    /// Creates the profiles as on an H100 SXM.
    pub(super) const fn new(names: &Names, figures: &Figures) -> Self {
        let [one, double, two, three, four, seven] = figures.multiprocessors;
        Self {
            one: [C1.row(names.one, one, 1, &[0])],
            media: [C1.row(names.media, one, 1, &[0])],
            double: [
                C1.row(names.double[1], one, 1, &[0, 1]),
                C1_DOUBLE.row(names.double[0], double, 1, &[0]),
            ],
            two: [
                C1.row(names.two[1], one, 2, &[0, 1]),
                C2.row(names.two[0], two, 1, &[0]),
                C1_DOUBLE.row(names.two[1], double, 1, &[0]),
            ],
            three: [
                C1.row(names.three[1], one, 3, &[0, 1, 2]),
                C2.row(names.three[2], two, 1, &[0]),
                C3_ALIGNED.row(names.three[0], three, 1, &[0]),
            ],
            four: [
                C1.row(names.four[1], one, 4, &[0, 1, 2, 3]),
                C2.row(names.four[2], two, 2, &[0, 2]),
                C4.row(names.four[0], four, 1, &[0]),
            ],
            seven: [
                C1.row(names.seven[1], one, 7, &[0, 1, 2, 3, 4, 5, 6]),
                C2.row(names.seven[2], two, 3, &[0, 2, 4]),
                C3_ALIGNED.row(names.seven[3], three, 2, &[0, 4]),
                C4.row(names.seven[4], four, 1, &[0]),
                C7_ALIGNED.row(names.seven[0], seven, 1, &[0]),
            ],
        }
    }
}

/// Returns the GPU instance profiles.
pub(super) const fn profiles(
    names: &Names,
    figures: &Figures,
    compute: &'static Compute,
) -> [GpuInstanceProfile; 7] {
    let [one, double, two, three, four, seven] = figures.multiprocessors;
    let [eighth, quarter, half, whole] = figures.memory_mib;
    let e = figures.engines;
    [
        ONE.row(names.one, eighth, one, e[0], &compute.one),
        ONE_MEDIA.row(names.media, eighth, one, e[1], &compute.media),
        ONE_DOUBLE.row(names.double[0], quarter, double, e[2], &compute.double),
        TWO.row(names.two[0], quarter, two, e[3], &compute.two),
        THREE.row(names.three[0], half, three, e[4], &compute.three),
        FOUR.row(names.four[0], half, four, e[5], &compute.four),
        SEVEN.row(names.seven[0], whole, seven, e[6], &compute.seven),
    ]
}

/// The table of a board, from its [`Names`] and [`Figures`].
macro_rules! table {
    ($names:expr, $figures:expr) => {{
        use $crate::catalogue::provisional::{Compute, Figures, Names, profiles};
        const NAMES: Names = $names;
        const FIGURES: Figures = $figures;
        static COMPUTE: Compute = Compute::new(&NAMES, &FIGURES);
        static PROFILES: [$crate::catalogue::GpuInstanceProfile; 7] =
            profiles(&NAMES, &FIGURES, &COMPUTE);
        &PROFILES
    }};
}
pub(super) use table;

/// Engines as on an H100.
pub(super) const HOPPER_ENGINES: [[u32; 5]; 7] = [
    [1, 1, 0, 1, 0],
    [1, 1, 0, 1, 1],
    [1, 1, 0, 1, 0],
    [2, 2, 0, 2, 0],
    [3, 3, 0, 3, 0],
    [4, 4, 0, 4, 0],
    [8, 7, 0, 7, 1],
];

pub(super) const MEMORY: Weak = Weak {
    figure: "profiles: memory_mib",
    source: "derived: eighths of the GPU's memory less 256 MiB, in steps of 128 MiB",
};

pub(super) const LARGE_MEMORY: Weak = Weak {
    figure: "3_SLICE, 4_SLICE, 7_SLICE: memory_mib",
    source: "derived: eighths of the GPU's memory less 256 MiB, in steps of 128 MiB",
};

pub(super) const TOTAL: Weak = Weak {
    figure: "memory_mib",
    source: "derived: the gigabytes in the name of 7_SLICE, which are rounded up",
};

pub(super) const LARGE_SMS: Weak = Weak {
    figure: "3_SLICE, 4_SLICE, 7_SLICE: multiprocessors",
    source: "derived: slices times the SMs of 1_SLICE",
};

pub(super) const HOPPER_SMS: Weak = Weak {
    figure: "profiles: multiprocessors",
    source: "derived: slices times the SMs of 1_SLICE; 1_SLICE and 1_SLICE_REV2 as on h100-sxm5-80gb",
};

pub(super) const ENGINES: Weak = Weak {
    figure: "profiles: engines",
    source: "derived: as on h100-sxm5-80gb",
};

pub(super) const VGPU_NAMES: Weak = Weak {
    figure: "profiles: name",
    source: "nvidia_driver_vgpu_names",
};

pub(super) const VGPU_DOCS: Weak = Weak {
    figure: "profiles: name",
    source: "nvidia_vgpu_docs",
};

pub(super) const SHAPES: Weak = Weak {
    figure: "profiles: id, instances, placements",
    source: "nvidia_driver_source",
};

pub(super) const P2P: Weak = Weak {
    figure: "profiles: p2p",
    source: "inferred",
};

pub(super) const COMPUTE: Weak = Weak {
    figure: "compute instance profiles",
    source: "inferred: as on h100-sxm5-80gb, with the SMs of this board",
};

pub(super) const NO_PCI_ID: Weak = Weak {
    figure: "pci_device_id",
    source: "unknown: 0 stands for the device ID",
};
