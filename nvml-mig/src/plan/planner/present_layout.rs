//! The instances that are there, as a layout.

use super::PresentGpuInstance;
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};
use crate::plan::layout::{Layout, LayoutComputeInstance, LayoutGpuInstance, LayoutProfile};
use crate::profile::ProfileName;

/// The layout of what is there; `starts` says whether GPU instances shall stay where they are. Instances of a
/// profile that the model lacks are left out.
pub(crate) fn layout_of(model: &GpuModel, present: &[PresentGpuInstance], starts: bool) -> Layout {
    let entry = |there: &PresentGpuInstance| {
        let profile = model.profile_by_id(there.profile).ok()?;
        let entry = gpu_instance(model, profile, there);
        Some(if starts {
            entry.at(there.placement.start)
        } else {
            entry
        })
    };
    present.iter().filter_map(entry).collect()
}

fn gpu_instance(
    model: &GpuModel,
    profile: &GpuInstanceProfileModel,
    there: &PresentGpuInstance,
) -> LayoutGpuInstance {
    let entry = LayoutGpuInstance::new(name(model, profile));
    let whole = profile.compute_instance_profile_of_slices(profile.slice_count);
    match (there.compute_instances.as_slice(), whole) {
        // The default compute instance has only one place.
        ([only], Ok(whole)) if only.profile == whole.id => entry,
        (parts, _) => {
            let parts = parts.iter().map(|part| {
                let slices = profile.compute_instance_profile_by_id(part.profile);
                let slices = slices.map(|found| found.slice_count);
                let named = slices.and_then(|slices| {
                    let named = profile.compute_instance_profile_of_slices(slices)?;
                    Ok((named.id == part.profile).then_some(slices))
                });
                let wanted = match named {
                    Ok(Some(slices)) => LayoutComputeInstance::slices(slices),
                    _ => LayoutComputeInstance::id(part.profile),
                };
                wanted.at(part.placement.start)
            });
            entry.with_compute_instances(parts)
        }
    }
}

/// By its name if that is read as this profile, else by its id.
fn name(model: &GpuModel, profile: &GpuInstanceProfileModel) -> LayoutProfile {
    let found = model.profile_by_name(&profile.name);
    let unique = found.is_ok_and(|found| found.id == profile.id);
    match profile.name.parse::<ProfileName>() {
        Ok(name) if unique && name.to_string() == profile.name => name.into(),
        _ => profile.id.into(),
    }
}
