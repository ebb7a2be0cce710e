//! The MIG devices of a layout that are parts of GPU instances of one profile.

use core::cell::OnceCell;

use super::PlanError;
use super::budget::{Budget, Exhausted};
use super::does_not_fit::DoesNotFit;
use super::inside::Inside;
use super::reason;
use super::wanted::{Wanted, WantedComputeInstance, find};
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};
use crate::plan::layout::LayoutGpuInstance;
use crate::profile::ProfileName;

/// The MIG devices that can share GPU instances of one profile.
#[derive(Debug)]
pub(super) struct SameProfile<'a> {
    /// The name of the GPU instances as written.
    name: ProfileName,
    pub(super) profile: &'a GpuInstanceProfileModel,
    /// How many of which compute instance, those with the most slices first.
    kinds: Vec<(WantedComputeInstance<'a>, usize)>,
    /// The fullest first.
    pub(super) groups: Vec<Group<'a>>,
}

/// Compute instances that may fit in one GPU instance of the profile: they have no more slices than it.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// How many of each kind.
    counts: Vec<usize>,
    /// The GPU instance, `None` if they do not fit; found out when it is needed.
    wanted: OnceCell<Option<Wanted<'a>>>,
}

impl<'a> SameProfile<'a> {
    /// Adds a MIG device to those with its GPU instance profile.
    pub(super) fn add(
        by_profile: &mut Vec<Self>,
        model: &'a GpuModel,
        name: ProfileName,
    ) -> Result<(), PlanError> {
        let profile = find(model, name.gpu_instance().into())?;
        let wanted = WantedComputeInstance::of_mig_device(profile, name)?;
        let mut known = by_profile.iter_mut();
        match known.find(|same_profile| same_profile.profile.id == profile.id) {
            Some(same_profile) => same_profile.push(wanted),
            None => by_profile.push(Self {
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

    /// Lists the groups. Fails if one of the compute instances does not even fit alone.
    pub(super) fn group(&mut self, model: &GpuModel, budget: &Budget) -> Result<(), PlanError> {
        for alone in 0..self.kinds.len() {
            let counts = (0..self.kinds.len()).map(|kind| usize::from(kind == alone));
            let wanted = self.wanted(&counts.collect::<Vec<_>>());
            if let Some(reason) = reason::inside(model, &wanted, budget)? {
                return Err(DoesNotFit::new(reason).into());
            }
        }
        let mut groups = Vec::new();
        let room = (self.profile.slice_count, model.max_compute_instances);
        self.extend(&mut Vec::new(), room, &mut groups, budget)?;
        self.groups = groups;
        Ok(())
    }

    /// Adds all groups that begin with these counts, and have at most so many slices and instances more.
    fn extend(
        &self,
        counts: &mut Vec<usize>,
        (slices, instances): (u32, usize),
        groups: &mut Vec<Group<'a>>,
        budget: &Budget,
    ) -> Result<(), PlanError> {
        budget.take(1)?;
        let Some((kind, count)) = self.kinds.get(counts.len()) else {
            if counts.iter().any(|count| *count > 0) {
                groups.push(Group {
                    counts: counts.clone(),
                    wanted: OnceCell::new(),
                });
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

    /// Returns the GPU instance with the compute instances of a group; `None` if they do not fit in it.
    pub(super) fn fitted<'b>(
        &self,
        group: &'b Group<'a>,
        model: &GpuModel,
        budget: &Budget,
    ) -> Result<Option<&'b Wanted<'a>>, Exhausted> {
        if group.wanted.get().is_none() {
            let wanted = self.wanted(&group.counts);
            let fits = Inside::new(model, &wanted, budget)?.is_some();
            // It is empty, so that this sets it.
            let _ = group.wanted.set(fits.then_some(wanted));
        }
        Ok(group.wanted.get().and_then(Option::as_ref))
    }

    /// Returns GPU instances that are filled one after another.
    pub(super) fn filled(
        &self,
        model: &GpuModel,
        budget: &Budget,
    ) -> Result<Vec<&Wanted<'a>>, Exhausted> {
        let (mut remaining, mut filled) = (self.counts(), Vec::new());
        for group in &self.groups {
            while let Some(less) = group.taken_from(&remaining) {
                let Some(wanted) = self.fitted(group, model, budget)? else {
                    break;
                };
                remaining = less;
                filled.push(wanted);
            }
        }
        Ok(filled)
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
