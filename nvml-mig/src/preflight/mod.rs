//! Finds the obstacles to creating instances on this machine, without changing anything (feature `preflight`).
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! use nvml_mig::node::DriverFiles;
//!
//! let preflight = nvml.preflight(&DriverFiles::new());
//! for gpu in &preflight.gpus {
//!     for obstacle in &gpu.obstacles {
//!         println!("{obstacle}");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod gpu_preflight;
mod obstacle;
mod privilege;

use core::fmt;
use std::path::Path;

use crate::device::{DriverVersion, Nvml, NvmlVersion};
use crate::error::environment::Environment;
use crate::error::{Error, FunctionMissing, hint};
use crate::node::DriverFiles;

pub use gpu_preflight::GpuPreflight;
pub use obstacle::Obstacle;
pub use privilege::Privilege;

/// The function that makes a GPU instance.
const CREATE: &str = "nvmlDeviceCreateGpuInstance";

/// Functions that are all required to create a usable GPU instance.
const NEEDED: [&str; 3] = [
    CREATE,
    "nvmlGpuInstanceGetInfo",
    "nvmlGpuInstanceCreateComputeInstance",
];

/// The readiness of this machine for MIG: the obstacles to creating a GPU instance, each with a remedy.
///
/// It only reads, so its result can be outdated when an instance is created.
///
/// ```
/// use nvml_mig::preflight::Preflight;
///
/// let preflight = Preflight::read();
/// print!("{preflight}");
/// # assert!(!preflight.to_string().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Preflight {
    /// Version of the kernel driver; `None` if NVML is missing or does not report it.
    pub driver_version: Option<DriverVersion>,
    /// Version of the NVML library; `None` if it is missing or does not report it.
    pub nvml_version: Option<NvmlVersion>,
    /// Functions that this crate uses and the driver's library lacks.
    pub missing_functions: Vec<&'static str>,
    /// The privilege of this process to create instances.
    pub privilege: Privilege,
    /// Obstacles on all GPUs of this machine.
    pub obstacles: Vec<Obstacle>,
    /// The GPUs, ordered by index.
    pub gpus: Vec<GpuPreflight>,
}

impl Preflight {
    /// Creates a result without versions, GPUs and obstacles, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::preflight::{GpuPreflight, Preflight, Privilege};
    ///
    /// let preflight = Preflight::new(Privilege::SysAdmin).with_gpus(vec![GpuPreflight::new(0)]);
    /// assert!(preflight.may_create());
    /// ```
    #[must_use]
    pub const fn new(privilege: Privilege) -> Self {
        Self {
            driver_version: None,
            nvml_version: None,
            missing_functions: Vec::new(),
            privilege,
            obstacles: Vec::new(),
            gpus: Vec::new(),
        }
    }

    /// Sets the versions of the kernel driver and of the NVML library.
    #[must_use]
    pub fn with_versions(
        self,
        driver: impl Into<DriverVersion>,
        nvml: impl Into<NvmlVersion>,
    ) -> Self {
        Self {
            driver_version: Some(driver.into()),
            nvml_version: Some(nvml.into()),
            ..self
        }
    }

    /// Sets the functions that the driver's library lacks.
    #[must_use]
    pub fn with_missing_functions(self, missing_functions: Vec<&'static str>) -> Self {
        Self {
            missing_functions,
            ..self
        }
    }

    /// Sets the obstacles on all GPUs.
    #[must_use]
    pub fn with_obstacles(self, obstacles: Vec<Obstacle>) -> Self {
        Self { obstacles, ..self }
    }

    /// Sets the results per GPU.
    #[must_use]
    pub fn with_gpus(self, gpus: Vec<GpuPreflight>) -> Self {
        Self { gpus, ..self }
    }

    /// Opens the driver's NVML library and inspects the machine. A missing library is reported, not returned as an error.
    #[must_use]
    pub fn read() -> Self {
        Self::of(Nvml::init(), &DriverFiles::new())
    }

    /// Inspects the machine as [`read`](Self::read) does, with the NVML library at this path and the driver's files in these
    /// locations.
    #[must_use]
    pub fn read_from(library: impl AsRef<Path>, files: &DriverFiles) -> Self {
        Self::of(Nvml::init_from(library), files)
    }

    /// Returns whether at least one GPU has no obstacle to a GPU instance.
    #[must_use]
    pub fn may_create(&self) -> bool {
        self.obstacles.is_empty() && self.gpus.iter().any(|gpu| gpu.obstacles.is_empty())
    }

    fn of(nvml: Result<Nvml, Error>, files: &DriverFiles) -> Self {
        nvml.map_or_else(
            |error| Self::new(Privilege::of_process(files)).judged(Some(&error), files),
            |nvml| nvml.preflight(files),
        )
    }

    /// Adds the obstacles that concern the whole machine, including the error if the GPUs can't be counted.
    fn judged(mut self, uncounted: Option<&Error>, files: &DriverFiles) -> Self {
        self.obstacles.extend(uncounted.map(Obstacle::from_error));
        self.obstacles.extend(self.lacking_functions());
        if self.gpus.is_empty() && uncounted.is_none() {
            self.obstacles.push(Obstacle::no_gpu());
        }
        if !self.privilege.may_create() {
            let at = Environment::of(files.proc(), files.dev());
            let refused = hint::no_permission(CREATE, &at);
            self.obstacles.push(refused.into());
        }
        self
    }

    fn lacking_functions(&self) -> Vec<Obstacle> {
        let missing = NEEDED
            .into_iter()
            .filter(|function| self.missing_functions.contains(function));
        let obstacle = |function| {
            let driver = self.driver_version.clone().map(Into::into);
            let missing = FunctionMissing::new(function, driver);
            Obstacle::from_error(&Error::FunctionMissing(Box::new(missing)))
        };
        missing.map(obstacle).collect()
    }

    fn write_machine(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let driver = self.driver_version.as_ref();
        let driver = driver.map_or("unknown", DriverVersion::as_str);
        let nvml = self.nvml_version.as_ref();
        let nvml = nvml.map_or("unknown", NvmlVersion::as_str);
        writeln!(f, "driver {driver}, NVML {nvml}")?;
        if !self.missing_functions.is_empty() {
            let missing = self.missing_functions.join(", ");
            writeln!(f, "functions missing from this driver: {missing}")?;
        }
        writeln!(f, "privilege: {}", self.privilege)?;
        obstacle::write_all(f, &self.obstacles, "")
    }
}

/// # Preflight
impl Nvml {
    /// Finds the obstacles to creating instances on this machine, without changing anything.
    #[must_use]
    pub fn preflight(&self, files: &DriverFiles) -> Preflight {
        let count = self.device_count();
        let gpus = 0..count.as_ref().map_or(0, |count| *count);
        let gpus: Vec<GpuPreflight> = gpus.map(|index| GpuPreflight::of(self, index)).collect();
        let preflight = Preflight {
            driver_version: self.driver_version().ok(),
            nvml_version: self.nvml_version().ok(),
            missing_functions: self.missing_functions(),
            privilege: Privilege::of_process(files).in_view_of(&gpus),
            obstacles: Vec::new(),
            gpus,
        };
        preflight.judged(count.err().as_ref(), files)
    }
}

/// Prints a few lines: driver and privilege, then each GPU with its obstacles.
impl fmt::Display for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_machine(f)?;
        self.gpus.iter().try_for_each(|gpu| write!(f, "{gpu}"))?;
        let verdict = if self.may_create() { "can" } else { "can't" };
        writeln!(f, "a GPU instance {verdict} be created here now")
    }
}
