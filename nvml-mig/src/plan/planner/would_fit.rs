//! The part of a layout that would fit, as a hint where the whole does not.

use core::cmp::Reverse;

use super::budget::{Budget, Exhausted};
use super::loss::{Loss, protection};
use super::packing::{Choice, Packing};
use super::search::{Search, choices};
use super::wanted::Wanted;
use super::{Goal, PresentGpuInstance};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::{Layout, LayoutGpuInstance};
use crate::profile::GpuInstanceProfileId;

/// A GPU instance of the layout, with all ways to keep or create it.
struct Part<'a> {
    wanted: Wanted<'a>,
    choices: Vec<Choice>,
}

/// Returns the largest part of a layout that can be reached, and keeps what must stay: the fewest and smallest GPU instances are
/// omitted. Returns `None` too if the steps to find it are too many.
pub(super) fn would_fit(model: &GpuModel, wanted: &[Wanted<'_>], goal: Goal<'_>) -> Option<Layout> {
    // All subsets are tried, so the number of instances must be small.
    if wanted.len() > model.max_gpu_instances.min(GpuModel::MOST_GPU_INSTANCES) {
        return None;
    }
    let budget = Budget::new();
    let layout: Layout = wanted.iter().map(|wanted| wanted.entry.clone()).collect();
    let wanted = Wanted::all(model, &layout).ok()?.into_iter();
    let parts = wanted.map(|wanted| {
        let choices = choices(model, &wanted, goal, &budget)?;
        Ok(Part { wanted, choices })
    });
    let parts: Vec<Part<'_>> = parts.collect::<Result<_, Exhausted>>().ok()?;
    let (present, options) = goal;
    let all = Loss::of_all(present, options);
    for subset in candidates(model, &parts, goal) {
        if is_reached(&subset, all, &budget).ok()? {
            return Some(entries(&subset).cloned().collect());
        }
    }
    None
}

/// The subsets that may be reached, the largest first.
fn candidates<'a>(
    model: &GpuModel,
    parts: &'a [Part<'a>],
    (present, options): Goal<'_>,
) -> Vec<Vec<&'a Part<'a>>> {
    let staying = present
        .iter()
        .filter(|present| protection(present, options).is_some());
    let staying: Vec<GpuInstanceProfileId> = staying.map(PresentGpuInstance::profile).collect();
    let mut candidates = subsets(parts);
    candidates.retain(|subset| {
        !subset.is_empty()
            && size(subset).0 <= model.memory_slices()
            && has_all(subset, &staying)
            && engines_suffice(model, subset)
    });
    candidates.sort_by_key(|subset| Reverse((subset.len(), size(subset))));
    candidates.dedup_by(|left, right| entries(left).eq(entries(right)));
    candidates
}

/// Whether there is a way that destroys nothing that must stay; `all` is the loss of destroying everything.
fn is_reached(subset: &[&Part<'_>], all: Loss, budget: &Budget) -> Result<bool, Exhausted> {
    let choices: Vec<&[Choice]> = subset.iter().map(|part| part.choices.as_slice()).collect();
    let packing = Packing::of(&choices, 0, budget)?;
    let mut results = packing.results();
    Ok(results.any(|(_, saved)| (all - saved).protected == 0))
}

/// Whether a part of a layout has as many instances of each profile as there are to keep.
fn has_all(subset: &[&Part<'_>], staying: &[GpuInstanceProfileId]) -> bool {
    let count = |profile| staying.iter().filter(|&&other| other == profile).count();
    staying.iter().all(|&profile| {
        let same = subset
            .iter()
            .filter(|part| part.wanted.profile.id == profile);
        same.count() >= count(profile)
    })
}

/// Memory slices, and then compute slices.
fn size(subset: &[&Part<'_>]) -> (u32, u32) {
    let profiles = subset.iter().map(|part| part.wanted.profile);
    let sizes = profiles.map(|profile| (profile.memory_slices(), profile.slice_count));
    sizes.fold((0, 0), |(memory, compute): (u32, u32), size| {
        (
            memory.saturating_add(size.0),
            compute.saturating_add(size.1),
        )
    })
}

fn engines_suffice(model: &GpuModel, subset: &[&Part<'_>]) -> bool {
    let needed = Search::engines(subset.iter().map(|part| &part.wanted));
    model.engines().lacking(needed).is_none()
}

fn entries<'a>(subset: &[&'a Part<'_>]) -> impl Iterator<Item = &'a LayoutGpuInstance> {
    subset.iter().map(|part| &part.wanted.entry)
}

/// All subsets of a list.
fn subsets<T>(all: &[T]) -> Vec<Vec<&T>> {
    all.iter().fold(vec![Vec::new()], |subsets, item| {
        let with = subsets
            .iter()
            .map(|subset| subset.iter().copied().chain([item]).collect());
        let with: Vec<Vec<&T>> = with.collect();
        subsets.into_iter().chain(with).collect()
    })
}
