//! What the agent counts and measures.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use serde_json::Value;

use super::state::State;

type Labels<const N: usize> = [(&'static str, String); N];

/// The bounds of the durations of changes, in seconds.
const BOUNDS: [f64; 8] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0];

/// The metrics, and whether the agent is well.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    applies: Family<Labels<1>, Counter>,
    seconds: Histogram,
    pub(super) busy_retries: Counter,
    state: Family<Labels<1>, Gauge>,
    pub(super) paused_clients: Gauge,
    fit: Family<Labels<2>, Gauge<i64, AtomicI64>>,
    pub(super) api_errors: Counter,
    began: Instant,
    /// After this time without a sign of life something is wrong.
    silence: Duration,
    /// When the work went on last, in milliseconds since it began.
    alive_at: AtomicU64,
    /// Whether a call of the driver does not return.
    is_hanging: AtomicBool,
    is_ready: AtomicBool,
}

impl Metrics {
    pub(super) fn new(silence: Duration) -> Self {
        let mut registry = Registry::with_prefix("nvml_mig_agent");
        let metrics = Self {
            applies: Family::default(),
            seconds: Histogram::new(BOUNDS),
            busy_retries: Counter::default(),
            state: Family::default(),
            paused_clients: Gauge::default(),
            fit: Family::default(),
            api_errors: Counter::default(),
            began: Instant::now(),
            silence,
            alive_at: AtomicU64::new(0),
            is_hanging: AtomicBool::new(false),
            is_ready: AtomicBool::new(false),
            registry: Registry::default(),
        };
        registry.register(
            "applies",
            "Changes of the GPUs by outcome",
            metrics.applies.clone(),
        );
        registry.register(
            "apply_seconds",
            "Durations of changes",
            metrics.seconds.clone(),
        );
        let what = "Looks at GPUs that were still in use";
        registry.register("busy_retries", what, metrics.busy_retries.clone());
        registry.register(
            "state",
            "1 for the state of the node",
            metrics.state.clone(),
        );
        let what = "Clients that are paused now";
        registry.register("paused_clients", what, metrics.paused_clients.clone());
        let what = "More instances of a profile alone that fit on a GPU";
        registry.register("fit", what, metrics.fit.clone());
        let what = "Requests and watches that failed";
        registry.register("api_errors", what, metrics.api_errors.clone());
        Self {
            registry,
            ..metrics
        }
    }

    pub(super) fn count_apply(&self, outcome: &str, took: Duration) {
        let labels = [("outcome", outcome.to_owned())];
        self.applies.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn set_state(&self, state: Option<&str>) {
        for known in State::ALL.map(State::name) {
            let gauge = self.state.get_or_create(&[("state", known.to_owned())]);
            gauge.set(i64::from(state == Some(known)));
        }
    }

    /// Takes the numbers of what is published; there are none if it can't be read.
    pub(super) fn set_fit(&self, fit: Option<&str>) {
        self.fit.clear();
        let gpus = fit.and_then(|fit| serde_json::from_str(fit).ok());
        let gpus: Vec<Value> = gpus.unwrap_or_default();
        for gpu in &gpus {
            let index = gpu.get("gpu").map(Value::to_string).unwrap_or_default();
            let more = gpu.get("more").and_then(Value::as_object);
            for (profile, count) in more.into_iter().flatten() {
                let labels = [("gpu", index.clone()), ("profile", profile.clone())];
                let count = count.as_i64().unwrap_or_default();
                self.fit.get_or_create(&labels).set(count);
            }
        }
    }

    /// The work goes on, whether the API server answers or not.
    pub(super) fn give_sign_of_life(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis());
        self.alive_at
            .store(now.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.store(is_hanging, Ordering::Relaxed);
    }

    pub(super) fn set_ready(&self, is_ready: bool) {
        self.is_ready.store(is_ready, Ordering::Relaxed);
    }

    pub(super) fn is_alive(&self) -> bool {
        let at = Duration::from_millis(self.alive_at.load(Ordering::Relaxed));
        let is_silent = self.began.elapsed().saturating_sub(at) >= self.silence;
        !is_silent && !self.is_hanging.load(Ordering::Relaxed)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use super::Metrics;

    #[test]
    fn what_can_not_be_read_has_no_numbers() {
        let metrics = Metrics::new(Duration::from_secs(60));
        metrics.set_fit(Some(r#"[{"gpu":0,"more":{"1g.5gb":7}}]"#));
        let line = r#"nvml_mig_agent_fit{gpu="0",profile="1g.5gb"} 7"#;
        assert!(metrics.text().unwrap().contains(line));
        metrics.set_fit(None);
        assert!(!metrics.text().unwrap().contains("_fit{"));
    }
}
