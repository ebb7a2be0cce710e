//! What still fits.

use crate::support::after::after;
use crate::support::brute_force::random::Chance;
use crate::support::brute_force::{model_of, rooms};
use crate::support::machine::Machine;
use nvml_mig::Layout;
use nvml_mig::plan::{Fit, GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig_sim::catalogue;

fn fit(machine: &Machine) -> Fit {
    let model = GpuModel::read(&machine.device).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    model.fit(&present, PlanOptions::default())
}

fn counts(fit: &Fit) -> Vec<(u32, u32)> {
    let counts = fit
        .profiles
        .iter()
        .map(|profile| (profile.id.number(), profile.count));
    counts.collect()
}

/// The "Free" column of `nvidia-smi mig -lgip` on an A100-SXM4-40GB, read off a real one.
#[test]
fn it_counts_as_the_driver_does() {
    let machine = Machine::with("a100-sxm4-40gb");
    let expected = |free: [u32; 7]| {
        let mut expected: Vec<(u32, u32)> =
            [19, 20, 15, 14, 9, 5, 0].into_iter().zip(free).collect();
        expected.sort_unstable();
        expected
    };
    let free = || {
        let mut free = counts(&fit(&machine));
        free.sort_unstable();
        free
    };
    assert_eq!(free(), expected([7, 1, 4, 3, 2, 1, 1]));
    let _four = machine.create(5).unwrap();
    assert_eq!(free(), expected([3, 1, 2, 1, 1, 0, 0]));
    let _two = machine.create(14).unwrap();
    assert_eq!(free(), expected([1, 1, 1, 0, 0, 0, 0]));
    let _one = machine.create(19).unwrap();
    assert_eq!(free(), expected([0; 7]));
    assert_eq!(fit(&machine).largest, None);
}

#[test]
fn it_says_where_and_what_is_largest() {
    let machine = Machine::with("a100-sxm4-40gb");
    let _four = machine.create(5).unwrap();
    let fit = fit(&machine);
    let places = |name: &str| {
        let profile = fit
            .profiles
            .iter()
            .find(|profile| profile.name == name)
            .unwrap();
        let places = profile.placements.iter().map(ToString::to_string);
        places.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(places("1g.5gb"), "4:1 5:1 6:1");
    assert_eq!(places("1g.10gb"), "4:2 6:2");
    assert_eq!(places("3g.20gb"), "4:4");
    assert_eq!(places("4g.20gb"), "");
    assert_eq!(fit.largest.unwrap().number(), 9);
}

/// A 1g at 0 leaves 6 + 1 + 3 + 2 + 1 (of 1g, 1g+me, 1g with double memory, 2g, 3g), and no 4g; at 6 it leaves
/// 6 + 1 + 3 + 3 + 1 + 1.
#[test]
fn an_instance_that_stands_badly_is_moved() {
    let model = model_of(catalogue::find("a100-sxm4-40gb").unwrap());
    let layout: Layout = "1g.5gb:0()".parse().unwrap();
    let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
    let mut present = after(&plan);
    present[0].id = nvml_mig::instance::GpuInstanceId::new(7);
    let fit = model.fit(&present, PlanOptions::default());
    assert_eq!((fit.room, fit.best_room), (13, 15));
    assert!((fit.fragmentation() - 2.0 / 15.0).abs() < 1e-12);
    assert_eq!(
        fit.defragmentation.unwrap().to_string(),
        "create GPU instance 1g.5gb at 6:1\ndestroy GPU instance 7"
    );
    present[0].busy = true;
    let fit = model.fit(&present, PlanOptions::default());
    assert_eq!(
        (fit.room, fit.best_room, fit.defragmentation),
        (13, 15, None)
    );
    let empty = model.fit(&[], PlanOptions::default());
    assert_eq!((empty.fragmentation(), empty.defragmentation), (0.0, None));
}

#[test]
fn counts_and_the_best_room_are_those_of_brute_force() {
    let mut compared = 0;
    for board in [
        "a30",
        "a100-sxm4-40gb",
        "h100-sxm5-80gb",
        "rtx-pro-6000-bse",
    ] {
        let (model, mut chance) = (model_of(catalogue::find(board).unwrap()), Chance::new(3));
        for _ in 0..60 {
            let mut present = chance.present(&model);
            present.truncate(4);
            let Some((room, best)) = rooms(&model, &present) else {
                continue;
            };
            compared += 1;
            let fit = model.fit(&present, PlanOptions::default());
            assert_eq!(
                (i64::from(fit.room), i64::from(fit.best_room)),
                (room, best),
                "{present:?}"
            );
            let Some(defragmentation) = fit.defragmentation else {
                continue;
            };
            assert!(room < best && defragmentation.destroyed_gpu_instances() > 0);
            let moved: Vec<PresentGpuInstance> = present
                .iter()
                .zip(&defragmentation.gpu_instances)
                .map(|(there, planned)| {
                    let mut moved = there.clone();
                    moved.instance.profile = planned.profile;
                    moved.instance.placement = planned.placement;
                    moved
                })
                .collect();
            assert!(model.fit(&moved, PlanOptions::default()).room > fit.room);
            for there in &present {
                let must_stay = there.busy || there.pinned;
                let kept = defragmentation.kept.contains(&Some(there.id));
                assert!(kept || !must_stay, "{there:?}");
            }
        }
    }
    assert!(compared > 120, "{compared}");
}
