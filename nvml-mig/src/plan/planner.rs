//! Finds the steps from the existing instances to a layout.

mod budget;
mod candidate;
mod does_not_fit;
#[cfg(feature = "apply")]
mod driver_choice;
#[cfg(feature = "apply")]
mod driver_order;
#[cfg(feature = "apply")]
mod driver_places;
mod groupings;
mod handover;
mod inside;
mod loss;
mod mig_devices;
mod numbering;
mod packing;
mod plan;
mod present;
mod present_check;
mod present_layout;
mod profile_substitution;
mod reason;
mod room;
mod same_profile;
mod search;
mod slices;
mod step;
mod steps;
mod wanted;
mod would_fit;

pub(crate) use budget::{Budget, Exhausted};
pub(crate) use loss::{Loss, protection};
#[cfg(feature = "apply")]
pub(crate) use numbering::Numbering;
pub(crate) use packing::{Choice, Packing};
pub(crate) use present_check::check;
pub(crate) use present_layout::layout_of;
pub(crate) use room::{Kind, Room, gpu_kinds, places, room};
pub(crate) use search::Search;
pub(crate) use slices::{Place, Slices};
pub(crate) use wanted::Wanted;

use candidate::Candidate;
use groupings::Groupings;

pub use does_not_fit::{Blocker, DoesNotFit, DoesNotFitReason, Protection};
pub use plan::Plan;
pub use present::{PresentComputeInstance, PresentGpuInstance};
pub use profile_substitution::ProfileSubstitution;
pub use step::Step;

use crate::error::ProfileError;
use crate::plan::gpu_model::GpuModel;
use crate::plan::impossible_gpu::ImpossibleGpu;
use crate::plan::layout::Layout;

/// Which instances a plan may destroy. A GPU instance may be destroyed only if all its compute instances may be. Pinned
/// instances always stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct PlanOptions {
    destroy_idle: bool,
    destroy_busy: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl PlanOptions {
    /// Creates the default options: idle instances may be destroyed, busy ones may not.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            destroy_idle: true,
            destroy_busy: false,
        }
    }

    /// Sets whether instances without processes may be destroyed. The default is `true`.
    #[must_use]
    pub const fn with_destroy_idle(self, destroy_idle: bool) -> Self {
        Self {
            destroy_idle,
            ..self
        }
    }

    /// Sets whether instances with processes may be destroyed. The default is `false`. The driver refuses to destroy
    /// an instance until its processes have ended.
    #[must_use]
    pub const fn with_destroy_busy(self, destroy_busy: bool) -> Self {
        Self {
            destroy_busy,
            ..self
        }
    }

    /// Returns whether instances without processes may be destroyed.
    #[must_use]
    pub const fn destroy_idle(self) -> bool {
        self.destroy_idle
    }

    /// Returns whether instances with processes may be destroyed.
    #[must_use]
    pub const fn destroy_busy(self) -> bool {
        self.destroy_busy
    }
}

/// The reason why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The layout names a profile that this GPU does not have, or a name that several of its profiles match.
    #[error("a profile of the layout can't be used")]
    Profile(#[from] ProfileError),
    /// The instances of the layout do not fit together, or not in addition to the instances that must stay.
    #[error("the layout does not fit")]
    DoesNotFit(#[from] Box<DoesNotFit>),
    /// No GPU can have this model, or these instances.
    #[error("no GPU is like this")]
    Impossible(#[from] ImpossibleGpu),
    /// The instances can be placed in so many ways that the search would take too long. On no known GPU they can.
    #[error(
        "the search for a plan takes more than {} steps: give the starts of more instances in the layout",
        Budget::MOST
    )]
    TooManySteps,
}

/// The existing instances, and what may become of them.
type Goal<'a> = (&'a [PresentGpuInstance], PlanOptions);

