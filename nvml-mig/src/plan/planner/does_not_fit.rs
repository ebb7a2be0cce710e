//! Why a layout does not fit.

use core::fmt;

use super::PlanError;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::placement::GpuInstancePlacement;
use crate::plan::gpu_model::Engine;
use crate::plan::layout::Layout;
use crate::profile::ReportedName;

/// Why a layout does not fit, and what would. Printed, it is a sentence or two for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("the layout does not fit: {reason}{}", would_fit_text(.would_fit.as_ref()))]
#[non_exhaustive]
pub struct DoesNotFit {
    /// What there is not enough of, or who is in the way.
    pub reason: DoesNotFitReason,
    /// The most of the layout that fits on the GPU: with the fewest GPU instances left out, and of these the
    /// smallest. `None` where leaving some out is not what helps.
    pub would_fit: Option<Layout>,
}

/// The reason why a layout does not fit: a shortage, or an instance in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum DoesNotFitReason {
    /// It has more instances than there can be at once.
    #[error("it has {wanted} {} instances {}, and {most} can be there at once",
        kind(.inside.as_ref()),
        place(.inside.as_ref()))]
    Instances {
        /// The GPU instance in which there are too many compute instances, such as `7g.40gb`; `None` for GPU instances
        /// on the GPU.
        inside: Option<ReportedName>,
        /// How many it has.
        wanted: usize,
        /// How many there can be.
        most: usize,
    },
    /// It needs more media engines than the GPU has.
    #[error("{users} would need {wanted} {engine} engines, and the GPU has {available}")]
    Engines {
        /// Of which kind.
        engine: Engine,
        /// How many it needs.
        wanted: u32,
        /// How many the GPU has.
        available: u32,
        /// The GPU instances that need them, such as `2*1g.5gb+me`.
        users: String,
    },
    /// It needs more slices than there are.
    #[error("it needs {wanted} {} slices {}, and there are {available}",
        slices(.inside.as_ref()),
        place(.inside.as_ref()))]
    Slices {
        /// The GPU instance whose compute slices these are; `None` for memory slices of the GPU.
        inside: Option<ReportedName>,
        /// How many it needs.
        wanted: u32,
        /// How many there are.
        available: u32,
    },
    /// There are slices enough, and still these can't stand beside each other; without any one of them, the others can.
    #[error("{together} can't stand side by side {}: {}", place(.inside.as_ref()), .places.join("; "))]
    Places {
        /// The GPU instance whose compute slices these are; `None` for memory slices of the GPU.
        inside: Option<ReportedName>,
        /// Those that can't, such as `4g.20gb, 2*2g.10gb`.
        together: String,
        /// Where each of them can stand on an empty GPU, such as `4g.20gb only at 0:4`.
        places: Vec<String>,
    },
    /// A start at which the profile can't stand.
    #[error("{wanted} can't stand there {}: only at {possible}", place(.inside.as_ref()))]
    Start {
        /// The GPU instance inside which it is; `None` for a GPU instance on the GPU.
        inside: Option<ReportedName>,
        /// The entry of the layout with this start, such as `3g.20gb:2`.
        wanted: String,
        /// Where it can stand, such as `0:4, 4:4`.
        possible: String,
    },
    /// It would fit, were it not for instances that must stay.
    #[error("{} would have to go", joined(.blockers))]
    Blocked {
        /// Those that would have to go: as few as possible.
        blockers: Vec<Blocker>,
    },
}

/// An instance that must stay, and would have to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Blocker {
    /// The GPU instance.
    pub gpu_instance: GpuInstanceId,
    /// The compute instance in it, if only that would have to go.
    pub compute_instance: Option<ComputeInstanceId>,
    /// The name of the GPU instance's profile.
    pub name: ReportedName,
    /// Where the GPU instance stands.
    pub placement: GpuInstancePlacement,
    /// Why it must stay.
    pub protection: Protection,
}

/// Why an instance must stay.
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
    /// Nothing runs on it, and idle instances may not be destroyed either.
    Idle,
}

impl DoesNotFit {
    pub(super) const fn new(reason: DoesNotFitReason) -> Self {
        let would_fit = None;
        Self { reason, would_fit }
    }
}

impl From<DoesNotFit> for PlanError {
    fn from(error: DoesNotFit) -> Self {
        Self::DoesNotFit(Box::new(error))
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

/// Which kind of thing stands in there.
const fn kind(inside: Option<&ReportedName>) -> &'static str {
    match inside {
        Some(_) => "compute",
        None => "GPU",
    }
}

/// Which kind of slices is in there.
const fn slices(inside: Option<&ReportedName>) -> &'static str {
    match inside {
        Some(_) => "compute",
        None => "memory",
    }
}

/// Such as `GPU instance 3 (2g.10gb at 0:2, busy)`.
impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.compute_instance {
            write!(f, "compute instance {id} of ")?;
        }
        let (id, name, placement) = (self.gpu_instance, &self.name, self.placement);
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
