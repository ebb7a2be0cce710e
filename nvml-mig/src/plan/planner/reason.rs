//! Finds the reason why a layout does not fit.

use std::collections::VecDeque;

use super::budget::{Budget, Exhausted};
use super::does_not_fit::{Blocker, DoesNotFitReason, Protection};
use super::inside::Inside;
use super::loss::{compute_instance_protection, protection};
use super::packing::{Choice, Packing};
use super::search::Search;
use super::slices::Place;
use super::wanted::Wanted;
use super::{Plan, PresentGpuInstance};
use crate::id::ComputeInstanceId;
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::repeated;
use crate::profile::ReportedName;

/// An instance to be placed, with its name and possible placements.
struct Neighbour {
    text: String,
    places: Vec<Place>,
}

/// Checks the number of GPU instances.
pub(super) fn count(model: &GpuModel, wanted: &[Wanted<'_>]) -> Option<DoesNotFitReason> {
    let (count, most) = (wanted.len(), model.max_gpu_instances);
    (count > most).then_some(DoesNotFitReason::Instances {
        inside: None,
        wanted: count,
        most,
    })
}

/// Checks the media engines of all GPU instances together.
pub(super) fn engines(model: &GpuModel, wanted: &[Wanted<'_>]) -> Option<DoesNotFitReason> {
    let (available, needed) = (model.engines(), Search::engines(wanted));
    let engine = available.lacking(needed)?;
    let users = wanted
        .iter()
        .filter(|wanted| wanted.profile.engines.count(engine) > 0);
    let users: Vec<&Wanted<'_>> = users.collect();
    let names: Vec<&str> = users
        .iter()
        .map(|user| user.profile.name.as_str())
        .collect();
    let (wanted, available) = (needed.count(engine), available.count(engine));
    let needs = users.iter().map(|user| user.profile.engines.count(engine));
    Some(DoesNotFitReason::Engines {
        engine,
        wanted,
        available,
        users: repeated(&names, |_| true, ", "),
        most: most_at_once(needs.collect(), available),
    })
}

/// Returns how many of these needs can be met together.
fn most_at_once(mut needs: Vec<u32>, available: u32) -> usize {
    needs.sort_unstable();
    let sums = needs.into_iter().scan(0_u32, |sum, need| {
        *sum = sum.saturating_add(need);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= available).count()
}

/// Returns why the compute instances of one GPU instance do not fit in it.
pub(super) fn inside(
    model: &GpuModel,
    wanted: &Wanted<'_>,
    budget: &Budget,
) -> Result<Option<DoesNotFitReason>, Exhausted> {
    let inside = Some(wanted.profile.name.clone());
    let (count, most) = (wanted.compute_instances.len(), model.max_compute_instances);
    if count > most {
        return Ok(Some(DoesNotFitReason::Instances {
            inside,
            wanted: count,
            most,
        }));
    }
    if Inside::new(model, wanted, budget)?.is_some() {
        return Ok(None);
    }
    let (slices_wanted, available) = (wanted.slices(), wanted.profile.slice_count);
    if slices_wanted > available {
        return Ok(Some(DoesNotFitReason::Slices {
            inside,
            wanted: slices_wanted,
            available,
        }));
    }
    let compute_instances = wanted
        .compute_instances
        .iter()
        .map(|compute_instance| Neighbour {
            text: compute_instance.text.to_string(),
            places: compute_instance.places().collect(),
        });
    let profiles = wanted.profile.compute_instance_profiles.iter();
    let all = profiles.flat_map(|profile| &profile.placements);
    let available = all
        .map(|place| place.start.saturating_add(place.size))
        .max();
    let available = available.unwrap_or(0);
    slices(inside, compute_instances.collect(), available, budget).map(Some)
}

/// Returns why GPU instances do not fit on the GPU even if it is empty: too few slices or, if these would do, too few engines.
pub(super) fn outside(
    model: &GpuModel,
    wanted: &[Wanted<'_>],
    budget: &Budget,
) -> Result<DoesNotFitReason, Exhausted> {
    if let Some(engines) = engines(model, wanted)
        && fit_in_slices(wanted.iter(), budget)?
    {
        return Ok(engines);
    }
    let neighbours = wanted.iter().map(|wanted| Neighbour {
        text: match wanted.entry.start() {
            Some(start) => format!("{}:{start}", wanted.profile.name),
            None => wanted.profile.name.to_string(),
        },
        places: wanted.places().collect(),
    });
    slices(None, neighbours.collect(), model.memory_slices(), budget)
}

fn slices(
    inside: Option<ReportedName>,
    neighbours: Vec<Neighbour>,
    available: u32,
    budget: &Budget,
) -> Result<DoesNotFitReason, Exhausted> {
    let size = |neighbour: &Neighbour| neighbour.places.first().map_or(0, |place| place.size);
    let wanted = neighbours.iter().map(size).fold(0, u32::saturating_add);
    if wanted > available {
        return Ok(DoesNotFitReason::Slices {
            inside,
            wanted,
            available,
        });
    }
    let core = without_bystanders(neighbours, budget)?;
    let texts: Vec<&str> = core
        .iter()
        .map(|neighbour| neighbour.text.as_str())
        .collect();
    let mut places: Vec<String> = core.iter().map(Neighbour::only_at).collect();
    places.dedup();
    Ok(DoesNotFitReason::Places {
        inside,
        together: repeated(&texts, |_| true, ", "),
        places,
    })
}

impl Neighbour {
    /// Returns, for example, `4g.20gb fits only at 0:4`.
    fn only_at(&self) -> String {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        format!("{} fits only at {}", self.text, places.join(", "))
    }
}

/// Reduces the instances to a minimal set that does not fit together: without any one of them, the others fit.
fn without_bystanders(
    neighbours: Vec<Neighbour>,
    budget: &Budget,
) -> Result<Vec<Neighbour>, Exhausted> {
    let mut untried = VecDeque::from(neighbours);
    let mut needed: Vec<Neighbour> = Vec::new();
    while let Some(tried) = untried.pop_front() {
        if fit(needed.iter().chain(&untried), budget)? {
            needed.push(tried);
        }
    }
    needed.sort_by(|left, right| left.text.cmp(&right.text));
    Ok(needed)
}

fn fit<'a>(
    neighbours: impl Iterator<Item = &'a Neighbour>,
    budget: &Budget,
) -> Result<bool, Exhausted> {
    let choices =
        |neighbour: &Neighbour| neighbour.places.iter().copied().map(Choice::new).collect();
    let choices_of_each: Vec<Vec<Choice>> = neighbours.map(choices).collect();
    Packing::fits(&choices_of_each, budget)
}

fn fit_in_slices<'a>(
    wanted: impl Iterator<Item = &'a Wanted<'a>>,
    budget: &Budget,
) -> Result<bool, Exhausted> {
    let choices = |wanted: &Wanted<'_>| wanted.places().map(Choice::new).collect();
    let choices_of_each: Vec<Vec<Choice>> = wanted.map(choices).collect();
    Packing::fits(&choices_of_each, budget)
}

/// Returns the instances that a plan would destroy although they must stay.
pub(super) fn blockers(search: &Search<'_>, plan: &Plan) -> Vec<Blocker> {
    let blockers = search.present.iter().flat_map(|present| {
        if plan.kept.contains(&Some(present.id)) {
            inner_blockers(search, present, plan)
        } else {
            let protection = protection(present, search.options);
            Vec::from_iter(blocker(present, None, protection))
        }
    });
    blockers.collect()
}

/// Returns the blockers in a GPU instance that is kept: its destroyed compute instances, or the GPU instance itself if
/// it is pinned and compute instances would only be added to it.
fn inner_blockers(search: &Search<'_>, present: &PresentGpuInstance, plan: &Plan) -> Vec<Blocker> {
    let compute_instances = present.compute_instances().iter();
    let gone =
        compute_instances.filter(|compute_instance| plan.destroys(present.id, compute_instance.id));
    let gone = gone.filter_map(|compute_instance| {
        let protection = compute_instance_protection(present, compute_instance, search.options);
        blocker(present, Some(compute_instance.id), protection)
    });
    let mut blockers: Vec<Blocker> = gone.collect();
    if blockers.is_empty() && present.pinned && plan.adds_to(present.id) {
        let pinned = Some(Protection::Pinned);
        blockers.extend(blocker(present, None, pinned));
    }
    blockers
}

fn blocker(
    present: &PresentGpuInstance,
    compute_instance: Option<ComputeInstanceId>,
    protection: Option<Protection>,
) -> Option<Blocker> {
    Some(Blocker {
        gpu_instance: present.id,
        compute_instance,
        name: present.instance.name.clone(),
        placement: present.placement(),
        protection: protection?,
    })
}
