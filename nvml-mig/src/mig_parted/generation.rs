//! Generates a file with the configurations that the GPUs of a machine can have.

use std::collections::{BTreeMap, BTreeSet};

use super::mig_parted_error::NOWHERE;
use super::pci_filter::PciFilter;
use super::{Count, Entry, MigPartedExportError, MigPartedFile};
use crate::error::Error;
use crate::inventory::Inventory;
use crate::profile::ProfileName;
use crate::query::Device;

/// Slices of GPU instances, and how many of them, in `all-balanced` of NVIDIA's default file: on GPUs with 7 slices, and with 4.
const BALANCED: [(u32, &[(u32, usize)]); 2] =
    [(7, &[(3, 1), (2, 1), (1, 2)]), (4, &[(2, 1), (1, 2)])];

/// The profiles of a model of GPU, each with the number of GPU instances that fit on one.
type Profiles = BTreeMap<String, (ProfileName, usize)>;

impl MigPartedFile {
    /// Generates the configurations that these GPUs can have, with the names that mig-parted gives them: `all-disabled`,
    /// `all-enabled`, `all-<profile>` with as many GPU instances of it as fit on a GPU, and `all-balanced`.
    ///
    /// GPUs without MIG are passed over. A driver that lists profiles only while MIG mode is on gives none for the others.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let file = MigPartedFile::generate(&[device])?;
    /// let names: Vec<&str> = file.names().collect();
    /// assert!(names.contains(&"all-1g.6gb") && names.contains(&"all-balanced"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MigPartedExportError::Nvml`] for a GPU that can't be read.
    pub fn generate(devices: &[Device]) -> Result<Self, MigPartedExportError> {
        let mut models: BTreeMap<PciFilter, Profiles> = BTreeMap::new();
        for device in devices {
            let inventory = Inventory::read(device)?;
            if inventory.mig_modes().is_some() {
                let profiles = models.entry(PciFilter::of(&inventory.pci_info()?));
                profiles.or_default().extend(profiles_of(&inventory)?);
            }
        }
        let mut configs = vec![
            ("all-disabled".to_owned(), vec![entry(Vec::new(), None)]),
            (
                "all-enabled".to_owned(),
                vec![entry(Vec::new(), Some(Vec::new()))],
            ),
        ];
        let names: BTreeSet<&String> = models.values().flat_map(BTreeMap::keys).collect();
        for name in names {
            let label = format!("all-{}", name.replace('+', "."));
            configs.push((label, all_of(name, &models)));
        }
        let balanced = balanced(&models);
        if !balanced.is_empty() {
            configs.push(("all-balanced".to_owned(), balanced));
        }
        Ok(Self::with_configs("generated", configs))
    }
}

fn profiles_of(inventory: &Inventory) -> Result<Profiles, Error> {
    let infos = inventory.profiles()?.into_iter();
    let named = infos.filter_map(|info| {
        let name = info.name.parsed()?;
        let count = usize::try_from(info.instance_count).ok()?;
        (count > 0).then(|| (name.to_string(), (name, count)))
    });
    Ok(named.collect())
}

const fn entry(filter: Vec<PciFilter>, mig_devices: Option<Vec<Count>>) -> Entry {
    Entry {
        mark: NOWHERE,
        filter,
        devices: None,
        mig_devices,
    }
}

const fn count(profile: ProfileName, count: usize) -> Count {
    Count {
        profile,
        count,
        mark: NOWHERE,
    }
}

/// An entry for each number of GPU instances of a profile. The filter is left out if there is only one model of GPU.
fn all_of(name: &str, models: &BTreeMap<PciFilter, Profiles>) -> Vec<Entry> {
    let mut by_count: BTreeMap<usize, (ProfileName, Vec<PciFilter>)> = BTreeMap::new();
    for (filter, profiles) in models {
        if let Some(&(profile, count)) = profiles.get(name) {
            let alike = by_count.entry(count).or_insert((profile, Vec::new()));
            alike.1.push(*filter);
        }
    }
    let entries = by_count.into_iter().map(|(number, (profile, filter))| {
        let filter = if models.len() > 1 { filter } else { Vec::new() };
        entry(filter, Some(vec![count(profile, number)]))
    });
    entries.collect()
}

fn balanced(models: &BTreeMap<PciFilter, Profiles>) -> Vec<Entry> {
    let entries = models.iter().filter_map(|(filter, profiles)| {
        let filter = if models.len() > 1 {
            vec![*filter]
        } else {
            Vec::new()
        };
        Some(entry(filter, Some(balanced_devices(profiles)?)))
    });
    entries.collect()
}

/// The MIG devices of `all-balanced`; `None` for a model that NVIDIA's rule does not cover.
fn balanced_devices(profiles: &Profiles) -> Option<Vec<Count>> {
    let plain = profiles
        .values()
        .filter(|(name, _)| *name == ProfileName::new(name.gpu_slices, name.memory_gb));
    let most = plain.clone().map(|(name, _)| name.gpu_slices).max()?;
    let (_, formula) = BALANCED.iter().find(|(slices, _)| *slices == most)?;
    let counts = formula.iter().map(|&(slices, number)| {
        let same = plain.clone().filter(|(name, _)| name.gpu_slices == slices);
        // Of two with the same slices, the one with less memory.
        let (name, _) = same.max_by_key(|(_, count)| *count)?;
        Some(count(*name, number))
    });
    counts.collect()
}
