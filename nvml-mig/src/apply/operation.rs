//! A call that changes a GPU, and what is known of its outcome.

use super::late::Ids;
use crate::error::{Error, ReturnCode};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::query::{MigMode, MigModeChange};

/// A call that changes a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Operation {
    SetMigMode(MigMode),
    CreateGpuInstance {
        profile: GpuInstanceProfileId,
        placement: GpuInstancePlacement,
    },
    CreateComputeInstance {
        gpu_instance: GpuInstanceId,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    },
    DestroyGpuInstance(GpuInstanceId),
    DestroyComputeInstance {
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
    },
}

/// What is known of the outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Outcome {
    /// The call has not returned yet, or its error does not tell.
    Unknown,
    Done,
    /// The driver recorded the MIG mode, but did not activate it.
    Pending,
    /// The id of the created instance.
    Created(u32),
}

/// An operation with its outcome, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) operation: Operation,
    pub(super) outcome: Outcome,
    /// Before a creation, the ids of the instances beside which the new one is created: it gets another one.
    pub(super) others: Vec<u32>,
}

/// What a successful operation returned.
#[derive(Debug, Clone, Copy)]
pub(super) enum Performed {
    MigMode(MigModeChange),
    GpuInstance(GpuInstanceId),
    ComputeInstance(ComputeInstanceId),
    Destroyed,
}

impl Operation {
    /// The ids of the instance that it destroys.
    pub(super) const fn destroyed(self) -> Option<Ids> {
        match self {
            Self::DestroyGpuInstance(id) => Some((id, None)),
            Self::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
            } => Some((gpu_instance, Some(compute_instance))),
            _ => None,
        }
    }
}

impl Record {
    /// The record to write before the call, with the ids of the instances beside which it creates one.
    pub(super) const fn before(operation: Operation, others: Vec<u32>) -> Self {
        Self {
            operation,
            outcome: Outcome::Unknown,
            others,
        }
    }

    /// The record of something that happened.
    pub(super) const fn done(operation: Operation) -> Self {
        Self {
            operation,
            outcome: Outcome::Done,
            others: Vec::new(),
        }
    }
}

impl Record {
    /// The record of a mode that took effect at a boot, if it did: with an unknown outcome, it was pending before.
    pub(super) fn pending_if_unknown(self) -> Self {
        let outcome = match self.outcome {
            Outcome::Unknown => Outcome::Pending,
            outcome => outcome,
        };
        Self { outcome, ..self }
    }
}

impl Performed {
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::MigMode(MigModeChange::Pending { .. }) => Outcome::Pending,
            Self::MigMode(MigModeChange::Active { .. }) | Self::Destroyed => Outcome::Done,
            Self::GpuInstance(id) => Outcome::Created(id.number()),
            Self::ComputeInstance(id) => Outcome::Created(id.number()),
        }
    }
}

/// Whether an operation may have changed something although it failed.
pub(super) fn may_have_changed(error: &Error) -> bool {
    use ReturnCode::{GpuIsLost, ResetRequired, Timeout, Unknown};
    // A query after a creation fails too; then the instance was created, and perhaps destroyed again.
    let is_query = error
        .function()
        .is_some_and(|function| function.contains("Get"));
    let is_unclear = |code| [Timeout, Unknown, GpuIsLost, ResetRequired].contains(&code);
    is_query || error.code().is_some_and(is_unclear)
}
