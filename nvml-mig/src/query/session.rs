//! The open library with its cache. Every object of this crate holds a share of it.

use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "apply")]
use std::sync::atomic::{AtomicBool, Ordering};

use nvml_mig_sys::Library;

use super::known::Known;
use super::memo::Memo;
use crate::driver::Driver;
use crate::error::Error;

/// An initialised NVML library with cached answers. Dropping the last share shuts NVML down.
#[derive(Debug)]
pub(crate) struct Session {
    driver: Driver,
    known: Known,
    /// The versions, which do not change while the library is open.
    pub(crate) driver_version: Memo<(), String>,
    pub(crate) nvml_version: Memo<(), String>,
    /// Whether the driver said that it lacks the function that takes placements, although its library has it.
    #[cfg(feature = "apply")]
    refuses_placements: AtomicBool,
}

impl Session {
    #[cfg(feature = "apply")]
    pub(crate) fn refuses_placements(&self) -> bool {
        self.refuses_placements.load(Ordering::Relaxed)
    }

    #[cfg(feature = "apply")]
    pub(crate) fn note_refused_placements(&self) {
        self.refuses_placements.store(true, Ordering::Relaxed);
    }

    pub(crate) fn init() -> Result<Arc<Self>, Error> {
        Ok(Self::of(Driver::init()?))
    }

    pub(crate) fn init_from(path: &Path) -> Result<Arc<Self>, Error> {
        Ok(Self::of(Driver::init_from(path)?))
    }

    pub(crate) fn from_library(library: Library) -> Result<Arc<Self>, Error> {
        Ok(Self::of(Driver::start(library)?))
    }

    fn of(driver: Driver) -> Arc<Self> {
        Arc::new(Self {
            driver,
            known: Known::default(),
            driver_version: Memo::default(),
            nvml_version: Memo::default(),
            #[cfg(feature = "apply")]
            refuses_placements: AtomicBool::new(false),
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
