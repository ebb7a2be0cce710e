//! The driver version, and what a driver of that version supports.

use serde::{Deserialize, Serialize};

use super::driver_functions::{SINCE, UNTIL};
use super::{ProcessRecord, ProfileVersion};

/// For each CUDA version, newest first, the first number of the oldest driver that supports it (NVIDIA's CUDA release
/// notes; from 590 on, the nvml.h that declares the functions called by NVIDIA's Python bindings with that number).
const CUDA_VERSIONS: &[(u32, u32, u32)] = &[
    (615, 13, 4),
    (610, 13, 3),
    (595, 13, 2),
    (590, 13, 1),
    (580, 13, 0),
    (575, 12, 9),
    (570, 12, 8),
    (565, 12, 7),
    (560, 12, 6),
    (555, 12, 5),
    (550, 12, 4),
    (545, 12, 3),
    (535, 12, 2),
    (530, 12, 1),
    (525, 12, 0),
    (520, 11, 8),
    (515, 11, 7),
    (510, 11, 6),
    (495, 11, 5),
    (470, 11, 4),
    (465, 11, 3),
    (460, 11, 2),
    (455, 11, 1),
    (450, 11, 0),
];

/// `NVML_GPU_INSTANCE_PROFILE_COUNT` and `NVML_COMPUTE_INSTANCE_PROFILE_COUNT` in NVIDIA's nvml.h, newest first, by the
/// first number of the oldest driver for its CUDA version (11.7 and 11.8, 12.0 to 12.9 without 12.7, 13.0 to 13.5).
const GPU_INSTANCE_PROFILES: &[(u32, u32)] = &[(595, 0x12), (575, 0x11), (570, 0x0D), (525, 0x0A)];
const COMPUTE_INSTANCE_PROFILES: &[(u32, u32)] = &[(610, 9), (525, 8)];

/// The drivers of new machines: the one for most boards, and one for boards with graphics and media profiles.
const DEFAULTS: [&str; 2] = ["550.163.01", "580.95.05"];

/// A driver version such as `550.163.01`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DriverVersion {
    text: String,
    major: u32,
    minor: u32,
}

impl DriverVersion {
    /// Returns the driver of a new machine, on which this is the last GPU instance profile.
    #[must_use]
    pub fn default_for(last_profile: u32) -> Self {
        let mut defaults = DEFAULTS.map(|text| Self::from(text.to_owned())).into_iter();
        let knows_it = defaults.find(|driver| driver.gpu_instance_profile_count() > last_profile);
        knows_it.unwrap_or_default()
    }

