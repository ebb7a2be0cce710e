//! How much still fits beside instances, counted profile by profile.

use nvml_mig::plan::{GpuInstanceProfileModel, GpuModel, PresentGpuInstance};

use super::wants::Want;
use super::{Span, engines_suffice, overlap};

/// The negative of how much still fits: the number of further instances of each profile alone, added up; and the
/// memory slices of the largest.
pub(super) fn lost_room(model: &GpuModel, taken: &[Span], wants: &[Want<'_>]) -> (i64, i64) {
    let (mut sum, mut largest) = (0, 0);
    for profile in &model.profiles {
        let more = further(model, profile, -1, &mut taken.to_vec(), &mut wants.to_vec());
        sum += more;
        if more > 0 {
            largest = largest.max(i64::from(profile.placements[0].size));
        }
    }
    (-sum, -largest)
}

/// How much still fits beside what is there, if its engines are enough for that; and at most if it stood best.
pub fn rooms(model: &GpuModel, present: &[PresentGpuInstance]) -> Option<(i64, i64)> {
    let want = |existing: &PresentGpuInstance| Want {
        profile: model
            .profiles
            .iter()
            .find(|profile| profile.id == existing.profile())
            .unwrap(),
        start: None,
        compute_instances: Vec::new(),
    };
    let wants: Vec<Want<'_>> = present.iter().map(want).collect();
    if !engines_suffice(model, &wants) {
        return None;
    }
    let now: Vec<Span> = present
        .iter()
        .map(|existing| (existing.placement().start, existing.placement().size))
        .collect();
    let (now, _) = lost_room(model, &now, &wants);
    let mut best = now;
    stand_anyhow(&wants, &mut Vec::new(), &mut |taken| {
        let (lost, _) = lost_room(model, taken, &wants);
        best = best.min(lost);
    });
    Some((-now, -best))
}

fn stand_anyhow(wants: &[Want<'_>], taken: &mut Vec<Span>, seen: &mut impl FnMut(&[Span])) {
    let Some(want) = wants.get(taken.len()) else {
        return seen(taken);
    };
    for place in &want.profile.placements {
        let span = (place.start, place.size);
        if !taken.iter().any(|&other| overlap(span, other)) {
            taken.push(span);
            stand_anyhow(wants, taken, seen);
            taken.pop();
        }
    }
}

/// How many more of a profile fit, each of them later than `after`.
pub(super) fn further<'a>(
    model: &'a GpuModel,
    profile: &'a GpuInstanceProfileModel,
    after: i64,
    taken: &mut Vec<Span>,
    wants: &mut Vec<Want<'a>>,
) -> i64 {
    wants.push(Want {
        profile,
        start: None,
        compute_instances: Vec::new(),
    });
    let mut most = 0;
    if wants.len() <= 8 && engines_suffice(model, wants) {
        for place in &profile.placements {
            let span = (place.start, place.size);
            let later = i64::from(span.0) > after;
            if later && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                most = most.max(1 + further(model, profile, i64::from(span.0), taken, wants));
                taken.pop();
            }
        }
    }
    wants.pop();
    most
}
