//! Of MIG devices.

use nvml_mig::Error;

use crate::operation::{Operation, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("Device::max_mig_device_count", it => it.device.max_mig_device_count()),
    reads!("Device::mig_devices", it => it.device.mig_devices().map(|found| found.len())),
    reads!("Device::each_mig_device", it => {
        it.device.each_mig_device().and_then(|each| {
            each.map(|(index, found)| found.map(|_| index)).collect::<Result<Vec<u32>, Error>>()
        })
    }),
    reads!("Device::mig_device_by_index", it => {
        it.device.mig_device_by_index(0).map(|found| found.is_some())
    }),
    reads!("Device::mig_device_by_ids", it,
        ids = (it.gpu_instance.id(), it.compute_instance.id()) => {
        it.device.mig_device_by_ids(ids.0, ids.1).map(drop)
    }),
    reads!("MigDevice::name", it => it.mig_device.name()),
    reads!("MigDevice::uuid", it => it.mig_device.uuid()),
    reads!("MigDevice::index", it => it.mig_device.index()),
    reads!("MigDevice::parent", it => it.mig_device.parent().map(drop)),
    reads!("MigDevice::profile", it => it.mig_device.profile()),
    reads!("MigDevice::attributes", it => it.mig_device.attributes()),
    reads!("MigDevice::memory_info", it => it.mig_device.memory_info()),
    reads!("MigDevice::bar1_info", it => it.mig_device.bar1_info()),
    reads!("MigDevice::processes", it => it.mig_device.processes()),
    reads!("MigDevice::gpu_instance_id", it => it.mig_device.gpu_instance_id()),
    reads!("MigDevice::compute_instance_id", it => it.mig_device.compute_instance_id()),
    reads!("MigDevice::gpu_instance", it => it.mig_device.gpu_instance().map(|found| found.id())),
    reads!("MigDevice::compute_instance", it => {
        it.mig_device.compute_instance().map(|found| found.id())
    }),
];
