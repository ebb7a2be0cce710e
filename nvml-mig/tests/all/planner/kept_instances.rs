//! What a plan keeps, what it may not destroy, and where it puts the rest.

use nvml_mig::plan::PlanOptions;

use super::{answer, model, on, there};

#[test]
fn only_compute_instances_go_where_the_gpu_instance_can_stay() {
    let mut present = there(&model("a100-sxm4-40gb"), "3g.20gb:4(1c:0,2c:1), 2g.10gb:0");
    assert_eq!(
        answer(&present, "2g.10gb, 3g.20gb(1c,1c)"),
        "destroy compute instance 1 of GPU instance 0\n\
         create compute instance 1c.3g.20gb at 1:1 in GPU instance 0"
    );
    present[0].instance.compute_instances[1].busy = true;
    assert_eq!(
        answer(&present, "2g.10gb, 3g.20gb(1c,1c)"),
        "the layout does not fit: compute instance 1 of GPU instance 0 (3g.20gb at 4:4, busy) would have to be destroyed"
    );
    assert_eq!(
        answer(&present, "3g.20gb(2c)"),
        "destroy compute instance 0 of GPU instance 0\ndestroy compute instance 0 of GPU instance 1\n\
         destroy GPU instance 1"
    );
}

#[test]
fn what_must_stay_is_named_with_the_reason() {
    let mut present = there(&model("a100-sxm4-40gb"), "3g.20gb:4, 2g.10gb:0");
    present[0].busy = true;
    present[1].pinned = true;
    let plan = |options| on("a100-sxm4-40gb", &present, "7g.40gb", options);
    let expected = "the layout does not fit: GPU instance 0 (3g.20gb at 4:4, busy) and \
                    GPU instance 1 (2g.10gb at 0:2, pinned) would have to be destroyed";
    assert_eq!(plan(PlanOptions::default()), expected);
    let expected = "the layout does not fit: GPU instance 1 (2g.10gb at 0:2, pinned) would have to be destroyed";
    assert_eq!(
        plan(PlanOptions::default().with_destroy_busy(true)),
        expected
    );
    assert_eq!(
        answer(&present, "3g.20gb, 2g.10gb(1c)"),
        "the layout does not fit: compute instance 0 of GPU instance 1 (2g.10gb at 0:2, pinned) would have to be destroyed"
    );
    present[0].busy = false;
    let no = PlanOptions::default().with_destroy_idle(false);
    assert_eq!(
        on("a100-sxm4-40gb", &present, "2g.10gb", no),
        "the layout does not fit: GPU instance 0 (3g.20gb at 4:4, not to be destroyed) would have to be destroyed"
    );
    assert_eq!(
        on("a100-sxm4-40gb", &present, "3g.20gb, 2g.10gb, 1g.5gb()", no),
        "create GPU instance 1g.5gb at 2:1"
    );
}

/// A driver puts the first 1g at 6 for the same reason: it leaves the most places free.
#[test]
fn of_equal_plans_the_one_that_leaves_the_most_room_is_taken() {
    assert_eq!(answer(&[], "1g.5gb()"), "create GPU instance 1g.5gb at 6:1");
    assert_eq!(
        answer(&[], "2g.10gb()"),
        "create GPU instance 2g.10gb at 4:2"
    );
    assert_eq!(
        answer(&[], "3g.20gb()"),
        "create GPU instance 3g.20gb at 4:4"
    );
}
