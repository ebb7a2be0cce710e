//! The MIG devices of a layout that are parts of GPU instances of one profile.

use super::PlanError;
use super::budget::Budget;
use super::does_not_fit::DoesNotFit;
use super::inside::Inside;
use super::reason;
use super::wanted::{Wanted, WantedComputeInstance, find};
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};
use crate::plan::layout::LayoutGpuInstance;
use crate::profile::ProfileName;

/// The MIG devices that can share GPU instances of one profile.
#[derive(Debug)]
pub(super) struct Pool<'a> {
    /// The name of the GPU instances as written.
    name: ProfileName,
    pub(super) profile: &'a GpuInstanceProfileModel,
    /// How many of which compute instance, those with the most slices first.
    kinds: Vec<(WantedComputeInstance<'a>, usize)>,
    /// The fullest first.
    pub(super) groups: Vec<Group<'a>>,
}

/// Compute instances that fit in one GPU instance of a pool.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// How many of each kind.
    counts: Vec<usize>,
    pub(super) wanted: Wanted<'a>,
}

impl<'a> Pool<'a> {
    /// Adds a MIG device to the pool of its GPU instance profile.
    pub(super) fn add(
        pools: &mut Vec<Self>,
        model: &'a GpuModel,
        name: ProfileName,
    ) -> Result<(), PlanError> {
        let profile = find(model, name.gpu_instance().into())?;
        let wanted = WantedComputeInstance::of_mig_device(profile, name)?;
        let mut known = pools.iter_mut();
        match known.find(|pool| pool.profile.id == profile.id) {
            Some(pool) => pool.push(wanted),
            None => pools.push(Self {
                name: name.gpu_instance(),
                profile,
                kinds: vec![(wanted, 1)],
                groups: Vec::new(),
            }),
        }
        Ok(())
    }

    fn push(&mut self, wanted: WantedComputeInstance<'a>) {
        let mut kinds = self.kinds.iter_mut();
        match kinds.find(|(kind, _)| kind.profile.id == wanted.profile.id) {
            Some((_, count)) => *count += 1,
            None => {
                self.kinds.push((wanted, 1));
                let slices = |kind: &WantedComputeInstance<'_>| kind.profile.slice_count;
                self.kinds
                    .sort_by_key(|(kind, _)| core::cmp::Reverse(slices(kind)));
            }
        }
    }

    /// How many of each kind there are.
    pub(super) fn counts(&self) -> Vec<usize> {
        self.kinds.iter().map(|(_, count)| *count).collect()
    }

    /// Returns the fewest GPU instances that have the slices for so many of each kind.
    pub(super) fn least(&self, counts: &[usize]) -> usize {
        let slices = |slices: u32| usize::try_from(slices).unwrap_or(usize::MAX);
        let each = self.kinds.iter().zip(counts);
        let each =
            each.map(|((kind, _), count)| count.saturating_mul(slices(kind.profile.slice_count)));
        let sum = each.fold(0, usize::saturating_add);
        sum.div_ceil(slices(self.profile.slice_count).max(1))
    }

    /// Finds the groups. Fails if one of the compute instances does not even fit alone.
    pub(super) fn group(&mut self, model: &GpuModel, budget: &Budget) -> Result<(), PlanError> {
        let mut groups = Vec::new();
        let most = model.max_compute_instances;
        let room = (self.profile.slice_count, most);
        self.extend(&mut Vec::new(), room, &mut groups, budget)?;
        self.groups = Vec::new();
        for counts in groups {
            let wanted = self.wanted(&counts);
            if Inside::new(model, &wanted, budget)?.is_some() {
                self.groups.push(Group { counts, wanted });
            } else if counts.iter().sum::<usize>() == 1
                && let Some(reason) = reason::inside(model, &wanted, budget)?
            {
                return Err(DoesNotFit::new(reason).into());
            }
        }
        Ok(())
    }

    /// Adds all groups that begin with these counts, and have at most so many slices and instances more.
    fn extend(
        &self,
        counts: &mut Vec<usize>,
        (slices, instances): (u32, usize),
        groups: &mut Vec<Vec<usize>>,
        budget: &Budget,
    ) -> Result<(), PlanError> {
        budget.take(1)?;
        let Some((kind, count)) = self.kinds.get(counts.len()) else {
            if counts.iter().any(|count| *count > 0) {
                groups.push(counts.clone());
            }
            return Ok(());
        };
        for count in (0..=instances.min(*count)).rev() {
            let each = u32::try_from(count).unwrap_or(u32::MAX);
            let needed = kind.profile.slice_count.saturating_mul(each);
            if let Some(slices) = slices.checked_sub(needed) {
                counts.push(count);
                self.extend(counts, (slices, instances - count), groups, budget)?;
                counts.pop();
            }
        }
        Ok(())
    }

    fn wanted(&self, counts: &[usize]) -> Wanted<'a> {
        let each = self.kinds.iter().zip(counts);
        let compute_instances: Vec<WantedComputeInstance<'a>> = each
            .flat_map(|((kind, _), count)| core::iter::repeat_n(kind.clone(), *count))
            .collect();
        let texts = compute_instances.iter().map(|wanted| wanted.text);
        Wanted {
            entry: LayoutGpuInstance::new(self.name).with_compute_instances(texts),
            profile: self.profile,
            compute_instances,
        }
    }

    /// Returns the groups that fill one GPU instance after another.
    pub(super) fn filled(&self) -> Vec<&Group<'a>> {
        let (mut remaining, mut filled) = (self.counts(), Vec::new());
        for group in &self.groups {
            while let Some(less) = group.taken_from(&remaining) {
                remaining = less;
                filled.push(group);
            }
        }
        filled
    }
}

impl Group<'_> {
    /// Returns how many of each kind are left without it; `None` if there are not enough.
    pub(super) fn taken_from(&self, remaining: &[usize]) -> Option<Vec<usize>> {
        let each = remaining.iter().zip(&self.counts);
        each.map(|(remaining, count)| remaining.checked_sub(*count))
            .collect()
    }
}
