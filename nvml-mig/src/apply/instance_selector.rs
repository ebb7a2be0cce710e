//! Selects an instance of a GPU.

use core::fmt;

use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::Inventory;
use crate::placement::GpuInstancePlacement;
use crate::plan::PresentGpuInstance;
use crate::quoted::Quoted;

/// Selects an existing instance of a GPU: to remove it, or to pin it so that a plan leaves it alone.
///
/// ```
/// use nvml_mig::apply::InstanceSelector;
/// use nvml_mig::instance::GpuInstanceId;
///
/// let by_id = InstanceSelector::from(GpuInstanceId::new(1));
/// assert_eq!(by_id.to_string(), "GPU instance 1");
/// let by_uuid = InstanceSelector::mig_uuid("MIG-7a3e6f0c-21b9-5d84-9f0b-1c2d3e4f5a6b");
/// assert_eq!(by_uuid.to_string(), "MIG device MIG-7a3e6f0c-21b9-5d84-9f0b-1c2d3e4f5a6b");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstanceSelector {
    /// A GPU instance with its compute instances.
    GpuInstance(GpuInstanceId),
    /// The GPU instance at this placement, with its compute instances.
    Placement(GpuInstancePlacement),
    /// A compute instance.
    ComputeInstance(GpuInstanceId, ComputeInstanceId),
    /// The compute instance of the MIG device with this UUID, `MIG-...`; in either case of letters, and also in the form of
    /// drivers before R470, `MIG-GPU-<UUID of the GPU>/<id of the GPU instance>/<id of the compute instance>`.
    MigUuid(String),
}

impl InstanceSelector {
    /// Selects the compute instance of the MIG device with this UUID.
    #[must_use]
    pub fn mig_uuid(uuid: impl Into<String>) -> Self {
        Self::MigUuid(uuid.into())
    }

    /// The ids of the selected instance, if it exists: a whole GPU instance, or a compute instance.
    pub(super) fn find(
        &self,
        inventory: &Inventory,
        present: &[PresentGpuInstance],
    ) -> Result<Option<Selected>, Error> {
        let gpu_instance = |is_it: &dyn Fn(&PresentGpuInstance) -> bool| {
            let found = present.iter().find(|present| is_it(present));
            found.map(|found| (found.id, None))
        };
        let inside = |id: GpuInstanceId, inside: ComputeInstanceId| {
            let of = present.iter().find(|present| present.id == id)?;
            let mut all = of.compute_instances().iter();
            let found = all.find(|one| one.id == inside)?;
            Some((id, Some(found.id)))
        };
        Ok(match self {
            Self::GpuInstance(id) => gpu_instance(&|present| present.id == *id),
            Self::Placement(at) => gpu_instance(&|present| present.placement() == *at),
            Self::ComputeInstance(of, id) => inside(*of, *id),
            Self::MigUuid(uuid) => match of_mig_device(inventory, uuid)? {
                Some((of, id)) => inside(of, id),
                None => None,
            },
        })
    }
}

/// A GPU instance, or a compute instance of it.
pub(super) type Selected = (GpuInstanceId, Option<ComputeInstanceId>);

/// Pins the selected instances.
pub(super) fn pin(present: &mut [PresentGpuInstance], pins: &[Selected]) {
    for gpu_instance in present {
        let id = gpu_instance.id;
        gpu_instance.pinned |= pins.contains(&(id, None));
        for inside in &mut gpu_instance.instance.compute_instances {
            inside.pinned |= pins.contains(&(id, Some(inside.id)));
        }
    }
}

fn of_mig_device(
    inventory: &Inventory,
    uuid: &str,
) -> Result<Option<(GpuInstanceId, ComputeInstanceId)>, Error> {
    if let Some((gpu, ids)) = old_form(uuid) {
        let is_here = inventory.uuid()?.eq_ignore_ascii_case(gpu);
        return Ok(is_here.then_some(ids));
    }
    let mut unreadable = None;
    for (_, mig_device) in inventory.each_mig_device()? {
        match mig_device {
            Ok(mig) if mig.uuid.eq_ignore_ascii_case(uuid) => {
                return Ok(Some((mig.gpu_instance_id, mig.compute_instance_id)));
            }
            Ok(_) => {}
            // It may be this one.
            Err(error) => unreadable = Some(error),
        }
    }
    unreadable.map_or(Ok(None), Err)
}

/// Parses `MIG-GPU-<UUID>/1/0` into the UUID of the GPU and the ids.
fn old_form(uuid: &str) -> Option<(&str, (GpuInstanceId, ComputeInstanceId))> {
    let mut parts = uuid.get(4..)?.splitn(3, '/');
    let (gpu, gpu_instance, inside) = (parts.next()?, parts.next()?, parts.next()?);
    let gpu_instance = GpuInstanceId::new(gpu_instance.parse().ok()?);
    let inside = ComputeInstanceId::new(inside.parse().ok()?);
    Some((gpu, (gpu_instance, inside)))
}

impl From<GpuInstanceId> for InstanceSelector {
    fn from(id: GpuInstanceId) -> Self {
        Self::GpuInstance(id)
    }
}

impl From<GpuInstancePlacement> for InstanceSelector {
    fn from(placement: GpuInstancePlacement) -> Self {
        Self::Placement(placement)
    }
}

impl fmt::Display for InstanceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GpuInstance(id) => write!(f, "GPU instance {id}"),
            Self::Placement(at) => write!(f, "GPU instance at {at}"),
            Self::ComputeInstance(of, id) => {
                write!(f, "compute instance {id} of GPU instance {of}")
            }
            Self::MigUuid(uuid) => write!(f, "MIG device {}", Quoted(uuid)),
        }
    }
}
