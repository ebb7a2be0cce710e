//! The handle of a GPU.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle, nvmlDevice_st};

use super::{MemoryInfo, MigModes, PciInfo, Session};
use crate::architecture::Architecture;
use crate::driver::call::{Failure, call, check};
use crate::driver::roomy::Roomy;
use crate::driver::{Driver, buffer};
use crate::error::ReturnCode;

/// Limit for the reported number of GPUs, where each is asked about. The driver has no more minor numbers, so a larger
/// number is wrong.
pub(crate) const MOST_GPUS: u32 = 255;

/// A GPU. It is cheap to clone, and can be stored anywhere and used from any thread.
///
/// [`Nvml`](crate::Nvml) finds it. It lists [profiles](Self::gpu_instance_profiles), creates and lists
/// [GPU instances](Self::create_gpu_instance) and [MIG devices](Self::mig_devices), and sets [MIG mode](Self::set_mig_mode).
///
/// As the key of a map it is its handle, which never changes. Clippy can't see that: allow `mutable_key_type` there, or
/// list `nvml_mig::Device` under `ignore-interior-mutability` in clippy.toml.
#[derive(Debug, Clone)]
#[doc(alias = "nvmlDevice_t")]
pub struct Device {
    session: Arc<Session>,
    handle: Handle<nvmlDevice_st>,
}

impl Device {
    #[inline]
    pub(crate) const fn new(session: Arc<Session>, handle: Handle<nvmlDevice_st>) -> Self {
        Self { session, handle }
    }

    #[inline]
    pub(crate) const fn handle(&self) -> Handle<nvmlDevice_st> {
        self.handle
    }

    #[inline]
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn shared_session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Whether the driver chooses the placements of GPU instances itself, as before R460.
    #[cfg(feature = "apply")]
    pub(crate) fn chooses_gpu_placements(&self) -> bool {
        self.session.refuses_placements() || self.lacks(Self::PLACED)
    }

    /// Takes note that it does, although its library has the function that takes placements.
    #[cfg(feature = "apply")]
    pub(crate) fn note_refused_placements(&self) {
        self.session.note_refused_placements();
    }

    #[cfg(feature = "apply")]
    pub(crate) const PLACED: &str = "nvmlDeviceCreateGpuInstanceWithPlacement";

    /// Whether the driver chooses the placements of compute instances itself, as up to R520.
    #[cfg(feature = "apply")]
    pub(crate) fn chooses_compute_placements(&self) -> bool {
        self.lacks("nvmlGpuInstanceCreateComputeInstanceWithPlacement")
    }

    #[cfg(feature = "apply")]
    fn lacks(&self, function: &'static str) -> bool {
        let missing = self.driver().library().missing_functions();
        missing.contains(&function)
    }

    #[inline]
    pub(crate) fn driver(&self) -> &Driver {
        self.session.driver()
    }

    /// Whether both handles belong to the same library: a handle must not be passed to another library.
    #[cfg(feature = "monitor")]
    pub(crate) fn is_of_library_of(&self, other: &Self) -> bool {
        self.driver().library().name() == other.driver().library().name()
    }

    /// Another device of the same driver.
    #[inline]
    pub(crate) fn sibling(&self, handle: Handle<nvmlDevice_st>) -> Self {
        Self::new(Arc::clone(&self.session), handle)
    }

    #[inline]
    pub(crate) fn uuid_or_failure(&self) -> Result<String, Failure> {
        const SIZE: usize = sys::NVML_DEVICE_UUID_V2_BUFFER_SIZE as usize;
        let library = self.driver().library();
        buffer::text::<SIZE>(|text, length| {
            call!(library.nvmlDeviceGetUUID(self.handle, text, length))
        })
    }

