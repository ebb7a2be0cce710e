//! Carries out what is decided.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{BoxStream, StreamExt};
use tokio::task::JoinHandle;

use super::cluster::{Cluster, RequestError};
use super::controller::Controller;
use super::delay::{Pace, delay};
use super::gpu_work::GpuWork;
use super::job::{Done, Job, Task};
use super::lease::{Claim, claim};
use super::metrics::Metrics;
use super::names::OUR_STATE;
use super::reboot_run::RebootRun;
use super::step::Step;
use super::throttle::Throttle;
use super::view::{Sight, View};

use crate::change::signals;
use crate::console::{chain, note};

/// The longest that it sleeps: so often it says that it is alive.
const LONGEST_REST: Duration = Duration::from_secs(10);
/// The first delay after a request that failed.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// The delay after one that was refused since the object had changed.
const AFTER_CONFLICT: Duration = Duration::from_millis(100);

/// The agent at work.
pub(super) struct Worker {
    pub(super) cluster: Cluster,
    pub(super) identity: String,
    pub(super) controller: Controller,
    pub(super) gpus: GpuWork,
    pub(super) metrics: Arc<Metrics>,
    pub(super) reboot_command: String,
    /// After this time a reboot command is ended.
    pub(super) reboot_limit: Duration,
    pub(super) reboot: Option<RebootRun>,
    pub(super) view: View,
    pub(super) job: Option<Job>,
    /// The requests that failed in a row, and when to try again.
    pub(super) failures: u32,
    /// Whether a request has failed since what was found counts.
    pub(super) was_away: bool,
    pub(super) throttle: Throttle,
    pub(super) try_again_at: Option<Instant>,
    /// The other agent of which it told.
    pub(super) told_of: Option<String>,
    /// Whether the API server answered when it was asked last.
    pub(super) is_answered: bool,
    /// After this time without the end of a step, work hangs.
    pub(super) hang_limit: Duration,
}

impl Worker {
    /// Works until it is stopped. What runs in a thread then goes on, and [`end`](Self::end) waits for it. A request is not
    /// dropped: nobody would know what became of it.
    pub(super) async fn work(
        &mut self,
        mut sights: BoxStream<'static, Sight>,
        mut stop: JoinHandle<()>,
    ) {
        let longest_rest = LONGEST_REST.min(self.hang_limit / 3);
        loop {
            self.metrics.give_sign_of_life();
            let until = self.act().await;
            if signals::has_stopped() {
                return;
            }
            let rest = until.saturating_duration_since(Instant::now());
            tokio::select! {
                sight = sights.next() => match sight {
                    Some(sight) => self.see(sight),
                    None => return,
                },
                done = done(&mut self.job) => self.take(done),
                failure = rebooted(&mut self.reboot) => self.take_reboot(failure),
                () = tokio::time::sleep(rest.min(longest_rest)) => {}
                _ = &mut stop => return,
            }
        }
    }

    fn see(&mut self, sight: Sight) {
        let trouble = self.view.take(sight);
        self.is_answered = trouble.is_none();
        if let Some(trouble) = trouble {
            note(&trouble);
            self.controller.outdate();
            self.metrics.api_errors.inc();
            self.metrics.set_ready(false);
        }
    }

    /// Does what is due, and returns when more may be due, unless something is seen earlier.
    async fn act(&mut self) -> Instant {
        let now = Instant::now();
        let at_latest = now + LONGEST_REST;
        if let Some(at) = self.try_again_at.filter(|at| *at > now) {
            return at;
        }
        if std::mem::take(&mut self.was_away) {
            // Also what was found since it failed.
            self.controller.outdate();
        }
        self.try_again_at = None;
        let acted = match self.own_the_node(now).await {
            Ok(Err(until)) => {
                self.metrics.set_ready(false);
                return until;
            }
            Ok(Ok(renew_at)) => self.steps().await.map(|until| until.min(renew_at)),
            Err(error) => Err(error),
        };
        match acted {
            Ok(until) => until.min(at_latest),
            Err(error) => self.failed(&error).await,
        }
    }

