//! Models and instances that no GPU can have: one clear error, no plan, and no long search.

use std::time::{Duration, Instant};

use crate::support::after::after;
use crate::support::brute_force::model_of;
use crate::support::chain::chain;
use nvml_mig::instance::{
    ComputeInstanceId, ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement,
};
use nvml_mig::plan::{
    ComputeInstanceProfileModel, DoesNotFitReason, GpuInstanceProfileModel, GpuModel, Layout,
    LayoutComputeInstance, LayoutGpuInstance, PlanError, PlanOptions, PresentComputeInstance,
    PresentGpuInstance, ProfileSource,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};
use nvml_mig_sim::catalogue;

/// Far more than any plan takes, also in a debug build on a busy machine. A search without an end takes hours.
const LONG: Duration = Duration::from_secs(200);

fn a100() -> GpuModel {
    model_of(catalogue::find("a100-sxm4-40gb").unwrap())
}

fn changed(change: impl FnOnce(&mut GpuModel)) -> GpuModel {
    let mut model = a100();
    change(&mut model);
    model
}

/// The error of planning one instance on an empty GPU, which must be the same as that of the check.
fn problem(model: &GpuModel) -> String {
    let layout = "1g.5gb".parse().unwrap();
    let plan = model.plan(&[], &layout, PlanOptions::new());
    let Err(PlanError::Impossible(problem)) = plan else {
        panic!("{plan:?}")
    };
    assert_eq!(model.check(), Err(problem.clone()));
    let fit = model.fit(&[], PlanOptions::new());
    assert_eq!((fit.room, fit.best_room, fit.largest), (0, 0, None));
    assert_eq!(fit.profiles.len(), model.profiles.len());
    problem.to_string()
}

#[test]
fn models_that_no_gpu_can_have_are_refused() {
    let place = |start, size| GpuInstancePlacement { start, size };
    let inside = |start, size| ComputeInstancePlacement { start, size };
    let id = GpuInstanceProfileId::new;
    let refused = [
        (
            changed(|model| model.profiles[0].placements[0] = place(3, 0)),
            "no GPU has the placement 3:0 of",
        ),
        (
            changed(|model| model.profiles[0].placements[0] = place(29, 4)),
            "no GPU has the placement 29:4 of",
        ),
        (
            changed(|model| model.profiles[0].placements[0] = place(u32::MAX, u32::MAX)),
            "no GPU has the placement 4294967295:4294967295 of",
        ),
        (
            changed(|model| model.profiles[0].placements = vec![place(0, 1); 5000]),
            "no GPU has the 5000 placements of",
        ),
        (
            changed(|model| model.profiles[0].slice_count = 33),
            "no GPU has the 33 compute slices of",
        ),
        (
            changed(|model| model.profiles[1].id = model.profiles[0].id),
            "no GPU has two profiles with one id, as",
        ),
        (
            changed(|model| {
                let profile = model.profiles[0].clone();
                model.profiles = (0..5000).map(|_| profile.clone()).collect();
            }),
            "no GPU has a list of 5000 GPU instance profiles",
        ),
        (
            changed(|model| model.profiles[0].name = "x".repeat(97).as_str().into()),
            "no profile is called 'xxx",
        ),
        (
            changed(|model| model.profiles[0].name = "1g.5gb\u{1b}[31m".into()),
            r"no profile is called '1g.5gb\u{1b}[31m'",
        ),
        (
            changed(|model| model.max_gpu_instances = 0),
            "no GPU has at most 0 GPU instances",
        ),
        (
            changed(|model| model.max_gpu_instances = usize::MAX),
            "no GPU has at most 18446744073709551615 GPU instances",
        ),
        (
            changed(|model| model.max_compute_instances = 0),
            "no GPU has at most 0 compute instances",
        ),
        (
            changed(|model| {
                model.profiles[0].compute_instance_profiles[0].placements[0] = inside(0, 0);
            }),
            "no GPU has the placement 0:0 of",
        ),
        (
            changed(|model| {
                let profiles = &mut model.profiles[0].compute_instance_profiles;
                profiles.extend_from_within(..1);
            }),
            "no GPU has two profiles with one id, as",
        ),
        (
            changed(|model| {
                let profiles = &mut model.profiles[0].compute_instance_profiles;
                *profiles = vec![profiles[0].clone(); 5000];
            }),
            "no GPU has a list of 5000 compute instance profiles",
        ),
    ];
    for (model, expected) in refused {
        let problem = problem(&model);
        assert!(problem.starts_with(expected), "{problem}");
        let remedy = "; read them from the GPU again, or correct their file";
        assert!(
            problem.ends_with(remedy) && problem.len() < 400,
            "{problem}"
        );
    }
    assert_eq!(a100().check(), Ok(()));
    // 64 profiles on 32 slices are within the limits, if nothing on Earth.
    let many = |number| GpuInstanceProfileModel::new(id(number), "1g.5gb", vec![place(31, 1)]);
    assert_eq!(GpuModel::new((0..64).map(many).collect()).check(), Ok(()));
}

