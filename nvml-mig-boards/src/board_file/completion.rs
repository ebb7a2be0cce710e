//! Completes a board of which a driver has not reported everything.

use super::compute_rule::Rule;
use super::contents::{
    BoardFile, ComputeProfileEntry, Derived, Evidence, ProfileEntry, ProfileSource,
};

impl BoardFile {
    /// Sorts the profiles as nvidia-smi lists them, and fills in what was not read: names that are empty, compute
    /// instance profiles whose source is the rule, and their placements where there are none. Names and placements are
    /// added to the evidence as derived.
    pub fn complete(&mut self) {
        self.profiles.sort_by_key(|profile| {
            let size = profile.placements.size;
            (profile.slices, size, profile.rank(), profile.profile)
        });
        for profile in &mut self.profiles {
            if profile.name.is_empty() {
                profile.name = profile.computed_name(self.memory_mib);
                self.evidence.derive("profiles: name", NAMES);
            }
        }
        let rule = Rule::of(self);
        for profile in &mut self.profiles {
            let derived = rule.inside(profile);
            match profile.compute_profiles_from {
                ProfileSource::Rule => profile.compute_profiles = derived,
                ProfileSource::Instance => profile.complete_parts(&derived, &mut self.evidence),
            }
        }
    }

    /// Returns the number of memory slices that the placements imply: the last one of the largest profile ends with the last slice.
    #[must_use]
    pub fn slices_of_placements(&self) -> u32 {
        let placements = self.profiles.iter().map(|profile| &profile.placements);
        let ends = placements.flat_map(|placements| {
            let starts = placements.starts.iter();
            starts.map(|start| start.saturating_add(placements.size))
        });
        ends.max().unwrap_or(0)
    }

    /// Takes over the compute instance profiles that another capture of the same board has read.
    ///
    /// # Errors
    ///
    /// The name of a figure by which the boards differ.
    pub fn add(&mut self, other: &Self) -> Result<(), &'static str> {
        self.require_same(other)?;
        for (profile, same) in self.profiles.iter_mut().zip(&other.profiles) {
            if profile.compute_profiles_from == ProfileSource::Rule {
                profile.compute_profiles_from = same.compute_profiles_from;
                profile.compute_profiles.clone_from(&same.compute_profiles);
            }
        }
        self.evidence.simulated |= other.evidence.simulated;
        let derived = other.evidence.derived.iter();
        for Derived { figure, source } in derived.filter(|it| it.figure.starts_with(COMPUTE)) {
            self.evidence.derive(figure, source);
        }
        Ok(())
    }

    fn require_same(&self, other: &Self) -> Result<(), &'static str> {
        let figures = |board: &Self| {
            let head = (board.memory_mib, board.bar1_mib, board.memory_slices);
            let ids = (board.pci_id, board.evidence.pci_subsystem_id);
            (head, ids, board.architecture, board.compute_capability)
        };
        let profiles = |board: &Self| -> Vec<ProfileEntry> {
            let profiles = board.profiles.iter();
            profiles.map(ProfileEntry::without_parts).collect()
        };
        match () {
            () if self.name != other.name => Err("name"),
            () if figures(self) != figures(other) => Err("IDs, chip or memory"),
            () if self.evidence.driver != other.evidence.driver => Err("driver version"),
            () if profiles(self) != profiles(other) => Err("profiles"),
            () => Ok(()),
        }
    }
}

/// What the names of figures of compute instance profiles begin with.
const COMPUTE: &str = "compute instance profile";
const NAMES: &str = "derived: slices, and eighths of the memory";
const PART_NAMES: &str = "derived: slices, and the name of the GPU instance profile";
const PLACEMENTS: &str = "derived: the catalogue's rule, since the driver does not report them";

impl ProfileEntry {
    fn complete_parts(&mut self, derived: &[ComputeProfileEntry], evidence: &mut Evidence) {
        let mut parts = std::mem::take(&mut self.compute_profiles);
        for part in &mut parts {
            if part.name.is_empty() {
                part.name = self.computed_part_name(part);
                evidence.derive("compute instance profiles: name", PART_NAMES);
            }
            if part.placements.starts.is_empty() {
                let mut same = derived.iter().filter(|other| other.profile == part.profile);
                part.placements = same.next().map_or_else(
                    || part.placements.clone(),
                    |derived| derived.placements.clone(),
                );
                evidence.derive("compute instance profiles: placements", PLACEMENTS);
            }
        }
        self.compute_profiles = parts;
    }

    fn without_parts(&self) -> Self {
        Self {
            compute_profiles_from: ProfileSource::Rule,
            compute_profiles: Vec::new(),
            ..self.clone()
        }
    }
}

impl Evidence {
    /// Adds a figure that NVML did not report, once.
    pub fn derive(&mut self, figure: &str, source: &str) {
        let derived = Derived {
            figure: figure.to_owned(),
            source: source.to_owned(),
        };
        if !self.derived.contains(&derived) {
            self.derived.push(derived);
        }
    }
}