    /// Returns until when the node is the agent's or, as the error, until when it is certainly not.
    async fn own_the_node(
        &mut self,
        now: Instant,
    ) -> Result<Result<Instant, Instant>, RequestError> {
        let Some(lease) = self.view.lease() else {
            return Ok(Err(now + LONGEST_REST));
        };
        match claim(lease, &self.identity, now) {
            Claim::Own { renew_at } => Ok(Ok(renew_at)),
            Claim::Create | Claim::Take => {
                let holder = lease.and_then(|lease| lease.holder.as_ref());
                let is_new = holder != Some(&self.identity);
                let has_lapsed = lease.is_some_and(|lease| lease.seen_at + lease.duration <= now);
                let lease = self.cluster.claim_lease(lease).await?;
                if is_new {
                    self.controller.took_over(now);
                } else if has_lapsed {
                    self.controller.lapsed();
                }
                self.is_answered = true;
                let renew_at = lease.seen_at + lease.duration / 3;
                self.view.take_lease(Some(lease));
                self.told_of = None;
                Ok(Ok(renew_at))
            }
            Claim::Other { holder, until } => {
                self.tell_of(holder).await;
                Ok(Err(until))
            }
        }
    }

    /// Takes steps until one has to be waited for.
    async fn steps(&mut self) -> Result<Instant, RequestError> {
        loop {
            let now = Instant::now();
            if let Some(until) = self.throttle.full_until(now) {
                return Ok(until);
            }
            let at_latest = now + LONGEST_REST;
            let seen = self.view.seen(now);
            let is_ready = seen
                .as_ref()
                .is_some_and(|seen| seen.missing.is_none() && seen.mig_manager().is_none());
            self.metrics.set_ready(is_ready && self.is_answered);
            let Some(seen) = seen.filter(|_| !signals::has_stopped()) else {
                return Ok(at_latest);
            };
            let job = self.job.as_mut();
            let step = match job.map(|job| (job.silent_for(), job.is_change())) {
                None => self.controller.next(&seen),
                Some((silent, _)) if silent < self.hang_limit => {
                    self.metrics.set_hanging(false);
                    match self.controller.meanwhile(&seen) {
                        Some(step) => step,
                        None => return Ok(at_latest),
                    }
                }
                Some((_, is_change)) => {
                    self.metrics.set_hanging(true);
                    self.controller.hang(&seen, is_change)
                }
            };
            self.metrics.set_state(seen.node.annotation(OUR_STATE));
            let paused = i64::try_from(seen.node.written_clients().len());
            self.metrics.paused_clients.set(paused.unwrap_or_default());
            let task = match step {
                Step::Rest { until } => {
                    // Nothing is owed to the server.
                    self.failures = 0;
                    return Ok(until.unwrap_or(at_latest));
                }
                Step::Write { patch, notice } => {
                    let node = seen.node.clone();
                    self.write(&patch, notice, &node).await?;
                    continue;
                }
                Step::Look(order) => Task::Look(order),
                Step::Apply(order) => Task::Apply(order),
                Step::Fit => Task::Fit,
                Step::Recover => Task::Recover,
                Step::Inspect => Task::Inspect,
                Step::Reboot => {
                    let command = self.reboot_command.clone();
                    self.reboot = Some(RebootRun::start(command, self.reboot_limit));
                    continue;
                }
                Step::EndReboot => {
                    let reboot = self.reboot.iter();
                    reboot.for_each(|run| run.end("the reboot is not wanted any more"));
                    continue;
                }
            };
            self.job = Some(Job::start(task, self.gpus.clone()));
        }
    }

    /// Takes note of a request that failed, and returns when to try again.
    async fn failed(&mut self, error: &RequestError) -> Instant {
        self.metrics.api_errors.inc();
        let again_after = if matches!(error, RequestError::Conflict) {
            // Others change the node too, and it is known now what they did.
            if let Err(error) = self.look_again().await {
                note(&format!("a request failed: {}", chain(&error)));
            }
            delay(AFTER_CONFLICT, 1, Pace::Fast)
        } else {
            note(&format!("a request failed: {}", chain(error)));
            self.is_answered = false;
            self.was_away = true;
            self.metrics.set_ready(false);
            self.failures += 1;
            delay(FIRST_DELAY, self.failures, Pace::Fast)
        };
        let at = Instant::now() + again_after;
        self.try_again_at = Some(at);
        at
    }

    /// The watches may be behind.
    async fn look_again(&mut self) -> Result<(), RequestError> {
        let node = self.cluster.node().await?;
        self.view.take_node(node);
        let lease = self.cluster.lease().await?;
        self.view.take_lease(lease);
        Ok(())
    }
}

async fn done(job: &mut Option<Job>) -> Done {
    match job {
        Some(job) => job.done().await,
        None => pending().await,
    }
}

async fn rebooted(run: &mut Option<RebootRun>) -> Option<String> {
    match run {
        Some(run) => run.done().await,
        None => pending().await,
    }
}
