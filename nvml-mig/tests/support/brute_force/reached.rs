//! Whether what a plan leads to is what the layout wants.

use nvml_mig::Layout;
use nvml_mig::plan::{GpuModel, PlacedGpuInstance, Plan};

use super::carried_out::State;
use super::wants::{Want, wants};

/// The plan says of each of the layout what it will be, and that is what is there in the end; what is beside is the MIG devices
/// of the layout, however they share GPU instances. It gives all that is planned.
pub(super) fn assert_is<'a>(
    model: &'a GpuModel,
    state: &[State],
    layout: &Layout,
    plan: &Plan,
) -> Vec<Want<'a>> {
    let mut wants = wants(model, layout);
    assert_eq!(state.len(), plan.gpu_instances.len(), "{plan:?}");
    for (want, planned) in wants.iter().zip(&plan.gpu_instances) {
        let gpu_instance = state_at(state, planned);
        assert_eq!(
            (gpu_instance.0, planned.profile),
            (want.profile.id, want.profile.id),
            "{plan:?}"
        );
        let start = gpu_instance.1.0;
        assert!(want.start.is_none_or(|wanted| wanted == start), "{plan:?}");
        assert_eq!(
            (gpu_instance.2.len(), planned.compute_instances.len()),
            (want.compute_instances.len(), want.compute_instances.len())
        );
        for ((inside, start, _), planned) in want
            .compute_instances
            .iter()
            .zip(&planned.compute_instances)
        {
            let span = (planned.placement.start, planned.placement.size);
            assert!(gpu_instance.2.contains(&(inside.id, span)), "{plan:?}");
            assert_eq!(planned.profile, inside.id);
            assert!(start.is_none_or(|start| start == span.0), "{plan:?}");
        }
    }
    let mut names: Vec<String> = layout
        .mig_devices()
        .iter()
        .map(ToString::to_string)
        .collect();
    for planned in &plan.gpu_instances[wants.len()..] {
        let gpu_instance = state_at(state, planned);
        assert_eq!(gpu_instance.0, planned.profile, "{plan:?}");
        assert_eq!(gpu_instance.2.len(), planned.compute_instances.len());
        assert!(!gpu_instance.2.is_empty(), "{plan:?}");
        let mut profiles = model.profiles.iter();
        let profile = profiles
            .find(|profile| profile.id == gpu_instance.0)
            .unwrap();
        for planned in &planned.compute_instances {
            let span = (planned.placement.start, planned.placement.size);
            assert!(
                gpu_instance.2.contains(&(planned.profile, span)),
                "{plan:?}"
            );
            let mut inside = profile.compute_instance_profiles.iter();
            let inside = inside.find(|inside| inside.id == planned.profile).unwrap();
            assert_eq!(inside.name, planned.name);
            let found = names.iter().position(|name| inside.name == name.as_str());
            names.swap_remove(
                found.unwrap_or_else(|| panic!("{} is too many: {plan:?}", inside.name)),
            );
        }
        wants.push(Want {
            profile,
            start: None,
            compute_instances: Vec::new(),
        });
    }
    assert_eq!(names, [""; 0], "{plan:?}");
    wants
}

fn state_at<'a>(state: &'a [State], planned: &PlacedGpuInstance) -> &'a State {
    let span = (planned.placement.start, planned.placement.size);
    let mut state = state.iter();
    state.find(|gpu_instance| gpu_instance.1 == span).unwrap()
}
