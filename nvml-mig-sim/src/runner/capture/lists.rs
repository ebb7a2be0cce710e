//! Placements and instances, which NVML writes into a list of the caller.

use nvml_mig_sim::board_file::Placements;
use nvml_mig_sys::{
    nvmlComputeInstancePlacement_t, nvmlGpuInstance_t, nvmlGpuInstancePlacement_t, nvmlReturn_t,
};

use super::call::{Failure, Room, ask, if_known, or_older};
use super::error::CaptureError;
use super::nvml::Gpu;

/// Many times as many as any GPU has: NVML does not ask how long a list is.
const MOST: usize = 512;
#[expect(
    clippy::cast_possible_truncation,
    reason = "far below the largest number"
)]
const LENGTH: u32 = MOST as u32;

impl Gpu<'_> {
    /// Returns the placements of a GPU instance profile.
    pub(super) fn placements(&self, profile_id: u32) -> Result<Option<Placements>, CaptureError> {
        let mut places = Room::new([nvmlGpuInstancePlacement_t::default(); MOST]);
        let mut count = Room::new(LENGTH);
        let (gpu, list, length) = (self.handle, places.pointer(), count.pointer());
        let newest = ask!(
            self.library(),
            nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, profile_id, list, length)
        );
        let answer = or_older(newest, || {
            ask!(
                self.library(),
                nvmlDeviceGetGpuInstancePossiblePlacements(gpu, profile_id, list, length)
            )
        });
        let places = places.answer.iter().map(|place| (place.start, place.size));
        let places = if_known(answer)?.map(|()| sorted(places, count.answer));
        places.transpose()
    }

    /// Returns the placements of a compute instance profile inside a GPU instance.
    pub(super) fn compute_placements(
        &self,
        parent: nvmlGpuInstance_t,
        profile_id: u32,
    ) -> Result<Option<Placements>, CaptureError> {
        let mut places = Room::new([nvmlComputeInstancePlacement_t::default(); MOST]);
        let mut count = Room::new(LENGTH);
        let answer = ask!(
            self.library(),
            nvmlGpuInstanceGetComputeInstancePossiblePlacements(
                parent,
                profile_id,
                places.pointer(),
                count.pointer()
            )
        );
        let places = places.answer.iter().map(|place| (place.start, place.size));
        let places = if_known(answer)?.map(|()| sorted(places, count.answer));
        places.transpose()
    }

    /// Returns a GPU instance of a profile, if there is one.
    pub(super) fn instance(&self, profile_id: u32) -> Result<Option<nvmlGpuInstance_t>, Failure> {
        let none: nvmlGpuInstance_t = core::ptr::null_mut();
        let mut found = Room::new([none; MOST]);
        let mut count = Room::new(LENGTH);
        let answer = ask!(
            self.library(),
            nvmlDeviceGetGpuInstances(self.handle, profile_id, found.pointer(), count.pointer())
        );
        match answer {
            // The driver lists the profile, but can't make instances of it now.
            Err(failure) if failure.is(nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT) => Ok(None),
            answer => {
                let listed = if_known(answer)?.filter(|()| count.answer > 0);
                Ok(listed.and_then(|()| found.answer.first().copied()))
            }
        }
    }
}

fn sorted(
    places: impl Iterator<Item = (u32, u32)>,
    count: u32,
) -> Result<Placements, CaptureError> {
    let mut places: Vec<(u32, u32)> = places.take(count as usize).collect();
    places.sort_unstable();
    let size = places.first().map_or(0, |(_, size)| *size);
    if places.is_empty() || places.iter().any(|place| place.1 != size) {
        return Err(CaptureError::Implausible("placements of a profile"));
    }
    let starts = places.into_iter().map(|(start, _)| start).collect();
    Ok(Placements { starts, size })
}
