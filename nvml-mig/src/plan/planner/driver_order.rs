//! The order of creation for drivers that choose the places of GPU instances themselves.

use std::collections::BTreeSet;

use super::driver_choice::DriverChoice;
use super::slices::{Place, Slices};
use super::{Plan, PresentGpuInstance, Step};
use crate::id::GpuInstanceId;
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};

/// A new GPU instance.
struct New<'a> {
    /// Index in the plan.
    planned: usize,
    profile: &'a GpuInstanceProfileModel,
    /// Where it must start, if the layout says so.
    start: Option<u32>,
}

/// An order, with the places that the driver chooses.
type Order = Vec<(usize, Place)>;

/// What stays until the first new one is there.
#[derive(Debug, Clone, Copy)]
enum Bridge {
    None,
    Existing(GpuInstanceId),
    Temporary(Place),
}

/// The search for an order.
struct Search<'a> {
    model: &'a GpuModel,
    present: &'a [PresentGpuInstance],
    choice: DriverChoice,
    /// The largest first, since that leaves room for the others most often.
    new: Vec<New<'a>>,
    /// The occupied slices and the instances created until then, from which no order leads there.
    in_vain: BTreeSet<(Slices, BTreeSet<usize>)>,
}

impl Plan {
    /// Returns the same plan in an order in which the driver's own choices lead to the layout, if there is one. An instance without
    /// a start in the layout may be at another place then.
    pub(crate) fn in_driver_order(
        self,
        model: &GpuModel,
        present: &[PresentGpuInstance],
        starts: &[Option<u32>],
    ) -> Self {
        let search = Search::of(&self, model, present, starts);
        let found = search.and_then(|mut search| search.find(&self));
        match found {
            Some((bridge, order)) => self.reordered(bridge, &order),
            None => self,
        }
    }

    fn reordered(mut self, bridge: Bridge, order: &[(usize, Place)]) -> Self {
        for &(planned, place) in order {
            self.move_to(planned, place);
        }
        let (first, rest) = order.split_at(order.len().min(1));
        let blocks = |order: &[(usize, Place)]| -> Vec<Step> {
            let blocks = order.iter().map(|(planned, _)| self.block(*planned));
            blocks.collect::<Vec<_>>().concat()
        };
        let kept = (0..self.gpu_instances.len()).filter(|at| self.kept_id(*at).is_some());
        let kept: Vec<Step> = kept.flat_map(|planned| self.block(planned)).collect();
        let (first, rest) = (blocks(first), blocks(rest));
        let steps = match bridge {
            Bridge::None => [self.destroys_of(|_| true), kept, first, rest].concat(),
            Bridge::Existing(last) => [
                self.destroys_of(|id| id != last),
                first,
                self.destroys_of(|id| id == last),
                rest,
            ]
            .concat(),
            Bridge::Temporary(place) => self.bridged(place, first, rest),
        };
        if let (Bridge::Temporary(place), Some(temporary)) = (bridge, &mut self.temporary) {
            temporary.placement = place.into();
        }
        Self { steps, ..self }
    }

    fn bridged(&self, place: Place, first: Vec<Step>, rest: Vec<Step>) -> Vec<Step> {
        let profile = self.temporary.as_ref().map(|temporary| temporary.profile);
        let placement = place.into();
        let create = profile.map(|profile| Step::CreateTemporaryGpuInstance { profile, placement });
        let destroy =
            profile.map(|profile| Step::DestroyTemporaryGpuInstance { profile, placement });
        [
            create.into_iter().collect(),
            self.destroys_of(|_| true),
            first,
            destroy.into_iter().collect(),
            rest,
        ]
        .concat()
    }

    fn move_to(&mut self, to_move: usize, place: Place) {
        if let Some(moved) = self.gpu_instances.get_mut(to_move) {
            moved.placement = place.into();
        }
        for step in &mut self.steps {
            if let Step::CreateGpuInstance {
                planned, placement, ..
            } = step
                && *planned == to_move
            {
                *placement = place.into();
            }
        }
    }

    /// The steps that create a GPU instance, and those in it.
    fn block(&self, of: usize) -> Vec<Step> {
        let is_own = |step: &&Step| match step {
            Step::CreateGpuInstance { planned, .. } => *planned == of,
            step => step.creates_inside(of),
        };
        self.steps.iter().filter(is_own).copied().collect()
    }

    fn destroys_of(&self, is_one: impl Fn(GpuInstanceId) -> bool) -> Vec<Step> {
        let is_own = |step: &&Step| match step {
            Step::DestroyComputeInstance { gpu_instance, .. }
            | Step::DestroyGpuInstance { gpu_instance, .. } => is_one(*gpu_instance),
            _ => false,
        };
        self.steps.iter().filter(is_own).copied().collect()
    }

