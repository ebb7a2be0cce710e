//! Exports the state of GPUs as a mig-parted configuration.

use core::cmp::Reverse;

use super::export_error::MigPartedExportError;
use super::export_omission::MigPartedOmission;
use super::mig_parted_error::NOWHERE;
use super::pci_filter::PciFilter;
use super::{Count, Entry, MigPartedFile};
use crate::error::Error;
use crate::inventory::Inventory;
use crate::plan::PlacedGpuInstance;
use crate::profile::ProfileName;
use crate::query::{Device, MigModes, PciInfo};
use crate::snapshot::GpuSnapshot;

/// The state of GPUs as a file, and what it leaves out.
#[derive(Debug)]
#[non_exhaustive]
pub struct MigPartedExport {
    /// The file, with one configuration.
    pub file: MigPartedFile,
    /// What is not in it, ordered by GPU.
    pub omissions: Vec<MigPartedOmission>,
}

impl MigPartedExport {
    /// Creates an export that leaves nothing out, for a program's own tests.
    #[must_use]
    pub const fn new(file: MigPartedFile) -> Self {
        Self {
            file,
            omissions: Vec::new(),
        }
    }
}

impl MigPartedFile {
    /// Reads the state of these GPUs into a file with one configuration. GPUs that are partitioned alike share an entry; it
    /// means all GPUs of the machine only if every GPU with MIG is in it.
    ///
    /// mig-parted's files count MIG devices by name. They have no placements, and do not say which MIG devices share a GPU
    /// instance. GPU instances without compute instances are left out, and so is a GPU with an instance that has no name. The
    /// GPUs that are in the file have its [targets](super::MigPartedConfig::targets), unless a change of their MIG mode is
    /// pending.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let half = nvml.device_by_index(0)?.gpu_instance_profile_by_name("2g.12gb")?;
    /// # let _empty = nvml.device_by_index(0)?.create_gpu_instance(half.id)?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let export = MigPartedFile::from_devices("now", &nvml.devices()?)?;
    /// print!("{}", export.file.to_yaml());
    /// for omission in &export.omissions {
    ///     eprintln!("{omission}"); // such as "GPU 0: GPU instance 2g.12gb at 2:2 without ..."
    /// }
    /// # assert_eq!(export.omissions.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MigPartedExportError`]: for a GPU that can't be read, if no GPU can be expressed, and for an invalid name. Use
    /// [`from_each_device`](Self::from_each_device) to skip a GPU that can't be read.
    pub fn from_devices(
        config: &str,
        devices: &[Device],
    ) -> Result<MigPartedExport, MigPartedExportError> {
        check_name(config)?;
        let mut exporting = Exporting::default();
        for (at, device) in devices.iter().enumerate() {
            let gpu = Exported::read(device);
            exporting.add(&gpu.map_err(|error| error.or_on(|| format!("devices[{at}]")))?);
        }
        exporting.export(config, devices.first())
    }

    /// Returns what [`from_devices`](Self::from_devices) does, for GPUs of which some can't be opened or read. These are left
    /// out.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let export = MigPartedFile::from_each_device("now", nvml.each_device()?)?;
    /// for omission in &export.omissions {
    ///     eprintln!("{omission}"); // such as "GPU 1 is left out, since it can't be read"
    /// }
    /// assert!(export.file.to_yaml().contains("devices: all"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_devices`](Self::from_devices); the error of the first GPU if none can be read.
    pub fn from_each_device(
        config: &str,
        devices: impl IntoIterator<Item = (u32, Result<Device, Error>)>,
    ) -> Result<MigPartedExport, MigPartedExportError> {
        check_name(config)?;
        let (mut opened, mut exporting) = (None, Exporting::default());
        for (index, device) in devices {
            let gpu = device.and_then(|device| {
                let gpu = Exported::read(&device);
                opened = Some(device);
                gpu
            });
            match gpu {
                Ok(gpu) => exporting.add(&gpu),
                Err(error) => exporting.omissions.push(MigPartedOmission::Unreadable {
                    gpu: index,
                    source: error.or_on(|| format!("GPU index {index}")),
                }),
            }
        }
        exporting.export(config, opened.as_ref())
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
    modes: Option<MigModes>,
}

impl Exported {
    fn read(device: &Device) -> Result<Self, Error> {
        let inventory = Inventory::read(device)?;
        Ok(Self {
            index: inventory.index()?,
            pci: inventory.pci_info()?,
            gpu: GpuSnapshot::from_inventory(&inventory)?,
            modes: inventory.mig_modes(),
        })
    }

