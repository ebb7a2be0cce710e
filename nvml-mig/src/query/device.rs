//! The handle of a GPU.

use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle, nvmlDevice_st};

use super::memory_info::MemoryInfo;
use crate::driver::call::{Failure, call};
use crate::driver::{Driver, buffer};

/// A GPU. Cheap to clone, and may be kept anywhere and used from any thread.
#[derive(Debug, Clone)]
#[doc(alias = "nvmlDevice_t")]
pub struct Device {
    driver: Arc<Driver>,
    handle: Handle<nvmlDevice_st>,
}

impl Device {
    #[inline]
    pub(crate) const fn new(driver: Arc<Driver>, handle: Handle<nvmlDevice_st>) -> Self {
        Self { driver, handle }
    }

    #[inline]
    pub(crate) const fn handle(&self) -> Handle<nvmlDevice_st> {
        self.handle
    }

    #[inline]
    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Whether the handles of the two are of one library: nothing may be said to one about those of another.
    pub(crate) fn is_of_library_of(&self, other: &Self) -> bool {
        self.driver.library().name() == other.driver.library().name()
    }

    /// Another device of the same driver.
    #[inline]
    pub(crate) fn sibling(&self, handle: Handle<nvmlDevice_st>) -> Self {
        Self::new(Arc::clone(&self.driver), handle)
    }

    #[inline]
    pub(crate) fn uuid_or_failure(&self) -> Result<String, Failure> {
        const SIZE: usize = sys::NVML_DEVICE_UUID_V2_BUFFER_SIZE as usize;
        let library = self.driver.library();
        buffer::text::<SIZE>(|text, length| {
            call!(library.nvmlDeviceGetUUID(self.handle, text, length))
        })
    }

    #[inline]
    pub(crate) fn index_or_failure(&self) -> Result<u32, Failure> {
        let library = self.driver.library();
        let mut index = 0;
        call!(library.nvmlDeviceGetIndex(self.handle, &mut index))?;
        Ok(index)
    }

    #[inline]
    pub(crate) fn memory_info_or_failure(&self) -> Result<MemoryInfo, Failure> {
        let library = self.driver.library();
        let mut raw = sys::nvmlMemory_t::default();
        call!(library.nvmlDeviceGetMemoryInfo(self.handle, &mut raw))?;
        Ok(MemoryInfo::from_raw(&raw))
    }
}

/// Two handles to the same GPU, got from the same [`Nvml`](crate::Nvml) or a clone of it.
impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver) && self.handle == other.handle
    }
}

impl Eq for Device {}
