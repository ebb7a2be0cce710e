//! The open library with NVML initialised.

use std::path::Path;

use nvml_mig_sys::Library;

use crate::driver::buffer;
use crate::driver::call::{Failure, call};
use crate::driver::structure_version::SettledVersion;
use crate::error::environment::Environment;
use crate::error::hint::{self, Hint};
use crate::error::{CallError, Error, FunctionMissing, Subject};
use crate::quoted;

/// An initialised NVML. Dropping it shuts NVML down.
#[derive(Debug)]
pub(crate) struct Driver {
    library: Library,
    pub(crate) gpu_instance_profile_version: SettledVersion,
    pub(crate) compute_instance_profile_version: SettledVersion,
}

impl Driver {
    pub(crate) fn init() -> Result<Self, Error> {
        Self::start(Library::open()?)
    }

    pub(crate) fn init_from(path: &Path) -> Result<Self, Error> {
        Self::start(Library::open_path(path)?)
    }

    /// A driver that fails to initialise is not shut down: there is nothing to shut down.
    pub(crate) fn start(library: Library) -> Result<Self, Error> {
        call!(library.nvmlInit_v2()).map_err(|failure| init_error(&library, failure))?;
        Ok(Self {
            library,
            gpu_instance_profile_version: SettledVersion::default(),
            compute_instance_profile_version: SettledVersion::default(),
        })
    }

    #[inline]
    pub(crate) const fn library(&self) -> &Library {
        &self.library
    }

    pub(crate) fn driver_version(&self) -> Result<String, Failure> {
        const SIZE: usize = nvml_mig_sys::NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE as usize;
        let library = &self.library;
        buffer::text::<SIZE>(|text, length| call!(library.nvmlSystemGetDriverVersion(text, length)))
    }

    /// Converts a failure to the public error. `context` is not called if the function is missing.
    pub(crate) fn error(
        &self,
        failure: Failure,
        context: &dyn Fn() -> (Subject, Option<Hint>),
    ) -> Error {
        if failure.is_missing() {
            let driver = self.driver_version();
            return missing(failure, driver.ok());
        }
        refused(failure, context())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let library = &self.library;
        // If the shutdown fails, NVML stays initialised in a process that no longer uses it. That is harmless, and
        // there is nobody to report it to.
        let _refusal = call!(library.nvmlShutdown());
    }
}

fn refused(failure: Failure, (subject, hint): (Subject, Option<Hint>)) -> Error {
    let Failure { function, code } = failure;
    let hint = hint.or_else(|| hint::of_machine(function, code, Environment::read));
    Error::Call(Box::new(
        CallError::new(function, code)
            .with_subject(subject)
            .explained(hint),
    ))
}

fn missing(failure: Failure, driver: Option<String>) -> Error {
    Error::FunctionMissing(Box::new(FunctionMissing::new(failure.function, driver)))
}

fn init_error(library: &Library, failure: Failure) -> Error {
    let file = library.file();
    let file = file.as_deref().unwrap_or(library.name());
    let subject = Subject {
        device: Some(quoted::path(file)),
        ..Subject::default()
    };
    let version = || version_before_init(library);
    let hint = hint::init(failure.code, Environment::read, version);
    refused(failure, (subject, hint))
}

/// The version of the library, which can be read before NVML is initialised: `12.550.163.01` is that of driver 550.163.01.
fn version_before_init(library: &Library) -> Option<String> {
    const SIZE: usize = nvml_mig_sys::NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE as usize;
    let version =
        buffer::text::<SIZE>(|text, length| call!(library.nvmlSystemGetNVMLVersion(text, length)));
    let version = version.ok()?;
    let (_cuda, driver) = version.split_once('.')?;
    Some(driver.to_owned())
}
