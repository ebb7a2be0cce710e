//! Metrics of GPU performance monitoring (GPM) and their figures.

use serde::{Deserialize, Serialize};

/// A GPM metric that can be simulated.
#[derive(Debug, PartialEq, Eq)]
pub struct GpmMetric {
    /// Its number, `NVML_GPM_METRIC_*`.
    pub number: u32,
    /// Its name on the command line, such as `sm-util`.
    pub name: &'static str,
    /// Whether it is in percent; else it is in MiB per second.
    pub percent: bool,
}

/// The metrics of nvml.h that concern a whole GPU instance.
pub const GPM_METRICS: &[GpmMetric] = &[
    percent(1, "graphics-util"),
    percent(2, "sm-util"),
    percent(3, "sm-occupancy"),
    percent(4, "integer-util"),
    percent(5, "any-tensor-util"),
    percent(6, "dfma-tensor-util"),
    percent(7, "hmma-tensor-util"),
    percent(8, "dmma-tensor-util"),
    percent(9, "imma-tensor-util"),
    percent(10, "dram-bw-util"),
    percent(11, "fp64-util"),
    percent(12, "fp32-util"),
    percent(13, "fp16-util"),
    rate(20, "pcie-tx-per-sec"),
    rate(21, "pcie-rx-per-sec"),
];

const fn percent(number: u32, name: &'static str) -> GpmMetric {
    let percent = true;
    GpmMetric {
        number,
        name,
        percent,
    }
}

const fn rate(number: u32, name: &'static str) -> GpmMetric {
    let percent = false;
    GpmMetric {
        number,
        name,
        percent,
    }
}

impl GpmMetric {
    /// Returns the metric with this name.
    #[must_use]
    pub fn with_name(name: &str) -> Option<&'static Self> {
        GPM_METRICS.iter().find(|metric| metric.name == name)
    }

    /// Returns the metric with this number.
    #[must_use]
    pub fn with_number(number: u32) -> Option<&'static Self> {
        GPM_METRICS.iter().find(|metric| metric.number == number)
    }

    /// Whether a device can report a value.
    pub(super) fn allows(&self, value: f64) -> bool {
        let most = if self.percent { 100.0 } else { f64::MAX };
        (0.0..=most).contains(&value)
    }
}

/// The value of a metric on a GPU or a GPU instance.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpmFigure {
    /// Serial number of the GPU instance; `None` for the whole GPU.
    pub(super) gpu_instance: Option<u32>,
    /// Number of the metric.
    pub(super) metric: u32,
    /// In percent or MiB per second.
    pub(super) value: f64,
}

impl PartialEq for GpmFigure {
    fn eq(&self, other: &Self) -> bool {
        self.is_of(other.gpu_instance, other.metric)
            && self.value.to_bits() == other.value.to_bits()
    }
}

impl Eq for GpmFigure {}

impl GpmFigure {
    /// Whether a device can report it.
    pub(super) fn is_possible(&self) -> bool {
        GpmMetric::with_number(self.metric).is_some_and(|metric| metric.allows(self.value))
    }

    /// Whether it is that of a device and a metric.
    pub(super) fn is_of(&self, gpu_instance: Option<u32>, metric: u32) -> bool {
        (self.gpu_instance, self.metric) == (gpu_instance, metric)
    }
}
