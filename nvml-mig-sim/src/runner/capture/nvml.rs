//! NVML, and what it reports about a GPU as a whole.

use std::ffi::CString;
use std::path::Path;

use nvml_mig_sim::board_file::{ComputeCapability, FieldReading, PciId};
use nvml_mig_sys::{
    Library, NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE,
    NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED, field_value_as_u64, nvmlBAR1Memory_t, nvmlDevice_t,
    nvmlFieldValue_t, nvmlMemory_t, nvmlPciInfo_t, nvmlReturn_t,
};

use super::call::{Failure, Room, TextRoom, ask, if_known};
use super::error::CaptureError;

const MIB: u64 = 1 << 20;

/// An open NVML library, initialised.
pub(super) struct Nvml {
    pub(super) library: Library,
}

impl Nvml {
    /// Opens the library at this path, or the installed one.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CaptureError> {
        let library = path.map_or_else(Library::open, Library::open_path)?;
        ask!(library, nvmlInit_v2())?;
        Ok(Self { library })
    }

    pub(super) fn driver_version(&self) -> Result<String, Failure> {
        let mut room = TextRoom::new();
        let (text, length) = (room.pointer(), TextRoom::LENGTH);
        ask!(self.library, nvmlSystemGetDriverVersion(text, length))?;
        Ok(room.text())
    }

    pub(super) fn nvml_version(&self) -> Result<String, Failure> {
        let mut room = TextRoom::new();
        let (text, length) = (room.pointer(), TextRoom::LENGTH);
        ask!(self.library, nvmlSystemGetNVMLVersion(text, length))?;
        Ok(room.text())
    }

    fn count(&self) -> Result<u32, Failure> {
        let mut count = Room::new(0);
        ask!(self.library, nvmlDeviceGetCount_v2(count.pointer()))?;
        Ok(count.answer)
    }

    /// Finds a GPU by its index or UUID.
    pub(super) fn gpu<'a>(&'a self, wanted: &'a str) -> Result<Gpu<'a>, CaptureError> {
        let count = self.count()?;
        let found = match wanted.parse() {
            Ok(index) if index < count => self.with_index(index)?,
            Ok(_) => return Err(CaptureError::no_gpu(wanted, count)),
            Err(_) => self.with_uuid(wanted, count)?,
        };
        Ok(Gpu {
            nvml: self,
            wanted,
            handle: found,
        })
    }

    fn with_index(&self, index: u32) -> Result<nvmlDevice_t, Failure> {
        let mut gpu = Room::new(core::ptr::null_mut());
        ask!(
            self.library,
            nvmlDeviceGetHandleByIndex_v2(index, gpu.pointer())
        )?;
        Ok(gpu.answer)
    }

    fn with_uuid(&self, uuid: &str, count: u32) -> Result<nvmlDevice_t, CaptureError> {
        let nothing = || CaptureError::no_gpu(uuid, count);
        // NVML finds MIG devices in the same way.
        let is_gpu = uuid.starts_with("GPU-");
        let text = CString::new(uuid).ok().filter(|_| is_gpu);
        let text = text.ok_or_else(nothing)?;
        let mut gpu = Room::new(core::ptr::null_mut());
        let found = ask!(
            self.library,
            nvmlDeviceGetHandleByUUID(text.as_ptr(), gpu.pointer())
        );
        match found {
            Err(failure) if failure.is(nvmlReturn_t::NVML_ERROR_NOT_FOUND) => Err(nothing()),
            answer => Ok(answer.map(|()| gpu.answer)?),
        }
    }
}

impl Drop for Nvml {
    fn drop(&mut self) {
        // There is nothing left to do if it fails.
        let _ = ask!(self.library, nvmlShutdown());
    }
}

/// A GPU.
#[derive(Clone, Copy)]
pub(super) struct Gpu<'nvml> {
    pub(super) nvml: &'nvml Nvml,
    /// The index or UUID by which it was found.
    pub(super) wanted: &'nvml str,
    pub(super) handle: nvmlDevice_t,
}

