//! Why a layout does not fit, and what would.

use crate::support::brute_force::check;
use nvml_mig::plan::PlanOptions;

use super::{answer, model, on, there};

#[test]
fn what_users_of_mig_parted_reported_has_an_answer() {
    // A 1g with double memory takes two memory slices.
    assert_eq!(
        answer(&[], "4*1g.10gb, 3*1g.5gb"),
        "the layout does not fit: 11 memory slices are needed on the GPU, and 8 are available; 3*1g.10gb, 2*1g.5gb would fit"
    );
    assert_eq!(
        on(
            "a100-sxm4-80gb",
            &[],
            "4*1g.10gb, 3*1g.5gb",
            PlanOptions::default()
        ),
        "a profile of the layout can't be used: this GPU has no profile '1g.5gb'; it has 1g.10gb (id 19), 1g.10gb+me (id 20), 1g.20gb (id 15), 2g.20gb (id 14), 3g.40gb (id 9), 4g.40gb (id 5), 7g.80gb (id 0); the nearest are 1g.10gb (id 19) and 1g.20gb (id 15)"
    );
    // 3g first at 0, as first fit would have it, leaves 4g no place.
    let (three, four) = (
        "create GPU instance 3g.20gb at 4:4",
        "create GPU instance 4g.20gb at 0:4",
    );
    let plan = answer(&[], "3g.20gb(), 4g.20gb()");
    assert_eq!(plan, format!("{three}\n{four}"));
    assert_eq!(
        answer(&[], "3g.20gb:0, 4g.20gb"),
        "the layout does not fit: 3g.20gb:0, 4g.20gb do not fit side by side on the GPU: 3g.20gb:0 fits only at 0:4; 4g.20gb fits only at 0:4; 4g.20gb would fit"
    );
    // In this order the driver refuses the last: it has put the first two at 6 and 4, and the third at 0.
    let plan = answer(&[], "19(),19(),14(),9()");
    assert!(
        plan.ends_with("create GPU instance 3g.20gb at 4:4"),
        "{plan}"
    );
    let mut present = there(
        &model("a100-sxm4-40gb"),
        "1g.5gb:6(), 1g.5gb:4(), 2g.10gb:0()",
    );
    let plan = answer(&present, "19(),19(),14(),9()");
    let expected = "destroy GPU instance 0\ndestroy GPU instance 1\ncreate GPU instance 1g.5gb at 2:1\n\
                    create GPU instance 1g.5gb at 3:1\ncreate GPU instance 3g.20gb at 4:4";
    assert_eq!(plan, expected);
    present[1].busy = true;
    assert_eq!(
        answer(&present, "19(),19(),14(),9()"),
        "the layout does not fit: GPU instance 1 (1g.5gb at 4:1, busy) would have to be destroyed"
    );
}

#[test]
fn a_layout_that_does_not_fit_is_told_why_and_what_would() {
    let rtx = |layout| on("rtx-pro-6000-bse", &[], layout, PlanOptions::default());
    let h100 = |layout| on("h100-sxm5-80gb", &[], layout, PlanOptions::default());
    let a100 = |layout| answer(&[], layout);
    let expected = [
        (
            a100("9*1g.5gb"),
            "9 GPU instances are needed on the GPU, and the maximum is 8",
        ),
        (
            a100("8*1g.5gb"),
            "8*1g.5gb do not fit side by side on the GPU: 1g.5gb fits only at 0:1, 1:1, 2:1, 3:1, 4:1, 5:1, 6:1; 7*1g.5gb would fit",
        ),
        (
            a100("4g.20gb, 2*2g.10gb"),
            "2*2g.10gb, 4g.20gb do not fit side by side on the GPU: 2g.10gb fits only at 0:2, 2:2, 4:2; 4g.20gb fits only at 0:4; 4g.20gb, 2g.10gb would fit",
        ),
        // The 1g is not to blame, and is not named.
        (
            a100("1g.5gb, 2*4g.20gb"),
            "9 memory slices are needed on the GPU, and 8 are available; 1g.5gb, 4g.20gb would fit",
        ),
        (
            a100("2*4g.20gb"),
            "2*4g.20gb do not fit side by side on the GPU: 4g.20gb fits only at 0:4; 4g.20gb would fit",
        ),
        (
            a100("3g.20gb:2"),
            "3g.20gb:2 is not a possible placement on the GPU: it fits only at 0:4, 4:4",
        ),
        // The whole GPU has one JPEG engine and one OFA (MIG user guide).
        (
            a100("2*1g.5gb+me, 2g.10gb"),
            "2*1g.5gb+me would need 2 JPEG engines, and the GPU has 1: only one of them can be on the GPU; 1g.5gb+me, 2g.10gb would fit",
        ),
        // +me.all takes every media engine: beside it only -me.
        (
            rtx("1g.24gb+me.all, 1g.24gb-me, 1g.24gb"),
            "1g.24gb+me.all, 1g.24gb would need 5 NVDEC engines, and the GPU has 4: only one of them can be on the GPU; 1g.24gb+me.all, 1g.24gb-me would fit",
        ),
        (
            a100("3g.20gb(2*2c)"),
            "4 compute slices are needed in the GPU instance 3g.20gb, and 3 are available",
        ),
        (
            a100("4g.20gb(9*1c)"),
            "9 compute instances are needed in the GPU instance 4g.20gb, and the maximum is 8",
        ),
        (
            a100("3g.20gb(3c:1)"),
            "3c:1 is not a possible placement in the GPU instance 3g.20gb: it fits only at 0:3",
        ),
        // From Hopper on, two slices stand at a multiple of two, and three take four.
        (
            h100("3g.40gb(1c:0,2c)"),
            "1c:0, 2c do not fit side by side in the GPU instance 3g.40gb: 1c:0 fits only at 0:1; 2c fits only at 0:2",
        ),
        (
            h100("7g.80gb(2*3c,1c)"),
            "9 compute slices are needed in the GPU instance 7g.80gb, and 8 are available",
        ),
    ];
    for (answer, expected) in expected {
        assert_eq!(answer, format!("the layout does not fit: {expected}"));
    }
    assert_eq!(
        answer(&[], "4g.20gb(3c)"),
        "a profile of the layout can't be used: 4g.20gb has no profile of 3 slices; it has 1c.4g.20gb (id 0), 2c.4g.20gb (id 1), 4g.20gb (id 3)"
    );
    for (fits, board) in [
        ("1g.24gb+me.all, 3*1g.24gb-me", "rtx-pro-6000-bse"),
        ("1g.24gb+gfx, 1g.24gb, 2g.48gb+gfx", "rtx-pro-6000-bse"),
        ("1g.5gb+me, 6*1g.5gb", "a100-sxm4-40gb"),
        ("4*1g.10gb", "a100-sxm4-40gb"),
        ("7g.40gb(2*3c,1c)", "a100-sxm4-40gb"),
        ("7g.80gb(2c,3c,2c)", "h100-sxm5-80gb"),
    ] {
        let layout = fits.parse().unwrap();
        assert!(
            check(&model(board), &[], &layout, PlanOptions::default()),
            "{fits}"
        );
    }
}
