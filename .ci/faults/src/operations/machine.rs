//! Of the machine: `Nvml`.

use nvml_mig::device::{DeviceSelector, VisibleDevices};
use nvml_mig::node::DriverFiles;
use nvml_mig::sys::Library;
use nvml_mig::{AnyDevice, Device, Error, Nvml};

use crate::operation::{Operation, reads, text};

pub(super) const ALL: &[Operation] = &[
    Operation {
        name: "Nvml::init_from",
        changes: false,
        prepare: |machine, _| {
            let path = machine.simulator.library_path().to_owned();
            Ok(Box::new(move || text(Nvml::init_from(path).map(drop))))
        },
    },
    Operation {
        name: "Nvml::from_library",
        changes: false,
        prepare: |machine, _| {
            let library = Library::open_path(machine.simulator.library_path())?;
            Ok(Box::new(move || {
                text(Nvml::from_library(library).map(drop))
            }))
        },
    },
    reads!("Nvml::driver_version", it => it.nvml.driver_version()),
    reads!("Nvml::nvml_version", it => it.nvml.nvml_version()),
    reads!("Nvml::cuda_driver_version", it => it.nvml.cuda_driver_version()),
    reads!("Nvml::device_count", it => it.nvml.device_count()),
    reads!("Nvml::device_by_index", it => it.nvml.device_by_index(0).map(drop)),
    reads!("Nvml::devices", it => it.nvml.devices().map(|found| found.len())),
    reads!("Nvml::each_device", it => it.nvml.each_device().and_then(all)),
    reads!("Nvml::mig_capable_devices", it => {
        it.nvml.mig_capable_devices().map(|found| found.len())
    }),
    reads!("Nvml::each_mig_capable_device", it => {
        it.nvml.each_mig_capable_device().and_then(all)
    }),
    reads!("Nvml::device_by_uuid", it, uuid = it.device.uuid()? => {
        it.nvml.device_by_uuid(&uuid).map(drop)
    }),
    reads!("Nvml::device_by_pci_bus_id", it, pci = it.device.pci_info()?.bus_id => {
        it.nvml.device_by_pci_bus_id(&pci).map(drop)
    }),
    reads!("Nvml::mig_device_by_uuid", it, uuid = it.mig_device.uuid()? => {
        it.nvml.mig_device_by_uuid(&uuid).map(drop)
    }),
    reads!("Nvml::any_device_by_uuid", it, uuid = it.mig_device.uuid()? => {
        it.nvml.any_device_by_uuid(&uuid).map(drop)
    }),
    reads!("Nvml::find_device (0:1)", it, mig = "0:1".parse::<DeviceSelector>()? => {
        it.nvml.find_device(&mig).map(drop)
    }),
    reads!("Nvml::find_device (UUID)", it, mig = it.device.uuid()?.parse::<DeviceSelector>()? => {
        it.nvml.find_device(&mig).map(drop)
    }),
    reads!("Nvml::visible_devices (MIG UUID)", it, uuid = it.mig_device.uuid()? => {
        it.nvml.visible_devices(&VisibleDevices::from_cuda(Some(&uuid))).map(drop)
    }),
    reads!("Nvml::preflight", it => {
        Ok::<_, Error>(it.nvml.preflight(&DriverFiles::new()).may_create())
    }),
    reads!("AnyDevice::gpu (MIG device)", it => AnyDevice::Mig(it.mig_device).gpu().map(drop)),
    reads!("AnyDevice::name (MIG device)", it => AnyDevice::Mig(it.mig_device).name()),
    reads!("AnyDevice::uuid (MIG device)", it => AnyDevice::Mig(it.mig_device).uuid()),
    reads!("AnyDevice::memory_info (MIG device)", it => AnyDevice::Mig(it.mig_device).memory_info()),
];

/// The first error of one GPU is the answer's.
fn all(each: impl Iterator<Item = (u32, Result<Device, Error>)>) -> Result<Vec<u32>, Error> {
    each.map(|(index, device)| device.map(|_| index)).collect()
}
