//! Finds the device that a selector names.

use core::ops::Range;

use super::device_selector::{DeviceSelector, Target};
use super::uuid_start::UuidStart;
use super::{AnyDevice, Nvml};
use crate::driver::call::Failure;
use crate::error::{CallError, Error, InputError, ReturnCode, Subject};
use crate::explain;
use crate::query::{Device, MigDevice};

/// # Selected devices
impl Nvml {
    /// Returns the GPU or MIG device that a person named, such as by index, UUID or PCI address.
    ///
    /// NVML looks up only complete UUIDs, and may compare them case-sensitively. For other UUIDs, this goes through the
    /// devices of the machine, except GPUs that this process may not open.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::AnyDevice;
    ///
    /// let start = &device.uuid()?[..8]; // such as GPU-8932
    /// let found = nvml.find_device(&start.parse()?)?;
    /// assert_eq!(found, AnyDevice::Gpu(device));
    /// assert!(nvml.find_device(&"0:1".parse()?).is_err()); // no MIG device yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`] or, for an index, [`ReturnCode::InvalidArgument`] if there is no such device, and
    /// [`InputError::AmbiguousDevice`] if several UUIDs begin like this.
    #[doc(alias = "nvmlDeviceGetHandleByUUID")]
    #[doc(alias = "nvmlDeviceGetHandleByIndex_v2")]
    #[doc(alias = "nvmlDeviceGetHandleByPciBusId_v2")]
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn find_device(&self, selector: &DeviceSelector) -> Result<AnyDevice, Error> {
        let text = || selector.to_string();
        match selector.target() {
            Target::GpuIndex(index) => self.device_by_index(*index).map(AnyDevice::Gpu),
            Target::MigIndex { gpu, mig_device } => {
                let gpu = self.device_by_index(*gpu)?;
                mig_device_at(&gpu, *mig_device).map(AnyDevice::Mig)
            }
            Target::GpuUuid(start) => self.gpu_with(start, &text()).map(AnyDevice::Gpu),
            Target::MigUuid(start) => self.mig_device_with(start, &text()).map(AnyDevice::Mig),
            Target::MigIds {
                gpu,
                gpu_instance,
                compute_instance,
            } => {
                let gpu = self.gpu_with(gpu, &format!("GPU-{gpu}"))?;
                let found = gpu.mig_device_by_ids(*gpu_instance, *compute_instance);
                found.map(AnyDevice::Mig)
            }
            Target::PciAddress(_) => self.device_by_pci_bus_id(&text()).map(AnyDevice::Gpu),
        }
    }

    fn gpu_with(&self, start: &UuidStart, text: &str) -> Result<Device, Error> {
        if let Some(found) = self.found_by_nvml(start, || self.device_by_uuid(text)) {
            return found;
        }
        let gpus = self.open_gpus()?;
        self.only(text, start, "GPU-", gpus, |gpu| gpu)
    }

    fn mig_device_with(&self, start: &UuidStart, text: &str) -> Result<MigDevice, Error> {
        if let Some(found) = self.found_by_nvml(start, || self.mig_device_by_uuid(text)) {
            return found;
        }
        let gpus = self.open_gpus()?;
        let mut devices = Candidates {
            opened: Vec::new(),
            refused: gpus.refused,
        };
        for (index, gpu) in gpus.opened {
            devices.add_mig_devices(index, &gpu);
        }
        self.only(text, start, "MIG-", devices, MigDevice::as_device)
    }

    /// Asks NVML for a complete UUID; returns `None` if it does not know it, at least not in this case.
    fn found_by_nvml<T>(
        &self,
        start: &UuidStart,
        ask: impl FnOnce() -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let found = start.is_complete().then(ask)?;
        let code = found.as_ref().err().and_then(Error::code);
        let is_unknown = [ReturnCode::NotFound, ReturnCode::InvalidArgument].map(Some);
        (!is_unknown.contains(&code)).then_some(found)
    }

