//! Names of profiles for drivers that don't report them: nvidia-smi's rule, by which every name that was read off a
//! real GPU can be computed.

use nvml_mig_sys::{
    NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME, NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX,
    NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME, NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
    NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME, NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX,
    NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME, NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1,
    NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX, NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX,
};

use super::contents::{ComputeProfileEntry, ProfileEntry};

const MIB_PER_GIB: u64 = 1024;

impl ProfileEntry {
    /// Returns the name of this profile on a GPU with this memory.
    pub(super) fn computed_name(&self, total_mib: u64) -> String {
        let total_gb = total_mib.div_ceil(MIB_PER_GIB);
        let eighths = self.memory_mib.saturating_mul(8).div_ceil(total_mib.max(1));
        // Rounded half up.
        let gb = (eighths.saturating_mul(total_gb).saturating_add(4)) / 8;
        format!("MIG {}g.{gb}gb{}", self.slices, attribute(self.profile))
    }

    /// Returns the name of a compute instance profile inside this profile.
    pub(super) fn computed_part_name(&self, part: &ComputeProfileEntry) -> String {
        let is_whole = (part.slices, part.multiprocessors) == (self.slices, self.multiprocessors);
        if is_whole {
            return self.name.clone();
        }
        self.part_name(part.slices)
    }

    /// Returns the name of so many slices of this profile, such as `MIG 1c.3g.20gb`.
    pub(super) fn part_name(&self, slices: u32) -> String {
        match self.name.strip_prefix("MIG ") {
            Some(rest) => format!("MIG {slices}c.{rest}"),
            None => format!("{slices}c.{}", self.name),
        }
    }

    /// Returns the position among profiles of the same size, as in the lists of nvidia-smi.
    pub(super) fn rank(&self) -> Option<usize> {
        const ORDER: [&str; 5] = ["", "+me", "+gfx", "+me.all", "-me"];
        let own = attribute(self.profile);
        ORDER.iter().position(|attribute| *attribute == own)
    }
}

/// Whether the number of a profile is that of one with graphics, for drivers that don't report it.
#[must_use]
pub fn is_numbered_as_graphics(profile: u32) -> bool {
    attribute(profile) == "+gfx"
}

fn attribute(profile: u32) -> &'static str {
    match profile {
        NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1 | NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1 => "+me",
        NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX
        | NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX
        | NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX
        | NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX => "+gfx",
        NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME | NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME => "-me",
        NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME | NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME => {
            "+me.all"
        }
        _ => "",
    }
}
