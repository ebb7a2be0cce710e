//! The ways to distribute the MIG devices of a layout over GPU instances.

use super::PlanError;
use super::budget::{Budget, Exhausted};
use super::same_profile::{Group, SameProfile};
use super::wanted::{Wanted, check_count};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::Layout;

/// The GPU instances of a layout, and its MIG devices, which can share GPU instances in several ways.
#[derive(Debug)]
pub(super) struct Groupings<'a> {
    model: &'a GpuModel,
    fixed: Vec<Wanted<'a>>,
    by_profile: Vec<SameProfile<'a>>,
}

/// What the GPU instances chosen so far leave.
#[derive(Debug, Clone, Copy)]
struct Left {
    memory_slices: u32,
    gpu_instances: usize,
}

impl Left {
    /// Returns what is left without one more GPU instance; `None` if there is no room for it.
    fn without(self, memory_slices: u32) -> Option<Self> {
        Some(Self {
            memory_slices: self.memory_slices.checked_sub(memory_slices)?,
            gpu_instances: self.gpu_instances.checked_sub(1)?,
        })
    }

    /// Returns whether there is room for as many GPU instances as so many of each kind need at least.
    fn has_room_for(self, same_profile: &SameProfile<'_>, counts: &[usize]) -> bool {
        let (least, size) = (
            same_profile.least(counts),
            same_profile.profile.memory_slices(),
        );
        let slices = u32::try_from(least).map_or(u32::MAX, |least| size.saturating_mul(least));
        least <= self.gpu_instances && slices <= self.memory_slices
    }
}

impl<'a> Groupings<'a> {
    pub(super) fn of(
        model: &'a GpuModel,
        layout: &Layout,
        budget: &Budget,
    ) -> Result<Self, PlanError> {
        let fixed = Wanted::all(model, layout)?;
        let mut by_profile: Vec<SameProfile<'a>> = Vec::new();
        for name in layout.mig_devices() {
            SameProfile::add(&mut by_profile, model, *name)?;
        }
        let least = by_profile
            .iter()
            .map(|same_profile| same_profile.least(&same_profile.counts()));
        check_count(model, least.fold(fixed.len(), usize::saturating_add))?;
        for same_profile in &mut by_profile {
            same_profile.group(model, budget)?;
        }
        Ok(Self {
            model,
            fixed,
            by_profile,
        })
    }

    /// The GPU instances that the layout lists.
    pub(super) fn fixed(&self) -> &[Wanted<'a>] {
        &self.fixed
    }

    /// Returns the grouping that fills one GPU instance after another, the largest compute instances first.
    pub(super) fn filled(&self) -> Result<Vec<Wanted<'a>>, Exhausted> {
        let (mut filled, budget) = (Vec::new(), Budget::new());
        for same_profile in &self.by_profile {
            filled.extend(same_profile.filled(self.model, &budget)?);
        }
        Ok(self.with(&filled))
    }

    /// Calls `body` with the GPU instances of each distinct grouping whose GPU instances are not too many or too large
    /// together. A step is a GPU instance of a grouping.
    pub(super) fn each(
        &self,
        budget: &Budget,
        body: &mut impl FnMut(Vec<Wanted<'a>>) -> Result<(), PlanError>,
    ) -> Result<(), PlanError> {
        let used = self
            .fixed
            .iter()
            .map(|wanted| wanted.profile.memory_slices());
        let used = used.fold(0, u32::saturating_add);
        let left = Left {
            memory_slices: self.model.memory_slices().saturating_sub(used),
            gpu_instances: self
                .model
                .max_gpu_instances
                .saturating_sub(self.fixed.len()),
        };
        self.distribute(&self.by_profile, &mut Vec::new(), left, budget, body)
    }

    /// Distributes the MIG devices to GPU instances, one profile after another.
    fn distribute<'b>(
        &'b self,
        by_profile: &'b [SameProfile<'a>],
        chosen: &mut Vec<&'b Wanted<'a>>,
        left: Left,
        budget: &Budget,
        body: &mut impl FnMut(Vec<Wanted<'a>>) -> Result<(), PlanError>,
    ) -> Result<(), PlanError> {
        match by_profile.split_first() {
            None => body(self.with(chosen)),
            Some((same_profile, others)) => {
                let rest = Rest {
                    same_profile,
                    groups: &same_profile.groups,
                    others,
                };
                self.group(rest, &same_profile.counts(), chosen, left, budget, body)
            }
        }
    }

    /// Chooses the next GPU instance of a profile among the groups from the last one on, so that each set of groups is chosen
    /// once.
    fn group<'b>(
        &'b self,
        rest: Rest<'a, 'b>,
        remaining: &[usize],
        chosen: &mut Vec<&'b Wanted<'a>>,
        left: Left,
        budget: &Budget,
        body: &mut impl FnMut(Vec<Wanted<'a>>) -> Result<(), PlanError>,
    ) -> Result<(), PlanError> {
        budget.take(1)?;
        let Rest {
            same_profile,
            others,
            ..
        } = rest;
        if remaining.iter().all(|count| *count == 0) {
            return self.distribute(others, chosen, left, budget, body);
        }
        let Some(left) = left.without(same_profile.profile.memory_slices()) else {
            return Ok(());
        };
        for (index, group) in rest.groups.iter().enumerate() {
            let remaining = group.taken_from(remaining);
            let remaining =
                remaining.filter(|remaining| left.has_room_for(same_profile, remaining));
            let Some(remaining) = remaining else {
                continue;
            };
            if let Some(wanted) = same_profile.fitted(group, self.model, budget)? {
                let groups = rest.groups.get(index..).unwrap_or_default();
                let rest = Rest { groups, ..rest };
                chosen.push(wanted);
                self.group(rest, &remaining, chosen, left, budget, body)?;
                chosen.pop();
            }
        }
        Ok(())
    }

    fn with(&self, groups: &[&Wanted<'a>]) -> Vec<Wanted<'a>> {
        let groups = groups.iter().copied().cloned();
        self.fixed.iter().cloned().chain(groups).collect()
    }
}

/// The groups that can still be chosen, and the profiles after this one.
#[derive(Debug, Clone, Copy)]
struct Rest<'a, 'b> {
    same_profile: &'b SameProfile<'a>,
    groups: &'b [Group<'a>],
    others: &'b [SameProfile<'a>],
}
