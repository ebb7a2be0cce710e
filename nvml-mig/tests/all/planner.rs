//! Plans, against brute force and against what is known of real GPUs.

use crate::support::after::after;
use crate::support::brute_force::random::{Chance, all_layouts};
use crate::support::brute_force::{check, model_of};
use crate::support::chain::chain;
use nvml_mig::Layout;
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig_sim::catalogue;

use crate::support::machine::Machine;

fn model(board: &str) -> GpuModel {
    model_of(catalogue::find(board).unwrap())
}

/// One board of each geometry; `.ci/planner` does the same for every board and every multiset.
const GEOMETRIES: [&str; 4] = [
    "a30",
    "a100-sxm4-40gb",
    "h100-sxm5-80gb",
    "rtx-pro-6000-bse",
];

#[test]
fn an_empty_gpu_gets_a_layout_exactly_when_it_fits() {
    for board in GEOMETRIES {
        let model = model(board);
        let (mut tried, mut fitting) = (0, 0);
        for layout in all_layouts(&model).iter().step_by(17) {
            fitting += usize::from(check(&model, &[], layout, PlanOptions::default()));
            tried += 1;
        }
        println!("{board}: {fitting} of {tried} fit");
        assert!(0 < fitting && fitting < tried);
    }
}

#[test]
fn no_plan_is_missed_and_none_is_cheaper() {
    for board in GEOMETRIES {
        let (model, mut chance) = (model(board), Chance::new(5));
        let mut found = 0;
        for _ in 0..250 {
            let present = chance.present(&model);
            let layout = chance.layout(&model, &present);
            found += usize::from(check(&model, &present, &layout, chance.options()));
        }
        println!("{board}: {found} plans of 250");
        assert!((50..200).contains(&found), "{found}");
    }
}

/// MIG devices can be put into GPU instances in so many ways that brute force takes no more.
const MOST_PARTS: usize = 8;

#[test]
fn no_grouping_of_mig_devices_is_missed_and_none_is_cheaper() {
    let (mut found, mut shared, mut tried) = (0, 0, 0);
    for (seed, board) in (1..).zip(catalogue::boards()) {
        let (model, mut chance) = (model_of(board), Chance::new(seed));
        for _ in 0..50 {
            let present = chance.present(&model);
            let layout = chance.mig_devices(&model, &present);
            let parts = layout.mig_devices().len();
            if parts <= MOST_PARTS {
                let fits = check(&model, &present, &layout, chance.options());
                tried += 1;
                found += usize::from(fits);
                shared += usize::from(fits && parts > 1);
            }
        }
    }
    println!("{found} plans of {tried}, {shared} with several parts");
    assert!(tried / 5 < found && found < tried && tried / 20 < shared);
}

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
    let a100 = super::planner::model("a100-sxm4-40gb");
    let plan = |layout: &str| a100.plan(&[], &layout.parse().unwrap(), PlanOptions::default());
    assert_eq!(
        plan("1c.1g.10gb").unwrap().gpu_instances,
        plan("1g.10gb").unwrap().gpu_instances
    );
    assert!(plan("1g.10gb(7)").is_err());
}

/// A name that the driver of this GPU rounds differently is taken, and the plan says so; another board's is not.
#[test]
fn a_name_that_is_taken_for_another_is_part_of_the_plan() {
    let plan = |layout: &str| on("a100-sxm4-80gb", &[], layout, PlanOptions::default());
    assert_eq!(
        plan("3g.39gb(), 3g.39gb()").lines().collect::<Vec<_>>(),
        [
            "3g.39gb is taken as 3g.40gb",
            "create GPU instance 3g.40gb at 0:4",
            "create GPU instance 3g.40gb at 4:4",
        ]
    );
    assert!(plan("1c.3g.39gb").starts_with("1c.3g.39gb is taken as 1c.3g.40gb\n"));
    let refused = |board: &str, name: &str, nearest: &str| {
        let answer = on(board, &[], name, PlanOptions::default());
        assert!(
            answer.contains(&format!("has no profile '{name}'; it has ")),
            "{answer}"
        );
        assert!(answer.ends_with(nearest), "{answer}");
    };
    // 18 GB are a slice of an H200, and 20 GB two slices of an A100.
    refused(
        "a100-sxm4-80gb",
        "1g.18gb",
        "the nearest are 1g.20gb (id 15) and 1g.10gb (id 19)",
    );
    // The 35 GB of an H200 have the memory of two slices, the 34 GB of a B300 that of one.
    refused(
        "b300-269gb",
        "1g.35gb",
        "the nearest are 1g.34gb (id 19) and 1g.67gb (id 15)",
    );
    // Halves of different boards.
    for (board, name, nearest) in [
        ("h100-nvl-94gb", "3g.48gb", "the nearest is 3g.47gb (id 9)"),
        ("gh200-96gb", "3g.47gb", "the nearest is 3g.48gb (id 9)"),
        ("h20-96gb", "4g.47gb", "the nearest is 4g.48gb (id 5)"),
        ("h200-141gb", "3g.72gb", "the nearest is 3g.71gb (id 9)"),
        ("gh200-144gb", "3g.71gb", "the nearest is 3g.72gb (id 9)"),
        ("b200-180gb", "3g.93gb", "the nearest is 3g.90gb (id 9)"),
        ("gb200-186gb", "4g.90gb", "the nearest is 4g.93gb (id 5)"),
    ] {
        refused(board, name, nearest);
    }
}

