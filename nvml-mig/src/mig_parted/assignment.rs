//! Matches a configuration's entries to the GPUs of this machine.

use std::collections::HashSet;

use super::{
    Entry, Mark, MigPartedConfig, MigPartedError, MigPartedErrorKind, MigPartedTargets,
    MigPartedWarningKind, Remark,
};
use crate::apply::GpuTarget;
use crate::error::{Error, ProfileError};
use crate::profile::{GpuInstanceProfileInfo, ProfileName, find};
use crate::query::{Device, PciInfo};

/// A GPU with the properties that an entry can match.
struct Candidate {
    device: Device,
    index: u32,
    pci: PciInfo,
}

/// GPUs by index, with their desired state, or why they can't be read.
type EachTarget = MigPartedTargets<(u32, Result<(Device, GpuTarget), Error>)>;

impl MigPartedConfig {
    /// Returns the desired state of each of these GPUs, which should be all GPUs of the machine. A GPU without an entry is
    /// omitted, and does not change; so is a GPU without MIG if its entry enables MIG and does not name its index. If several
    /// entries match a GPU, the last one counts. Indices are those of NVML.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let text = "version: v1\nmig-configs: {none: [{devices: [0, 1], mig-enabled: false}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// let targets = file.config("none")?.targets(&nvml.devices()?)?;
    /// assert_eq!(targets.gpus[0].1.to_string(), "MIG disabled");
    /// assert_eq!(
    ///     targets.warnings[0].to_string(),
    ///     "config.yaml:2:36: GPU 1 does not exist and is passed over; the number of GPUs is 1"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MigPartedErrorKind::NoGpu`] if no entry matches one of these GPUs. [`MigPartedError`] with line and column for an
    /// index of a GPU without MIG on which the entry enables it, for entries that enable and disable MIG on one GPU, and for a
    /// profile that a GPU does not have. Drivers up to 535
    /// list profiles only with MIG mode on; with MIG mode off, profiles are checked when the plan is applied.
    pub fn targets(&self, devices: &[Device]) -> Result<MigPartedTargets, MigPartedError> {
        let read =
            |error: Error| MigPartedError::of_file(&self.file, MigPartedErrorKind::Nvml(error));
        let candidates = devices.iter().enumerate().map(|(at, device)| {
            let candidate = device.index();
            let candidate = candidate.and_then(|index| Candidate::read(index, device.clone()));
            candidate.map_err(|error| error.or_on(|| format!("devices[{at}]")))
        });
        let candidates: Vec<Candidate> = candidates.collect::<Result<_, _>>().map_err(read)?;
        let indices: Vec<u32> = candidates.iter().map(|gpu| gpu.index).collect();
        let mut replaced = Replaced::default();
        let targets = candidates.iter().map(|gpu| self.target(gpu, &mut replaced));
        let gpus: Result<_, _> = targets.filter_map(Result::transpose).collect();
        self.matched(gpus?, &indices, replaced)
    }

    /// Returns what [`targets`](Self::targets) does, for GPUs of which some can't be read. Each is listed with the error if
    /// an entry names its index or all GPUs, whatever the entry's filter, and is omitted otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let text = "version: v1\nmig-configs: {none: [{devices: [0], mig-enabled: false}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// for (index, target) in file.config("none")?.each_target(nvml.each_device()?)? {
    ///     match target {
    ///         Ok((_, target)) => println!("GPU {index}: {target}"),
    ///         Err(error) => println!("GPU {index} can't be read: {error}"),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`targets`](Self::targets), except for GPUs that can't be read.
    pub fn each_target(
        &self,
        devices: impl IntoIterator<Item = (u32, Result<Device, Error>)>,
    ) -> Result<EachTarget, MigPartedError> {
        let devices: Vec<_> = devices.into_iter().collect();
        let indices: Vec<u32> = devices.iter().map(|(index, _)| *index).collect();
        let (mut gpus, mut replaced) = (Vec::new(), Replaced::default());
        for (index, device) in devices {
            match device.and_then(|device| Candidate::read(index, device)) {
                Ok(candidate) => {
                    let target = self.target(&candidate, &mut replaced)?;
                    gpus.extend(target.map(|target| (index, Ok(target))));
                }
                Err(error) if self.may_mean(index) => gpus.push((index, Err(error))),
                Err(_) => {}
            }
        }
        self.matched(gpus, &indices, replaced)
    }

    /// The entry that counts for a GPU; `None` if there is none, or if the GPU can't be read.
    pub(super) fn entry_for(&self, device: &Device) -> Option<&Entry> {
        let candidate = Candidate::read(device.index().ok()?, device.clone()).ok()?;
        let mut entries = self.entries.iter().rev();
        entries.find(|entry| entry.means(&candidate))
    }

    fn may_mean(&self, index: u32) -> bool {
        self.entries.iter().any(|entry| entry.means_index(index))
    }

