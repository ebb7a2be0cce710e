//! The ways to distribute the MIG devices of a layout over GPU instances.

use super::PlanError;
use super::budget::{Budget, Exhausted};
use super::pool::{Group, Pool};
use super::wanted::{Wanted, check_count};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::Layout;

/// The GPU instances of a layout, and its MIG devices, which can share GPU instances in several ways.
#[derive(Debug)]
pub(super) struct Groupings<'a> {
    model: &'a GpuModel,
    fixed: Vec<Wanted<'a>>,
    pools: Vec<Pool<'a>>,
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
    fn has_room_for(self, pool: &Pool<'_>, counts: &[usize]) -> bool {
        let (least, size) = (pool.least(counts), pool.profile.memory_slices());
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
        let mut pools: Vec<Pool<'a>> = Vec::new();
        for name in layout.mig_devices() {
            Pool::add(&mut pools, model, *name)?;
        }
        let least = pools.iter().map(|pool| pool.least(&pool.counts()));
        check_count(model, least.fold(fixed.len(), usize::saturating_add))?;
        for pool in &mut pools {
            pool.group(model, budget)?;
        }
        Ok(Self {
            model,
            fixed,
            pools,
        })
    }

    /// The GPU instances that the layout lists.
    pub(super) fn fixed(&self) -> &[Wanted<'a>] {
        &self.fixed
    }

    /// Returns the grouping that fills one GPU instance after another, the largest compute instances first.
    pub(super) fn filled(&self) -> Result<Vec<Wanted<'a>>, Exhausted> {
        let (mut filled, budget) = (Vec::new(), Budget::new());
        for pool in &self.pools {
            filled.extend(pool.filled(self.model, &budget)?);
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
        self.pool(&self.pools, &mut Vec::new(), left, budget, body)
    }

    /// Distributes the MIG devices of these pools, one pool after another.
    fn pool<'b>(
        &'b self,
        pools: &'b [Pool<'a>],
        chosen: &mut Vec<&'b Wanted<'a>>,
        left: Left,
        budget: &Budget,
        body: &mut impl FnMut(Vec<Wanted<'a>>) -> Result<(), PlanError>,
    ) -> Result<(), PlanError> {
        match pools.split_first() {
            None => body(self.with(chosen)),
            Some((pool, others)) => {
                let rest = Rest {
                    pool,
                    groups: &pool.groups,
                    others,
                };
                self.group(rest, &pool.counts(), chosen, left, budget, body)
            }
        }
    }

    /// Chooses the next GPU instance of a pool among the groups from the last one on, so that each set of groups is chosen
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
        let Rest { pool, others, .. } = rest;
        if remaining.iter().all(|count| *count == 0) {
            return self.pool(others, chosen, left, budget, body);
        }
        let Some(left) = left.without(pool.profile.memory_slices()) else {
            return Ok(());
        };
        for (index, group) in rest.groups.iter().enumerate() {
            let remaining = group.taken_from(remaining);
            let remaining = remaining.filter(|remaining| left.has_room_for(pool, remaining));
            let Some(remaining) = remaining else {
                continue;
            };
            if let Some(wanted) = pool.fitted(group, self.model, budget)? {
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

/// The groups that can still be chosen, and the pools after this one.
#[derive(Debug, Clone, Copy)]
struct Rest<'a, 'b> {
    pool: &'b Pool<'a>,
    groups: &'b [Group<'a>],
    others: &'b [Pool<'a>],
}
