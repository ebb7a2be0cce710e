//! Boards are found by their key, and a mistyped one leads to the nearest.

use nvml_mig_sim::catalogue::{boards, find, nearest};

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
