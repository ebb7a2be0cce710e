//! The rule by which the catalogue derives compute instance profiles. NVML reports them only inside a GPU instance.
//!
//! A compute instance has the SMs of a GPU instance with as many slices. On Ampere it can start wherever it fits. On
//! newer chips it is aligned, three slices take up four and seven take up eight; and 2g and the double-memory 1g have
//! one more profile, a single slice with the SMs of the double-memory 1g. NVIDIA's driver aligns only if that number of
//! SMs is not simply that of 1g.

use nvml_mig_sys::{NVML_GPU_INSTANCE_PROFILE_1_SLICE, NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2};

use super::contents::{BoardFile, ComputeProfileEntry, ProfileEntry};
use super::placements::Placements;
use crate::catalogue::{
    Architecture, C1, C1_DOUBLE, C2, C3, C3_ALIGNED, C4, C7, C7_ALIGNED, ComputeShape,
};

/// No chip has more.
const MOST_SLICES: u32 = 8;

/// The rule for one board.
pub(super) struct Rule {
    is_aligned: bool,
    /// SMs of the double-memory 1g, where it has more than 1g.
    double: Option<u32>,
    /// Slices and SMs of each GPU instance profile without attributes.
    multiprocessors: Vec<(u32, u32)>,
}

impl Rule {
    /// Reads the rule off the GPU instance profiles.
    pub(super) fn of(board: &BoardFile) -> Self {
        let multiprocessors = |profile: u32| {
            let mut profiles = board.profiles.iter();
            let found = profiles.find(|entry| entry.profile == profile)?;
            Some(found.multiprocessors)
        };
        let single = multiprocessors(NVML_GPU_INSTANCE_PROFILE_1_SLICE);
        let double = multiprocessors(NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2);
        let is_new = matches!(
            board.architecture,
            Architecture::Hopper | Architecture::Blackwell
        );
        let is_aligned = is_new && (double.is_none() || double != single);
        // The numbers of the plain profiles are the same for GPU instances and compute instances.
        let plain = [C1, C2, C3, C4, C7].into_iter();
        let plain = plain.filter_map(|shape| Some((shape.slices, multiprocessors(shape.profile)?)));
        Self {
            is_aligned,
            double: double.filter(|_| is_aligned),
            multiprocessors: plain.collect(),
        }
    }

    /// Returns the compute instance profiles of a GPU instance profile.
    pub(super) fn inside(&self, parent: &ProfileEntry) -> Vec<ComputeProfileEntry> {
        let is_double = parent.profile == NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2;
        match self.double {
            Some(_) if is_double => self.inside_double(parent),
            Some(double) if parent.slices == 2 => {
                let mut all = self.plain(parent);
                all.push(entry(&C1_DOUBLE, parent.part_name(1), double, 1, vec![0]));
                all
            }
            _ => self.plain(parent),
        }
    }

    /// Both starts of the single slice are possible, but two would have more slices than the GPU instance.
    fn inside_double(&self, parent: &ProfileEntry) -> Vec<ComputeProfileEntry> {
        let own = parent.multiprocessors;
        let single = self.multiprocessors_of(parent, 1);
        vec![
            entry(&C1, parent.part_name(1), single, 1, vec![0, 1]),
            entry(&C1_DOUBLE, parent.name.clone(), own, 1, vec![0]),
        ]
    }

    fn plain(&self, parent: &ProfileEntry) -> Vec<ComputeProfileEntry> {
        let shapes = if self.is_aligned {
            [C1, C2, C3_ALIGNED, C4, C7_ALIGNED]
        } else {
            [C1, C2, C3, C4, C7]
        };
        let shapes = shapes.iter().filter(|shape| is_offered(shape, parent));
        shapes.map(|shape| self.row(shape, parent)).collect()
    }

    fn row(&self, shape: &ComputeShape, parent: &ProfileEntry) -> ComputeProfileEntry {
        let is_whole = shape.slices == parent.slices;
        let (name, multiprocessors) = if is_whole {
            (parent.name.clone(), parent.multiprocessors)
        } else {
            let part = parent.part_name(shape.slices);
            (part, self.multiprocessors_of(parent, shape.slices))
        };
        let step = if self.is_aligned { shape.size } else { 1 };
        let last = parent.slices.min(MOST_SLICES).saturating_sub(shape.slices);
        let starts: Vec<u32> = (0..=last).step_by(step as usize).collect();
        let room = u32::try_from(starts.len()).unwrap_or(u32::MAX);
        let instances = room.min(parent.slices / shape.slices);
        entry(shape, name, multiprocessors, instances, starts)
    }

    /// Returns the SMs of so many slices; where there is no such GPU instance profile, the share of the parent's.
    fn multiprocessors_of(&self, parent: &ProfileEntry, slices: u32) -> u32 {
        let mut known = self.multiprocessors.iter();
        let known = known.find(|(of, _)| *of == slices);
        known.map_or_else(
            || parent.multiprocessors / parent.slices.max(1) * slices,
            |&(_, multiprocessors)| multiprocessors,
        )
    }
}

/// Of four slices, three can't be used alone.
fn is_offered(shape: &ComputeShape, parent: &ProfileEntry) -> bool {
    shape.slices <= parent.slices && (shape.slices, parent.slices) != (3, 4)
}

fn entry(
    shape: &ComputeShape,
    name: String,
    multiprocessors: u32,
    instances: u32,
    starts: Vec<u32>,
) -> ComputeProfileEntry {
    ComputeProfileEntry {
        name,
        profile: shape.profile,
        id: shape.profile,
        slices: shape.slices,
        instances,
        multiprocessors,
        placements: Placements {
            starts,
            size: shape.size,
        },
    }
}
