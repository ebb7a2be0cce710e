//! Plans, against brute force and against what is known of real GPUs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod brute_force;

use brute_force::random::{Chance, all_layouts};
use brute_force::{check, model_of};
use nvml_mig::{GpuModel, PlanOptions};
use nvml_mig_sim::catalogue;

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
