//! Names of profiles that are taken for another, and those that are not.

use nvml_mig::plan::PlanOptions;

use super::on;

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