    /// The MIG devices are `None` with MIG mode off. The omission takes the place of a GPU that a file can't express.
    fn mig_devices(&self) -> Result<Option<Vec<Count>>, MigPartedOmission> {
        let gpu = &self.gpu;
        let counts = gpu.mig_enabled.then(|| mig_devices(&gpu.gpu_instances));
        let not_expressible = |instance| MigPartedOmission::NotExpressible {
            gpu: self.index,
            instance,
        };
        counts.transpose().map_err(not_expressible)
    }

    fn pending(&self) -> Option<MigPartedOmission> {
        let modes = self
            .modes
            .filter(|modes| modes.current() != modes.pending())?;
        let gpu = self.index;
        Some(MigPartedOmission::PendingMigMode { gpu, modes })
    }

    fn empty(&self) -> impl Iterator<Item = MigPartedOmission> {
        let instances = self.gpu.gpu_instances.iter();
        let empty = instances.filter(|instance| instance.compute_instances.is_empty());
        empty.map(|instance| MigPartedOmission::NoComputeInstance {
            gpu: self.index,
            instance: instance.clone(),
        })
    }
}

/// A file in the making.
#[derive(Default)]
struct Exporting {
    entries: Vec<Entry>,
    indices: Vec<u32>,
    omissions: Vec<MigPartedOmission>,
}

impl Exporting {
    fn add(&mut self, gpu: &Exported) {
        let mig_devices = match gpu.mig_devices() {
            Ok(mig_devices) => mig_devices,
            Err(omission) => return self.omissions.push(omission),
        };
        self.omissions.extend(gpu.pending());
        self.omissions.extend(gpu.empty());
        self.indices.push(gpu.index);
        let entry = Entry {
            mark: NOWHERE,
            filter: vec![PciFilter::of(&gpu.pci)],
            devices: Some(vec![(gpu.index, NOWHERE)]),
            mig_devices,
        };
        let mut known = self.entries.iter_mut();
        match known.find(|other| other.mig_devices == entry.mig_devices) {
            Some(other) => other.join(entry),
            None => self.entries.push(entry),
        }
    }

    /// `device` is any of the machine.
    fn export(
        mut self,
        config: &str,
        device: Option<&Device>,
    ) -> Result<MigPartedExport, MigPartedExportError> {
        if self.indices.is_empty() && !self.omissions.is_empty() {
            return Err(match self.omissions.swap_remove(0) {
                MigPartedOmission::Unreadable { source, .. } => source.into(),
                omission => MigPartedExportError::NotExpressible(Box::new(omission)),
            });
        }
        simplify(&mut self.entries, are_all(&self.indices, device)?);
        let file = MigPartedFile::with_configs("export", vec![(config.to_owned(), self.entries)]);
        let mut export = MigPartedExport::new(file);
        export.omissions = self.omissions;
        Ok(export)
    }
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
        let names = names(gpu_instance).ok_or_else(|| gpu_instance.clone())?;
        for profile in names {
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
    Ok(counts)
}

/// Returns the names of the MIG devices in a GPU instance, with its memory and attributes; `None` if one of them is no profile
/// name.
fn names(gpu_instance: &PlacedGpuInstance) -> Option<Vec<ProfileName>> {
    let compute_instances = gpu_instance.compute_instances.iter();
    let names = compute_instances.map(|compute_instance| {
        gpu_instance.name.parsed()?;
        let name = compute_instance.name.in_gpu_instance(&gpu_instance.name);
        name.parsed()
    });
    names.collect()
}