impl Gpu<'_> {
    pub(super) fn library(&self) -> &Library {
        &self.nvml.library
    }

    pub(super) fn name(&self) -> Result<String, Failure> {
        let mut room = TextRoom::new();
        let (text, length) = (room.pointer(), TextRoom::LENGTH);
        ask!(self.library(), nvmlDeviceGetName(self.handle, text, length))?;
        Ok(room.text())
    }

    /// Returns the IDs of the device and of its subsystem.
    pub(super) fn pci_ids(&self) -> Result<(PciId, PciId), Failure> {
        let mut pci = Room::new(nvmlPciInfo_t::default());
        ask!(
            self.library(),
            nvmlDeviceGetPciInfo_v3(self.handle, pci.pointer())
        )?;
        let device = PciId::from_nvml(pci.answer.pciDeviceId);
        Ok((device, PciId::from_nvml(pci.answer.pciSubSystemId)))
    }

    pub(super) fn compute_capability(&self) -> Result<ComputeCapability, CaptureError> {
        let (mut major, mut minor) = (Room::new(0), Room::new(0));
        ask!(
            self.library(),
            nvmlDeviceGetCudaComputeCapability(self.handle, major.pointer(), minor.pointer())
        )?;
        let (major, minor): (i32, i32) = (major.answer, minor.answer);
        match (u8::try_from(major), u8::try_from(minor)) {
            (Ok(major), Ok(minor)) => Ok(ComputeCapability { major, minor }),
            _ => Err(CaptureError::Implausible("the CUDA compute capability")),
        }
    }

    /// Returns the number of the chip generation.
    pub(super) fn architecture(&self) -> Result<Option<u32>, Failure> {
        let mut number = Room::new(0);
        let answer = ask!(
            self.library(),
            nvmlDeviceGetArchitecture(self.handle, number.pointer())
        );
        Ok(if_known(answer)?.map(|()| number.answer))
    }

    pub(super) fn memory_mib(&self) -> Result<u64, Failure> {
        let mut memory = Room::new(nvmlMemory_t::default());
        ask!(
            self.library(),
            nvmlDeviceGetMemoryInfo(self.handle, memory.pointer())
        )?;
        Ok(memory.answer.total / MIB)
    }

    pub(super) fn bar1_mib(&self) -> Result<Option<u64>, Failure> {
        let mut memory = Room::new(nvmlBAR1Memory_t::default());
        let answer = ask!(
            self.library(),
            nvmlDeviceGetBAR1MemoryInfo(self.handle, memory.pointer())
        );
        Ok(if_known(answer)?.map(|()| memory.answer.bar1Total / MIB))
    }

    /// Returns whether MIG mode is on; `None` for a GPU without MIG.
    pub(super) fn mig_enabled(&self) -> Result<Option<bool>, Failure> {
        let (mut current, mut pending) = (Room::new(0_u32), Room::new(0_u32));
        let answer = ask!(
            self.library(),
            nvmlDeviceGetMigMode(self.handle, current.pointer(), pending.pointer())
        );
        Ok(if_known(answer)?.map(|()| current.answer != 0))
    }

    /// Returns the maximum number of MIG devices; 0 while MIG mode is off.
    pub(super) fn max_mig_devices(&self) -> Result<u32, Failure> {
        let mut count = Room::new(0);
        ask!(
            self.library(),
            nvmlDeviceGetMaxMigDeviceCount(self.handle, count.pointer())
        )?;
        Ok(count.answer)
    }

    /// Returns the fields that concern MIG.
    pub(super) fn field_values(&self) -> Result<Vec<FieldReading>, Failure> {
        let fields = [
            (
                "NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED",
                NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED,
            ),
            (
                "NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE",
                NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE,
            ),
        ];
        let read = fields.into_iter().map(|(name, number)| {
            let field = name.to_owned();
            let value = self.field_value(number)?;
            Ok(FieldReading { field, value })
        });
        read.collect()
    }

    fn field_value(&self, number: u32) -> Result<Option<u64>, Failure> {
        let mut field = Room::new(nvmlFieldValue_t {
            fieldId: number,
            ..Default::default()
        });
        let answer = ask!(
            self.library(),
            nvmlDeviceGetFieldValues(self.handle, 1, field.pointer())
        );
        let known = if_known(answer)?.filter(|()| {
            // Each field has a return code of its own.
            field.answer.nvmlReturn == nvmlReturn_t::NVML_SUCCESS
        });
        Ok(known.and_then(|()| field_value_as_u64(&field.answer)))
    }
}
