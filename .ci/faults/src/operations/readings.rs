//! Of whole GPUs, read at once.

use std::slice::from_ref;

use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::inventory::Inventory;
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};
use nvml_mig::{Error, GpuPlan, Layout};

use crate::operation::{Operation, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("inventory::Inventory::read", it => Inventory::read(&it.device).map(drop)),
    reads!("inventory::Inventory::name", it, read = Inventory::read(&it.device)? => read.name()),
    reads!("inventory::Inventory::uuid", it, read = Inventory::read(&it.device)? => read.uuid()),
    reads!("inventory::Inventory::index", it, read = Inventory::read(&it.device)? => read.index()),
    reads!("inventory::Inventory::pci_info", it, read = Inventory::read(&it.device)? => {
        read.pci_info()
    }),
    reads!("inventory::Inventory::profiles", it, read = Inventory::read(&it.device)? => {
        read.profiles()
    }),
    reads!("inventory::Inventory::possible_placements", it,
        (read, id) = (Inventory::read(&it.device)?, it.gpu_instance.profile_id()) => {
        read.possible_placements(id)
    }),
    reads!("inventory::Inventory::gpu_instances", it, read = Inventory::read(&it.device)? => {
        read.gpu_instances().map(<[_]>::len)
    }),
    reads!("inventory::Inventory::into_gpu_instances", it, read = Inventory::read(&it.device)? => {
        read.into_gpu_instances().map(|found| found.len())
    }),
    reads!("inventory::Inventory::mig_devices", it, read = Inventory::read(&it.device)? => {
        read.mig_devices()
    }),
    reads!("inventory::Inventory::each_mig_device", it, read = Inventory::read(&it.device)? => {
        read.each_mig_device().and_then(|each| {
            each.map(|(_, found)| found).collect::<Result<Vec<_>, Error>>()
        })
    }),
    reads!("inventory::Inventory::partition", it, read = Inventory::read(&it.device)? => {
        read.partition()
    }),
    reads!("inventory::Inventory::present", it, read = Inventory::read(&it.device)? => read.present()),
    reads!("inventory::Inventory::model", it, read = Inventory::read(&it.device)? => read.model()),
    reads!("plan::GpuModel::read", it => GpuModel::read(&it.device)),
    reads!("plan::PresentGpuInstance::read_all", it => PresentGpuInstance::read_all(&it.device)),
    reads!("snapshot::GpuSnapshot::read", it => GpuSnapshot::read(&it.device)),
    reads!("snapshot::GpuSnapshot::from_inventory", it, read = Inventory::read(&it.device)? => {
        GpuSnapshot::from_inventory(&read)
    }),
    reads!("snapshot::Snapshot::read", it => Snapshot::read(from_ref(&it.device))),
    reads!("snapshot::Snapshot::plans", it, kept = Snapshot::read(from_ref(&it.device))? => {
        let plans = kept.plans(&it.nvml, GpuSelector::Uuid, GpuPlanOptions::new());
        plans.map(|plans| plans.len())
    }),
    reads!("mig_parted::MigPartedFile::from_devices", it => {
        MigPartedFile::from_devices("all", from_ref(&it.device)).map(|export| export.file)
    }),
    reads!("mig_parted::MigPartedFile::generate", it => {
        MigPartedFile::generate(from_ref(&it.device))
    }),
    reads!("mig_parted::MigPartedConfig::targets", it,
        file = MigPartedFile::generate(from_ref(&it.device))? => {
        file.config("all-disabled").and_then(|config| config.targets(from_ref(&it.device)).map(drop))
    }),
    reads!("GpuPlan::from_device", it, layout = it.kind.target.parse::<Layout>()? => {
        GpuPlan::from_device(&it.device, layout, GpuPlanOptions::new()).map(|plan| plan.to_string())
    }),
];
