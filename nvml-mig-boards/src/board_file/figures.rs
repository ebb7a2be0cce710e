//! Checks the figures of a board one by one. A wrong figure would make the simulator overflow, divide by zero, or
//! write more than its clients have room for.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_PROFILE_COUNT, NVML_DEVICE_NAME_V2_BUFFER_SIZE,
    NVML_GPU_INSTANCE_PROFILE_COUNT,
};

use super::contents::{BoardFile, ComputeProfileEntry, Derived, Evidence, ProfileEntry};
use super::one_line::one_line;
use super::placements::Placements;
use crate::catalogue::Engines;

/// NVIDIA's PCI vendor ID.
const NVIDIA: u16 = 0x10DE;
/// 16 TiB. In bytes, it is far from overflowing.
const MOST_MIB: u64 = 1 << 24;
/// More than any GPU has of anything that is counted here.
const MOST: u32 = 4096;
/// Characters of a name in NVML's buffers, without the NUL.
const LONGEST_NAME: usize = NVML_DEVICE_NAME_V2_BUFFER_SIZE as usize - 1;
/// Characters of any other text.
const LONGEST_TEXT: usize = 1000;

/// What is wrong with a board, such as `profiles[1] (MIG 2g.10gb): slices is 0 and must be from 1 to 8`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BoardFlaw(String);

impl BoardFlaw {
    /// Creates a flaw with these words.
    #[must_use]
    pub fn new(what: String) -> Self {
        Self(what)
    }

    /// Adds which part of the board it is.
    #[must_use]
    pub fn of(self, part: &str) -> Self {
        Self(format!("{part}: {self}"))
    }
}

impl BoardFile {
    /// Checks each figure. Whether a chip has these placements is checked by the machine.
    ///
    /// # Errors
    ///
    /// [`BoardFlaw`] with the first figure that no GPU can have.
    pub fn check(&self) -> Result<(), BoardFlaw> {
        within("format", self.format, Self::FORMAT..=Self::FORMAT)?;
        text("name", &self.name, LONGEST_NAME)?;
        require(self.pci_id.vendor == NVIDIA, || {
            "pci_id is not one of NVIDIA, 10de".into()
        })?;
        within("memory_mib", self.memory_mib, 1..=MOST_MIB)?;
        within("bar1_mib", self.bar1_mib, 0..=MOST_MIB)?;
        self.evidence.check()?;
        let slots = match self.memory_slices {
            0 => return self.check_without_mig(),
            4 | 12 => 4,
            8 => 8,
            other => {
                let why = format!("memory_slices is {other} and must be 0, 4, 8 or 12");
                return Err(BoardFlaw(why));
            }
        };
        require(!self.profiles.is_empty(), || {
            "profiles is empty, but the board has memory slices".into()
        })?;
        self.check_profiles(slots)?;
        let slices = self.profiles.iter().map(|profile| profile.slices);
        let least = slices.fold(if slots == 8 { 7 } else { slots }, u32::max);
        within("max_mig_devices", self.max_mig_devices, least..=MOST)
    }

    fn check_without_mig(&self) -> Result<(), BoardFlaw> {
        require(self.profiles.is_empty(), || {
            "memory_slices is 0, but the board has profiles".into()
        })?;
        within("max_mig_devices", self.max_mig_devices, 0..=0)
    }

    fn check_profiles(&self, slots: u32) -> Result<(), BoardFlaw> {
        for (index, profile) in self.profiles.iter().enumerate() {
            let checked = profile.check(self, self.memory_slices / slots);
            checked.map_err(|flaw| flaw.of(&part("profiles", index, &profile.name)))?;
        }
        let numbers = self.profiles.iter().map(|profile| profile.profile);
        let ids = self.profiles.iter().map(|profile| profile.id);
        unique("profiles", numbers, ids)
    }
}

impl ProfileEntry {
    fn check(&self, board: &BoardFile, memory_slices_per_slot: u32) -> Result<(), BoardFlaw> {
        text("name", &self.name, LONGEST_NAME)?;
        let last = NVML_GPU_INSTANCE_PROFILE_COUNT - 1;
        within("profile", self.profile, 0..=last)?;
        self.placements.check(board.memory_slices)?;
        let slots = self.placements.size / memory_slices_per_slot;
        within("slices", self.slices, 1..=slots)?;
        within("instances", self.instances, 1..=MOST)?;
        within("multiprocessors", self.multiprocessors, 1..=MOST)?;
        within("memory_mib", self.memory_mib, 1..=board.memory_mib)?;
        check_engines(self.engines)?;
        require(!self.compute_profiles.is_empty(), || {
            "compute_profiles is empty".into()
        })?;
        for (index, inside) in self.compute_profiles.iter().enumerate() {
            let checked = inside.check(&board.name, self.slices, slots);
            checked.map_err(|flaw| flaw.of(&part("compute_profiles", index, &inside.name)))?;
        }
        let numbers = self.compute_profiles.iter().map(|inside| inside.profile);
        let ids = self.compute_profiles.iter().map(|inside| inside.id);
        unique("compute_profiles", numbers, ids)
    }
}

