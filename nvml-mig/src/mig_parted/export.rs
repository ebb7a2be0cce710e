//! Exports the state of GPUs as a mig-parted configuration.

use core::cmp::Reverse;

use super::export_error::MigPartedExportError;
use super::pci_filter::PciFilter;
use super::{Count, Entry, Mark, MigPartedFile, layout};
use crate::error::Error;
use crate::inventory::Inventory;
use crate::plan::{
    LayoutComputeInstance, LayoutComputeProfile, LayoutGpuInstance, LayoutProfile,
    PlacedGpuInstance,
};
use crate::profile::{ProfileName, ReportedName};
use crate::query::{Device, PciInfo};
use crate::snapshot::GpuSnapshot;

/// The position of exported items, which are not in a file yet.
const NOWHERE: Mark = Mark { line: 0, column: 0 };

/// What distinguishes GPU instances for mig-parted: the profile, and the slices of the compute instances.
type Kind = (ProfileName, Vec<u32>);

/// A file, and by index the GPUs that are not in it, with the reason.
type Partial = (MigPartedFile, Vec<(u32, Error)>);

impl MigPartedFile {
    /// Reads the state of these GPUs into a file with one configuration. GPUs that are partitioned alike share an entry; it
    /// means all GPUs of the machine only if every GPU with MIG is in it. mig-parted's files have no placements, so they are
    /// omitted.
    ///
    /// # Errors
    ///
    /// [`MigPartedExportError`]: for a GPU that can't be read, for instances that such a file can't express, and for an
    /// invalid name. Use [`from_each_device`](Self::from_each_device) to skip a GPU that can't be read.
    pub fn from_devices(config: &str, devices: &[Device]) -> Result<Self, MigPartedExportError> {
        check_name(config)?;
        let mut read = Vec::new();
        for (at, device) in devices.iter().enumerate() {
            let gpu = Exported::read(device);
            read.push(gpu.map_err(|error| error.or_on(|| format!("devices[{at}]")))?);
        }
        export(config, &read, devices.first())
    }

    /// Returns what [`from_devices`](Self::from_devices) does, for GPUs of which some can't be opened or read, with the index
    /// of each of those and the error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let (file, left_out) = MigPartedFile::from_each_device("now", nvml.each_device()?)?;
    /// for (index, error) in left_out {
    ///     eprintln!("GPU {index} is left out: {error}");
    /// }
    /// assert!(file.to_yaml().contains("devices: all"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_devices`](Self::from_devices); the error of the first GPU if none can be read.
    pub fn from_each_device(
        config: &str,
        devices: impl IntoIterator<Item = (u32, Result<Device, Error>)>,
    ) -> Result<Partial, MigPartedExportError> {
        check_name(config)?;
        let (mut opened, mut read, mut left_out) = (None, Vec::new(), Vec::new());
        for (index, device) in devices {
            let gpu = device.and_then(|device| {
                let gpu = Exported::read(&device);
                opened = Some(device);
                gpu
            });
            match gpu {
                Ok(gpu) => read.push(gpu),
                Err(error) => left_out.push((index, error.or_on(|| format!("GPU index {index}")))),
            }
        }
        if read.is_empty() && !left_out.is_empty() {
            return Err(left_out.swap_remove(0).1.into());
        }
        Ok((export(config, &read, opened.as_ref())?, left_out))
    }
}

fn check_name(config: &str) -> Result<(), MigPartedExportError> {
    if config.is_empty() || config.chars().any(char::is_control) {
        let name = config.to_owned();
        return Err(MigPartedExportError::ConfigName { name });
    }
    Ok(())
}

/// What is exported of a GPU.
struct Exported {
    index: u32,
    pci: PciInfo,
    gpu: GpuSnapshot,
}

impl Exported {
    fn read(device: &Device) -> Result<Self, Error> {
        let inventory = Inventory::read(device)?;
        Ok(Self {
            index: inventory.index()?,
            pci: inventory.pci_info()?,
            gpu: GpuSnapshot::from_inventory(&inventory)?,
        })
    }

