//! Why a layout does not fit.

use core::fmt;

use super::PlanError;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::placement::GpuInstancePlacement;
use crate::plan::gpu_model::Engine;
use crate::plan::layout::Layout;
use crate::profile::ReportedName;
use crate::quoted::Quoted;

/// Why a layout does not fit, and the largest part of it that would fit. Prints, for example, `2*4g.20gb do not fit side by
/// side on the GPU: 4g.20gb fits only at 0:4; 4g.20gb would fit`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("{reason}{}", would_fit_text(.would_fit.as_ref()))]
#[non_exhaustive]
pub struct DoesNotFit {
    /// The shortage, or the instances that must stay.
    pub reason: DoesNotFitReason,
    /// The largest part of the layout that fits on the GPU, with the instances that must stay: the fewest and smallest GPU
    /// instances are omitted. `None` if omitting some does not help.
    pub would_fit: Option<Layout>,
}

/// The reason why a layout does not fit: a shortage, or an instance that must stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum DoesNotFitReason {
    /// It has more instances than the maximum.
    #[error("{wanted} {} instances are needed {}, and the maximum is {most}",
        kind(.inside.as_ref()),
        place(.inside.as_ref()))]
    #[non_exhaustive]
    Instances {
        /// The GPU instance with too many compute instances, such as `7g.40gb`; `None` for GPU instances on the GPU.
        inside: Option<ReportedName>,
        /// Number of instances in the layout.
        wanted: usize,
        /// Maximum number of instances.
        most: usize,
    },
    /// It needs more media engines than the GPU has.
    #[error("{users} would need {wanted} {engine} engines, and the GPU has {available}: {}", at_once(*.most))]
    #[non_exhaustive]
    Engines {
        /// The kind of engine that is short.
        engine: Engine,
        /// Number of engines that the layout needs.
        wanted: u32,
        /// Number of engines that the GPU has.
        available: u32,
        /// The GPU instances that need them, such as `2*1g.5gb+me`.
        users: String,
        /// How many of these the engines allow on one GPU.
        most: usize,
    },
    /// It needs more slices than are available.
    #[error("{wanted} {} slices are needed {}, and {available} are available",
        slices(.inside.as_ref()),
        place(.inside.as_ref()))]
    #[non_exhaustive]
    Slices {
        /// The GPU instance whose compute slices these are; `None` for memory slices of the GPU.
        inside: Option<ReportedName>,
        /// Number of slices that the layout needs.
        wanted: u32,
        /// Number of slices that are available.
        available: u32,
    },
    /// There are enough slices, but the placements of these instances overlap; without any one of them, the others fit.
    #[error("{together} do not fit side by side {}: {}", place(.inside.as_ref()), .places.join("; "))]
    #[non_exhaustive]
    Places {
        /// The GPU instance whose compute slices these are; `None` for memory slices of the GPU.
        inside: Option<ReportedName>,
        /// The instances, such as `4g.20gb, 2*2g.10gb`.
        together: String,
        /// The placements of each on an empty GPU, such as `4g.20gb fits only at 0:4`.
        places: Vec<String>,
    },
    /// The profile has no placement with this start.
    #[error("{wanted} is not a possible placement {}: it fits only at {possible}", place(.inside.as_ref()))]
    #[non_exhaustive]
    Start {
        /// The GPU instance that contains it; `None` for a GPU instance on the GPU.
        inside: Option<ReportedName>,
        /// The entry of the layout with this start, such as `3g.20gb:2`.
        wanted: String,
        /// Its placements, such as `0:4, 4:4`.
        possible: String,
    },
    /// It would fit if instances that must stay were destroyed.
    #[error("{} would have to be destroyed", joined(.blockers))]
    #[non_exhaustive]
    Blocked {
        /// A smallest set of instances that would have to be destroyed.
        blockers: Vec<Blocker>,
    },
}

/// An instance that must stay, where the layout needs its slices.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Blocker {
    /// Id of the GPU instance.
    pub gpu_instance: GpuInstanceId,
    /// Id of the compute instance, if only that must stay.
    pub compute_instance: Option<ComputeInstanceId>,
    /// Name of the GPU instance's profile.
    pub name: ReportedName,
    /// Placement of the GPU instance.
    pub placement: GpuInstancePlacement,
    /// The reason why it must stay.
    pub protection: Protection,
}

impl Blocker {
    /// Creates a GPU instance that must stay.
    #[must_use]
    pub fn new(
        gpu_instance: GpuInstanceId,
        name: impl Into<ReportedName>,
        placement: GpuInstancePlacement,
        protection: Protection,
    ) -> Self {
        Self {
            gpu_instance,
            compute_instance: None,
            name: name.into(),
            placement,
            protection,
        }
    }

    /// Sets the compute instance, if only that must stay.
    #[must_use]
    pub fn with_compute_instance(self, id: ComputeInstanceId) -> Self {
        Self {
            compute_instance: Some(id),
            ..self
        }
    }
}

/// The reason why an instance must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Protection {
    /// It, or a compute instance of it, is pinned.
    Pinned,
    /// Processes run on it, and busy instances may not be destroyed.
    Busy,
    /// It is idle, and idle instances may not be destroyed either.
    Idle,
}

impl DoesNotFit {
    /// Creates the error with this reason, and without a part that would fit.
    #[must_use]
    pub const fn new(reason: DoesNotFitReason) -> Self {
        let would_fit = None;
        Self { reason, would_fit }
    }

    /// Sets the largest part of the layout that would fit.
    #[must_use]
    pub fn with_would_fit(self, layout: Layout) -> Self {
        Self {
            would_fit: Some(layout),
            ..self
        }
    }
}

impl From<DoesNotFit> for PlanError {
    fn from(error: DoesNotFit) -> Self {
        Self::DoesNotFit(Box::new(error))
    }
}

fn at_once(most: usize) -> String {
    match most {
        0 => "none of them fits".to_owned(),
        1 => "only one of them can be on the GPU".to_owned(),
        most => format!("at most {most} of them can be on the GPU"),
    }
}

fn would_fit_text(layout: Option<&Layout>) -> String {
    layout.map_or_else(String::new, |layout| format!("; {layout} would fit"))
}

fn joined(blockers: &[Blocker]) -> String {
    let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    blockers.join(" and ")
}

/// Such as `in 3g.20gb`, or `on the GPU`.
fn place(inside: Option<&ReportedName>) -> String {
    inside.map_or_else(
        || "on the GPU".to_owned(),
        |gpu_instance| format!("in the GPU instance {gpu_instance}"),
    )
}

/// Returns the kind of instances: `compute` in a GPU instance, `GPU` on the GPU.
const fn kind(inside: Option<&ReportedName>) -> &'static str {
    match inside {
        Some(_) => "compute",
        None => "GPU",
    }
}

/// Returns the kind of slices: `compute` in a GPU instance, `memory` on the GPU.
const fn slices(inside: Option<&ReportedName>) -> &'static str {
    match inside {
        Some(_) => "compute",
        None => "memory",
    }
}

/// Prints, for example, `GPU instance 3 (2g.10gb at 0:2, busy)`.
impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.compute_instance {
            write!(f, "compute instance {id} of ")?;
        }
        let (id, placement) = (self.gpu_instance, self.placement);
        let name = Quoted(self.name.as_str());
        let protection = self.protection;
        write!(f, "GPU instance {id} ({name} at {placement}, {protection})")
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pinned => "pinned",
            Self::Busy => "busy",
            Self::Idle => "not to be destroyed",
        })
    }
}
