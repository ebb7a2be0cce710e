//! The best plan for one grouping of a layout's MIG devices.

use core::cmp::Reverse;

use super::budget::Budget;
use super::does_not_fit::{Blocker, DoesNotFit, DoesNotFitReason};
use super::loss::Loss;
use super::reason;
use super::room::{Room, gpu_kinds, room};
use super::search::Search;
use super::slices::Slices;
use super::wanted::Wanted;
use super::{Plan, PlanError, PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::GpuModel;

/// A plan with what is compared.
#[derive(Debug)]
pub(super) struct Candidate {
    rank: Rank,
    plan: Plan,
    /// The instances that the plan destroys although they must stay.
    blockers: Vec<Blocker>,
}

/// Less is better, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    loss: Loss,
    gpu_instances: usize,
    room: Reverse<Room>,
    /// Of equally good ones, the lowest places.
    slices: Slices,
}

impl Candidate {
    /// Returns the best plan for these GPU instances if it is better than another one; `None` if it is not, or if they do
    /// not fit.
    pub(super) fn better(
        than: Option<&Self>,
        model: &GpuModel,
        wanted: &[Wanted<'_>],
        (present, options): (&[PresentGpuInstance], PlanOptions),
        budget: &Budget,
    ) -> Result<Option<Self>, PlanError> {
        if reason::count(model, wanted).is_some() || reason::engines(model, wanted).is_some() {
            return Ok(None);
        }
        let search = Search::new(model, wanted, present, options, 0, budget)?;
        let kinds = gpu_kinds(model, wanted.len(), Search::engines(wanted));
        let Some((slices, saved)) = search.packing.best(&kinds, budget)? else {
            return Ok(None);
        };
        let rank = Rank {
            loss: search.loss(saved),
            gpu_instances: wanted.len(),
            room: Reverse(room(&kinds, slices)),
            slices,
        };
        if than.is_some_and(|than| than.rank <= rank) {
            return Ok(None);
        }
        let plan = search.plan(slices)?;
        let blockers = match rank.loss.protected {
            0 => Vec::new(),
            _ => reason::blockers(&search, &plan),
        };
        Ok(Some(Self {
            rank,
            plan,
            blockers,
        }))
    }

    /// Returns the plan, unless it destroys what must stay.
    pub(super) fn into_plan(self) -> Result<Plan, PlanError> {
        if self.rank.loss.protected == 0 {
            return Ok(self.plan);
        }
        let blockers = self.blockers;
        Err(DoesNotFit::new(DoesNotFitReason::Blocked { blockers }).into())
    }
}