    /// Returns the only one of these devices whose UUID begins like this.
    fn only<T>(
        &self,
        text: &str,
        start: &UuidStart,
        prefix: &str,
        mut devices: Candidates<T>,
        device: impl Fn(&T) -> &Device,
    ) -> Result<T, Error> {
        let mut found = Vec::new();
        for (gpu, candidate) in core::mem::take(&mut devices.opened) {
            match device(&candidate).uuid_or_failure() {
                Ok(uuid) if start.begins(&uuid, prefix) => found.push((candidate, uuid)),
                Ok(_) => {}
                Err(failure) => devices.refuse(gpu, failure),
            }
        }
        match found.pop() {
            None => Err(self.no_such_device(text, &devices.refused)),
            Some((device, _)) if found.is_empty() => Ok(device),
            Some((_, last)) => {
                let others = found.into_iter().map(|(_, uuid)| uuid);
                Err(ambiguous(text, others.chain([last]).collect()))
            }
        }
    }

    fn open_gpus(&self) -> Result<Candidates<Device>, Error> {
        let (mut opened, mut refused) = (Vec::new(), Vec::new());
        for index in self.indices()? {
            match self.device_by_index(index) {
                Ok(gpu) => opened.push((index, gpu)),
                Err(error) => refused.push((index, error.code())),
            }
        }
        Ok(Candidates { opened, refused })
    }

    /// The indices of all GPUs, including those that can't be opened.
    pub(super) fn indices(&self) -> Result<Range<u32>, Error> {
        Ok(0..self.device_count()?)
    }

    /// It may be on a GPU that can't be opened.
    fn no_such_device(&self, text: &str, refused: &[(u32, Option<ReturnCode>)]) -> Error {
        let failure = Failure {
            function: "nvmlDeviceGetHandleByUUID",
            code: ReturnCode::NotFound,
        };
        if refused.is_empty() {
            return self.look_up_error(failure, text);
        }
        let hint = explain::not_on_open_gpus(refused);
        self.explained(failure, Some(text), Some(&hint))
    }
}

/// The devices to choose from, each with the index of its GPU, and the GPUs of which some can't be read.
struct Candidates<T> {
    opened: Vec<(u32, T)>,
    refused: Vec<(u32, Option<ReturnCode>)>,
}

impl<T> Candidates<T> {
    /// Notes that a device of a GPU can't be asked, unless it is gone.
    fn refuse(&mut self, gpu: u32, failure: Failure) {
        let is_noted = self.refused.iter().any(|(other, _)| *other == gpu);
        if !failure.is_gone() && !is_noted {
            self.refused.push((gpu, Some(failure.code)));
        }
    }
}

impl Candidates<MigDevice> {
    fn add_mig_devices(&mut self, index: u32, gpu: &Device) {
        let most = gpu.max_mig_device_count_or_failure();
        for at in 0..most.as_ref().map_or(0, |most| *most) {
            match gpu.mig_device_by_index_or_failure(at) {
                Ok(mig_device) => self.opened.push((index, mig_device)),
                Err(failure) => self.refuse(index, failure),
            }
        }
        if let Err(failure) = most {
            self.refuse(index, failure);
        }
    }
}

fn ambiguous(text: &str, candidates: Vec<String>) -> Error {
    let wanted = text.to_owned();
    InputError::AmbiguousDevice { wanted, candidates }.into()
}

fn mig_device_at(gpu: &Device, index: u32) -> Result<MigDevice, Error> {
    if let Some(device) = gpu.live_mig_device(index)? {
        return Ok(device);
    }
    let subject = Subject {
        device: gpu.uuid_or_failure().ok(),
        ..Subject::default()
    };
    let hint = explain::no_mig_device_at(gpu, index);
    let function = "nvmlDeviceGetMigDeviceHandleByIndex";
    let error = CallError::new(function, ReturnCode::NotFound)
        .with_subject(subject)
        .explained(Some(hint));
    Err(Error::Call(Box::new(error)))
}
