//! A GPU instance that lasts for a scope.

use core::fmt;
use core::ops::Deref;

use crate::error::{DestroyError, Error};
use crate::query::GpuInstance;

/// Receives the error if a dropped guard could not destroy its GPU instance.
type OnFailure = Box<dyn Fn(Error) + Send + Sync>;

/// A guard that destroys its GPU instance, with all compute instances, when it is dropped. It is meant for tests, and
/// for jobs that create their own instance.
///
/// If the destruction fails, for example because a process still runs on it, the instance remains and the function passed
/// to [`GpuInstance::scoped`] receives the error. Dropping neither panics nor waits. If the process is killed, the
/// instance remains. [`close`](Self::close) returns the error as a value.
///
/// ```
/// # use nvml_mig_sim::{GpuSpec, Simulator};
/// # let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).start()?;
/// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
/// # let device = nvml.device_by_index(0)?;
/// let profile = device.gpu_instance_profile_by_name("2g.12gb")?;
/// {
///     let instance = device.create_gpu_instance(profile.id)?.scoped(|error| eprintln!("{error}"));
///     println!("GPU instance {} for now", instance.id());
/// }
/// assert!(device.gpu_instances()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the GPU instance is destroyed as soon as this is dropped"]
pub struct ScopedGpuInstance {
    instance: GpuInstance,
    on_failure: OnFailure,
    /// Whether the guard no longer owns the instance.
    done: bool,
}

/// # Scopes
impl GpuInstance {
    /// Returns a guard that destroys the GPU instance with its compute instances when it is dropped. `on_failure` is called
    /// if that fails; the error names the remaining instance.
    pub fn scoped(self, on_failure: impl Fn(Error) + Send + Sync + 'static) -> ScopedGpuInstance {
        ScopedGpuInstance {
            instance: self,
            on_failure: Box::new(on_failure),
            done: false,
        }
    }
}

impl ScopedGpuInstance {
    /// Destroys the compute instances and the GPU instance now.
    ///
    /// # Errors
    ///
    /// As [`GpuInstance::destroy_with_compute_instances`], and the error returns the guard, which tries again when it
    /// is dropped.
    pub fn close(mut self) -> Result<(), DestroyError<Self>> {
        match self.destroy() {
            Ok(()) => {
                self.done = true;
                Ok(())
            }
            Err(error) => Err(DestroyError {
                instance: self,
                error,
            }),
        }
    }

    fn destroy(&self) -> Result<(), Error> {
        self.instance.verified(|| self.instance.destroy_all())
    }

    /// Releases the instance from the guard, and keeps it.
    pub fn keep(mut self) -> GpuInstance {
        self.done = true;
        self.instance.another_handle()
    }
}

impl Deref for ScopedGpuInstance {
    type Target = GpuInstance;

    fn deref(&self) -> &GpuInstance {
        &self.instance
    }
}

impl Drop for ScopedGpuInstance {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        if let Err(error) = self.destroy() {
            (self.on_failure)(error);
        }
    }
}

impl fmt::Debug for ScopedGpuInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedGpuInstance")
            .field(&self.instance)
            .finish()
    }
}
