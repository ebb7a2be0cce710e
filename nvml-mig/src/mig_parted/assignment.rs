//! Matches a configuration's entries to the GPUs of this machine.

use super::{Entry, MigPartedConfig, MigPartedError, MigPartedErrorKind};
use crate::apply::GpuTarget;
use crate::error::{Error, ProfileError};
use crate::profile::{GpuInstanceProfileInfo, ProfileName, find};
use crate::query::{Device, PciInfo};

/// A GPU with the properties that an entry can match.
struct Candidate<'a> {
    device: &'a Device,
    index: u32,
    pci: PciInfo,
}

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
        let candidates = devices.iter().map(|device| self.candidate(device));
        let candidates: Vec<Candidate<'_>> = candidates.collect::<Result<_, _>>()?;
        for entry in &self.entries {
            self.check_indices(entry, &candidates)?;
        }
        let targets = candidates.iter().map(|candidate| self.target(candidate));
        targets.filter_map(Result::transpose).collect()
    }

    fn candidate<'a>(&self, device: &'a Device) -> Result<Candidate<'a>, MigPartedError> {
        let read =
            |error: Error| MigPartedError::of_file(&self.file, MigPartedErrorKind::Nvml(error));
        Ok(Candidate {
            device,
            index: device.index().map_err(read)?,
            pci: device.pci_info().map_err(read)?,
        })
    }

    fn check_indices(
        &self,
        entry: &Entry,
        candidates: &[Candidate<'_>],
    ) -> Result<(), MigPartedError> {
        for (index, mark) in entry.devices.iter().flatten() {
            if !candidates.iter().any(|candidate| candidate.index == *index) {
                let kind = MigPartedErrorKind::NoSuchGpu {
                    index: *index,
                    count: candidates.len(),
                };
                return Err(MigPartedError::at(&self.file, *mark, kind));
            }
        }
        Ok(())
    }

    fn target(
        &self,
        candidate: &Candidate<'_>,
    ) -> Result<Option<(Device, GpuTarget)>, MigPartedError> {
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

    fn check_profiles(
        &self,
        entry: &Entry,
        candidate: &Candidate<'_>,
    ) -> Result<(), MigPartedError> {
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

impl Entry {
    fn means(&self, candidate: &Candidate<'_>) -> bool {
        let mut filter = self.filter.iter();
        let by_filter = self.filter.is_empty() || filter.any(|filter| filter.means(&candidate.pci));
        let by_index = self.devices.as_ref().is_none_or(|devices| {
            let mut devices = devices.iter();
            devices.any(|(index, _)| *index == candidate.index)
        });
        by_filter && by_index
    }

    /// Returns whether it enables MIG on a GPU that has none and that it does not name. If the GPU does not say, planning
    /// reports the error.
    fn passes_over(&self, candidate: &Candidate<'_>) -> bool {
        let enables_mig = self.mig_devices.is_some();
        let lacks_mig = || matches!(candidate.device.is_mig_capable(), Ok(false));
        enables_mig && self.devices.is_none() && lacks_mig()
    }
}