/// What is there on a GPU that got this layout when it was empty.
fn there(model: &GpuModel, layout: &str) -> Vec<PresentGpuInstance> {
    let layout = layout.parse().unwrap();
    after(&model.plan(&[], &layout, PlanOptions::default()).unwrap())
}

/// The same wherever it fits.
fn anywhere(layout: &str) -> String {
    let entries = layout
        .split(", ")
        .map(|entry| entry.split(':').next().unwrap());
    entries.collect::<Vec<_>>().join(", ")
}

#[test]
fn the_user_guides_layouts_are_reached_from_each_other() {
    for board in ["a100-sxm4-40gb", "h100-sxm5-80gb", "a30"] {
        let layouts = crate::support::user_guide::layouts(board);
        assert_eq!(layouts.len(), if board == "a30" { 5 } else { 19 });
        let model = model(board);
        for from in &layouts {
            let present = there(&model, from);
            assert_eq!(model.layout_of(&present), from.parse().unwrap());
            for to in &layouts {
                for to in [to.clone(), anywhere(to)] {
                    let to: Layout = to.parse().unwrap();
                    assert!(
                        check(&model, &present, &to, PlanOptions::default()),
                        "{from} to {to}"
                    );
                }
            }
            let same = from.parse().unwrap();
            assert!(
                model
                    .plan(&present, &same, PlanOptions::default())
                    .unwrap()
                    .changes_nothing()
            );
        }
    }
}

/// Plans on an A100 of 40 GB, and gives what is planned, or the reason why not.
fn answer(present: &[PresentGpuInstance], layout: &str) -> String {
    on("a100-sxm4-40gb", present, layout, PlanOptions::default())
}

fn on(board: &str, present: &[PresentGpuInstance], layout: &str, options: PlanOptions) -> String {
    match model(board).plan(present, &layout.parse().unwrap(), options) {
        Ok(plan) => plan.to_string(),
        Err(error) => chain(&error),
    }
}

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

/// The judge of places is the driver, which knows nothing of the planner.
#[test]
fn the_driver_takes_what_is_planned() {
    let machine = Machine::with("a100-sxm4-40gb");
    let model = GpuModel::read(&machine.device).unwrap();
    for layout in &crate::support::user_guide::layouts("a100-sxm4-40gb") {
        let layout = anywhere(layout).parse().unwrap();
        let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
        for planned in &plan.gpu_instances {
            let device = &machine.device;
            let whole = device
                .create_gpu_instance_at(planned.profile, planned.placement)
                .unwrap();
            for part in &planned.compute_instances {
                let _ = whole
                    .create_compute_instance_at(part.profile, part.placement)
                    .unwrap();
            }
        }
        let there = PresentGpuInstance::read_all(&machine.device).unwrap();
        assert!(
            model
                .plan(&there, &layout, PlanOptions::default())
                .unwrap()
                .changes_nothing()
        );
        for whole in machine.device.gpu_instances().unwrap() {
            whole.destroy_with_compute_instances().unwrap();
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn everything_that_is_data_comes_back_from_json() {
    fn assert_returns<T>(value: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + core::fmt::Debug,
    {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    }
    let model = model("a100-sxm4-40gb");
    let present = there(&model, "3g.20gb:4(1c,2c), 1g.5gb:0");
    assert_returns(&model);
    assert_returns(&present);
    assert_returns(&PlanOptions::default());
    assert_returns(&model.fit(&present, PlanOptions::default()));
    let layout = "4g.20gb, 3g.20gb(3*1c)".parse().unwrap();
    let plan = model
        .plan(&present, &layout, PlanOptions::default())
        .unwrap();
    assert_returns(&plan);
    assert!(
        serde_json::to_string(&plan)
            .unwrap()
            .contains(r#"{"destroy_compute_instance":{"#)
    );
    for layout in [
        "9*1g.5gb",
        "2*1g.5gb+me",
        "4*3g.20gb",
        "8*1g.5gb",
        "3g.20gb:1",
        "3g.20gb(2*2c)",
    ] {
        match model.plan(&present, &layout.parse().unwrap(), PlanOptions::default()) {
            Err(nvml_mig::plan::PlanError::DoesNotFit(reason)) => assert_returns(&*reason),
            other => panic!("{layout}: {other:?}"),
        }
    }
}
