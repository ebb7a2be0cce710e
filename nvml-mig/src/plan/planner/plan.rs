//! A plan: what is kept, destroyed and created.

use core::fmt;

use super::{ProfileSubstitution, Step};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId};
use crate::placement::ComputeInstancePlacement;
use crate::plan::placed_instance::{PlacedComputeInstance, PlacedGpuInstance};

/// A plan to reach a layout: the resulting instances, and the steps in a valid order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Plan {
    /// All resulting GPU instances with their compute instances, in the order of the layout; then those for its MIG devices.
    pub gpu_instances: Vec<PlacedGpuInstance>,
    /// For each of [`gpu_instances`](Self::gpu_instances), its id if it exists and is kept; `None` if it is created.
    pub kept: Vec<Option<GpuInstanceId>>,
    /// The steps, in this order: destroy compute instances, destroy GPU instances, create GPU instances, each followed by
    /// its compute instances. All destruction comes before any creation, with one exception: where no GPU instance is kept,
    /// one is destroyed only after the first new one is created, if both fit side by side; otherwise a temporary one bridges the
    /// change, if one fits. The driver refuses to create the first GPU instance while any program keeps the GPU open, such as
    /// DCGM.
    pub steps: Vec<Step>,
    /// The GPU instance that exists only during the change, where no existing one can stay until a new one is there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub temporary: Option<PlacedGpuInstance>,
    /// Names of the layout that were taken for others, since drivers round the memory differently.
    #[cfg_attr(feature = "serde", serde(default))]
    pub substitutions: Vec<ProfileSubstitution>,
}

impl Plan {
    /// Returns whether the layout already exists.
    #[must_use]
    pub const fn changes_nothing(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the number of destroyed GPU instances.
    #[must_use]
    pub fn destroyed_gpu_instances(&self) -> usize {
        let gone = |step: &&Step| matches!(step, Step::DestroyGpuInstance { .. });
        self.steps.iter().filter(gone).count()
    }

    /// Returns the number of destroyed compute instances, including those of destroyed GPU instances.
    #[must_use]
    pub fn destroyed_compute_instances(&self) -> usize {
        let gone = |step: &&Step| matches!(step, Step::DestroyComputeInstance { .. });
        self.steps.iter().filter(gone).count()
    }
}

/// Prints the [`lines`](Plan::lines), or `nothing to do` in place of the steps.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.lines();
        if self.changes_nothing() {
            lines.push("nothing to do".to_owned());
        }
        f.write_str(&lines.join("\n"))
    }
}

impl Plan {
    /// Returns one line per substitution, such as `3g.39gb is taken as 3g.40gb`, and one line per step, such as
    /// `create GPU instance 3g.40gb at 4:4`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines_of(|step| self.line(step))
    }

    /// The lines, with these for the steps.
    pub(crate) fn lines_of(&self, line: impl FnMut(&Step) -> String) -> Vec<String> {
        let substitutions = self.substitutions.iter().map(ToString::to_string);
        substitutions.chain(self.steps.iter().map(line)).collect()
    }

    /// The step with the names of what it creates.
    pub(crate) fn line(&self, step: &Step) -> String {
        match step {
            Step::CreateGpuInstance {
                planned, placement, ..
            } => {
                let planned = self.gpu_instances.get(*planned);
                let name = planned.map_or("", |planned| planned.name.as_str());
                format!("create GPU instance {name} at {placement}")
            }
            Step::CreateTemporaryGpuInstance { placement, .. } => {
                format!(
                    "create temporary GPU instance {} at {placement}",
                    self.temporary_name()
                )
            }
            Step::DestroyTemporaryGpuInstance { placement, .. } => {
                format!(
                    "destroy temporary GPU instance {} at {placement}",
                    self.temporary_name()
                )
            }
            Step::CreateComputeInstance {
                planned,
                profile,
                placement,
            } => self.line_of_compute_instance(*planned, *profile, *placement),
            Step::CreateTemporaryComputeInstance {
                planned, placement, ..
            } => format!(
                "create temporary compute instance at {placement} in {}",
                self.place(*planned)
            ),
            Step::DestroyTemporaryComputeInstance {
                planned, placement, ..
            } => format!(
                "destroy temporary compute instance at {placement} in {}",
                self.place(*planned)
            ),
            other => other.to_string(),
        }
    }

    fn temporary_name(&self) -> &str {
        let temporary = self.temporary.as_ref();
        temporary.map_or("", |temporary| temporary.name.as_str())
    }

    fn line_of_compute_instance(
        &self,
        planned: usize,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> String {
        let is_planned = |compute_instance: &&PlacedComputeInstance| {
            compute_instance.profile == profile && compute_instance.placement == placement
        };
        let gpu_instance = self.gpu_instances.get(planned);
        let mut inside = gpu_instance
            .into_iter()
            .flat_map(|of| &of.compute_instances);
        let name = inside
            .find(is_planned)
            .map_or("", |inside| inside.name.as_str());
        let place = self.place(planned);
        format!("create compute instance {name} at {placement} in {place}")
    }

    /// The words for a planned GPU instance.
    fn place(&self, planned: usize) -> String {
        let gpu_instance = self.gpu_instances.get(planned);
        match (self.kept_id(planned), gpu_instance) {
            (Some(id), _) => format!("GPU instance {id}"),
            (
                None,
                Some(PlacedGpuInstance {
                    name, placement, ..
                }),
            ) => {
                format!("the GPU instance {name} at {placement}")
            }
            (None, None) => String::new(),
        }
    }

    /// Whether a step destroys this compute instance.
    pub(crate) fn destroys(&self, of: GpuInstanceId, id: ComputeInstanceId) -> bool {
        self.steps.iter().any(|step| {
            matches!(step, Step::DestroyComputeInstance { gpu_instance, compute_instance, .. }
                if (*gpu_instance, *compute_instance) == (of, id))
        })
    }

    /// Whether a step creates a compute instance in this GPU instance, which is kept.
    pub(crate) fn adds_to(&self, id: GpuInstanceId) -> bool {
        self.steps.iter().any(|step| {
            matches!(step, Step::CreateComputeInstance { planned, .. }
                if self.kept_id(*planned) == Some(id))
        })
    }

    /// The id of a planned GPU instance that exists already and is kept.
    pub(crate) fn kept_id(&self, planned: usize) -> Option<GpuInstanceId> {
        self.kept.get(planned).copied().flatten()
    }
}
