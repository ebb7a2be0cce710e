//! MIG devices beside the existing instances: in free compute slices of existing GPU instances where they fit.

use super::instance_selector::Selected;
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::plan::{GpuModel, Layout, Plan, PlanOptions, PresentGpuInstance, Step};
use crate::profile::ProfileName;

/// Existing instances, and the complete layout to reach from them.
pub(super) type Goal = (Vec<PresentGpuInstance>, Layout);

/// Instances to add to existing ones, all of which are pinned.
#[derive(Debug)]
pub(super) struct Addition<'a> {
    pub(super) model: &'a GpuModel,
    pub(super) present: &'a [PresentGpuInstance],
    pub(super) added: &'a Layout,
    /// The instances that the caller has pinned: these GPU instances get no more compute instances.
    pub(super) pins: &'a [Selected],
    pub(super) options: PlanOptions,
}

impl Addition<'_> {
    /// Returns the goal with the MIG devices in as many as possible of the existing GPU instances that have no compute instance: of
    /// each profile, as many as there are MIG devices for it. Nothing is gained by fewer: a MIG device that fits elsewhere fits
    /// there too, and leaves its other place free.
    pub(super) fn goal(&self) -> Goal {
        let (present, layout) = self.with_empty();
        let plan = self.model.plan(&present, &layout, self.options);
        let destroys = |plan: Plan| plan.steps.iter().any(Step::destroys);
        if plan.is_ok_and(|plan| !destroys(plan)) {
            (present, layout)
        } else {
            self.with(&[])
        }
    }

    /// The goal with those GPU instances, the lowest ids first.
    fn with_empty(&self) -> Goal {
        let (mut used, mut names) = (Vec::new(), self.added.mig_devices().to_vec());
        for of in self.present {
            let is_empty = self.mig_devices(of).is_some_and(|inside| inside.is_empty());
            let own = |name: &ProfileName| self.of(*name) == Some(of.profile());
            if let Some(at) = names.iter().position(own).filter(|_| is_empty) {
                names.remove(at);
                used.push(of.id);
            }
        }
        self.with(&used)
    }

    /// The goal in which these GPU instances without compute instances are used.
    fn with(&self, used: &[GpuInstanceId]) -> Goal {
        let (mut present, mut fixed, mut mig_devices) =
            (self.present.to_vec(), Vec::new(), Vec::new());
        for of in &mut present {
            match self.mig_devices(of) {
                Some(inside) if !inside.is_empty() || used.contains(&of.id) => {
                    of.pinned = false;
                    mig_devices.extend(inside);
                }
                _ => fixed.push(of.clone()),
            }
        }
        let mut layout = self.model.layout_of(&fixed);
        layout.extend(self.added.gpu_instances().iter().cloned());
        mig_devices.extend(self.added.mig_devices());
        for name in mig_devices {
            layout.add_mig_device(name);
        }
        (present, layout)
    }

    /// Returns the MIG devices of a GPU instance that could have one more of those that are added; `None` for another one.
    fn mig_devices(&self, of: &PresentGpuInstance) -> Option<Vec<ProfileName>> {
        let is_of = |name: &ProfileName| self.of(*name) == Some(of.profile());
        if self.pins.contains(&(of.id, None)) || !self.added.mig_devices().iter().any(is_of) {
            return None;
        }
        let profile = self.model.profile_by_id(of.profile()).ok()?;
        let inside = of.compute_instances().iter().map(|inside| {
            let own = profile
                .compute_instance_profile_by_id(inside.profile())
                .ok()?;
            own.name
                .parsed()
                .filter(|name| name.is_part() && is_of(name))
        });
        inside.collect()
    }

    /// The GPU instance profile of a MIG device.
    fn of(&self, name: ProfileName) -> Option<GpuInstanceProfileId> {
        let profile = self.model.profile_named(name.gpu_instance()).ok()?;
        Some(profile.id)
    }
}
