//! Existing instances that stay after all, since what was placed in their old places can be they themselves.

use super::placing::{ChangedGpus, Placing};
use super::state::{Occupant, Origin, SearchedGpu};

/// An existing instance that was removed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone<'a> {
    /// Its index in the list of the GPU's instances.
    pub(super) index: usize,
    pub(super) kind: usize,
    occupant: &'a Occupant,
}

/// Returns the existing instances of a GPU that were removed.
pub(super) fn gone<'a>(
    before: &'a SearchedGpu,
    after: &'a SearchedGpu,
) -> impl Iterator<Item = Gone<'a>> {
    let all = before.state.occupants.iter().zip(&before.origins);
    all.filter_map(|(occupant, origin)| match (occupant.kind, *origin) {
        (Some(kind), Origin::Existing(index)) if !after.origins.contains(origin) => Some(Gone {
            index,
            kind,
            occupant,
        }),
        _ => None,
    })
}

/// Lets existing instances stay where one of the same kind was placed, or a request that can as well have the place to which
/// they would move. GPUs that stay as they are then are left out.
pub(super) fn settle(placing: &Placing<'_>, changed: &mut ChangedGpus) {
    for (index, gpu) in changed.iter_mut() {
        for (position, _, existing) in returned(placing, *index, gpu, true) {
            set(gpu, position, Origin::Existing(existing));
        }
    }
    let indices: Vec<usize> = changed.keys().copied().collect();
    for index in indices {
        let Some(gpu) = changed.get(&index) else {
            continue;
        };
        for (position, kind, existing) in returned(placing, index, gpu, false) {
            exchange(changed, (index, position), kind, existing);
        }
    }
    let is_changed = |index: &usize, gpu: &SearchedGpu| {
        let before = placing.gpus.get(*index);
        before.is_none_or(|before| before.origins != gpu.origins)
    };
    changed.retain(|index, gpu| is_changed(index, gpu));
}

/// The positions of placed instances where an existing one of the same profile was, with the kind and the index of that one:
/// those of the same kind, or requests that can be anywhere.
fn returned(
    placing: &Placing<'_>,
    index: usize,
    gpu: &SearchedGpu,
    of_same_kind: bool,
) -> Vec<(usize, usize, usize)> {
    let Some(before) = placing.gpus.get(index) else {
        return Vec::new();
    };
    let found = gone(before, gpu).filter_map(|gone| {
        let is_there = |(occupant, origin): (&Occupant, &Origin)| match *origin {
            Origin::Placed(kind, _) => {
                (occupant.slices, occupant.profile) == (gone.occupant.slices, gone.occupant.profile)
                    && if of_same_kind {
                        kind == gone.kind
                    } else {
                        placing.can_be_anywhere(kind, before.state.model)
                    }
            }
            Origin::Existing(_) => false,
        };
        let position = gpu
            .state
            .occupants
            .iter()
            .zip(&gpu.origins)
            .position(is_there)?;
        Some((position, gone.kind, gone.index))
    });
    found.collect()
}

/// Lets the request at this position have the place of one of the kind that would move, and the existing instance stay.
fn exchange(changed: &mut ChangedGpus, at: (usize, usize), kind: usize, existing: usize) {
    let (index, position) = at;
    let origin_of = |changed: &ChangedGpus, (gpu, position): (usize, usize)| {
        changed.get(&gpu)?.origins.get(position).copied()
    };
    let Some(Origin::Placed(request, _)) = origin_of(changed, at) else {
        return;
    };
    let all = changed.iter().flat_map(|(&gpu, searched)| {
        let origins = searched.origins.iter().enumerate();
        origins.map(move |(position, origin)| ((gpu, position), *origin))
    });
    let mut of_kind = all.filter_map(|(at, origin)| match origin {
        Origin::Placed(other, place) if other == kind => Some((at, place)),
        _ => None,
    });
    if let Some(((other, there), place)) = of_kind.next() {
        if let Some(gpu) = changed.get_mut(&other) {
            set(gpu, there, Origin::Placed(request, place));
        }
        if let Some(gpu) = changed.get_mut(&index) {
            set(gpu, position, Origin::Existing(existing));
        }
    }
}

fn set(gpu: &mut SearchedGpu, position: usize, origin: Origin) {
    if let Some(known) = gpu.origins.get_mut(position) {
        *known = origin;
    }
}
