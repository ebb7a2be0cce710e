//! The ways to a layout, tried one by one.

use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};

use super::room::lost_room;
use super::wants::Want;
use super::{Cost, Span, engines_suffice, overlap};

pub(super) fn cheapest_to(
    model: &GpuModel,
    present: &[PresentGpuInstance],
    mut wants: Vec<Want<'_>>,
    options: PlanOptions,
) -> Option<Cost> {
    if wants.len() > 8 || !engines_suffice(model, &wants) {
        return None;
    }
    // Equal ones beside each other, so that trying them in all orders can be avoided.
    wants.sort_by_key(|want| format!("{want:?}"));
    let mut ways = Ways {
        model,
        present,
        options,
        wants: &wants,
        best: None,
    };
    let fresh: Vec<bool> = wants
        .iter()
        .map(|want| ways.inside(want, None).is_some())
        .collect();
    if fresh.contains(&false) {
        return None;
    }
    ways.place(0, &mut Vec::new(), &mut Vec::new(), (0, 0));
    ways.best
}

struct Ways<'a> {
    model: &'a GpuModel,
    present: &'a [PresentGpuInstance],
    options: PlanOptions,
    wants: &'a [Want<'a>],
    best: Option<Cost>,
}

impl Ways<'_> {
    /// `taken` are the spans so far, `kept` the present instances that are kept, `inner` what is destroyed in them.
    fn place(
        &mut self,
        index: usize,
        taken: &mut Vec<Span>,
        kept: &mut Vec<(usize, usize)>,
        inner: (usize, usize),
    ) {
        let Some(want) = self.wants.get(index) else {
            return self.finish(taken, kept, inner);
        };
        // Of equal ones, each stands later than the one before: other orders give the same sets.
        let after = match index.checked_sub(1) {
            Some(before) if self.wants[before] == *want => taken[before].0 as i64,
            _ => -1,
        };
        for (number, existing) in self.present.iter().enumerate() {
            let span = (existing.placement().start, existing.placement().size);
            let may = existing.profile() == want.profile.id
                && want.start.is_none_or(|start| start == span.0)
                && i64::from(span.0) > after
                && !taken.iter().any(|&other| overlap(span, other));
            if !may {
                continue;
            }
            if let Some(lost) = self.inside(want, Some(existing)) {
                taken.push(span);
                kept.push((number, index));
                self.place(index + 1, taken, kept, (inner.0 + lost.0, inner.1 + lost.1));
                kept.pop();
                taken.pop();
            }
        }
        for place in &want.profile.placements {
            let span = (place.start, place.size);
            let may = want.start.is_none_or(|start| start == span.0)
                && i64::from(span.0) > after
                && !taken.iter().any(|&other| overlap(span, other));
            if may {
                taken.push(span);
                self.place(index + 1, taken, kept, inner);
                taken.pop();
            }
        }
    }

    fn finish(&mut self, taken: &[Span], kept: &[(usize, usize)], inner: (usize, usize)) {
        let mut cost = (inner.0, 0, inner.1);
        for (number, existing) in self.present.iter().enumerate() {
            if kept.iter().any(|(kept, _)| *kept == number) {
                continue;
            }
            let busy_inside = existing
                .compute_instances()
                .iter()
                .filter(|inside| inside.busy)
                .count();
            let pinned = existing.pinned
                || existing
                    .compute_instances()
                    .iter()
                    .any(|inside| inside.pinned);
            let busy = existing.busy || busy_inside > 0;
            if pinned
                || (busy && !self.options.destroy_busy())
                || (!busy && !self.options.destroy_idle())
            {
                return;
            }
            let known = busy_inside > 0;
            let idle_part = |inside: &nvml_mig::plan::PresentComputeInstance| {
                !inside.busy && (known || !existing.busy)
            };
            if !self.options.destroy_idle() && existing.compute_instances().iter().any(idle_part) {
                return;
            }
            let compute_instances = existing.compute_instances().len();
            let busy_inside = if busy && busy_inside == 0 {
                compute_instances
            } else {
                busy_inside
            };
            cost.0 += if busy { busy_inside.max(1) } else { 0 };
            cost.1 += 1;
            cost.2 += compute_instances;
        }
        let cost = Cost {
            busy: cost.0,
            gpu_instances: cost.1,
            compute_instances: cost.2,
            count: self.wants.len(),
            lost_room: lost_room(self.model, taken, self.wants),
        };
        if self.best.is_none_or(|best| cost < best) {
            self.best = Some(cost);
        }
    }

    /// The busy and all compute instances that are destroyed so that these stand in a GPU instance; `None` if they
    /// can't, or what must stay would go.
    fn inside(
        &self,
        want: &Want<'_>,
        existing: Option<&PresentGpuInstance>,
    ) -> Option<(usize, usize)> {
        let slices = want
            .compute_instances
            .iter()
            .map(|(inside, ..)| inside.slice_count);
        if want.compute_instances.len() > 8 || slices.sum::<u32>() > want.profile.slice_count {
            return None;
        }
        let mut best = None;
        self.place_inside(
            want,
            existing,
            0,
            &mut Vec::new(),
            &mut Vec::new(),
            &mut best,
        );
        best
    }

    fn place_inside(
        &self,
        want: &Want<'_>,
        existing: Option<&PresentGpuInstance>,
        index: usize,
        taken: &mut Vec<Span>,
        kept: &mut Vec<usize>,
        best: &mut Option<(usize, usize)>,
    ) {
        let Some((profile, start, ids)) = want.compute_instances.get(index) else {
            if let Some(lost) = self.lost_inside(existing, kept, want.compute_instances.len())
                && best.is_none_or(|best| lost < best)
            {
                *best = Some(lost);
            }
            return;
        };
        let compute_instances = existing.map_or(&[][..], |existing| existing.compute_instances());
        for (number, inside) in compute_instances.iter().enumerate() {
            let span = (inside.placement().start, inside.placement().size);
            let may = ids.contains(&inside.profile()) && start.is_none_or(|start| start == span.0);
            if may && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                kept.push(number);
                self.place_inside(want, existing, index + 1, taken, kept, best);
                kept.pop();
                taken.pop();
            }
        }
        for place in &profile.placements {
            let span = (place.start, place.size);
            let may = start.is_none_or(|start| start == span.0);
            if may && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                self.place_inside(want, existing, index + 1, taken, kept, best);
                taken.pop();
            }
        }
    }

    fn lost_inside(
        &self,
        existing: Option<&PresentGpuInstance>,
        kept: &[usize],
        wanted: usize,
    ) -> Option<(usize, usize)> {
        let Some(existing) = existing else {
            return Some((0, 0));
        };
        if existing.pinned
            && (kept.len() < wanted || kept.len() < existing.compute_instances().len())
        {
            return None;
        }
        let known = existing
            .compute_instances()
            .iter()
            .any(|inside| inside.busy);
        let mut lost = (0, 0);
        for (number, inside) in existing.compute_instances().iter().enumerate() {
            if kept.contains(&number) {
                continue;
            }
            let busy = inside.busy || (existing.busy && !known);
            if inside.pinned
                || (busy && !self.options.destroy_busy())
                || (!busy && !self.options.destroy_idle())
            {
                return None;
            }
            lost.0 += usize::from(busy);
            lost.1 += 1;
        }
        Some(lost)
    }
}
