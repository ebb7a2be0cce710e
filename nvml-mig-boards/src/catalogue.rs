//! The boards that can be simulated, one file per family, with the figures that NVML reports for them.

mod a100;
mod a30;
mod a800;
mod alias;
mod b200;
mod b300;
mod board;
mod eight_slices;
mod evidence;
mod gh200;
mod h100;
mod h100_sxm5;
mod h20;
mod h200;
mod h800;
mod nearest;
mod provisional;
mod rows;
mod rtx_pro_6000;
mod vgpu;
mod without_mig;

pub use board::{Architecture, Board, ComputeInstanceProfile, Engines, GpuInstanceProfile, Weak};
pub use nearest::nearest;
pub(crate) use rows::{C1, C1_DOUBLE, C2, C3, C3_ALIGNED, C4, C7, C7_ALIGNED, ComputeShape};
pub use vgpu::{VgpuType, VgpuTypes, vgpu_hosts, vgpu_types};

/// Families from oldest to newest, then provisional boards, then aliases. If a name matches several boards equally well, `nearest` returns the first.
static BOARDS: &[&Board] = &[
    &a100::A100_SXM4_40GB,
    &a100::A100_PCIE_40GB,
    &a100::A100_SXM4_80GB,
    &a100::A100_80GB_PCIE,
    &a800::A800_SXM4_40GB,
    &a800::A800_SXM4_80GB,
    &a800::A800_80GB_PCIE,
    &a30::A30,
    &h100::H100_SXM5_80GB,
    &h100::H100_PCIE_80GB,
    &h100::H100_NVL_94GB,
    &h800::H800_SXM5_80GB,
    &h800::H800_PCIE_80GB,
    &h800::H800_NVL_94GB,
    &gh200::GH200_96GB,
    &h200::H200_141GB,
    &h200::H200_NVL_141GB,
    &rtx_pro_6000::SERVER,
    &rtx_pro_6000::WORKSTATION,
    &rtx_pro_6000::MAX_Q,
    &a100::A100_SXM_64GB,
    &h100_sxm5::H100_SXM5_64GB,
    &h100_sxm5::H100_SXM5_94GB,
    &h20::H20_96GB,
    &h20::H20_3E_141GB,
    &gh200::GH200_144GB,
    &b200::B200_180GB,
    &b200::GB200_186GB,
    &b300::B300_269GB,
    &b300::GB300_252GB,
    &b300::GB300_278GB,
    &alias::A100X,
    &alias::A30X,
    &alias::A800_40GB_ACTIVE,
    &alias::GH200_120GB,
    &alias::A100_PCIE_40GB_20B1,
    &alias::H100_SXM5_80GB_2336,
    &alias::H20_NVL16,
];

/// Boards without MIG.
static WITHOUT_MIG: &[&Board] = &[
    &without_mig::T4,
    &without_mig::L40S,
    &without_mig::DGX_DISPLAY,
];

/// Returns all boards with MIG that can be simulated, including [provisional](Board::provisional) ones.
#[must_use]
pub fn boards() -> &'static [&'static Board] {
    BOARDS
}

/// Returns the boards without MIG.
#[must_use]
pub fn boards_without_mig() -> &'static [&'static Board] {
    WITHOUT_MIG
}

fn all() -> impl Iterator<Item = &'static Board> {
    BOARDS.iter().chain(WITHOUT_MIG).copied()
}

/// Returns the board with this command-line key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Board> {
    all().find(|board| board.key == key)
}