    /// Returns the version, as from `nvmlSystemGetDriverVersion`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text is that of a driver version: two or three numbers separated by dots.
    #[must_use]
    pub fn is_version(&self) -> bool {
        let mut numbers = self.text.split('.');
        let is_number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits && (1..=9).contains(&text.len())
        };
        numbers.all(is_number) && (1..=2).contains(&self.text.matches('.').count())
    }

    /// Whether drivers of this age had MIG.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.major >= 450
    }

    /// Returns the newest CUDA version that the driver supports: major, minor.
    #[must_use]
    pub fn cuda_version(&self) -> (u32, u32) {
        let known = CUDA_VERSIONS.iter().find(|entry| self.major >= entry.0);
        known.map_or((11, 0), |&(_, major, minor)| (major, minor))
    }

    /// Returns the NVML version, as from `nvmlSystemGetNVMLVersion`: the CUDA major version followed by the driver
    /// version.
    #[must_use]
    pub fn nvml_version(&self) -> String {
        format!("{}.{}", self.cuda_version().0, self.text)
    }

    /// Whether the driver lists profiles while MIG mode is off; 535 and older don't.
    #[must_use]
    pub fn lists_profiles_with_mig_disabled(&self) -> bool {
        self.major > 535
    }

    /// Whether the NVML library reports its version before initialisation. That of drivers 535 and 550 does; that of
    /// 525 does not.
    #[must_use]
    pub fn gives_nvml_version_before_start(&self) -> bool {
        self.major >= 535
    }

    /// Returns the record format of the newest process lists. From 535.54.03 it has 32 bytes, and from 535.154.05 again
    /// the 24 bytes of nvml.h.
    #[must_use]
    pub fn process_record(&self) -> ProcessRecord {
        match (self.major, self.minor) {
            (535, ..154) => ProcessRecord::WithProtectedMemory,
            _ => ProcessRecord::WithIds,
        }
    }

    /// Whether the library has process lists of the third generation, with `_v3`.
    #[must_use]
    pub fn has_third_process_lists(&self) -> bool {
        let mut unknown = self.unknown_functions();
        unknown.all(|name| name != "nvmlDeviceGetComputeRunningProcesses_v3")
    }

    /// Whether the driver names MIG devices `MIG-GPU-<GPU>/<GPU instance>/<compute instance>`, as before R470.
    #[must_use]
    pub fn has_legacy_mig_uuids(&self) -> bool {
        self.major < 470
    }

    /// Returns the number of GPU instance profiles that its nvml.h defines.
    #[must_use]
    pub fn gpu_instance_profile_count(&self) -> u32 {
        self.of_age(GPU_INSTANCE_PROFILES).unwrap_or(0x08)
    }

    /// Returns the number of compute instance profiles that its nvml.h defines.
    #[must_use]
    pub fn compute_instance_profile_count(&self) -> u32 {
        self.of_age(COMPUTE_INSTANCE_PROFILES).unwrap_or(7)
    }

    /// Returns the newest version of the profile structures that its nvml.h defines. The libraries of 535.261.03 and
    /// 550.163.01 agree: the version words of version 3 are only in the latter.
    #[must_use]
    pub fn newest_profile_version(&self) -> ProfileVersion {
        match self.major {
            ..545 => ProfileVersion::V2,
            545.. => ProfileVersion::V3,
        }
    }

    /// Whether its nvml.h defines the field that tells whether a change of the MIG mode needs a reset.
    #[must_use]
    pub fn has_resetless_field(&self) -> bool {
        self.major >= 535
    }

    /// Returns the number of the field that tells whether profiles are listed while MIG mode is off. The nvml.h of CUDA
    /// 12.5 and 12.6 gave its number to another field.
    #[must_use]
    pub fn independent_query_field(&self) -> Option<u32> {
        match self.major {
            ..550 => None,
            555..570 => Some(200),
            _ => Some(199),
        }
    }

    /// Returns the figure of the newest entry that is not newer than this driver.
    fn of_age(&self, figures: &[(u32, u32)]) -> Option<u32> {
        let found = figures.iter().find(|(since, _)| self.major >= *since);
        found.map(|&(_, figure)| figure)
    }

    /// The functions that this driver does not export: those of later drivers, and those that it dropped.
    pub fn unknown_functions(&self) -> impl Iterator<Item = &'static str> + use<> {
        let age = (self.major, self.minor);
        let later = SINCE.iter().filter(move |(since, _)| age < *since);
        let dropped = UNTIL.iter().filter(move |(until, _)| age >= *until);
        later.chain(dropped).flat_map(|(_, names)| *names).copied()
    }
}

impl Default for DriverVersion {
    fn default() -> Self {
        Self::from(DEFAULTS[0].to_owned())
    }
}

impl From<String> for DriverVersion {
    fn from(text: String) -> Self {
        let mut numbers = text
            .split('.')
            .map(|number| number.parse().unwrap_or_default());
        let (major, minor) = (numbers.next(), numbers.next());
        Self {
            major: major.unwrap_or_default(),
            minor: minor.unwrap_or_default(),
            text,
        }
    }
}

impl From<DriverVersion> for String {
    fn from(version: DriverVersion) -> Self {
        version.text
    }
}
