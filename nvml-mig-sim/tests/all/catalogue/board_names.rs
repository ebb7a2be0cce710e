//! What NVML says of each board as a whole, and which of it was never read.

use nvml_mig_sim::catalogue::{Architecture, Board, boards};

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