/// # Plans
impl GpuModel {
    /// Returns the best plan from the existing instances to a layout. A layout is complete: instances that it does not
    /// contain are destroyed.
    ///
    /// Of all plans, it is the one that, in this order,
    ///
    /// 1. destroys the fewest busy instances, and none unless `options` allow it,
    /// 2. destroys the fewest GPU instances, then the fewest compute instances,
    /// 3. has the fewest GPU instances for the layout's [MIG devices](Layout::mig_devices),
    /// 4. leaves the most free room: the sum, over all profiles, of how many further instances of that profile alone fit; if
    ///    equal, the one with room for the larger profile,
    /// 5. has the lowest placements,
    /// 6. fills the first GPU instance for MIG devices before the next.
    ///
    /// MIG devices are compared by name: of two compute instance profiles with the same name, an existing instance of either
    /// is kept.
    ///
    /// The search is exact, over all ways to group MIG devices, and needs no driver. It takes at most 2^18 steps, each of
    /// which looks at one placement of one instance, and two such searches explain why a layout does not fit: together a
    /// fraction of a second. On the known GPUs it takes far less than a millisecond.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// use nvml_mig::Layout;
    /// use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
    /// # let board = nvml_mig_sim::GpuSpec::new("a100-sxm4-40gb");
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(board).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    ///
    /// let model = GpuModel::read(&device)?;
    /// let present = PresentGpuInstance::read_all(&device)?;
    /// let layout: Layout = "1g.5gb, 4g.20gb(2*2c)".parse()?;
    /// let plan = model.plan(&present, &layout, PlanOptions::default())?;
    /// assert_eq!(plan.gpu_instances[1].placement.to_string(), "0:4");
    ///
    /// let too_much: Layout = "2*4g.20gb".parse()?;
    /// let error = model.plan(&present, &too_much, PlanOptions::default()).unwrap_err();
    /// assert_eq!(error.to_string(), "the layout does not fit");
    /// assert_eq!(
    ///     error.source().unwrap().to_string(),
    ///     "2*4g.20gb do not fit side by side on the GPU: 4g.20gb fits only at 0:4; 4g.20gb would fit"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlanError::Profile`] for a profile that this GPU does not have, [`PlanError::DoesNotFit`] with the reason if
    /// there is no plan, [`PlanError::Impossible`] if the model fails [`check`](Self::check), or if the existing instances
    /// overlap, share an id or are not within the GPU, and [`PlanError::TooManySteps`] if the search takes more steps.
    pub fn plan(
        &self,
        present: &[PresentGpuInstance],
        layout: &Layout,
        options: PlanOptions,
    ) -> Result<Plan, PlanError> {
        self.plan_within(&Budget::new(), present, layout, options)
    }

    /// The same within this number of steps.
    fn plan_within(
        &self,
        budget: &Budget,
        present: &[PresentGpuInstance],
        layout: &Layout,
        options: PlanOptions,
    ) -> Result<Plan, PlanError> {
        check(self, present)?;
        let goal = (present, options);
        let groupings = Groupings::of(self, layout, budget)?;
        self.check_fixed(groupings.fixed(), goal, budget)?;
        match self.best(&groupings, goal, budget)? {
            Some(best) => Ok(Plan {
                substitutions: ProfileSubstitution::all(self, layout),
                ..best.into_plan()?
            }),
            None => Err(self.why_not(&groupings.filled()?, goal)?),
        }
    }

    /// Returns the best way to reach a layout from these instances.
    fn best<'a>(
        &'a self,
        groupings: &Groupings<'a>,
        goal: Goal<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Candidate>, PlanError> {
        let mut best: Option<Candidate> = None;
        groupings.each(budget, &mut |wanted| {
            let better = Candidate::better(best.as_ref(), self, &wanted, goal, budget)?;
            if better.is_some() {
                best = better;
            }
            Ok(())
        })?;
        Ok(best)
    }

    /// Checks the GPU instances that the layout lists, before their placements.
    fn check_fixed(
        &self,
        wanted: &[Wanted<'_>],
        goal: Goal<'_>,
        budget: &Budget,
    ) -> Result<(), PlanError> {
        if let Some(reason) = reason::count(self, wanted) {
            return Err(self.does_not_fit(reason, wanted, goal));
        }
        // Equal neighbours need one check.
        for wanted in wanted.chunk_by(Wanted::is_alike).filter_map(<[_]>::first) {
            if let Some(reason) = reason::inside(self, wanted, budget)? {
                return Err(DoesNotFit::new(reason).into());
            }
        }
        Ok(())
    }

    /// Returns why these GPU instances do not fit on the empty GPU.
    fn why_not(&self, wanted: &[Wanted<'_>], goal: Goal<'_>) -> Result<PlanError, PlanError> {
        let reason = match reason::count(self, wanted) {
            Some(reason) => reason,
            None => reason::outside(self, wanted, &Budget::new())?,
        };
        Ok(self.does_not_fit(reason, wanted, goal))
    }

    fn does_not_fit(
        &self,
        reason: DoesNotFitReason,
        wanted: &[Wanted<'_>],
        goal: Goal<'_>,
    ) -> PlanError {
        let would_fit = would_fit::would_fit(self, wanted, goal);
        DoesNotFit { reason, would_fit }.into()
    }
}
