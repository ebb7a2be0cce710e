//! The names that the profiles of a snapshot had. A driver may give the same profile id to another profile than before.

use super::gpu_plan_error::GpuPlanErrorReason;
use crate::id::GpuInstanceProfileId;
use crate::plan::{
    GpuInstanceProfileModel, GpuModel, Layout, LayoutComputeInstance, LayoutGpuInstance,
    PlacedComputeInstance, PlacedGpuInstance,
};
use crate::profile::{ProfileName, ReportedName};

/// What was saved of each GPU instance in a layout; empty if the layout is not that of a snapshot.
#[derive(Debug, Clone, Default)]
pub(super) struct SavedNames(Vec<PlacedGpuInstance>);

impl SavedNames {
    /// The names of the instances from which a layout was made.
    pub(super) fn of(gpu_instances: &[PlacedGpuInstance]) -> Self {
        Self(gpu_instances.to_vec())
    }

    /// The layout in words: with names in place of the ids, as far as they are known.
    pub(super) fn text(&self, layout: &Layout) -> String {
        let mut saved = self.0.iter();
        let entries = layout.gpu_instances().iter();
        let entries = entries.map(|entry| saved.next().and_then(named).unwrap_or(entry.clone()));
        let mut named: Layout = entries.collect();
        for name in layout.mig_devices() {
            named.add_mig_device(*name);
        }
        named.to_string()
    }

    /// The layout with the ids that the driver gives to these profiles now.
    pub(super) fn layout(
        &self,
        layout: &Layout,
        model: &GpuModel,
    ) -> Result<Layout, GpuPlanErrorReason> {
        let mut names = self.0.iter();
        let entries = layout.gpu_instances().iter();
        let entries = entries.map(|entry| match names.next() {
            Some(saved) => {
                let profile = current(saved.profile, &saved.name, model)?;
                Ok(with_profile(entry, profile))
            }
            None => Ok(entry.clone()),
        });
        let mut now: Layout = entries.collect::<Result<_, GpuPlanErrorReason>>()?;
        for name in layout.mig_devices() {
            now.add_mig_device(*name);
        }
        Ok(now)
    }
}

/// The entry of a layout for what was saved. `None` if a name can't be read.
fn named(saved: &PlacedGpuInstance) -> Option<LayoutGpuInstance> {
    let entry = LayoutGpuInstance::new(saved.name.parsed()?).with_start(saved.placement.start);
    let inside = saved.compute_instances.iter().map(named_inside);
    let inside: Vec<_> = inside.collect::<Option<_>>()?;
    let is_whole = |inside: &PlacedComputeInstance| inside.name.parsed() == saved.name.parsed();
    Some(match &*saved.compute_instances {
        [one] if is_whole(one) => entry,
        _ => entry.with_compute_instances(inside),
    })
}

fn named_inside(saved: &PlacedComputeInstance) -> Option<LayoutComputeInstance> {
    let of_name = LayoutComputeInstance::of_mig_device(saved.name.parsed()?);
    Some(of_name.with_start(saved.placement.start))
}

/// The present id of a profile that had this id and name.
fn current(
    id: GpuInstanceProfileId,
    name: &ReportedName,
    model: &GpuModel,
) -> Result<GpuInstanceProfileId, GpuPlanErrorReason> {
    let now = model.profile_by_id(id).ok();
    if now.is_some_and(|now| may_be(now, name)) {
        return Ok(id);
    }
    let by_name = name.parsed().map(|name| model.profile_named(name));
    match (by_name, now) {
        (Some(Ok(other)), _) => Ok(other.id),
        (_, Some(now)) => Err(GpuPlanErrorReason::OtherProfile {
            id,
            before: name.clone(),
            now: now.name.clone(),
        }),
        // The planner says which profiles there are.
        (_, None) => Ok(id),
    }
}

/// Whether a driver may give this name to the profile. Drivers write attributes differently, and round the memory differently:
/// another profile with as many slices has twice the memory or half of it. Of a name that can't be read, nothing is known.
fn may_be(profile: &GpuInstanceProfileModel, name: &ReportedName) -> bool {
    let (Some(now), Some(saved)) = (profile.name.parsed(), name.parsed()) else {
        return true;
    };
    now.gpu_slices == saved.gpu_slices && has_about_the_memory_of(now, saved)
}

fn has_about_the_memory_of(now: ProfileName, saved: ProfileName) -> bool {
    let difference = now.memory_gb.abs_diff(saved.memory_gb);
    difference <= 1 || difference <= now.memory_gb.max(saved.memory_gb) / 10
}

fn with_profile(entry: &LayoutGpuInstance, profile: GpuInstanceProfileId) -> LayoutGpuInstance {
    let mut now = LayoutGpuInstance::new(profile);
    if let Some(start) = entry.start() {
        now = now.with_start(start);
    }
    match entry.compute_instances() {
        Some(inside) => now.with_compute_instances(inside.iter().copied()),
        None => now,
    }
}