#[cfg(feature = "json")]
#[test]
fn a_file_is_checked_as_a_model_is() {
    use nvml_mig::plan::GpuModelError;

    let model = changed(|model| model.profiles[0].placements[0].size = 0);
    let json = model.to_json().unwrap();
    let Err(GpuModelError::Impossible(problem)) = GpuModel::from_json(&json) else {
        panic!("it was read");
    };
    assert_eq!(model.check(), Err(problem.clone()));
    let error = serde_json::from_str::<GpuModel>(&json).unwrap_err();
    assert!(
        error.to_string().starts_with(&problem.to_string()),
        "{error}"
    );
}

fn there(layout: &str) -> Vec<PresentGpuInstance> {
    let plan = a100().plan(&[], &layout.parse().unwrap(), PlanOptions::new());
    after(&plan.unwrap())
}

fn problem_with(present: &[PresentGpuInstance]) -> String {
    let plan = a100().plan(present, &Layout::new(), PlanOptions::new());
    let Err(PlanError::Impossible(problem)) = plan else {
        panic!("{plan:?}")
    };
    assert_eq!(a100().fit(present, PlanOptions::new()).room, 0);
    problem.to_string()
}

#[test]
fn instances_that_no_gpu_can_have_are_refused() {
    let changed = |layout: &str, change: &dyn Fn(&mut Vec<PresentGpuInstance>)| {
        let mut present = there(layout);
        change(&mut present);
        problem_with(&present)
    };
    let two = "2*3g.20gb";
    let problems = [
        changed(two, &|present| present[1].instance.placement.start = 2),
        changed(two, &|present| present[1].id = present[0].id),
        changed(two, &|present| present[1].instance.placement.start = 6),
        changed(two, &|present| present[1].instance.placement.size = 0),
        changed(two, &|present| {
            let copy = present[0].clone();
            present.resize(5000, copy);
        }),
        changed("7g.40gb(2*1c)", &|present| {
            let inside = &mut present[0].instance.compute_instances;
            inside[1].instance.placement = inside[0].instance.placement;
        }),
        changed("7g.40gb(2*1c)", &|present| {
            let inside = &mut present[0].instance.compute_instances;
            inside[1].id = inside[0].id;
        }),
        changed("7g.40gb(2*1c)", &|present| {
            let inside = &mut present[0].instance.compute_instances;
            inside[1].instance.placement.start = 40;
        }),
        changed("7g.40gb(2*1c)", &|present| {
            let inside = &mut present[0].instance.compute_instances;
            let copy = inside[0].clone();
            inside.resize(5000, copy);
        }),
    ];
    let (first, second) = (there(two)[0].id, there(two)[1].id);
    let whole = there("7g.40gb")[0].id;
    let expected = [
        format!("GPU instance {second} at 2:4 overlaps another instance"),
        format!("no GPU has two GPU instances {first}"),
        format!("GPU instance {second} at 6:4 is not within the 8 memory slices of the GPU"),
        format!("GPU instance {second} at 4:0 is not within the 8 memory slices of the GPU"),
        "no GPU has 5000 GPU instances in one list: there are at most 32".to_owned(),
        format!("compute instance 1 of GPU instance {whole} at 0:1 overlaps another instance"),
        format!("no GPU instance has two compute instances 0, as GPU instance {whole}"),
        format!("no GPU has the compute instance 1 at 40:1 of GPU instance {whole}"),
        "no GPU has 5000 compute instances in one list: there are at most 32".to_owned(),
    ];
    let remedy = "; read them from the GPU again, or correct their file";
    for (problem, expected) in problems.iter().zip(&expected) {
        assert_eq!(problem.strip_suffix(remedy), Some(expected.as_str()));
    }
}

/// Drivers without placements of compute instances report empty ones; one of these is not kept for two.
#[test]
fn a_compute_instance_without_a_place_is_kept_once() {
    let mut present = there("7g.40gb(2*1c)");
    for inside in &mut present[0].instance.compute_instances {
        inside.instance.placement = ComputeInstancePlacement { start: 0, size: 0 };
        inside.pinned = true;
    }
    let layout = "7g.40gb(2*1c)".parse().unwrap();
    let plan = a100().plan(&present, &layout, PlanOptions::new());
    let Err(PlanError::DoesNotFit(error)) = plan else {
        panic!("{plan:?}")
    };
    assert!(matches!(error.reason, DoesNotFitReason::Blocked { .. }));
    present[0].instance.compute_instances.truncate(1);
    let layout = "7g.40gb(1c)".parse().unwrap();
    let plan = a100().plan(&present, &layout, PlanOptions::new()).unwrap();
    assert!(plan.changes_nothing(), "{plan}");
}