    fn entry(&self) -> Result<Entry, MigPartedExportError> {
        let gpu = &self.gpu;
        let mig_devices = gpu.mig_enabled.then(|| mig_devices(&gpu.gpu_instances));
        let not_expressible = |instance| MigPartedExportError::NotExpressible {
            gpu: self.index,
            instance,
        };
        Ok(Entry {
            mark: NOWHERE,
            filter: vec![PciFilter::of(&self.pci)],
            devices: Some(vec![(self.index, NOWHERE)]),
            mig_devices: mig_devices.transpose().map_err(not_expressible)?,
        })
    }
}

/// `device` is any of the machine.
fn export(
    config: &str,
    gpus: &[Exported],
    device: Option<&Device>,
) -> Result<MigPartedFile, MigPartedExportError> {
    let mut entries: Vec<Entry> = Vec::new();
    for gpu in gpus {
        let entry = gpu.entry()?;
        let mut known = entries.iter_mut();
        match known.find(|other| other.mig_devices == entry.mig_devices) {
            Some(other) => other.join(entry),
            None => entries.push(entry),
        }
    }
    let indices: Vec<u32> = gpus.iter().map(|gpu| gpu.index).collect();
    simplify(&mut entries, are_all(&indices, device)?);
    Ok(MigPartedFile::with_config("export", config, entries))
}

/// Returns whether these are all GPUs of the machine with MIG: in a file, `devices: all` means those.
fn are_all(indices: &[u32], device: Option<&Device>) -> Result<bool, Error> {
    let Some(nvml) = device.map(Device::nvml) else {
        return Ok(true);
    };
    let mut others = nvml.each_device()?;
    Ok(others.all(|(index, device)| {
        let lacks_mig = |device: Device| matches!(device.is_mig_capable(), Ok(false));
        indices.contains(&index) || device.is_ok_and(lacks_mig)
    }))
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

/// Omits the device list if these are all GPUs and they are partitioned alike, and the filter if they are all of the same
/// model.
fn simplify(entries: &mut [Entry], are_all: bool) {
    let mut ids: Vec<PciFilter> = entries
        .iter()
        .flat_map(|entry| entry.filter.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if let [only] = entries
        && are_all
    {
        only.devices = None;
        only.filter.clear();
    }
    if ids.len() == 1 {
        entries.iter_mut().for_each(|entry| entry.filter.clear());
    }
}

/// The GPU instance is the error if a file can't express it.
fn mig_devices(partition: &[PlacedGpuInstance]) -> Result<Vec<Count>, PlacedGpuInstance> {
    let mut counts: Vec<Count> = Vec::new();
    for gpu_instance in partition {
        if gpu_instance.compute_instances.is_empty() {
            return Err(gpu_instance.clone());
        }
        for compute_instance in &gpu_instance.compute_instances {
            let profile = compute_instance.name.parsed();
            let profile = profile.filter(|profile| !is_a_part(profile, &compute_instance.name));
            let profile = profile.ok_or_else(|| gpu_instance.clone())?;
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
fn check(partition: &[PlacedGpuInstance], counts: &[Count]) -> Result<(), PlacedGpuInstance> {
    let layout = layout(counts);
    let mut read: Vec<Kind> = layout
        .gpu_instances()
        .iter()
        .filter_map(read_kind)
        .collect();
    for gpu_instance in partition {
        let kind = kind(gpu_instance)?;
        let found = read.iter().position(|other| *other == kind);
        let found = found.ok_or_else(|| gpu_instance.clone())?;
        read.swap_remove(found);
    }
    Ok(())
}

fn kind(gpu_instance: &PlacedGpuInstance) -> Result<Kind, PlacedGpuInstance> {
    let compute_instances = gpu_instance.compute_instances.iter();
    let slices = compute_instances.map(|compute_instance| {
        let name = compute_instance.name.parsed()?;
        Some(name.compute_slices)
    });
    let read = gpu_instance.name.parsed().zip(slices.collect());
    let (name, mut slices): Kind = read.ok_or_else(|| gpu_instance.clone())?;
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
