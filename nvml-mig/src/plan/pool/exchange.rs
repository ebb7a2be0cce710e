//! What comes and what goes on the GPUs of a plan.

use std::collections::BTreeMap;

use super::instance_kind::entry_of;
use super::placing::{ChangedGpus, Placing};
use super::pool_gpu::PoolGpu;
use super::pool_plan::{AssignedInstance, MovedInstance};
use super::settlement::gone;
use super::state::{Origin, SearchedGpu};
use crate::plan::layout::LayoutGpuInstance;
use crate::plan::planner::Place;

/// The instances of each kind that the search has placed or removed, with the indices of their GPUs.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    placed: BTreeMap<usize, Vec<(usize, Place)>>,
    /// With the indices of the existing instances.
    removed: BTreeMap<usize, Vec<(usize, usize)>>,
}

/// The entries of the layouts for the instances that are placed, by GPU and start.
pub(super) type Entries = BTreeMap<(usize, u32), LayoutGpuInstance>;

/// What comes of an exchange.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) assigned: Vec<AssignedInstance>,
    pub(super) moved: Vec<MovedInstance>,
    pub(super) entries: Entries,
}

impl Exchange {
    /// Finds what has come and gone.
    pub(super) fn of(placing: &Placing<'_>, after: &ChangedGpus) -> Self {
        let mut exchange = Self::default();
        for (&index, after) in after {
            exchange.note(placing, index, after);
        }
        exchange
    }

    fn note(&mut self, placing: &Placing<'_>, gpu: usize, after: &SearchedGpu) {
        for origin in &after.origins {
            if let Origin::Placed(kind, place) = *origin {
                self.placed.entry(kind).or_default().push((gpu, place));
            }
        }
        let before = placing.gpus.get(gpu).into_iter();
        for gone in before.flat_map(|before| gone(before, after)) {
            let removed = self.removed.entry(gone.kind).or_default();
            removed.push((gpu, gone.index));
        }
    }

    /// Pairs each removed instance with a placed one of the same kind, and each request with one of those that are left.
    pub(super) fn resolve(mut self, placing: &Placing<'_>, before: &[PoolGpu]) -> Exchanged {
        let mut entries = Entries::new();
        let moved = self.moved(placing, before, &mut entries);
        let assigned = self.assigned(placing, &mut entries);
        Exchanged {
            assigned,
            moved,
            entries,
        }
    }

    /// Assigns the placed instances to the requests of the same kind, in order.
    fn assigned(&self, placing: &Placing<'_>, entries: &mut Entries) -> Vec<AssignedInstance> {
        let mut next: BTreeMap<usize, usize> = BTreeMap::new();
        let requests = placing.kind_of.iter().zip(placing.requests);
        let assigned = requests.filter_map(|(kind, request)| {
            let next = next.entry(*kind).or_default();
            let &(gpu, place) = self.placed.get(kind)?.get(*next)?;
            *next += 1;
            entries.insert((gpu, place.start), request.instance().clone());
            instance(placing, *kind, gpu, place)
        });
        assigned.collect()
    }

    /// Pairs each removed instance with a placed one of the same kind, on the same GPU if possible.
    fn moved(
        &mut self,
        placing: &Placing<'_>,
        before: &[PoolGpu],
        entries: &mut Entries,
    ) -> Vec<MovedInstance> {
        let mut moved = Vec::new();
        for (kind, removed) in &self.removed {
            let targets = self.placed.entry(*kind).or_default();
            let stays = |gpu: usize| targets.iter().any(|(target, _)| *target == gpu);
            let (near, far): (Vec<_>, Vec<_>) = removed.iter().partition(|(gpu, _)| stays(*gpu));
            for &(from, index) in near.into_iter().chain(far) {
                let same = targets.iter().position(|(target, _)| *target == from);
                let Some((gpu, place)) = take(targets, same) else {
                    continue;
                };
                let existing = before.get(from).and_then(|gpu| gpu.present.get(index));
                let model = before
                    .get(from)
                    .and_then(|gpu| placing.models.get(gpu.model));
                let entry = model.zip(existing);
                let entry = entry.and_then(|(model, existing)| entry_of(model, existing));
                entries.extend(entry.map(|entry| ((gpu, place.start), entry)));
                let to = instance(placing, *kind, gpu, place);
                moved.extend(existing.zip(to).map(|(existing, to)| MovedInstance {
                    from,
                    id: existing.id,
                    to,
                }));
            }
        }
        moved.sort_by_key(|moved| (moved.from, moved.id));
        moved
    }
}

fn take<T>(from: &mut Vec<T>, index: Option<usize>) -> Option<T> {
    match index {
        Some(index) => Some(from.remove(index)),
        None => from.pop(),
    }
}

fn instance(
    placing: &Placing<'_>,
    kind: usize,
    gpu: usize,
    place: Place,
) -> Option<AssignedInstance> {
    let number = placing.gpus.get(gpu)?.state.model;
    let site = placing.kinds.get(kind)?.sites.get(number)?.as_ref()?;
    let profile = placing.models.get(number)?.profiles.get(site.profile)?;
    Some(AssignedInstance {
        gpu,
        profile: profile.id,
        name: profile.name.clone(),
        placement: place.into(),
    })
}
