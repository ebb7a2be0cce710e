//! Kinds of instances to be placed.

use super::state::State;
use crate::plan::gpu_model::{Engines, GpuModel};
use crate::plan::layout::{Layout, LayoutGpuInstance};
use crate::plan::planner::{Place, PlanError, PlanOptions, PresentGpuInstance, Wanted, layout_of};

/// A kind of instance to be placed: requests that can have the same places, and existing instances of one profile that may
/// move. Requests that can have all places of a profile on one model are of the same kind as those. Their compute instances
/// make no difference to where they can be.
#[derive(Debug, Clone)]
pub(super) struct InstanceKind {
    /// Whether existing instances of this kind may move.
    pub(super) may_move: bool,
    /// The only GPU that it may be on; `None` for any.
    pub(super) gpu: Option<usize>,
    /// For each model, where it may be on a GPU of it; `None` if it can't be there.
    pub(super) sites: Vec<Option<Site>>,
}

/// Where an instance may be on the GPUs of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// Index of the profile in the model.
    pub(super) profile: usize,
    pub(super) engines: Engines,
    pub(super) slice_count: u32,
    pub(super) places: Vec<Place>,
}

impl InstanceKind {
    /// A requested instance, which can be on these models. Fails with the reason of the first model if there is none.
    pub(super) fn requested(
        entry: &LayoutGpuInstance,
        gpu: Option<usize>,
        models: &[(bool, &GpuModel)],
    ) -> Result<Self, Option<PlanError>> {
        let mut reason = None;
        let mut sites = Vec::with_capacity(models.len());
        for &(may, model) in models {
            let site = may.then(|| Site::requested(model, entry));
            sites.push(match site {
                Some(Ok(site)) => Some(site),
                Some(Err(error)) => {
                    reason.get_or_insert(error);
                    None
                }
                None => None,
            });
        }
        if sites.iter().all(Option::is_none) {
            return Err(reason);
        }
        Ok(Self {
            may_move: false,
            gpu,
            sites,
        })
    }

    /// An existing instance of a GPU, which can move to any GPU of the same model.
    pub(super) fn existing(
        instance: &PresentGpuInstance,
        model: usize,
        models: &[GpuModel],
    ) -> Option<Self> {
        let known = models.get(model)?;
        let site = Site::new(known, &entry_of(known, instance)?).ok()?;
        let mut sites = vec![None; models.len()];
        *sites.get_mut(model)? = Some(site);
        Some(Self {
            may_move: true,
            gpu: None,
            sites,
        })
    }
}

impl InstanceKind {
    /// Whether it may be on a GPU in this state, if there is room.
    pub(super) fn may_be_on(&self, state: &State) -> bool {
        let has_site = matches!(self.sites.get(state.model), Some(Some(_)));
        has_site && (self.gpu.is_none() || self.gpu == state.named)
    }

    /// Whether it can't be wherever an existing instance of its profile on this model can.
    pub(super) fn is_restricted(&self, number: usize, model: &GpuModel) -> bool {
        let site = self.sites.get(number).and_then(Option::as_ref);
        let has_all = site.is_some_and(|site| {
            let profile = model.profiles.get(site.profile);
            profile.is_some_and(|profile| profile.placements.len() == site.places.len())
        });
        self.gpu.is_some() || !has_all
    }
}

/// Returns an existing instance as an entry of a layout, without its start.
pub(super) fn entry_of(
    model: &GpuModel,
    instance: &PresentGpuInstance,
) -> Option<LayoutGpuInstance> {
    let layout = layout_of(model, core::slice::from_ref(instance), false);
    layout.gpu_instances().first().cloned()
}

impl Site {
    /// Fails if not even an empty GPU can have the instance.
    fn requested(model: &GpuModel, entry: &LayoutGpuInstance) -> Result<Self, PlanError> {
        let layout: Layout = [entry.clone()].into_iter().collect();
        model.plan(&[], &layout, PlanOptions::new())?;
        Self::new(model, entry)
    }

    fn new(model: &GpuModel, entry: &LayoutGpuInstance) -> Result<Self, PlanError> {
        let layout: Layout = [entry.clone()].into_iter().collect();
        let wanted = Wanted::all(model, &layout)?;
        let wanted = wanted.into_iter().next();
        let (profile, places) = wanted.map_or((None, Vec::new()), |wanted| {
            (Some(wanted.profile), wanted.places().collect())
        });
        let index = model.profiles.iter().position(|own| Some(own) == profile);
        Ok(Self {
            profile: index.unwrap_or_default(),
            engines: profile.map_or_else(Engines::default, |profile| profile.engines),
            slice_count: profile.map_or(0, |profile| profile.slice_count),
            places,
        })
    }
}
