//! The layouts that are tried on an empty GPU.

use nvml_mig::Layout;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId, GpuInstancePlacement};
use nvml_mig::plan::{
    ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel, PlacedComputeInstance,
    PlacedGpuInstance, PresentComputeInstance, PresentGpuInstance,
};
use nvml_mig::profile::MediaEngines;

/// Returns a layout for each placement of each profile, and inside it for each placement of each compute instance profile.
pub(super) fn of_one_instance(model: &GpuModel) -> Vec<Layout> {
    let each = model.profiles.iter().flat_map(|profile| {
        let places = profile.placements.iter();
        places.flat_map(|place| parts(profile, *place))
    });
    each.map(|instance| layout(model, &[instance])).collect()
}

/// Returns the layouts that fill a GPU with its plain profiles, which are those that NVIDIA's MIG user guide draws.
pub(super) fn that_fill_the_gpu(model: &GpuModel) -> Vec<Layout> {
    let places: Vec<Placed<'_>> = plain(model)
        .flat_map(|profile| {
            profile
                .placements
                .iter()
                .map(move |place| (profile, *place))
        })
        .collect();
    let mut found = Vec::new();
    fill(&places, &mut Vec::new(), &mut found);
    found
        .iter()
        .map(|places| {
            let instances = places.iter().map(|(profile, place)| whole(profile, *place));
            layout(model, &instances.collect::<Vec<_>>())
        })
        .collect()
}

type Placed<'a> = (&'a GpuInstanceProfileModel, GpuInstancePlacement);

/// Adds instances from left to right; a layout is complete if no further instance fits anywhere.
fn fill<'a>(places: &[Placed<'a>], taken: &mut Vec<Placed<'a>>, found: &mut Vec<Vec<Placed<'a>>>) {
    let is_free = |place: &Placed<'_>| taken.iter().all(|other| !overlap(place.1, other.1));
    let free: Vec<Placed<'a>> = places.iter().copied().filter(is_free).collect();
    if free.is_empty() {
        found.push(taken.clone());
        return;
    }
    let last = taken.last().map(|(_, place)| place.start);
    for place in free {
        if last.is_none_or(|last| place.1.start > last) {
            taken.push(place);
            fill(places, taken, found);
            taken.pop();
        }
    }
}

const fn overlap(left: GpuInstancePlacement, right: GpuInstancePlacement) -> bool {
    left.start < right.start.saturating_add(right.size)
        && right.start < left.start.saturating_add(left.size)
}

/// The profiles without attributes, and of those with the same slices the one with the least memory.
fn plain(model: &GpuModel) -> impl Iterator<Item = &GpuInstanceProfileModel> {
    let has_attribute = |profile: &GpuInstanceProfileModel| {
        let name = profile.name.parsed();
        name.is_none_or(|name| name.graphics || name.media != MediaEngines::Share)
    };
    let profiles = model.profiles.iter();
    profiles.filter(move |profile| {
        let mut others = model.profiles.iter();
        let is_larger = others.any(|other| {
            other.slice_count == profile.slice_count && other.memory_mib < profile.memory_mib
        });
        !has_attribute(profile) && !is_larger
    })
}

/// A GPU instance with one compute instance, which takes it all.
fn whole(profile: &GpuInstanceProfileModel, place: GpuInstancePlacement) -> PlacedGpuInstance {
    let part = profile.compute_instance_profile_of_slices(profile.slice_count);
    let parts = part.ok().and_then(|part| placed(part).next());
    outer(profile, place, parts.into_iter().collect())
}

/// A GPU instance at this place with each compute instance that it can have, one at a time.
fn parts(
    profile: &GpuInstanceProfileModel,
    place: GpuInstancePlacement,
) -> impl Iterator<Item = PlacedGpuInstance> {
    let parts = profile.compute_instance_profiles.iter().flat_map(placed);
    parts.map(move |part| outer(profile, place, vec![part]))
}

fn placed(part: &ComputeInstanceProfileModel) -> impl Iterator<Item = PlacedComputeInstance> {
    let places = part.placements.iter();
    places.map(|place| PlacedComputeInstance::new(part.id, part.name.clone(), *place))
}

fn outer(
    profile: &GpuInstanceProfileModel,
    place: GpuInstancePlacement,
    parts: Vec<PlacedComputeInstance>,
) -> PlacedGpuInstance {
    PlacedGpuInstance::new(profile.id, profile.name.clone(), place).with_compute_instances(parts)
}

fn layout(model: &GpuModel, instances: &[PlacedGpuInstance]) -> Layout {
    let present = (0..).zip(instances).map(|(id, placed)| {
        let parts = (0..).zip(&placed.compute_instances);
        let parts = parts.map(|(id, part)| {
            PresentComputeInstance::new(ComputeInstanceId::new(id), part.clone())
        });
        let placed = placed.clone().with_compute_instances(parts.collect());
        PresentGpuInstance::new(GpuInstanceId::new(id), placed)
    });
    model.layout_of(&present.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use nvml_mig::Nvml;
    use nvml_mig::plan::GpuModel;
    use nvml_mig_sim::{GpuSpec, Simulator};

    use super::{of_one_instance, that_fill_the_gpu};

    fn model(board: &str) -> GpuModel {
        let simulator = Simulator::builder()
            .gpu(GpuSpec::new(board))
            .start()
            .unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        GpuModel::read(&nvml.device_by_index(0).unwrap()).unwrap()
    }

    /// The MIG user guide draws 19 layouts of an A100, and 5 of an A30.
    #[test]
    fn those_of_the_user_guide_fill_the_gpu() {
        let a100 = that_fill_the_gpu(&model("a100-sxm4-40gb"));
        assert_eq!(a100.len(), 19);
        for text in [
            "7g.40gb:0",
            "3g.20gb:0, 3g.20gb:4",
            "4g.20gb:0, 2g.10gb:4, 1g.5gb:6",
        ] {
            assert!(
                a100.iter().any(|layout| layout.to_string() == text),
                "{text}"
            );
        }
        assert_eq!(that_fill_the_gpu(&model("a30")).len(), 5);
    }

    /// A30: 4 + 4 placements of one slice, 2 + 2 of two and 1 of four. Inside these, 1, 2 + 1 and 4 + 3 + 1 compute instances
    /// (`nvidia-smi mig -lcipp`).
    #[test]
    fn each_placement_is_tried() {
        let tried = of_one_instance(&model("a30"));
        assert_eq!(tried.len(), 8 + 4 * 3 + 8);
        let texts: BTreeSet<String> = tried.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), tried.len());
        assert!(texts.contains("2g.12gb:2(1c:1)"), "{texts:?}");
    }
}
