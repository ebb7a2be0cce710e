//! Exports the state of GPUs as a mig-parted configuration.

use core::cmp::Reverse;

use super::export_error::MigPartedExportError;
use super::pci_filter::PciFilter;
use super::{Count, Entry, Mark, MigPartedConfig, MigPartedFile, layout};
use crate::inventory::Inventory;
use crate::plan::{
    LayoutComputeInstance, LayoutComputeProfile, LayoutGpuInstance, LayoutProfile,
    PlacedGpuInstance,
};
use crate::profile::{ProfileName, ReportedName};
use crate::query::Device;
use crate::snapshot::GpuSnapshot;

/// The position of exported items, which are not in a file yet.
const NOWHERE: Mark = Mark { line: 0, column: 0 };

/// What distinguishes GPU instances for mig-parted: the profile, and the slices of the compute instances.
type Kind = (ProfileName, Vec<u32>);

impl MigPartedFile {
    /// Reads the state of these GPUs, which should be all GPUs of the machine, into a file with one configuration. GPUs that
    /// are partitioned alike share an entry. mig-parted's files have no placements, so they are omitted.
    ///
    /// # Errors
    ///
    /// [`MigPartedExportError`]: for a GPU that can't be read, for instances that such a file can't express, and for an
    /// invalid name.
    pub fn from_devices(config: &str, devices: &[Device]) -> Result<Self, MigPartedExportError> {
        if config.is_empty() || config.chars().any(char::is_control) {
            let name = config.to_owned();
            return Err(MigPartedExportError::ConfigName { name });
        }
        let mut entries: Vec<Entry> = Vec::new();
        for device in devices {
            let entry = entry(device)?;
            match entries
                .iter_mut()
                .find(|other| other.mig_devices == entry.mig_devices)
            {
                Some(other) => other.join(entry),
                None => entries.push(entry),
            }
        }
        simplify(&mut entries);
        let (file, name) = ("export".to_owned(), config.to_owned());
        let configs = vec![MigPartedConfig {
            file: file.clone(),
            name,
            entries,
        }];
        Ok(Self {
            name: file,
            configs,
        })
    }
}

impl Entry {
    fn join(&mut self, other: Self) {
        let devices = self.devices.get_or_insert_with(Vec::new);
        devices.extend(other.devices.into_iter().flatten());
        self.filter.extend(other.filter);
        self.filter.sort_unstable();
        self.filter.dedup();
    }
}

/// Omits the device list if all GPUs are partitioned alike, and the filter if they are all of the same model.
fn simplify(entries: &mut [Entry]) {
    let mut ids: Vec<PciFilter> = entries
        .iter()
        .flat_map(|entry| entry.filter.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if let [only] = entries {
        only.devices = None;
        only.filter.clear();
    }
    if ids.len() == 1 {
        entries.iter_mut().for_each(|entry| entry.filter.clear());
    }
}

fn entry(device: &Device) -> Result<Entry, MigPartedExportError> {
    let inventory = Inventory::read(device)?;
    let snapshot = GpuSnapshot::from_inventory(&inventory)?;
    let mig_devices = if snapshot.mig_enabled {
        Some(mig_devices(&snapshot.gpu_instances)?)
    } else {
        None
    };
    Ok(Entry {
        mark: NOWHERE,
        filter: vec![PciFilter::of(&inventory.pci_info()?)],
        devices: Some(vec![(inventory.index()?, NOWHERE)]),
        mig_devices,
    })
}

fn mig_devices(partition: &[PlacedGpuInstance]) -> Result<Vec<Count>, MigPartedExportError> {
    let mut counts: Vec<Count> = Vec::new();
    for gpu_instance in partition {
        if gpu_instance.compute_instances.is_empty() {
            return Err(not_expressible(gpu_instance));
        }
        for compute_instance in &gpu_instance.compute_instances {
            let profile = compute_instance.name.parsed();
            let profile = profile.filter(|profile| !is_a_part(profile, &compute_instance.name));
            let profile = profile.ok_or_else(|| not_expressible(gpu_instance))?;
            match counts.iter_mut().find(|other| other.profile == profile) {
                Some(known) => known.count += 1,
                None => counts.push(Count {
                    profile,
                    count: 1,
                    mark: NOWHERE,
                }),
            }
        }
    }
    counts.sort_by_key(|count| (Reverse(count.profile.gpu_slices), count.profile.to_string()));
    check(partition, &counts)?;
    Ok(counts)
}

/// Returns whether the driver calls it a part of a GPU instance although it has all compute slices: `1c.1g.20gb`, the smaller
/// of two profiles in the double-memory 1g of Hopper and newer. In a file this means the same as `1g.20gb`, the larger one.
fn is_a_part(profile: &ProfileName, name: &ReportedName) -> bool {
    profile.compute_slices == profile.gpu_slices && name.as_str().contains("c.")
}

/// Checks that the counts, when read again, describe the same instances.
fn check(partition: &[PlacedGpuInstance], counts: &[Count]) -> Result<(), MigPartedExportError> {
    let layout = layout(counts);
    let mut read: Vec<Kind> = layout
        .gpu_instances()
        .iter()
        .filter_map(read_kind)
        .collect();
    for gpu_instance in partition {
        let kind = kind(gpu_instance)?;
        let found = read.iter().position(|other| *other == kind);
        let found = found.ok_or_else(|| not_expressible(gpu_instance))?;
        read.swap_remove(found);
    }
    Ok(())
}

fn kind(gpu_instance: &PlacedGpuInstance) -> Result<Kind, MigPartedExportError> {
    let compute_instances = gpu_instance.compute_instances.iter();
    let slices = compute_instances.map(|compute_instance| {
        let name = compute_instance.name.parsed()?;
        Some(name.compute_slices)
    });
    let read = gpu_instance.name.parsed().zip(slices.collect());
    let (name, mut slices): Kind = read.ok_or_else(|| not_expressible(gpu_instance))?;
    slices.sort_unstable();
    Ok((name, slices))
}

fn read_kind(entry: &LayoutGpuInstance) -> Option<Kind> {
    let LayoutProfile::Name(name) = entry.profile() else {
        return None;
    };
    let compute_instances = entry.compute_instances();
    let slices = |compute_instance: &LayoutComputeInstance| match compute_instance.profile() {
        LayoutComputeProfile::Slices(slices) => Some(slices),
        LayoutComputeProfile::Id(_) => None,
    };
    let mut slices: Vec<u32> = match compute_instances {
        None => vec![name.gpu_slices],
        Some(compute_instances) => compute_instances.iter().filter_map(slices).collect(),
    };
    slices.sort_unstable();
    Some((name, slices))
}

fn not_expressible(gpu_instance: &PlacedGpuInstance) -> MigPartedExportError {
    MigPartedExportError::NotExpressible {
        instance: gpu_instance.clone(),
    }
}
