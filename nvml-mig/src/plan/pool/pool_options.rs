//! What a plan for a pool may change.

use crate::plan::planner::PlanOptions;

/// Restricts which existing instances a plan for a [`GpuPool`](crate::plan::GpuPool) may move. Pinned instances never move.
///
/// `PlanOptions` convert into it, without a limit on the number of moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct PoolOptions {
    instances: PlanOptions,
    most_moves: Option<usize>,
    search_exactly: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl PoolOptions {
    /// Creates the default options: any number of idle instances may move, busy ones may not.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            instances: PlanOptions::new(),
            most_moves: None,
            search_exactly: true,
        }
    }

    /// Sets which instances may be destroyed, and so may move.
    #[must_use]
    pub const fn with_instances(self, instances: PlanOptions) -> Self {
        Self { instances, ..self }
    }

    /// Sets the maximum number of GPU instances that may move; 0 for none. A limit also shortens the search.
    #[must_use]
    pub const fn with_most_moves(self, most_moves: usize) -> Self {
        let most_moves = Some(most_moves);
        Self { most_moves, ..self }
    }

    /// Sets whether the best plan for all requests together is searched for first. The default is `true`. Otherwise the
    /// requests are placed one after another, the largest first, which is faster.
    #[must_use]
    pub const fn with_search_exactly(self, search_exactly: bool) -> Self {
        Self {
            search_exactly,
            ..self
        }
    }

    /// Returns which instances may be destroyed, and so may move.
    #[must_use]
    pub const fn instances(self) -> PlanOptions {
        self.instances
    }

    /// Returns the maximum number of GPU instances that may move; `None` for any number.
    #[must_use]
    pub const fn most_moves(self) -> Option<usize> {
        self.most_moves
    }

    /// Returns whether the best plan for all requests together is searched for first.
    #[must_use]
    pub const fn search_exactly(self) -> bool {
        self.search_exactly
    }
}

impl From<PlanOptions> for PoolOptions {
    fn from(instances: PlanOptions) -> Self {
        Self::new().with_instances(instances)
    }
}