    /// The GPU instance that is destroyed after others are created.
    fn last_destroyed(&self) -> Option<GpuInstanceId> {
        let creates = |step: &Step| matches!(step, Step::CreateGpuInstance { .. });
        let mut later = self.steps.iter().skip_while(|step| !creates(step));
        later.find_map(|step| match step {
            Step::DestroyGpuInstance { gpu_instance, .. } => Some(*gpu_instance),
            _ => None,
        })
    }
}

impl<'a> Search<'a> {
    /// Returns `None` if the driver's rule is not known for this GPU.
    fn of(
        plan: &Plan,
        model: &'a GpuModel,
        present: &'a [PresentGpuInstance],
        starts: &[Option<u32>],
    ) -> Option<Self> {
        let numbered = plan.gpu_instances.iter().enumerate();
        let created = numbered.filter(|(planned, _)| plan.kept_id(*planned).is_none());
        let new = created.map(|(planned, new)| {
            Some(New {
                planned,
                profile: model.profile_by_id(new.profile).ok()?,
                start: starts.get(planned).copied().flatten(),
            })
        });
        let mut new: Vec<New<'_>> = new.collect::<Option<_>>()?;
        new.sort_by_key(|new| core::cmp::Reverse(new.profile.memory_slices()));
        Some(Self {
            model,
            present,
            choice: DriverChoice::of(model, present)?,
            new,
            in_vain: BTreeSet::new(),
        })
    }

    fn find(&mut self, plan: &Plan) -> Option<(Bridge, Order)> {
        if let Some(temporary) = &plan.temporary {
            let profile = self.model.profile_by_id(temporary.profile).ok()?;
            let place = self.choice.choose(profile, occupied(self.present))?;
            let order = self.beside(profile, place)?;
            return Some((Bridge::Temporary(place), order));
        }
        if let Some(last) = plan.last_destroyed() {
            return self.beside_existing(last);
        }
        let is_kept = |present: &&PresentGpuInstance| plan.kept.contains(&Some(present.id));
        let kept = self.present.iter().filter(is_kept);
        let mut order = Vec::new();
        self.complete(occupied(kept), &mut order)
            .then_some((Bridge::None, order))
    }

    /// The one that the planner has chosen, or else another one, an idle one first.
    fn beside_existing(&mut self, last: GpuInstanceId) -> Option<(Bridge, Order)> {
        let mut candidates: Vec<&PresentGpuInstance> = self.present.iter().collect();
        candidates.sort_by_key(|present| (present.id != last, present.is_busy_anywhere()));
        candidates.into_iter().find_map(|present| {
            let profile = self.model.profile_by_id(present.profile()).ok()?;
            let order = self.beside(profile, present.placement().into())?;
            Some((Bridge::Existing(present.id), order))
        })
    }

    /// An order whose first instance fits beside this one, which is destroyed then.
    fn beside(&mut self, profile: &GpuInstanceProfileModel, place: Place) -> Option<Order> {
        (0..self.new.len()).find_map(|first| {
            let engines = profile.engines.plus(self.new.get(first)?.profile.engines);
            if self.model.engines().lacking(engines).is_some() {
                return None;
            }
            let (planned, own) = self.next(first, place.slices())?;
            let mut order = vec![(planned, own)];
            self.complete(own.slices(), &mut order).then_some(order)
        })
    }

    /// Completes an order. Returns whether there is one.
    fn complete(&mut self, occupied: Slices, order: &mut Order) -> bool {
        let done: BTreeSet<usize> = order.iter().map(|(planned, _)| *planned).collect();
        if done.len() == self.new.len() {
            return true;
        }
        let state = (occupied, done);
        if self.in_vain.contains(&state) {
            return false;
        }
        for at in 0..self.new.len() {
            let Some((planned, place)) = self.next(at, occupied) else {
                continue;
            };
            if state.1.contains(&planned) {
                continue;
            }
            order.push((planned, place));
            if self.complete(occupied | place.slices(), order) {
                return true;
            }
            order.pop();
        }
        self.in_vain.insert(state);
        false
    }

    /// The place that the driver chooses for this one, if it may be there.
    fn next(&self, at: usize, occupied: Slices) -> Option<(usize, Place)> {
        let new = self.new.get(at)?;
        let place = self.choice.choose(new.profile, occupied)?;
        let may_start = new.start.is_none_or(|start| start == place.start);
        may_start.then_some((new.planned, place))
    }
}

fn occupied<'a>(present: impl IntoIterator<Item = &'a PresentGpuInstance>) -> Slices {
    let places = present.into_iter().map(PresentGpuInstance::placement);
    places.fold(0, |occupied, place| occupied | Place::from(place).slices())
}
