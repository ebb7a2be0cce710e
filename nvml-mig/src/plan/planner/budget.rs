//! A limit for the steps of a search.

use core::cell::Cell;

use super::PlanError;

/// Counts down the steps of a search, so that it ends. A step looks at one placement of one instance.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
}

/// The search has taken as many steps as it may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exhausted;

impl Budget {
    /// Maximum number of steps. No plan was seen that needs a fiftieth of them on a known GPU.
    pub(crate) const MOST: usize = 1 << 18;

    pub(crate) const fn new() -> Self {
        Self::of(Self::MOST)
    }

    /// A limit of this many steps.
    pub(crate) const fn of(steps: usize) -> Self {
        Self {
            left: Cell::new(steps),
        }
    }

    /// Returns the number of steps that are left.
    pub(crate) const fn left(&self) -> usize {
        self.left.get()
    }

    /// Takes these steps. Fails if there are not as many left.
    pub(crate) fn take(&self, steps: usize) -> Result<(), Exhausted> {
        let left = self.left.get().checked_sub(steps).ok_or(Exhausted)?;
        self.left.set(left);
        Ok(())
    }
}

impl From<Exhausted> for PlanError {
    fn from(_: Exhausted) -> Self {
        Self::TooManySteps
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use nvml_mig_sim::{GpuSpec, Simulator};

    use super::Budget;
    use crate::device::Nvml;
    use crate::id::{ComputeInstanceId, GpuInstanceId};
    use crate::plan::{
        GpuModel, Layout, LayoutComputeInstance, LayoutGpuInstance, PlanOptions,
        PresentComputeInstance, PresentGpuInstance,
    };
    use crate::profile::ProfileName;

    fn model(board: &str) -> GpuModel {
        let simulator = Simulator::builder().gpu(GpuSpec::new(board));
        let simulator = simulator.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        GpuModel::read(&nvml.device_by_index(0).unwrap()).unwrap()
    }

    /// Up to as many instances of each pair of profiles as a GPU can have, split into as many compute instances as there are
    /// slices.
    fn layouts(model: &GpuModel) -> Vec<Layout> {
        let entries = model.profiles.iter().map(|profile| {
            let parts = (0..profile.slice_count).map(|_| LayoutComputeInstance::slices(1));
            LayoutGpuInstance::new(profile.id).with_compute_instances(parts)
        });
        let entries: Vec<LayoutGpuInstance> = entries.collect();
        let mut layouts = Vec::new();
        for first in &entries {
            for second in &entries {
                for (count, more) in
                    (1..=8).flat_map(|count| (0..=8 - count).map(move |more| (count, more)))
                {
                    let first = core::iter::repeat_n(first.clone(), count);
                    let both = first.chain(core::iter::repeat_n(second.clone(), more));
                    layouts.push(both.collect());
                }
            }
        }
        layouts
    }

    /// Up to so many MIG devices as have room of each pair of compute instance profiles that are parts.
    fn multisets(model: &GpuModel) -> Vec<Layout> {
        let parts = model.profiles.iter().flat_map(|profile| {
            let inside = profile.compute_instance_profiles.iter();
            let names = inside.filter_map(|inside| inside.name.parsed());
            names.filter(|name| name.is_part())
        });
        let parts: Vec<ProfileName> = parts.collect();
        let mut layouts = Vec::new();
        for first in &parts {
            for second in &parts {
                for (count, more) in
                    (0..=7).flat_map(|count| (0..=7).map(move |more| (count, more)))
                {
                    let first = core::iter::repeat_n(*first, count);
                    let mut layout = Layout::new();
                    let both = first.chain(core::iter::repeat_n(*second, more));
                    both.for_each(|name| layout.add_mig_device(name));
                    layouts.push(layout);
                }
            }
        }
        layouts
    }

    /// The instances once an empty GPU has a layout.
    fn there(model: &GpuModel, layout: &Layout) -> Option<Vec<PresentGpuInstance>> {
        let plan = model.plan(&[], layout, PlanOptions::new()).ok()?;
        let gpu_instances = (0..).zip(plan.gpu_instances);
        let present = gpu_instances.map(|(id, placed)| {
            let inside = (0..).zip(placed.compute_instances.clone());
            let inside = inside.map(|(id, inside)| {
                PresentComputeInstance::new(ComputeInstanceId::new(id), inside)
            });
            let placed = placed.with_compute_instances(inside.collect());
            PresentGpuInstance::new(GpuInstanceId::new(id), placed)
        });
        Some(present.collect())
    }

    /// The steps of a plan, which are the same on every machine.
    fn steps(model: &GpuModel, present: &[PresentGpuInstance], layout: &Layout) -> usize {
        let budget = Budget::new();
        let _plan = model.plan_within(&budget, present, layout, PlanOptions::new());
        Budget::MOST - budget.left.get()
    }

    /// One board of each geometry.
    const BOARDS: [&str; 4] = [
        "a30",
        "a100-sxm4-40gb",
        "h100-sxm5-80gb",
        "rtx-pro-6000-bse",
    ];

    #[test]
    fn known_gpus_need_a_fiftieth() {
        let mut most = 0;
        for board in BOARDS {
            let model = model(board);
            for layout in layouts(&model).iter().step_by(3) {
                let present = there(&model, layout).unwrap_or_default();
                for present in [&[][..], &present] {
                    most = most.max(steps(&model, present, layout));
                }
            }
            println!("{board}: at most {most} steps");
        }
        assert!((100..Budget::MOST / 50).contains(&most), "{most}");
    }

    /// From an empty GPU, from one with MIG devices of each profile alone, and from one that has them already.
    #[test]
    fn known_gpus_need_a_fiftieth_for_all_groupings_of_mig_devices() {
        let mut most = 0;
        for board in BOARDS {
            let model = model(board);
            let layouts = multisets(&model);
            let alone = layouts
                .iter()
                .filter(|layout| layout.mig_devices().len() == 7);
            let others: Vec<_> = alone.filter_map(|layout| there(&model, layout)).collect();
            for (index, layout) in layouts.iter().enumerate().step_by(3) {
                let own = there(&model, layout).unwrap_or_default();
                let other = others.get(index % others.len().max(1)).cloned();
                for present in [Vec::new(), own, other.unwrap_or_default()] {
                    most = most.max(steps(&model, &present, layout));
                }
            }
            println!("{board}: at most {most} steps");
        }
        assert!((100..Budget::MOST / 50).contains(&most), "{most}");
    }
}
