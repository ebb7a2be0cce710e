//! What a layout asks for: GPU instances with their compute instances, and the ways to group its MIG devices.

use nvml_mig::Layout;
use nvml_mig::plan::{
    ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel, LayoutComputeProfile,
    LayoutProfile,
};
use nvml_mig::profile::ComputeInstanceProfileId;

/// A compute instance of the layout: its profile, the start it wants, and the profiles of the same name that are as good.
pub(super) type WantInside<'a> = (
    &'a ComputeInstanceProfileModel,
    Option<u32>,
    Vec<ComputeInstanceProfileId>,
);

/// One of the layout: its profile, the start it wants, its compute instances.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Want<'a> {
    pub(super) profile: &'a GpuInstanceProfileModel,
    pub(super) start: Option<u32>,
    pub(super) compute_instances: Vec<WantInside<'a>>,
}

/// The default compute instance is the catalogue's only one with all slices, except in a 1g with double memory, where it is
/// the double one. Nowhere else does a number of slices mean that.
fn inside_of_slices(
    profile: &GpuInstanceProfileModel,
    slices: u32,
) -> &ComputeInstanceProfileModel {
    let has_double = |inside: &ComputeInstanceProfileModel| inside.id.number() == 7;
    let doubled = profile.compute_instance_profiles.iter().any(has_double);
    let default_is_double = doubled && profile.slice_count == 1;
    let mut compute_instances = profile.compute_instance_profiles.iter();
    compute_instances
        .find(|inside| inside.slice_count == slices && has_double(inside) == default_is_double)
        .unwrap()
}

pub(super) fn wants<'a>(model: &'a GpuModel, layout: &Layout) -> Vec<Want<'a>> {
    let want = |entry: &nvml_mig::plan::LayoutGpuInstance| {
        let profile = model
            .profiles
            .iter()
            .find(|profile| match entry.profile() {
                LayoutProfile::Id(id) => profile.id == id,
                LayoutProfile::Name(name) => profile.name == name.to_string().as_str(),
                _ => false,
            })
            .unwrap();
        let find = |wanted: LayoutComputeProfile| {
            let mut compute_instances = profile.compute_instance_profiles.iter();
            match wanted {
                LayoutComputeProfile::Id(id) => {
                    compute_instances.find(|inside| inside.id == id).unwrap()
                }
                LayoutComputeProfile::Slices(slices) => inside_of_slices(profile, slices),
                _ => panic!("a compute instance that this test does not know"),
            }
        };
        let gpu_instance = [nvml_mig::plan::LayoutComputeInstance::slices(
            profile.slice_count,
        )];
        let compute_instances = entry.compute_instances().unwrap_or(&gpu_instance).iter();
        Want {
            profile,
            start: entry.start(),
            compute_instances: compute_instances
                .map(|inside| {
                    let found = find(inside.profile());
                    (found, inside.start(), vec![found.id])
                })
                .collect(),
        }
    };
    layout.gpu_instances().iter().map(want).collect()
}

/// A MIG device by its name in the catalogue: its GPU instance, and its compute instance. Of two with one name, the lower id
/// is created.
fn mig_device<'a>(
    model: &'a GpuModel,
    name: &str,
) -> (&'a GpuInstanceProfileModel, WantInside<'a>) {
    let outer = name.split_once("c.").unwrap().1;
    let profile = model.profiles.iter().find(|profile| profile.name == outer);
    let profile = profile.unwrap();
    let all = profile.compute_instance_profiles.iter();
    let mut named: Vec<_> = all.filter(|inside| inside.name == name).collect();
    named.sort_by_key(|inside| inside.id);
    let ids = named.iter().map(|inside| inside.id).collect();
    (profile, (named[0], None, ids))
}

/// Each way to put the MIG devices of a layout into GPU instances, by putting one after another into each that was begun, or
/// into a new one. Most come more than once.
pub(super) fn groupings<'a>(model: &'a GpuModel, layout: &Layout) -> Vec<Vec<Want<'a>>> {
    let mut all = vec![wants(model, layout)];
    let fixed = layout.gpu_instances().len();
    for name in layout.mig_devices() {
        let (profile, inside) = mig_device(model, &name.to_string());
        let mut next: Vec<Vec<Want<'a>>> = Vec::new();
        for begun in all {
            for into in fixed..=begun.len() {
                let mut with = begun.clone();
                match with.get_mut(into) {
                    Some(want) if want.profile.id != profile.id => continue,
                    Some(want) => want.compute_instances.push(inside.clone()),
                    None => with.push(Want {
                        profile,
                        start: None,
                        compute_instances: vec![inside.clone()],
                    }),
                }
                next.push(with);
            }
        }
        for grouping in &mut next {
            for want in &mut grouping[fixed..] {
                want.compute_instances.sort_by_key(|(inside, ..)| inside.id);
            }
            grouping[fixed..].sort_by_key(|want| format!("{want:?}"));
        }
        next.sort_by_key(|grouping| format!("{grouping:?}"));
        next.dedup();
        // More than there is room for can't become less.
        let sizes = |grouping: &[Want<'_>]| -> u32 {
            grouping
                .iter()
                .map(|want| want.profile.placements[0].size)
                .sum()
        };
        let room = |grouping: &Vec<Want<'_>>| sizes(grouping) <= model.memory_slices();
        next.retain(room);
        all = next;
    }
    all
}
