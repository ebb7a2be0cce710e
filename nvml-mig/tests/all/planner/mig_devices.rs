//! Layouts of MIG devices, which share GPU instances.

use crate::support::after::after;
use crate::support::chain::chain;
use nvml_mig::plan::{PlanOptions, PresentGpuInstance};

use super::{answer, model};

/// The example of mig-parted's documentation: each of the two GPU instances has both (README of mig-parted, run side by side).
#[test]
fn mig_devices_share_gpu_instances_as_it_takes() {
    let plan = |layout: &str| {
        let model = model("a100-sxm4-40gb");
        let plan = model.plan(&[], &layout.parse().unwrap(), PlanOptions::default());
        let after = after(&plan.unwrap());
        model.layout_of(&after).to_string()
    };
    let both = "3g.20gb:0(2c:1,1c:0), 3g.20gb:4(2c:1,1c:0)";
    assert_eq!(
        plan("2*1c.3g.20gb, 2*2c.3g.20gb"),
        both.replace("2c:1,1c:0", "2c:0,1c:2")
    );
    // The first one is filled before the next.
    assert_eq!(
        plan("4*1c.3g.20gb"),
        "3g.20gb:0(1c:0,1c:1,1c:2), 3g.20gb:4(1c:0)"
    );
    // Beside a 4g there is room for one.
    assert_eq!(
        plan("4g.20gb, 1c.3g.20gb, 2c.3g.20gb"),
        "4g.20gb:0, 3g.20gb:4(2c:0,1c:2)"
    );
    assert_eq!(
        answer(&[], "4g.20gb, 2*2c.3g.20gb"),
        "the layout does not fit: 12 memory slices are needed on the GPU, and 8 are available; 4g.20gb, 3g.20gb(2c) would fit"
    );
    assert_eq!(
        answer(&[], "64*1c.3g.20gb"),
        "the layout does not fit: 22 GPU instances are needed on the GPU, and the maximum is 8"
    );
    assert_eq!(
        answer(&[], "3c.4g.20gb"),
        "a profile of the layout can't be used: 4g.20gb has no profile of 3 slices; it has 1c.4g.20gb (id 0), 2c.4g.20gb (id 1), 4g.20gb (id 3)"
    );
}

/// Of one slice in a 1g with double memory, and in a 2g, Hopper has two: by id 0 and by id 7.
#[test]
fn the_two_of_a_double_memory_1g_are_told_apart_and_those_of_a_2g_are_one() {
    let model = model("h100-sxm5-80gb");
    let plan = |present: &[PresentGpuInstance], layout: &str| {
        model.plan(present, &layout.parse().unwrap(), PlanOptions::default())
    };
    for (by_id, name, other) in [
        ("1g.20gb(0)", "1c.1g.20gb", "1g.20gb"),
        ("1g.20gb(7)", "1g.20gb", "1c.1g.20gb"),
    ] {
        let present = after(&plan(&[], by_id).unwrap());
        assert!(plan(&present, name).unwrap().changes_nothing());
        assert!(!plan(&present, other).unwrap().changes_nothing());
        assert_eq!(after(&plan(&[], name).unwrap()), present);
    }
    // Both slices of it are one compute slice: a second one has none (a 1g has one slice).
    assert_eq!(
        chain(&plan(&[], "1g.20gb(2*0)").unwrap_err()),
        "the layout does not fit: 2 compute slices are needed in the GPU instance 1g.20gb, and 1 are available"
    );
    assert_eq!(plan(&[], "2*1c.1g.20gb").unwrap().gpu_instances.len(), 2);
    for by_id in ["2g.20gb(0)", "2g.20gb(7)"] {
        let present = after(&plan(&[], by_id).unwrap());
        assert!(plan(&present, "1c.2g.20gb").unwrap().changes_nothing());
    }
    // On an A100 a 1g with double memory has one compute instance profile, which has id 0, and 7 can't be used in it.
    let a100 = super::model("a100-sxm4-40gb");
    let plan = |layout: &str| a100.plan(&[], &layout.parse().unwrap(), PlanOptions::default());
    assert_eq!(
        plan("1c.1g.10gb").unwrap().gpu_instances,
        plan("1g.10gb").unwrap().gpu_instances
    );
    assert!(plan("1g.10gb(7)").is_err());
}