    /// Adds the warnings to GPUs that match.
    fn matched<T>(
        &self,
        gpus: Vec<T>,
        indices: &[u32],
        replaced: Replaced,
    ) -> Result<MigPartedTargets<T>, MigPartedError> {
        if gpus.is_empty() {
            let config = self.name.clone();
            let kind = MigPartedErrorKind::NoGpu { config };
            return Err(MigPartedError::of_file(&self.file, kind));
        }
        let remarks = self.remarks.iter().cloned();
        let remarks = remarks
            .chain(self.unknown_gpus(indices))
            .chain(replaced.remarks());
        Ok(MigPartedTargets {
            gpus,
            warnings: remarks.map(|remark| remark.in_file(&self.file)).collect(),
        })
    }

    fn unknown_gpus(&self, indices: &[u32]) -> Vec<Remark> {
        let known: HashSet<u32> = indices.iter().copied().collect();
        let named = self
            .entries
            .iter()
            .flat_map(|entry| entry.devices.iter().flatten());
        let unknown = named.filter(|(index, _)| !known.contains(index));
        let remark = |(index, mark): &(u32, Mark)| Remark {
            mark: *mark,
            kind: MigPartedWarningKind::NoSuchGpu {
                index: *index,
                count: indices.len(),
            },
        };
        unknown.map(remark).collect()
    }

    fn target(
        &self,
        gpu: &Candidate,
        replaced: &mut Replaced,
    ) -> Result<Option<(Device, GpuTarget)>, MigPartedError> {
        let mut last: Option<&Entry> = None;
        for entry in self.entries.iter().filter(|entry| entry.means(gpu)) {
            if entry.mig_devices.is_some() && gpu.lacks_mig() {
                let Some(mark) = entry.mark_of(gpu.index) else {
                    continue;
                };
                let kind = MigPartedErrorKind::NoMig { index: gpu.index };
                return Err(MigPartedError::at(&self.file, mark, kind));
            }
            if let Some(earlier) = last.replace(entry) {
                if earlier.mig_devices.is_some() != entry.mig_devices.is_some() {
                    let (index, line) = (gpu.index, earlier.mark.line);
                    let kind = MigPartedErrorKind::Contradiction { index, line };
                    return Err(MigPartedError::at(&self.file, entry.mark, kind));
                }
                replaced.add(earlier, entry, gpu.index);
            }
        }
        let Some(entry) = last else {
            return Ok(None);
        };
        self.check_profiles(entry, gpu)?;
        Ok(Some((gpu.device.clone(), entry.target())))
    }

    fn check_profiles(&self, entry: &Entry, candidate: &Candidate) -> Result<(), MigPartedError> {
        let Some(mig_devices) = &entry.mig_devices else {
            return Ok(());
        };
        // If the profiles can't be read, planning reports the error.
        let Ok(profiles) = candidate.device.gpu_instance_profiles() else {
            return Ok(());
        };
        for count in mig_devices {
            check_profile(count.profile, &profiles).map_err(|source| {
                let index = candidate.index;
                let kind = MigPartedErrorKind::Profile { index, source };
                MigPartedError::at(&self.file, count.mark, kind)
            })?;
        }
        Ok(())
    }
}

/// Checks that the GPU has the GPU instance profile of a MIG device with this name.
fn check_profile(
    name: ProfileName,
    profiles: &[GpuInstanceProfileInfo],
) -> Result<(), ProfileError> {
    let gpu_instance = name.with_compute_slices(name.gpu_slices);
    find::by_name(gpu_instance, profiles.to_vec(), "this GPU").map(drop)
}

impl Candidate {
    fn read(index: u32, device: Device) -> Result<Self, Error> {
        let pci = device.pci_info()?;
        Ok(Self { device, index, pci })
    }

    /// Returns whether it does not support MIG. If the GPU does not say, planning reports the error.
    fn lacks_mig(&self) -> bool {
        matches!(self.device.is_mig_capable(), Ok(false))
    }
}

impl Entry {
    fn means(&self, gpu: &Candidate) -> bool {
        let mut filter = self.filter.iter();
        let by_filter = self.filter.is_empty() || filter.any(|filter| filter.means(&gpu.pci));
        by_filter && self.means_index(gpu.index)
    }

    fn means_index(&self, index: u32) -> bool {
        self.devices.is_none() || self.mark_of(index).is_some()
    }

    /// Returns where it names this GPU.
    fn mark_of(&self, index: u32) -> Option<Mark> {
        let mut devices = self.devices.iter().flatten();
        devices.find_map(|(other, mark)| (*other == index).then_some(*mark))
    }
}

/// GPUs for which a later entry replaces an earlier one, by the marks of the entries.
#[derive(Debug, Default)]
struct Replaced {
    entries: Vec<(Mark, Mark, Vec<u32>)>,
}

impl Replaced {
    fn add(&mut self, earlier: &Entry, later: &Entry, index: u32) {
        let mut entries = self.entries.iter_mut();
        let known = entries.find(|(from, by, _)| (*from, *by) == (earlier.mark, later.mark));
        match known {
            Some((_, _, gpus)) => gpus.push(index),
            None => self.entries.push((earlier.mark, later.mark, vec![index])),
        }
    }

    fn remarks(self) -> impl Iterator<Item = Remark> {
        self.entries.into_iter().map(|(mark, later, gpus)| {
            let line = later.line;
            let kind = MigPartedWarningKind::Replaced { gpus, line };
            Remark { mark, kind }
        })
    }
}