impl ComputeProfileEntry {
    fn check(&self, board_name: &str, slices: u32, slots: u32) -> Result<(), BoardFlaw> {
        text("name", &self.name, LONGEST_NAME)?;
        let device_name = board_name.len() + 1 + self.name.len();
        require(device_name <= LONGEST_NAME, || {
            format!("name and the board's name together exceed {LONGEST_NAME} characters")
        })?;
        let last = NVML_COMPUTE_INSTANCE_PROFILE_COUNT - 1;
        within("profile", self.profile, 0..=last)?;
        within("slices", self.slices, 1..=slices)?;
        self.placements.check(slots)?;
        within("multiprocessors", self.multiprocessors, 1..=MOST)?;
        // A client has room for as many handles as this.
        within("instances", self.instances, self.fitting(slices)..=MOST)
    }

    /// Returns how many fit in an empty GPU instance.
    fn fitting(&self, slices: u32) -> u32 {
        let mut end = 0;
        let apart = self.placements.starts.iter().filter(|&&start| {
            let is_free = start >= end;
            if is_free {
                end = start + self.placements.size;
            }
            is_free
        });
        apart.zip(0..slices / self.slices).map(|_| 1).sum()
    }
}

impl Placements {
    /// Checks that they are ascending and lie within so many slices.
    fn check(&self, slices: u32) -> Result<(), BoardFlaw> {
        let is_inside = |start: &u32| {
            let end = start.checked_add(self.size);
            end.is_some_and(|end| end <= slices)
        };
        let are_ascending = self.starts.is_sorted_by(|a, b| a < b);
        let right = self.size > 0 && are_ascending && self.starts.iter().all(is_inside);
        require(right && !self.starts.is_empty(), || {
            let written = one_line(&String::from(self.clone()));
            format!("placements {written} are not ascending, or not within {slices} slices")
        })
    }
}

impl Evidence {
    fn check(&self) -> Result<(), BoardFlaw> {
        let checked = |name, value: &str| text(name, value, LONGEST_TEXT);
        checked("evidence.captured_by", &self.captured_by)?;
        checked("evidence.driver", &self.driver)?;
        checked("evidence.nvml", &self.nvml)?;
        for field in &self.field_values {
            checked("evidence.field_values", &field.field)?;
        }
        for Derived { figure, source } in &self.derived {
            checked("evidence.derived", figure)?;
            checked("evidence.derived", source)?;
        }
        Ok(())
    }
}

fn check_engines(engines: Engines) -> Result<(), BoardFlaw> {
    within("engines.copy", engines.copy, 0..=MOST)?;
    within("engines.decoder", engines.decoder, 0..=MOST)?;
    within("engines.encoder", engines.encoder, 0..=MOST)?;
    within("engines.jpeg", engines.jpeg, 0..=MOST)?;
    within("engines.ofa", engines.ofa, 0..=MOST)
}

fn within<T: PartialOrd + Display + Copy>(
    figure: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), BoardFlaw> {
    require(range.contains(&value), || {
        let (least, most) = range.into_inner();
        if least == most {
            return format!("{figure} is {value} and must be {least}");
        }
        format!("{figure} is {value} and must be from {least} to {most}")
    })
}

fn text(figure: &str, value: &str, longest: usize) -> Result<(), BoardFlaw> {
    let is_printable = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    require((1..=longest).contains(&value.len()) && is_printable, || {
        format!("{figure} is not 1 to {longest} printable ASCII characters")
    })
}

fn unique(
    what: &str,
    numbers: impl Iterator<Item = u32>,
    ids: impl Iterator<Item = u32>,
) -> Result<(), BoardFlaw> {
    for (figure, values) in [("profile", numbers.collect()), ("id", ids.collect())] {
        let values: Vec<u32> = values;
        let distinct: BTreeSet<&u32> = values.iter().collect();
        require(distinct.len() == values.len(), || {
            format!("two {what} have the same {figure}")
        })?;
    }
    Ok(())
}

/// Such as `profiles[1] (MIG 2g.10gb)`.
fn part(list: &str, index: usize, name: &str) -> String {
    format!("{list}[{index}] ({})", one_line(name))
}

fn require(right: bool, flaw: impl FnOnce() -> String) -> Result<(), BoardFlaw> {
    if right {
        Ok(())
    } else {
        Err(BoardFlaw(flaw()))
    }
}
