//! Checks that a GPU can have a model.

use std::collections::BTreeSet;

use super::{ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel};
use crate::plan::impossible_gpu::ImpossibleGpu;
use crate::profile::find::describe;

/// Limit for profiles in a list. nvml.h numbers 18 profiles of GPU instances and 9 of compute instances.
const MOST_PROFILES: usize = 64;

/// Limit for the length of a profile's name in bytes: NVML's buffer for it.
const MOST_NAME: usize = 96;

/// # Checks
impl GpuModel {
    /// Limit for slices of a GPU and of a GPU instance. The largest known GPU has 12 memory slices.
    pub const MOST_SLICES: u32 = 32;

    /// Checks that a GPU can have this model: every placement has slices and lies within
    /// [`MOST_SLICES`](Self::MOST_SLICES), no two profiles have the same id, and no number is far above that of any GPU.
    ///
    /// [`plan`](Self::plan) and reading from JSON or another format of serde do the same.
    ///
    /// # Errors
    ///
    /// [`ImpossibleGpu`] with the first problem.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::instance::GpuInstancePlacement;
    /// use nvml_mig::plan::{GpuInstanceProfileModel, GpuModel};
    /// use nvml_mig::profile::GpuInstanceProfileId;
    ///
    /// let nowhere = GpuInstancePlacement { start: 3, size: 0 };
    /// let id = GpuInstanceProfileId::new(19);
    /// let profile = GpuInstanceProfileModel::new(id, "1g.5gb", vec![nowhere]);
    /// let problem = GpuModel::new(vec![profile]).check().unwrap_err();
    /// assert!(problem.to_string().starts_with("no GPU has the placement 3:0 of 1g.5gb (id 19)"));
    /// ```
    pub fn check(&self) -> Result<(), ImpossibleGpu> {
        check_most("GPU", self.max_gpu_instances)?;
        check_most("compute", self.max_compute_instances)?;
        check_count("GPU", self.profiles.len())?;
        let mut ids = BTreeSet::new();
        for profile in &self.profiles {
            check_name(profile.name.as_str())?;
            ImpossibleGpu::unless(ids.insert(profile.id), || {
                let name = describe(&profile);
                format!("no GPU has two profiles with one id, as {name} and another one")
            })?;
            check_gpu_instance_profile(profile)?;
        }
        Ok(())
    }
}

fn check_gpu_instance_profile(profile: &GpuInstanceProfileModel) -> Result<(), ImpossibleGpu> {
    check_count("compute", profile.compute_instance_profiles.len())?;
    let name = || describe(&profile);
    let places = profile.placements.iter();
    let places: Vec<_> = places.map(|place| (place.start, place.size)).collect();
    check_slices(profile.slice_count, name)?;
    check_places(&places, name)?;
    let mut ids = BTreeSet::new();
    for inside in &profile.compute_instance_profiles {
        check_name(inside.name.as_str())?;
        let name = || format!("{} in {}", describe(&inside), describe(&profile));
        ImpossibleGpu::unless(ids.insert(inside.id), || {
            let name = name();
            format!("no GPU has two profiles with one id, as {name} and another one")
        })?;
        check_compute_instance_profile(inside, name)?;
    }
    Ok(())
}

fn check_compute_instance_profile(
    profile: &ComputeInstanceProfileModel,
    name: impl Fn() -> String,
) -> Result<(), ImpossibleGpu> {
    let places = profile.placements.iter();
    let places: Vec<_> = places.map(|place| (place.start, place.size)).collect();
    check_slices(profile.slice_count, &name)?;
    check_places(&places, name)
}

/// Every instance occupies at least one slice.
fn check_most(kind: &str, most: usize) -> Result<(), ImpossibleGpu> {
    let limit = most_instances();
    ImpossibleGpu::unless((1..=limit).contains(&most), || {
        format!("no GPU has at most {most} {kind} instances: the maximum is from 1 to {limit}")
    })
}

/// Returns the limit for instances of a GPU or a GPU instance.
pub(crate) fn most_instances() -> usize {
    usize::try_from(GpuModel::MOST_SLICES).unwrap_or(usize::MAX)
}

fn check_count(kind: &str, count: usize) -> Result<(), ImpossibleGpu> {
    ImpossibleGpu::unless(count <= MOST_PROFILES, || {
        format!(
            "no GPU has a list of {count} {kind} instance profiles: there are at most {MOST_PROFILES}"
        )
    })
}

fn check_name(name: &str) -> Result<(), ImpossibleGpu> {
    let is_possible = name.len() <= MOST_NAME && !name.contains(char::is_control);
    ImpossibleGpu::unless(is_possible, || {
        let name = crate::quoted::Quoted(name);
        format!(
            "no profile is called '{name}': a name has at most {MOST_NAME} bytes and no control character"
        )
    })
}

fn check_slices(slices: u32, name: impl Fn() -> String) -> Result<(), ImpossibleGpu> {
    let most = GpuModel::MOST_SLICES;
    ImpossibleGpu::unless(slices <= most, || {
        let name = name();
        format!("no GPU has the {slices} compute slices of {name}: there are at most {most}")
    })
}

fn check_places(places: &[(u32, u32)], name: impl Fn() -> String) -> Result<(), ImpossibleGpu> {
    let (count, most) = (places.len(), GpuModel::MOST_SLICES);
    ImpossibleGpu::unless(count <= most_instances(), || {
        let name = name();
        format!("no GPU has the {count} placements of {name}: there are at most {most}")
    })?;
    for &(start, size) in places {
        ImpossibleGpu::unless(is_possible_place(start, size), || {
            let name = name();
            format!(
                "no GPU has the placement {start}:{size} of {name}: it has at least one slice, and ends at slice {most} at \
                 the latest"
            )
        })?;
    }
    Ok(())
}

/// Returns whether a GPU or a GPU instance can have a placement: it has a slice, and all its slices are within the limit.
pub(crate) const fn is_possible_place(start: u32, size: u32) -> bool {
    size > 0 && start.saturating_add(size) <= GpuModel::MOST_SLICES
}
