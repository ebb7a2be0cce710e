//! Figures of GPU performance monitoring.

use clap::Args;
use nvml_mig_sim::machine::{GPM_METRICS, GpmMetric};

use super::error::Error;
use super::state_option::{self, StateOption};

/// Set the performance metrics (GPM) that a GPU (Hopper or newer) or a GPU instance reports
///
/// A simulated GPU computes nothing: without this, all metrics are 0.
#[derive(Debug, Args)]
pub(super) struct Gpm {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// ID of the GPU instance; the default is the whole GPU
    #[arg(long)]
    gi: Option<u32>,
    /// A metric and its value, such as sm-util=42 (percent) or pcie-tx-per-sec=100 (MiB per second); may be repeated
    #[arg(long = "metric", required = true, value_name = "NAME=VALUE", value_parser = figure)]
    metrics: Vec<(&'static GpmMetric, f64)>,
}

fn figure(text: &str) -> Result<(&'static GpmMetric, f64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let metric = GpmMetric::with_name(name).ok_or_else(|| unknown(name))?;
    let value = value.parse();
    let value = value.map_err(|_| "the value is not a number such as 42 or 0.5".to_owned())?;
    Ok((metric, value))
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = GPM_METRICS.iter().map(|metric| metric.name).collect();
    format!(
        "there is no metric `{name}`; the metrics are {}",
        names.join(", ")
    )
}

impl Gpm {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            let gpu = state_option::gpu(machine, self.gpu)?;
            if let Some(id) = self.gi
                && gpu.gpu_instance(id).is_none()
            {
                let what = format!("GPU instance {id}");
                return Err(Error::NoInstance {
                    gpu: self.gpu,
                    what,
                });
            }
            self.metrics.iter().try_for_each(|&(metric, value)| {
                let set = machine.set_gpm(self.gpu, self.gi, metric, value);
                set.map_err(|_| Error::NoFigure {
                    metric: metric.name,
                    value,
                })
            })
        })
    }
}
