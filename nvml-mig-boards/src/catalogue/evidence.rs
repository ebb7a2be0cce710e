//! Sources of figures that were not read off real output, for boards that share them. Profiles are identified by their
//! NVML constant, since their names differ between boards.

use super::Weak;

pub(super) const BAR1: Weak = Weak {
    figure: "bar1_mib",
    source: "derived: the memory rounded up to a power of two, as on the boards where it was read",
};

/// The simulator is about MIG, so for a board without MIG only the lack of MIG matters.
pub(super) const NO_MIG: Weak = Weak {
    figure: "everything but the lack of MIG",
    source: "public nvidia-smi output, not compared with hardware here",
};

/// Boards with the same chip and memory for which only one table was recorded.
pub(super) const SIBLING: Weak = Weak {
    figure: "everything but key, name and pci_device_id",
    source: "one table was recorded for this board and the family's first board with the same memory",
};

pub(super) const COMPUTE_PLACEMENTS: Weak = Weak {
    figure: "compute instance profiles: placements",
    source: "nvidia_driver_source",
};

pub(super) const A100_COMPUTE_REV: Weak = Weak {
    figure: "compute instance profiles of 1_SLICE_REV1, 1_SLICE_REV2: name, id, instances, multiprocessors",
    source: "inferred",
};

pub(super) const A100_40GB_COMPUTE_7: Weak = Weak {
    figure: "compute instance profiles of 7_SLICE: instances; all but 4_SLICE: name, multiprocessors",
    source: "nvidia_docs",
};

pub(super) const A100_80GB_COMPUTE_7: Weak = Weak {
    figure: "compute instance profiles of 7_SLICE: instances; all but 1_SLICE: name, multiprocessors",
    source: "nvidia_docs",
};

pub(super) const HOPPER_COMPUTE_1: Weak = Weak {
    figure: "compute instance profiles of 1_SLICE, 1_SLICE_REV1: name, instances, multiprocessors",
    source: "inferred",
};

pub(super) const HOPPER_COMPUTE_REV2: Weak = Weak {
    figure: "compute instance profile 1_SLICE_REV1 of 1_SLICE_REV2: instances",
    source: "inferred",
};

pub(super) const HOPPER_COMPUTE_REV2_SINGLE: Weak = Weak {
    figure: "compute instance profile 1_SLICE of 1_SLICE_REV2: all but that it exists",
    source: "inferred: name, id and SMs as read on a B300; both starts are possible, but two would have more slices \
             and SMs than the GPU instance",
};

pub(super) const HOPPER_COMPUTE: Weak = Weak {
    figure: "compute instance profiles of 2_SLICE, 3_SLICE, 4_SLICE, 7_SLICE: name, id, instances, multiprocessors",
    source: "inferred",
};

pub(super) const HOPPER_PLACEMENTS: Weak = Weak {
    figure: "compute instance profiles: placements, except 1_SLICE_REV1 of 1_SLICE_REV2",
    source: "nvidia_driver_source; 3_SLICE of 3_SLICE was seen at 0:4 on an H100 80GB HBM3",
};

pub(super) const HOPPER_DOUBLE: Weak = Weak {
    figure: "compute instance profile 1_SLICE_REV1 of 3_SLICE, 4_SLICE, 7_SLICE: left out",
    source: "2_SLICE has it, but its count and placements here are unknown",
};
