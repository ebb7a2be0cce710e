//! No plan is missed, and none is cheaper.

use crate::support::brute_force::random::{Chance, all_layouts};
use crate::support::brute_force::{check, model_of};
use nvml_mig::plan::PlanOptions;
use nvml_mig_sim::catalogue;

use super::model;

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
