//! Which instances a change has created and destroyed, by its records.

use super::entry::Entry;
use super::operation::{Operation, Outcome, Record};
use crate::id::{ComputeInstanceId, GpuInstanceId, GpuInstanceProfileId};
use crate::inventory::LiveGpuInstance;
use crate::placement::GpuInstancePlacement;
use crate::plan::{PresentComputeInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, MigModes};

impl Entry {
    /// Whether the change has created this GPU instance: by the id that the creation returned. If the process was killed
    /// before it returned, by its placement, if it is new and nobody has created anything inside.
    pub(super) fn created(&self, live: &LiveGpuInstance) -> bool {
        self.creation(live).is_some()
    }

    /// Notes the id of a GPU instance whose creation has no known outcome. Once there is something inside, only the id tells that it is
    /// the change's own.
    pub(super) fn note_created(&mut self, live: &LiveGpuInstance) {
        let creation = self.creation(live);
        if let Some(record) = creation.and_then(|at| self.records.get_mut(at)) {
            record.outcome = Outcome::Created(live.gpu_instance.id().number());
        }
    }

    /// The index of the record of its creation.
    fn creation(&self, live: &LiveGpuInstance) -> Option<usize> {
        let id = live.gpu_instance.id();
        let is_at = |record: &Record| match record.operation {
            Operation::CreateGpuInstance { profile, placement } => {
                (profile, placement) == place(live)
            }
            _ => false,
        };
        let created = self.last(is_at, |record| match record.outcome {
            Outcome::Created(created) => created == id.number(),
            _ => live.compute_instances.is_empty() && !record.others.contains(&id.number()),
        });
        created.filter(|at| !self.is_done_after(*at, Operation::DestroyGpuInstance(id)))
    }

    /// Whether the change has created this compute instance, as [`created`](Self::created).
    pub(super) fn created_inside(&self, of: GpuInstanceId, inside: &ComputeInstance) -> bool {
        let is_at = |record: &Record| match record.operation {
            Operation::CreateComputeInstance {
                gpu_instance,
                profile,
                placement,
            } => {
                (gpu_instance, profile, placement) == (of, inside.profile_id(), inside.placement())
            }
            _ => false,
        };
        let id = inside.id().number();
        let created = self.last(is_at, |record| match record.outcome {
            Outcome::Created(created) => created == id,
            _ => !record.others.contains(&id),
        });
        let destroyed = Operation::DestroyComputeInstance {
            gpu_instance: of,
            compute_instance: inside.id(),
        };
        created.is_some_and(|at| !self.is_done_after(at, destroyed))
    }

    /// Whether this GPU instance existed before, and the change has not destroyed it.
    pub(super) fn kept(&self, live: &LiveGpuInstance) -> bool {
        let before = self.before_at(live);
        before.is_some_and(|before| {
            let destroy = Operation::DestroyGpuInstance(before.id);
            before.id == live.gpu_instance.id() && !self.is_done_after(0, destroy)
        })
    }

    /// Whether others have partitioned the GPU otherwise than before: the change has created none there, and none stood there.
    pub(super) fn is_strange(&self, live: &LiveGpuInstance) -> bool {
        self.before_at(live).is_none() && !self.created(live)
    }

    /// The GPU instance that stood at the place of this one before.
    pub(super) fn before_at(&self, live: &LiveGpuInstance) -> Option<&PresentGpuInstance> {
        let mut before = self.before.iter();
        before.find(|before| (before.profile(), before.placement()) == place(live))
    }

    /// Whether the change has destroyed this GPU instance, or may have, and has not restored it. If it was restored and is
    /// missing, others have destroyed it since.
    pub(super) fn destroyed(&self, before: &PresentGpuInstance) -> bool {
        let restored = |record: &Record| match (record.operation, record.outcome) {
            (Operation::CreateGpuInstance { profile, placement }, Outcome::Created(id)) => {
                let is_at = (profile, placement) == (before.profile(), before.placement());
                is_at.then(|| Operation::DestroyGpuInstance(GpuInstanceId::new(id)))
            }
            _ => None,
        };
        self.ever_destroyed(before) && !self.stands(restored)
    }

