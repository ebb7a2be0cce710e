//! What the site chose.

use std::time::Duration;

use crate::arguments::{AgentOptions, GpuClient, RebootPolicy};

/// The choices that decisions depend on.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) clients: Vec<GpuClient>,
    pub(super) client_timeout: Duration,
    /// `None` if busy instances are waited for without end.
    pub(super) busy_limit: Option<Duration>,
    pub(super) first_delay: Duration,
    pub(super) reboot: RebootPolicy,
    pub(super) reboot_annotation: String,
    /// How often it looks whether a layout in place is still there.
    pub(super) look_period: Duration,
    /// `None` if it is not published.
    pub(super) fit_period: Option<Duration>,
    /// After this time without the end of a step, work hangs.
    pub(super) hang_limit: Duration,
    /// The id of this boot of the node.
    pub(super) boot: String,
}

impl Policy {
    pub(super) fn new(options: &AgentOptions, boot: String) -> Self {
        let fit_period = Duration::from_secs(options.fit_period);
        Self {
            clients: options.clients.clone(),
            client_timeout: Duration::from_secs(options.client_timeout),
            busy_limit: options.busy_limit.map(Duration::from_secs),
            first_delay: Duration::from_secs(options.retry_delay),
            reboot: options.reboot,
            reboot_annotation: options.reboot_annotation.clone(),
            look_period: fit_period,
            fit_period: options.publish_fit.then_some(fit_period),
            hang_limit: Duration::from_secs(options.hang_limit),
            boot,
        }
    }

    /// The annotation that asks for a reboot, if that is the policy; otherwise it may be that of others.
    pub(super) fn asks_with(&self) -> Option<&str> {
        let asks = self.reboot == RebootPolicy::Annotation;
        asks.then_some(self.reboot_annotation.as_str())
    }
}
