//! Conversion to a board of the catalogue's type, whose contents live as long as the process.

use super::contents::{BoardFile, ComputeProfileEntry, Derived, ProfileEntry, ProfileSource};
use crate::catalogue::{Board, ComputeInstanceProfile, GpuInstanceProfile, Weak};

impl BoardFile {
    /// Leaks the board. The caller does so once for each different board.
    #[must_use]
    pub fn leak(&self) -> Board {
        let profiles: Vec<_> = self.profiles.iter().map(profile).collect();
        Board {
            key: leak(&self.name),
            name: leak(&self.name),
            pci_device_id: self.pci_id.to_nvml(),
            architecture: self.architecture,
            compute_capability: (
                self.compute_capability.major.into(),
                self.compute_capability.minor.into(),
            ),
            memory_mib: self.memory_mib,
            bar1_mib: self.bar1_mib,
            memory_slices: self.memory_slices,
            max_mig_devices: self.max_mig_devices,
            profiles: profiles.leak(),
            weak: self.weak().leak(),
            // The simulated board may itself have been provisional.
            provisional: self.evidence.simulated,
            alias_of: None,
        }
    }

    fn weak(&self) -> Vec<Weak> {
        let simulated = Weak {
            figure: "everything",
            source: "captured from a simulated GPU",
        };
        let by_rule = self.profiles.iter();
        let by_rule = by_rule.filter(|p| p.compute_profiles_from == ProfileSource::Rule);
        let by_rule: Vec<&str> = by_rule.map(|profile| &*profile.name).collect();
        let compute = (!by_rule.is_empty()).then(|| Weak {
            figure: leak(&format!(
                "compute instance profiles of {}",
                by_rule.join(", ")
            )),
            source: "derived: there were no GPU instances of these profiles during the capture",
        });
        let derived = self.evidence.derived.iter();
        let derived = derived.map(|Derived { figure, source }| Weak {
            figure: leak(figure),
            source: leak(source),
        });
        let simulated = self.evidence.simulated.then_some(simulated);
        simulated
            .into_iter()
            .chain(derived)
            .chain(compute)
            .collect()
    }
}

fn profile(entry: &ProfileEntry) -> GpuInstanceProfile {
    let compute: Vec<_> = entry.compute_profiles.iter().map(compute_profile).collect();
    GpuInstanceProfile {
        profile: entry.profile,
        id: entry.id,
        name: leak(&entry.name),
        slices: entry.slices,
        instances: entry.instances,
        multiprocessors: entry.multiprocessors,
        engines: entry.engines,
        p2p: entry.p2p,
        graphics: entry.graphics,
        memory_mib: entry.memory_mib,
        starts: entry.placements.starts.clone().leak(),
        size: entry.placements.size,
        compute: compute.leak(),
    }
}

fn compute_profile(entry: &ComputeProfileEntry) -> ComputeInstanceProfile {
    ComputeInstanceProfile {
        profile: entry.profile,
        id: entry.id,
        name: leak(&entry.name),
        slices: entry.slices,
        instances: entry.instances,
        multiprocessors: entry.multiprocessors,
        starts: entry.placements.starts.clone().leak(),
        size: entry.placements.size,
    }
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}