    /// Whether the change has destroyed this GPU instance, or may have, restored or not.
    pub(super) fn ever_destroyed(&self, before: &PresentGpuInstance) -> bool {
        let destroy = Operation::DestroyGpuInstance(before.id);
        // A new instance may have got the id of one that others destroyed.
        let is_new = |record: &Record| {
            matches!(record.operation, Operation::CreateGpuInstance { .. })
                && record.outcome == Outcome::Created(before.id.number())
        };
        self.did_before(destroy, is_new)
    }

    /// Whether the change has destroyed this compute instance, or may have.
    pub(super) fn destroyed_inside(
        &self,
        of: &PresentGpuInstance,
        inside: &PresentComputeInstance,
    ) -> bool {
        let destroy = Operation::DestroyComputeInstance {
            gpu_instance: of.id,
            compute_instance: inside.id,
        };
        let is_new = |record: &Record| match record.operation {
            Operation::CreateComputeInstance { gpu_instance, .. } => {
                gpu_instance == of.id && record.outcome == Outcome::Created(inside.id.number())
            }
            _ => false,
        };
        let restored = |record: &Record| match (record.operation, record.outcome) {
            (
                Operation::CreateComputeInstance {
                    gpu_instance,
                    profile,
                    placement,
                },
                Outcome::Created(id),
            ) => {
                let is_at = (gpu_instance, profile, placement)
                    == (of.id, inside.profile(), inside.placement());
                is_at.then(|| Operation::DestroyComputeInstance {
                    gpu_instance,
                    compute_instance: ComputeInstanceId::new(id),
                })
            }
            _ => None,
        };
        self.ever_destroyed(of) || (self.did_before(destroy, is_new) && !self.stands(restored))
    }

    /// Whether there is a creation of this kind, and no destruction of what it created after it; `undone_by` returns that
    /// destruction for a creation of the kind.
    pub(super) fn stands(&self, undone_by: impl Fn(&Record) -> Option<Operation>) -> bool {
        let mut records = self.records.iter().enumerate();
        records.any(|(at, record)| {
            let Some(destroy) = undone_by(record) else {
                return false;
            };
            let mut later = self.records.iter().skip(at);
            !later.any(|later| later.operation == destroy)
        })
    }

    /// The last request for a MIG mode.
    pub(super) fn asked_mode(&self) -> Option<&Record> {
        let mut records = self.records.iter().rev();
        records.find(|record| matches!(record.operation, Operation::SetMigMode(_)))
    }

    /// Whether the mode that the change asked for is only pending in this state, or was until a reset since, and stays.
    pub(super) fn defers_mode(&self, modes: MigModes) -> bool {
        let asked = self.asked_mode().filter(|_| self.keeps_pending_mode);
        let is_pending = |record: &Record| match record.outcome {
            Outcome::Pending => true,
            Outcome::Unknown => modes.current() == self.modes.current(),
            _ => false,
        };
        let is_asked = |record: &Record| record.operation == Operation::SetMigMode(modes.pending());
        modes != self.modes && asked.is_some_and(|record| is_pending(record) && is_asked(record))
    }

    /// Whether the change has set MIG mode.
    pub(super) fn set_mig_mode(&self) -> bool {
        let mut records = self.records.iter();
        records.any(|record| matches!(record.operation, Operation::SetMigMode(_)))
    }

    /// Whether there is such an operation, and no record of this kind before it.
    fn did_before(&self, operation: Operation, is_kind: impl Fn(&Record) -> bool) -> bool {
        let mut earlier = self.records.iter().take_while(|record| !is_kind(record));
        earlier.any(|record| record.operation == operation)
    }

    /// The index of the last record of this kind with such an outcome.
    fn last(
        &self,
        is_kind: impl Fn(&Record) -> bool,
        has_outcome: impl Fn(&Record) -> bool,
    ) -> Option<usize> {
        let is_it = |record: &Record| is_kind(record) && has_outcome(record);
        self.records.iter().rposition(is_it)
    }

    fn is_done_after(&self, at: usize, operation: Operation) -> bool {
        let mut later = self.records.iter().skip(at);
        later.any(|record| record.operation == operation && record.outcome == Outcome::Done)
    }
}

/// Profile and placement.
fn place(live: &LiveGpuInstance) -> (GpuInstanceProfileId, GpuInstancePlacement) {
    let gpu_instance = &live.gpu_instance;
    (gpu_instance.profile_id(), gpu_instance.placement())
}
