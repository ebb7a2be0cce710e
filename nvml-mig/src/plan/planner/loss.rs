//! The cost of a plan: the instances that it destroys.

use core::ops::{Add, Sub};

use super::{PlanOptions, PresentComputeInstance, PresentGpuInstance, Protection};

/// The instances that a plan destroys. A plan with a smaller loss is better; the fields are in order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Loss {
    /// Instances that must stay. A GPU instance counts once per such compute instance, but at least once.
    pub(crate) protected: u32,
    /// Busy instances, counted in the same way.
    pub(crate) busy: u32,
    /// GPU instances.
    pub(crate) gpu_instances: u32,
    /// Compute instances, including those in destroyed GPU instances.
    pub(crate) compute_instances: u32,
}

impl Loss {
    /// Returns the loss of destroying everything.
    pub(crate) fn of_all(present: &[PresentGpuInstance], options: PlanOptions) -> Self {
        let all = present.iter();
        all.map(|instance| Self::of_gpu_instance(instance, options))
            .fold(Self::default(), Add::add)
    }

    /// Returns the loss of destroying a GPU instance with its compute instances.
    pub(crate) fn of_gpu_instance(instance: &PresentGpuInstance, options: PlanOptions) -> Self {
        let compute_instances = instance.compute_instances().iter();
        let inside: Self = compute_instances
            .map(|compute_instance| Self::of_compute_instance(instance, compute_instance, options))
            .fold(Self::default(), Add::add);
        let protected = u32::from(protection(instance, options).is_some());
        Self {
            protected: inside.protected.max(protected),
            busy: inside.busy.max(u32::from(instance.is_busy_anywhere())),
            gpu_instances: 1,
            ..inside
        }
    }

    /// Returns the loss of destroying a compute instance.
    pub(crate) fn of_compute_instance(
        gpu_instance: &PresentGpuInstance,
        compute_instance: &PresentComputeInstance,
        options: PlanOptions,
    ) -> Self {
        Self {
            protected: u32::from(
                compute_instance_protection(gpu_instance, compute_instance, options).is_some(),
            ),
            busy: u32::from(gpu_instance.is_busy(compute_instance)),
            gpu_instances: 0,
            compute_instances: 1,
        }
    }

    /// Returns the loss of adding to a pinned GPU instance: nothing is destroyed, but the instance does not stay
    /// unchanged.
    pub(crate) const fn of_change() -> Self {
        Self {
            protected: 1,
            busy: 0,
            gpu_instances: 0,
            compute_instances: 0,
        }
    }
}

/// Returns why a GPU instance must stay; `None` if it may be destroyed with its compute instances.
pub(crate) fn protection(
    instance: &PresentGpuInstance,
    options: PlanOptions,
) -> Option<Protection> {
    let (pinned, busy) = (instance.is_pinned_anywhere(), instance.is_busy_anywhere());
    let mut compute_instances = instance.compute_instances().iter();
    of_state(pinned, busy, options).or_else(|| {
        compute_instances.find_map(|compute_instance| {
            compute_instance_protection(instance, compute_instance, options)
        })
    })
}

/// Returns why a compute instance must stay; `None` if it may be destroyed.
pub(crate) fn compute_instance_protection(
    gpu_instance: &PresentGpuInstance,
    compute_instance: &PresentComputeInstance,
    options: PlanOptions,
) -> Option<Protection> {
    of_state(
        gpu_instance.pinned || compute_instance.pinned,
        gpu_instance.is_busy(compute_instance),
        options,
    )
}

const fn of_state(pinned: bool, busy: bool, options: PlanOptions) -> Option<Protection> {
    match (pinned, busy) {
        (true, _) => Some(Protection::Pinned),
        (false, true) if !options.destroy_busy() => Some(Protection::Busy),
        (false, false) if !options.destroy_idle() => Some(Protection::Idle),
        _ => None,
    }
}

impl Add for Loss {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            protected: self.protected + other.protected,
            busy: self.busy + other.busy,
            gpu_instances: self.gpu_instances + other.gpu_instances,
            compute_instances: self.compute_instances + other.compute_instances,
        }
    }
}

/// Subtracts a saving, which is never greater than the loss.
impl Sub for Loss {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            protected: self.protected.saturating_sub(other.protected),
            busy: self.busy.saturating_sub(other.busy),
            gpu_instances: self.gpu_instances.saturating_sub(other.gpu_instances),
            compute_instances: self
                .compute_instances
                .saturating_sub(other.compute_instances),
        }
    }
}
