//! The instances of a GPU at one moment.

use crate::device::Device;
use crate::error::Error;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

type Compute = (
    ComputeInstanceId,
    ComputeInstanceProfileId,
    ComputeInstancePlacement,
);
type Gpu = (
    GpuInstanceId,
    GpuInstanceProfileId,
    GpuInstancePlacement,
    Vec<Compute>,
);

/// The instances of a GPU at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    device: Device,
    instances: Vec<Gpu>,
}

impl Snapshot {
    pub(super) fn of(device: &Device) -> Result<Self, Error> {
        Ok(Self {
            device: device.clone(),
            instances: instances(device)?,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        &self.device
    }

    /// Looks again, and says whether something changed since the last look.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let now = instances(&self.device)?;
        let changed = now != self.instances;
        self.instances = now;
        Ok(changed)
    }
}

fn instances(device: &Device) -> Result<Vec<Gpu>, Error> {
    let mut all = Vec::new();
    for instance in device.gpu_instances()? {
        let compute = instance.compute_instances()?;
        let compute = compute
            .iter()
            .map(|made| (made.id(), made.profile_id(), made.placement()));
        all.push((
            instance.id(),
            instance.profile_id(),
            instance.placement(),
            compute.collect(),
        ));
    }
    Ok(all)
}
