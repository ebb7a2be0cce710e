//! Values of GPM metrics. A simulated GPU computes nothing, so they are 0 unless set.

use super::gpm::{GpmFigure, GpmMetric};
use super::{Answer, Gpu, Machine, Refusal};

impl Machine {
    /// Sets what a GPU, or one of its GPU instances, reports for a metric, in percent or MiB per second.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU or instance, [`Refusal::InvalidArgument`] if the value is not
    /// possible.
    pub fn set_gpm(
        &mut self,
        gpu: u32,
        gpu_instance: Option<u32>,
        metric: &GpmMetric,
        value: f64,
    ) -> Answer {
        let gpu = self.gpu_mut(gpu).or(Err(Refusal::NotFound))?;
        let serial = |id| gpu.gpu_instance(id).map(|instance| instance.serial);
        let gpu_instance = match gpu_instance {
            Some(id) => Some(serial(id).ok_or(Refusal::NotFound)?),
            None => None,
        };
        if !metric.allows(value) {
            return Err(Refusal::InvalidArgument);
        }
        let metric = metric.number;
        gpu.forget_gpm(gpu_instance, metric);
        gpu.gpm.push(GpmFigure {
            gpu_instance,
            metric,
            value,
        });
        Ok(())
    }
}

impl Gpu {
    /// Returns what the GPU, or the GPU instance with this serial number, reports for a metric; `None` if it can't be
    /// simulated.
    #[must_use]
    pub fn gpm(&self, gpu_instance: Option<u32>, metric: u32) -> Option<f64> {
        GpmMetric::with_number(metric)?;
        let mut figures = self.gpm.iter();
        let figure = figures.find(|figure| figure.is_of(gpu_instance, metric));
        Some(figure.map_or(0.0, |figure| figure.value))
    }

    /// Removes a figure, and those of GPU instances that were destroyed.
    fn forget_gpm(&mut self, gpu_instance: Option<u32>, metric: u32) {
        let instances = self.gpu_instances.iter();
        let serials: Vec<u32> = instances.map(|instance| instance.serial).collect();
        self.gpm.retain(|figure| {
            let exists = figure
                .gpu_instance
                .is_none_or(|serial| serials.contains(&serial));
            exists && !figure.is_of(gpu_instance, metric)
        });
    }
}
