//! Of events and samples.

use std::slice::from_ref;
use std::time::Duration;

use nvml_mig::monitor::{EventKind, EventWatch, GpmMetric, MigWatch};

use crate::operation::{Operation, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("monitor::MigWatch::start", it => MigWatch::start(from_ref(&it.device)).map(drop)),
    reads!("monitor::MigWatch::wait", it, mut watch = MigWatch::start(from_ref(&it.device))? => {
        watch.wait(Duration::ZERO)
    }),
    reads!("monitor::EventWatch::start", it => {
        EventWatch::start(from_ref(&it.device), &[EventKind::Xid]).map(drop)
    }),
    reads!("monitor::EventWatch::wait", it,
        mut watch = EventWatch::start(from_ref(&it.device), &[EventKind::Xid])? => {
        watch.wait(Duration::ZERO)
    }),
    reads!("GpuInstance::gpm_sample", it => it.gpu_instance.gpm_sample().map(drop)),
    reads!("MigDevice::gpm_sample", it => it.mig_device.gpm_sample().map(drop)),
    reads!("monitor::GpmSample::metric_since", it,
        [earlier, later] = [it.gpu_instance.gpm_sample()?, it.gpu_instance.gpm_sample()?] => {
        later.metric_since(&earlier, GpmMetric::SmUtilization)
    }),
    reads!("monitor::GpmSample::metrics_since", it,
        [earlier, later] = [it.gpu_instance.gpm_sample()?, it.gpu_instance.gpm_sample()?] => {
        later.metrics_since(&earlier, &[GpmMetric::SmUtilization])
    }),
];
