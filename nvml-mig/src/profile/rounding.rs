//! Names of one profile by different drivers, which round its memory differently.

use super::ProfileName;
use super::listed::Listed;

const MIB_PER_GB: u64 = 1024;

/// Returns the positions of the profiles for which `wanted` is the name by another driver; several only if they share a name.
///
/// A driver may print the profile's own memory, rounded to the nearest GB: 3g.39gb and 3g.40gb are one profile of an A100 of
/// 80 GB. 1g is also found by the GB below or above its memory, as 1g.23gb and 1g.24gb of one GPU with and without ECC, if they
/// differ by at most a tenth: 1g.5gb is another board's name on a GPU with 1g.6gb. Of two
/// profiles that differ only in their memory, the larger has twice that of the other, and is found only by its exact name;
/// and so is the smaller, except by the nearest GB. Everything else may be the name of another board's profile.
pub(super) fn positions<T: Listed>(wanted: ProfileName, profiles: &[T]) -> Vec<usize> {
    let alike = profiles.iter().enumerate().filter_map(|(index, profile)| {
        let name = profile.name().parsed()?;
        name.matches_but_for_memory(wanted).then_some((
            index,
            name.memory_gb,
            profile.memory_mib().filter(|mib| *mib > 0),
        ))
    });
    let alike: Vec<(usize, u32, Option<u64>)> = alike.collect();
    let least = alike.iter().map(|(_, memory_gb, _)| *memory_gb).min();
    let has_double = alike.iter().any(|(_, gb, _)| Some(*gb) != least);
    let is_one = |&(_, memory_gb, memory_mib): &(usize, u32, Option<u64>)| {
        let by_one = memory_gb.abs_diff(wanted.memory_gb) <= 1;
        let written = u64::from(wanted.memory_gb);
        let is_rounded = memory_mib.is_none_or(|mib| {
            is_nearest(written, mib)
                || (wanted.gpu_slices == 1
                    && !has_double
                    && is_next(written, mib)
                    && memory_gb.abs_diff(wanted.memory_gb) * 10 <= memory_gb)
        });
        Some(memory_gb) == least && by_one && is_rounded
    };
    let same = alike.into_iter().filter(is_one);
    same.map(|(index, ..)| index).collect()
}

/// Whether no other number of GB is as near.
const fn is_nearest(gb: u64, mib: u64) -> bool {
    gb.saturating_mul(MIB_PER_GB).abs_diff(mib) < MIB_PER_GB / 2
}

/// Whether it is the number of GB below or above.
const fn is_next(gb: u64, mib: u64) -> bool {
    gb == mib / MIB_PER_GB || gb == mib.div_ceil(MIB_PER_GB)
}
