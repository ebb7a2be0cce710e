//! Work that takes a while, in a thread of its own: the watches go on meanwhile.

use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_blocking};

use super::gpu_work::GpuWork;
use super::outcome::Outcome;
use super::recovery::Recovered;
use super::request::{Order, Request};
use super::verdict::Verdict;

use crate::change::progress::steps;

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum Task {
    Look(Order),
    Apply(Order),
    Fit,
    Recover,
    /// The same, but nothing is changed.
    Inspect,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Looked(Request, Verdict),
    Applied(Request, Verdict),
    Fit(Option<String>),
    Recovered(Recovered),
}

/// Running work.
#[derive(Debug)]
pub(super) struct Job {
    task: Task,
    handle: JoinHandle<Done>,
    pub(super) began: Instant,
    /// The steps of all changes when one ended last, and when it was seen.
    steps: (u64, Instant),
}

impl Job {
    pub(super) fn start(task: Task, work: GpuWork) -> Self {
        let running = task.clone();
        let handle = spawn_blocking(move || match running {
            Task::Look(order) => {
                let verdict = work.look(&order);
                Done::Looked(order.request, verdict)
            }
            Task::Apply(order) => {
                let verdict = work.apply(&order);
                Done::Applied(order.request, verdict)
            }
            Task::Fit => Done::Fit(work.fit()),
            Task::Recover => Done::Recovered(work.recover()),
            Task::Inspect => Done::Recovered(work.inspect()),
        });
        Self {
            task,
            handle,
            began: Instant::now(),
            steps: (steps(), Instant::now()),
        }
    }

    /// Whether it changes the GPUs.
    pub(super) const fn is_change(&self) -> bool {
        matches!(self.task, Task::Apply(_) | Task::Recover)
    }

    /// For how long no step has ended.
    pub(super) fn silent_for(&mut self) -> Duration {
        let steps = steps();
        if self.steps.0 != steps {
            self.steps = (steps, Instant::now());
        }
        self.steps.1.elapsed()
    }

    /// Waits for the end. May be called again if it was not waited for to the end.
    pub(super) async fn done(&mut self) -> Done {
        match (&mut self.handle).await {
            Ok(done) => done,
            Err(error) => of_panic(self.task.clone(), &error.to_string()),
        }
    }
}

/// A thread that panicked has changed nothing, or its journal brings it back.
fn of_panic(task: Task, reason: &str) -> Done {
    let failed = format!("the agent's work failed: {reason}");
    match task {
        Task::Look(order) => Done::Looked(order.request, Outcome::failed(failed, true).into()),
        Task::Apply(order) => Done::Applied(order.request, Outcome::Open { reason: failed }.into()),
        Task::Fit => Done::Fit(None),
        Task::Recover | Task::Inspect => Done::Recovered(Recovered::Unknown(reason.to_owned())),
    }
}
