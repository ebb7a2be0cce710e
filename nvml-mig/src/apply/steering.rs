//! How a GPU instance gets its place with a driver that chooses the places itself.

use super::live_gpu::LiveGpu;
use super::operation::{Operation, Performed};
use crate::error::{Error, FunctionMissing};
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::plan::{GpuInstanceProfileModel, GpuModel};
use crate::profile::MediaEngines;

/// More than a GPU has places of one size.
const MOST_TEMPORARY: usize = 8;

/// A GPU instance to create at one of these places.
pub(super) struct Steering {
    profile: GpuInstanceProfileId,
    placement: GpuInstancePlacement,
    places: Vec<GpuInstancePlacement>,
    /// Those that occupy the places which the driver prefers.
    temporary: Vec<GpuInstanceId>,
}

/// What came of it.
pub(super) struct Steered<E> {
    pub(super) created: Result<Performed, E>,
    /// The temporary ones that were not destroyed.
    pub(super) left: Vec<(GpuInstanceId, E)>,
}

impl Steering {
    /// Returns what an operation needs; `None` if it takes a placement, or needs none.
    pub(super) fn of(gpu: &LiveGpu, operation: Operation) -> Option<Self> {
        let Operation::CreateGpuInstance { profile, placement } = operation else {
            return None;
        };
        let mut places = gpu.possible_places.clone();
        if places.is_empty() {
            places.push(placement);
        }
        gpu.device.chooses_gpu_placements().then(|| Self {
            profile,
            placement,
            places,
            temporary: Vec::new(),
        })
    }

    /// Creates the GPU instance. While the driver prefers other places, temporary ones occupy these; they are destroyed at the end.
    /// `perform` performs one operation, and records it.
    pub(super) fn create<E: From<Error>>(
        mut self,
        gpu: &mut LiveGpu,
        perform: &mut impl FnMut(&mut LiveGpu, Operation) -> Result<Performed, E>,
    ) -> Steered<E> {
        let created = self.fill(gpu, perform);
        let temporary = self.temporary.into_iter().rev();
        let left = temporary.filter_map(|id| {
            let destroyed = perform(gpu, Operation::DestroyGpuInstance(id));
            Some((id, destroyed.err()?))
        });
        Steered {
            left: left.collect(),
            created,
        }
    }

    fn fill<E: From<Error>>(
        &mut self,
        gpu: &mut LiveGpu,
        perform: &mut impl FnMut(&mut LiveGpu, Operation) -> Result<Performed, E>,
    ) -> Result<Performed, E> {
        let (profile, placement) = (self.profile, self.placement);
        loop {
            let performed = perform(gpu, Operation::CreateGpuInstance { profile, placement })?;
            let Some((id, at)) = created(gpu, performed) else {
                return Ok(performed);
            };
            if self.places.contains(&at) {
                return Ok(performed);
            }
            self.temporary.push(id);
            if self.temporary.len() > MOST_TEMPORARY {
                let missing =
                    FunctionMissing::new("nvmlDeviceCreateGpuInstanceWithPlacement", None);
                return Err(Error::FunctionMissing(Box::new(missing)).into());
            }
            self.replace(gpu, at, perform)?;
        }
    }

    /// Replaces the last temporary one if a GPU can have only one like it.
    fn replace<E: From<Error>>(
        &mut self,
        gpu: &mut LiveGpu,
        placement: GpuInstancePlacement,
        perform: &mut impl FnMut(&mut LiveGpu, Operation) -> Result<Performed, E>,
    ) -> Result<(), E> {
        let plain = plain(gpu, self.profile)?;
        let Some((profile, id)) = plain.zip(self.temporary.last().copied()) else {
            return Ok(());
        };
        perform(gpu, Operation::DestroyGpuInstance(id))?;
        self.temporary.pop();
        let performed = perform(gpu, Operation::CreateGpuInstance { profile, placement })?;
        let id = created(gpu, performed).map(|(id, _)| id);
        self.temporary.extend(id);
        Ok(())
    }
}

fn created(gpu: &LiveGpu, performed: Performed) -> Option<(GpuInstanceId, GpuInstancePlacement)> {
    match performed {
        Performed::GpuInstance(id) => Some((id, gpu.live(id)?.gpu_instance.placement())),
        _ => None,
    }
}

/// Returns the profile of the same size without special media engines; `None` if this one has none either.
fn plain(
    gpu: &LiveGpu,
    profile: GpuInstanceProfileId,
) -> Result<Option<GpuInstanceProfileId>, Error> {
    let model = GpuModel::read(&gpu.device)?;
    let is_plain = |profile: &GpuInstanceProfileModel| {
        let name = profile.name.parsed();
        name.is_some_and(|name| name.media == MediaEngines::Share && !name.graphics)
    };
    let size = |profile: &GpuInstanceProfileModel| (profile.memory_slices(), profile.slice_count);
    let Some(own) = model
        .profile_by_id(profile)
        .ok()
        .filter(|own| !is_plain(own))
    else {
        return Ok(None);
    };
    let mut others = model.profiles.iter().filter(|other| is_plain(other));
    Ok(others
        .find(|other| size(other) == size(own))
        .map(|other| other.id))
}
