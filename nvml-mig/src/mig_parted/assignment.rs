//! Matches a configuration's entries to the GPUs of this machine.

use std::collections::HashSet;

use super::{Entry, MigPartedConfig, MigPartedError, MigPartedErrorKind};
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
type EachTarget = Vec<(u32, Result<(Device, GpuTarget), Error>)>;

impl MigPartedConfig {
    /// Returns the desired state of each of these GPUs, which should be all GPUs of the machine. A GPU without an entry is
    /// omitted, and does not change; so is a GPU without MIG if its entry enables MIG and does not name its index. Indices
    /// are those of NVML.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let text = "version: v1\nmig-configs: {off: [{devices: [0], mig-enabled: false}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// let targets = file.config("off")?.targets(&nvml.devices()?)?;
    /// assert_eq!(targets[0].1.to_string(), "MIG disabled");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] with line and column for the index of a GPU that does not exist, for two entries that match
    /// the same GPU, and for a profile that a GPU does not have. Drivers up to 535 list profiles only with MIG mode on;
    /// with MIG mode off, profiles are checked when the plan is applied.
    pub fn targets(&self, devices: &[Device]) -> Result<Vec<(Device, GpuTarget)>, MigPartedError> {
        let read =
            |error: Error| MigPartedError::of_file(&self.file, MigPartedErrorKind::Nvml(error));
        let candidates = devices.iter().enumerate().map(|(at, device)| {
            let candidate = device.index();
            let candidate = candidate.and_then(|index| Candidate::read(index, device.clone()));
            candidate.map_err(|error| error.or_on(|| format!("devices[{at}]")))
        });
        let candidates: Vec<Candidate> = candidates.collect::<Result<_, _>>().map_err(read)?;
        let indices = candidates.iter().map(|candidate| candidate.index);
        self.check_indices(&indices.collect::<Vec<_>>())?;
        let targets = candidates.iter().map(|candidate| self.target(candidate));
        targets.filter_map(Result::transpose).collect()
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
    /// let text = "version: v1\nmig-configs: {off: [{devices: [0], mig-enabled: false}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// for (index, target) in file.config("off")?.each_target(nvml.each_device()?)? {
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
        let indices = devices.iter().map(|(index, _)| *index);
        self.check_indices(&indices.collect::<Vec<_>>())?;
        let mut targets = EachTarget::new();
        for (index, device) in devices {
            match device.and_then(|device| Candidate::read(index, device)) {
                Ok(candidate) => {
                    let target = self.target(&candidate)?;
                    targets.extend(target.map(|target| (index, Ok(target))));
                }
                Err(error) if self.may_mean(index) => targets.push((index, Err(error))),
                Err(_) => {}
            }
        }
        Ok(targets)
    }

    fn may_mean(&self, index: u32) -> bool {
        self.entries.iter().any(|entry| entry.means_index(index))
    }

    fn check_indices(&self, indices: &[u32]) -> Result<(), MigPartedError> {
        let known: HashSet<u32> = indices.iter().copied().collect();
        let entries = self.entries.iter();
        for (index, mark) in entries.flat_map(|entry| entry.devices.iter().flatten()) {
            if !known.contains(index) {
                let kind = MigPartedErrorKind::NoSuchGpu {
                    index: *index,
                    count: indices.len(),
                };
                return Err(MigPartedError::at(&self.file, *mark, kind));
            }
        }
        Ok(())
    }

    fn target(&self, candidate: &Candidate) -> Result<Option<(Device, GpuTarget)>, MigPartedError> {
        let mut entries = self.entries.iter().filter(|entry| entry.means(candidate));
        let Some(entry) = entries.next() else {
            return Ok(None);
        };
        if let Some(other) = entries.next() {
            let kind = MigPartedErrorKind::TwoEntries {
                index: candidate.index,
                first_line: entry.mark.line,
            };
            return Err(MigPartedError::at(&self.file, other.mark, kind));
        }
        if entry.passes_over(candidate) {
            return Ok(None);
        }
        self.check_profiles(entry, candidate)?;
        Ok(Some((candidate.device.clone(), entry.target())))
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
}

impl Entry {
    fn means(&self, candidate: &Candidate) -> bool {
        let mut filter = self.filter.iter();
        let by_filter = self.filter.is_empty() || filter.any(|filter| filter.means(&candidate.pci));
        by_filter && self.means_index(candidate.index)
    }

    fn means_index(&self, index: u32) -> bool {
        self.devices.as_ref().is_none_or(|devices| {
            let mut devices = devices.iter();
            devices.any(|(other, _)| *other == index)
        })
    }

    /// Returns whether it enables MIG on a GPU that has none and that it does not name. If the GPU does not say, planning
    /// reports the error.
    fn passes_over(&self, candidate: &Candidate) -> bool {
        let enables_mig = self.mig_devices.is_some();
        let lacks_mig = || matches!(candidate.device.is_mig_capable(), Ok(false));
        enables_mig && self.devices.is_none() && lacks_mig()
    }
}
