//! GPU instances made one after the other land where a real driver put them. The rows are real output of
//! `nvidia-smi mig -cgi` and `-lgi`, published for each kind of chip; all boards of a kind have the same profile ids.

use nvml_mig_sim::catalogue::boards;
use nvml_mig_sim::{GpuSpec, MissingSlot};

use super::nvml::{INSUFFICIENT_RESOURCES, Nvml};

/// Made: id and `start:size`. Refused: nothing.
type Made = Option<(u32, (u32, u32))>;

/// A kind of chip: its memory slices, and which slot is missing.
type Kind = (u32, MissingSlot);

const SEVEN: Kind = (8, MissingSlot::Seven);
const THREE: Kind = (8, MissingSlot::Three);
const A30: Kind = (4, MissingSlot::Seven);
const RTX_PRO_6000: Kind = (12, MissingSlot::Seven);

/// On every board of a kind.
fn check((memory_slices, slot): Kind, created: &[(u32, Made)]) {
    let boards = boards().iter();
    let boards = boards.filter(|board| board.memory_slices == memory_slices);
    for board in boards {
        let nvml = Nvml::of(GpuSpec::new(board.key).missing_slot(slot));
        for (step, &(profile_id, expected)) in created.iter().enumerate() {
            let made = nvml.create(profile_id).map(|instance| {
                let info = nvml.info(instance);
                assert_eq!(info.profileId, profile_id);
                (info.id, (info.placement.start, info.placement.size))
            });
            let expected = expected.ok_or(INSUFFICIENT_RESOURCES);
            let key = board.key;
            assert_eq!(made, expected, "{key}: step {step}, profile {profile_id}");
        }
    }
}

#[test]
fn seven_small_ones_on_a_chip_without_slot_7() {
    let made = [
        (13, (6, 1)),
        (11, (4, 1)),
        (12, (5, 1)),
        (7, (0, 1)),
        (8, (1, 1)),
        (9, (2, 1)),
        (10, (3, 1)),
    ];
    check(SEVEN, &made.map(|made| (19, Some(made))));
}

#[test]
fn seven_small_ones_on_a_chip_without_slot_3() {
    let made = [
        (9, (6, 1)),
        (7, (4, 1)),
        (8, (5, 1)),
        (11, (0, 1)),
        (12, (1, 1)),
        (13, (2, 1)),
        (14, (3, 1)),
    ];
    check(THREE, &made.map(|made| (19, Some(made))));
}

#[test]
fn a_quarter_then_small_ones() {
    let created = [
        (14, Some((5, (4, 2)))),
        (19, Some((13, (6, 1)))),
        (19, Some((7, (0, 1)))),
        (19, Some((8, (1, 1)))),
        (19, Some((9, (2, 1)))),
        (19, Some((10, (3, 1)))),
    ];
    check(SEVEN, &created);
}

#[test]
fn small_quarter_half() {
    let created = [
        (19, Some((13, (6, 1)))),
        (14, Some((5, (4, 2)))),
        (5, Some((1, (0, 4)))),
    ];
    check(SEVEN, &created);
}

#[test]
fn a_half_comes_too_late() {
    let created = [
        (19, Some((13, (6, 1)))),
        (19, Some((11, (4, 1)))),
        (14, Some((3, (0, 2)))),
        (9, None),
    ];
    check(SEVEN, &created);
}

#[test]
fn halves_on_a_chip_without_slot_7() {
    check(SEVEN, &[(9, Some((2, (4, 4)))), (9, Some((1, (0, 4))))]);
    check(SEVEN, &[(5, Some((1, (0, 4)))), (9, Some((2, (4, 4))))]);
    check(SEVEN, &[(9, Some((2, (4, 4)))), (14, Some((3, (0, 2))))]);
}

#[test]
fn halves_on_a_chip_without_slot_3() {
    check(THREE, &[(9, Some((1, (4, 4)))), (9, Some((2, (0, 4))))]);
    check(THREE, &[(9, Some((1, (4, 4)))), (5, Some((2, (0, 4))))]);
    let mixed = [
        (9, Some((1, (4, 4)))),
        (19, Some((11, (0, 1)))),
        (14, Some((6, (2, 2)))),
        (19, Some((12, (1, 1)))),
    ];
    check(THREE, &mixed);
}

#[test]
fn quarters_then_a_half_on_a30() {
    let created = [
        (14, Some((3, (0, 1)))),
        (14, Some((4, (1, 1)))),
        (5, Some((2, (2, 2)))),
    ];
    check(A30, &created);
}

#[test]
fn rtx_pro_6000_has_slots_of_three_memory_slices() {
    let quarters = [(3, (0, 3)), (4, (3, 3)), (5, (6, 3)), (6, (9, 3))];
    check(RTX_PRO_6000, &quarters.map(|made| (14, Some(made))));
    let mixed = [
        (5, Some((1, (0, 6)))),
        (14, Some((5, (6, 3)))),
        (14, Some((6, (9, 3)))),
    ];
    check(RTX_PRO_6000, &mixed);
    let graphics = [
        (21, Some((3, (0, 3)))),
        (35, Some((2, (6, 6)))),
        (47, Some((4, (3, 3)))),
    ];
    check(RTX_PRO_6000, &graphics);
}
