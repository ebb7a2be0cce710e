//! What a plan takes away, and the questions beside it.

use crate::support::machine::{BOARDS, Machine};
use nvml_mig::Layout;
use nvml_mig::error::ProfileError;
use nvml_mig::plan::{GpuModel, Plan, PlanOptions, PresentGpuInstance, Step};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// The profile of the whole GPU has id 0 on every board (NVIDIA's tables).
const WHOLE: GpuInstanceProfileId = GpuInstanceProfileId::new(0);

#[test]
fn what_is_destroyed_is_counted() {
    for board in BOARDS {
        let machine = Machine::with(board);
        let model = GpuModel::read(&machine.device).unwrap();
        let whole = machine.create(0).unwrap();
        for _ in 0..2 {
            let one = ComputeInstanceProfileId::new(0);
            let _made = whole.create_compute_instance(one).unwrap();
        }
        let present = PresentGpuInstance::read_all(&machine.device).unwrap();
        let plan = model.plan(&present, &Layout::new(), PlanOptions::default());
        let plan = plan.unwrap();
        assert_eq!(plan.destroyed_gpu_instances(), 1);
        assert_eq!(plan.destroyed_compute_instances(), 2);
        // First what is inside, then what it is in; and nothing else.
        assert_eq!(plan.steps.len(), 3);
        assert!(plan.steps.iter().all(Step::destroys));

        let layout: Layout = WHOLE.to_string().parse().unwrap();
        let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
        assert_eq!(plan.destroyed_gpu_instances(), 0);
        assert!(!plan.steps.iter().any(Step::destroys));
    }
}

#[test]
fn a_model_has_the_profiles_of_its_gpu() {
    for board in BOARDS {
        let machine = Machine::with(board);
        let model = GpuModel::read(&machine.device).unwrap();
        for profile in machine.device.gpu_instance_profiles().unwrap() {
            assert_eq!(model.profile_by_id(profile.id).unwrap().name, profile.name);
        }
        let unknown = model.profile_by_id(GpuInstanceProfileId::new(99));
        let error = unknown.unwrap_err();
        assert!(matches!(error, ProfileError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("(id 0)"), "{error}");
    }
}

/// The planner chooses which of them share a GPU instance; a whole one is a GPU instance by itself.
#[test]
fn mig_devices_are_parts_unless_they_take_a_whole_gpu_instance() {
    let mut layout = Layout::new();
    for name in [
        "2c.3g.20gb",
        "1c.3g.20gb",
        "3c.3g.20gb",
        "1c.3g.20gb",
        "1g.5gb",
    ] {
        layout.add_mig_device(name.parse().unwrap());
    }
    assert_eq!(
        layout.to_string(),
        "3g.20gb, 1g.5gb, 2c.3g.20gb, 2*1c.3g.20gb"
    );
    assert_eq!(
        (layout.gpu_instances().len(), layout.mig_devices().len()),
        (2, 3)
    );
}

/// The largest number of GPU instances at once while this plan is carried out.
fn most_at_once(plan: &Plan, present: usize) -> usize {
    let mut now = present;
    let counts = plan.steps.iter().map(|step| {
        match step {
            Step::CreateGpuInstance { .. } | Step::CreateTemporaryGpuInstance { .. } => now += 1,
            Step::DestroyGpuInstance { .. } | Step::DestroyTemporaryGpuInstance { .. } => now -= 1,
            _ => {}
        }
        now
    });
    counts.fold(present, usize::max)
}

/// A temporary instance counts too.
#[test]
fn no_step_exceeds_the_number_of_gpu_instances_that_fit() {
    let machine = Machine::with("a30");
    let model = GpuModel::read(&machine.device).unwrap();
    let _two = [machine.create(14).unwrap(), machine.create(14).unwrap()];
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let layout: Layout = "2g.12gb:0".parse().unwrap();
    for (most, expected) in [(4, 3), (3, 3), (2, 2)] {
        let model = model.clone().with_max_gpu_instances(most);
        let plan = model
            .plan(&present, &layout, PlanOptions::default())
            .unwrap();
        assert_eq!(most_at_once(&plan, present.len()), expected, "{plan}");
    }
}
