//! Reading and setting MIG mode.

use nvml_mig_sys as sys;

use crate::architecture::Architecture;
use crate::driver::call::{Failure, call, check};
use crate::error::{Error, ReturnCode, Subject};
use crate::explain;
use crate::query::{Device, MigMode, MigModeChange, MigModes, MinorNumberChange};

const SET_MIG_MODE: &str = "nvmlDeviceSetMigMode";

/// # MIG mode
impl Device {
    /// Returns MIG mode now and after the next GPU reset.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// let modes = device.mig_mode()?;
    /// if modes.current() != modes.pending() {
    ///     println!("MIG mode is {} until the GPU is reset", modes.current());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG.
    #[doc(alias = "nvmlDeviceGetMigMode")]
    #[inline]
    pub fn mig_mode(&self) -> Result<MigModes, Error> {
        self.mig_mode_or_failure()
            .map_err(|failure| self.mig_mode_error(failure))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn mig_mode_error(&self, failure: Failure) -> Error {
        self.error_about(failure, &Subject::default, &explain::mig_mode)
    }

    /// Sets MIG mode, and reports whether it took effect. Needs root or `CAP_SYS_ADMIN`.
    ///
    /// On Ampere a change needs a GPU reset, which the driver tries at once if the GPU is idle; the mode survives a
    /// reboot. On Hopper and newer the change is immediate and does not survive one. Destroy compute instances and GPU
    /// instances before disabling MIG mode (MIG user guide).
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::MigMode;
    /// use nvml_mig::device::MigModeChange;
    ///
    /// match device.set_mig_mode(MigMode::Enabled)? {
    ///     MigModeChange::Active { .. } => println!("MIG mode is on"),
    ///     pending => println!("{pending}"), // such as "pending until a GPU reset or reboot: NVML_ERROR_IN_USE (19)"
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG and in a vGPU guest, [`ReturnCode::NoPermission`](crate::ReturnCode::NoPermission) without the
    /// privilege, [`ReturnCode::InUse`](crate::ReturnCode::InUse) if a Hopper or newer GPU is busy, and
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) for a mode that the driver does not know.
    /// [`Cause::ImplausibleAnswer`](crate::error::Cause::ImplausibleAnswer) if NVML reports success, but the mode is neither
    /// active nor pending then.
    #[doc(alias = "nvmlDeviceSetMigMode")]
    pub fn set_mig_mode(&self, mode: MigMode) -> Result<MigModeChange, Error> {
        let library = self.driver().library();
        let minor_before = self.minor_number().ok();
        let mut activation = sys::nvmlReturn_t::NVML_SUCCESS;
        call!(library.nvmlDeviceSetMigMode(self.handle(), mode.number(), &mut activation))
            .map_err(|failure| self.set_mig_mode_error(failure))?;
        self.forget();
        // The return code only reports that the request was recorded (nvml.h), so the mode is read back.
        let modes = self.mig_mode()?;
        if modes.current() == mode {
            let minor_number_change = changed(minor_before, self.minor_number().ok());
            return Ok(MigModeChange::active(minor_number_change));
        }
        let refused = check(SET_MIG_MODE, activation).err();
        if modes.pending() != mode {
            // Nothing will take effect.
            let failure = refused.unwrap_or(Failure::implausible(SET_MIG_MODE));
            return Err(self.set_mig_mode_error(failure));
        }
        Ok(MigModeChange::pending(refused.map(|failure| failure.code)))
    }

    fn set_mig_mode_error(&self, failure: Failure) -> Error {
        let hint = |code| explain::set_mig_mode(self, code);
        self.error_about(failure, &Subject::default, &hint)
    }

    /// Returns what keeps a change of MIG mode [pending](MigModeChange::Pending) for this reason, and a remedy: for
    /// [`ReturnCode::InUse`](crate::ReturnCode::InUse) the instances and processes on the GPU, or the programs that usually
    /// hold a GPU without being in NVML's lists. `None` for a reason of which no more is known.
    ///
    /// # Examples
    ///
    /// ```
    /// # let gpu = nvml_mig_sim::GpuSpec::new("a30").mig(false);
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(gpu).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// # simulator.busy(nvml_mig_sim::Process::new(0, 4242))?;
    /// use nvml_mig::MigMode;
    /// use nvml_mig::device::MigModeChange;
    ///
    /// let change = device.set_mig_mode(MigMode::Enabled)?;
    /// if let MigModeChange::Pending { reason: Some(reason), .. } = change {
    ///     let why = device.pending_mig_mode_hint(reason);
    ///     println!("{}", why.unwrap_or(reason.to_string())); // such as: in use by process 4242
    /// #   assert!(device.pending_mig_mode_hint(reason).is_some_and(|why| why.contains("process 4242")));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pending_mig_mode_hint(&self, reason: ReturnCode) -> Option<String> {
        let in_use = || explain::set_mig_mode(self, reason);
        let hint = (reason == ReturnCode::InUse).then(in_use).flatten();
        hint.map(|hint| hint.text)
    }

    /// Returns whether a change of MIG mode needs a GPU reset, as on Ampere.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG.
    #[doc(alias = "NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED")]
    pub fn mig_mode_change_needs_reset(&self) -> Result<bool, Error> {
        self.mig_mode()?;
        let resetless = self.field(sys::NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED);
        match resetless.map_err(|failure| self.error(failure))? {
            Some(resetless) => Ok(resetless == 0),
            // Drivers from before Hopper do not know the field; they support MIG on Ampere only.
            None => Ok(self.architecture()? == Architecture::Ampere),
        }
    }

    /// Returns whether this driver lists profiles while MIG mode is off. Drivers up to 535 do not:
    /// [`gpu_instance_profiles`](Self::gpu_instance_profiles) fails there although the GPU has profiles.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG.
    #[doc(alias = "NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE")]
    pub fn lists_profiles_with_mig_disabled(&self) -> Result<bool, Error> {
        self.mig_mode()?;
        let capable = self.field(sys::NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE);
        let capable = capable.map_err(|failure| self.error(failure))?;
        Ok(capable == Some(1))
    }
}

/// Returns both numbers if they are known and differ.
fn changed(before: Option<u32>, after: Option<u32>) -> Option<MinorNumberChange> {
    let (before, after) = before.zip(after)?;
    (before != after).then_some(MinorNumberChange::new(before, after))
}

#[cfg(test)]
mod tests {
    use super::{MinorNumberChange, changed};

    #[test]
    fn a_minor_number_that_moved_is_told_from_one_that_stayed() {
        let change = MinorNumberChange::new(0, 3);
        assert_eq!(changed(Some(0), Some(3)), Some(change));
        assert_eq!(changed(Some(3), Some(3)), None);
        assert_eq!(changed(None, Some(3)), None);
        assert_eq!(changed(Some(3), None), None);
    }
}
