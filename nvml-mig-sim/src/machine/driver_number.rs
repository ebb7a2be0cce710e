//! The first number of a driver version, such as 550.

use crate::machine::driver::DriverVersion;

impl DriverVersion {
    /// Returns the first number of the version; 0 if it has none.
    #[must_use]
    pub(crate) fn number(&self) -> u32 {
        let first = self.text().split('.').next();
        first.and_then(|number| number.parse().ok()).unwrap_or(0)
    }
}