    #[inline]
    pub(crate) fn name_or_failure(&self) -> Result<String, Failure> {
        const SIZE: usize = sys::NVML_DEVICE_NAME_V2_BUFFER_SIZE as usize;
        let library = self.driver().library();
        buffer::text::<SIZE>(|text, length| {
            call!(library.nvmlDeviceGetName(self.handle, text, length))
        })
    }

    pub(crate) fn pci_info_or_failure(&self) -> Result<PciInfo, Failure> {
        let library = self.driver().library();
        let mut raw = Roomy::<sys::nvmlPciInfo_t>::default();
        call!(library.nvmlDeviceGetPciInfo_v3(self.handle, raw.place()))?;
        Ok(PciInfo::from_raw(&raw.value))
    }

    pub(crate) fn architecture_or_failure(&self) -> Result<Architecture, Failure> {
        let library = self.driver().library();
        let mut number = 0;
        call!(library.nvmlDeviceGetArchitecture(self.handle, &mut number))?;
        Ok(Architecture::from_number(number))
    }

    #[inline]
    pub(crate) fn index_or_failure(&self) -> Result<u32, Failure> {
        let library = self.driver().library();
        let mut index = 0;
        call!(library.nvmlDeviceGetIndex(self.handle, &mut index))?;
        Ok(index)
    }

    #[inline]
    pub(crate) fn mig_mode_or_failure(&self) -> Result<MigModes, Failure> {
        let library = self.driver().library();
        let mut modes = [0; 2];
        let [current, pending] = &mut modes;
        call!(library.nvmlDeviceGetMigMode(self.handle(), current, pending))?;
        let modes = MigModes::from_numbers(modes);
        if self.session().known().modes() != modes.numbers() {
            self.note_modes(modes);
        }
        Ok(modes)
    }

    /// A field whose value is an unsigned number; `None` if the driver does not know it.
    pub(crate) fn field(&self, id: u32) -> Result<Option<u64>, Failure> {
        let library = self.driver().library();
        let mut field = sys::nvmlFieldValue_t {
            fieldId: id,
            ..Default::default()
        };
        let answered = call!(library.nvmlDeviceGetFieldValues(self.handle(), 1, &mut field));
        match answered.and_then(|()| check("nvmlDeviceGetFieldValues", field.nvmlReturn)) {
            Ok(()) => Ok(sys::field_value_as_u64(&field)),
            Err(failure) if is_unknown(failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    #[inline]
    pub(crate) fn memory_info_or_failure(&self) -> Result<MemoryInfo, Failure> {
        let library = self.driver().library();
        let mut raw = Roomy::<sys::nvmlMemory_v2_t>::default();
        raw.value.version = sys::nvmlMemory_v2;
        match call!(library.nvmlDeviceGetMemoryInfo_v2(self.handle, raw.place())) {
            Ok(()) => Ok(MemoryInfo::from_v2(&raw.value)),
            Err(failure) => self.older_memory_info(failure),
        }
    }

    /// Drivers before R510 have only version 1 of the structure.
    #[cold]
    fn older_memory_info(&self, newer: Failure) -> Result<MemoryInfo, Failure> {
        if !newer.is_missing() && !newer.is(ReturnCode::ArgumentVersionMismatch) {
            return Err(newer);
        }
        let library = self.driver().library();
        let mut raw = Roomy::<sys::nvmlMemory_t>::default();
        call!(library.nvmlDeviceGetMemoryInfo(self.handle, raw.place()))?;
        Ok(MemoryInfo::from_v1(&raw.value))
    }
}

/// Whether the driver does not know the field, or has no function for fields.
fn is_unknown(failure: Failure) -> bool {
    failure.is_missing() || failure.is_gone() || failure.is(ReturnCode::NotSupported)
}

/// Two values are equal if they refer to the same GPU and come from the same [`Nvml`](crate::Nvml) or a clone of it.
impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.session, &other.session) && self.handle == other.handle
    }
}

impl Eq for Device {}

impl Hash for Device {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.handle.hash(state);
    }
}