#[test]
fn layouts_of_thousands_are_refused_at_once() {
    let id = a100().profile_by_name("1g.5gb").unwrap().id;
    let many: Layout = (0..100_000).map(|_| LayoutGpuInstance::new(id)).collect();
    let split = (0..100_000).map(|_| LayoutComputeInstance::slices(1));
    let split = LayoutGpuInstance::new(id).with_compute_instances(split);
    let split: Layout = [split].into_iter().collect();
    let began = Instant::now();
    let expected = [
        "the layout does not fit: 100000 GPU instances are needed on the GPU, and the maximum is 8",
        "the layout does not fit: 100000 compute instances are needed in the GPU instance 1g.5gb, and the maximum is 8",
    ];
    for (layout, expected) in [many, split].iter().zip(expected) {
        let plan = a100().plan(&[], layout, PlanOptions::new());
        assert_eq!(chain(&plan.unwrap_err()), expected);
    }
    assert!(began.elapsed() < LONG);
}

/// A model of 32 slices with instances of one slice anywhere, which have millions of arrangements. By default, a GPU instance
/// has one compute instance.
fn wide() -> GpuModel {
    let starts = 0..GpuModel::MOST_SLICES;
    let places = starts
        .clone()
        .map(|start| GpuInstancePlacement { start, size: 1 });
    let inside = starts.map(|start| ComputeInstancePlacement { start, size: 1 });
    let id = ComputeInstanceProfileId::new(0);
    let inside = ComputeInstanceProfileModel::new(id, "1c.1g.5gb", 1, inside.collect());
    let (id, most) = (ComputeInstanceProfileId::new(1), GpuModel::MOST_SLICES);
    let all = ComputeInstancePlacement {
        start: 0,
        size: most,
    };
    let whole = ComputeInstanceProfileModel::new(id, "1g.5gb", most, vec![all]);
    let id = GpuInstanceProfileId::new(0);
    let profile = GpuInstanceProfileModel::new(id, "1g.5gb", places.collect())
        .with_slice_count(most)
        .with_compute_instance_profiles(vec![inside, whole], ProfileSource::Driver);
    GpuModel::new(vec![profile])
        .with_max_gpu_instances(32)
        .with_max_compute_instances(32)
}

fn present(id: u32, start: u32) -> PresentGpuInstance {
    let place = GpuInstancePlacement { start, size: 1 };
    let profile = GpuInstanceProfileId::new(0);
    let placed = nvml_mig::plan::PlacedGpuInstance::new(profile, "1g.5gb", place);
    let inside = nvml_mig::plan::PlacedComputeInstance::new(
        ComputeInstanceProfileId::new(0),
        "1c.1g.5gb",
        ComputeInstancePlacement { start: 0, size: 1 },
    );
    let inside = PresentComputeInstance::new(ComputeInstanceId::new(0), inside);
    let placed = placed.with_compute_instances(vec![inside]);
    PresentGpuInstance::new(GpuInstanceId::new(id), placed)
}

#[test]
fn a_search_ends() {
    let model = wide();
    let began = Instant::now();
    let plan = |present: &[PresentGpuInstance], layout: &str| {
        model.plan(present, &layout.parse().unwrap(), PlanOptions::new())
    };
    let all: Vec<_> = (0..32).map(|id| present(id, id)).collect();
    let shared = "64*1c.1g.5gb";
    for layout in ["16*1g.5gb", "1g.5gb(16*1c)", "8*1g.5gb(8*1c)", shared] {
        for present in [&[][..], &all[..1], &all[..16], &all[..]] {
            let error = plan(present, layout).unwrap_err();
            assert_eq!(error, PlanError::TooManySteps, "{layout}");
        }
    }
    // What is unambiguous takes few steps.
    let fixed: Vec<String> = (0..16).map(|start| format!("1g.5gb:{start}()")).collect();
    assert_eq!(plan(&[], &fixed.join(", ")).unwrap().steps.len(), 16);
    for count in [1, 16, 32] {
        let fit = model.fit(&all[..count], PlanOptions::new());
        assert_eq!(fit.room, 32 - u32::try_from(count).unwrap());
        assert_eq!((fit.best_room, fit.defragmentation), (fit.room, None));
    }
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
}
