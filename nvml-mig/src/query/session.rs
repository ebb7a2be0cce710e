//! NVML opened, and what it said that stays as it is: what every object of this crate holds a share of.

use std::path::Path;
use std::sync::Arc;

use super::known::Known;
use super::memo::Memo;
use crate::driver::Driver;
use crate::error::Error;

/// An initialised NVML with what is known of its GPUs. The last share of it shuts NVML down.
#[derive(Debug)]
pub(crate) struct Session {
    driver: Driver,
    known: Known,
    /// Neither changes while the library is open.
    pub(crate) driver_version: Memo<(), String>,
    pub(crate) nvml_version: Memo<(), String>,
}

impl Session {
    pub(crate) fn init() -> Result<Arc<Self>, Error> {
        Ok(Self::of(Driver::init()?))
    }

    pub(crate) fn init_from(path: &Path) -> Result<Arc<Self>, Error> {
        Ok(Self::of(Driver::init_from(path)?))
    }

    fn of(driver: Driver) -> Arc<Self> {
        Arc::new(Self {
            driver,
            known: Known::default(),
            driver_version: Memo::default(),
            nvml_version: Memo::default(),
        })
    }

    #[inline]
    pub(crate) const fn driver(&self) -> &Driver {
        &self.driver
    }

    #[inline]
    pub(crate) const fn known(&self) -> &Known {
        &self.known
    }
}
