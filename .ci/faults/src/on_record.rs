//! The operations, beside the public functions on record in docs/api.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::operation::Operation;

/// The types whose functions call NVML.
const TYPES: [&str; 20] = [
    "Nvml",
    "AnyDevice",
    "Device",
    "MigDevice",
    "GpuInstance",
    "ComputeInstance",
    "GpuPlan",
    "MachineLock",
    "instance::ScopedGpuInstance",
    "instance::vgpu::VgpuType",
    "instance::vgpu::VgpuInstance",
    "inventory::Inventory",
    "plan::GpuModel",
    "plan::PresentGpuInstance",
    "snapshot::GpuSnapshot",
    "snapshot::Snapshot",
    "mig_parted::MigPartedFile",
    "mig_parted::MigPartedConfig",
    "monitor::MigWatch",
    "monitor::EventWatch",
];

/// Functions of these types that return a `Result` and are not tried, with the reason.
const OTHERS: &[(&str, &str)] = &[
    (
        "Nvml::init",
        "the same as init_from, for the library of this machine",
    ),
    ("MachineLock::holder", "reads only the lock file"),
    ("MachineLock::take", "reads only the lock file"),
    ("MachineLock::take_in", "reads only the lock file"),
    ("MachineLock::take_in_within", "reads only the lock file"),
    ("MachineLock::try_take_in", "reads only the lock file"),
    ("MachineLock::give_up", "reads only the journal"),
    ("MachineLock::interrupted_gpus", "reads only the journal"),
    ("MachineLock::left_over_gpus", "reads only the journal"),
    ("plan::GpuModel::check", "needs no driver"),
    ("plan::GpuModel::from_json", "needs no driver"),
    ("plan::GpuModel::to_json", "needs no driver"),
    ("plan::GpuModel::plan", "needs no driver"),
    ("plan::GpuModel::plan_mig_devices", "needs no driver"),
    ("plan::GpuModel::profile_by_id", "needs no driver"),
    ("plan::GpuModel::profile_by_name", "needs no driver"),
    ("snapshot::Snapshot::from_json", "needs no driver"),
    ("snapshot::Snapshot::to_json", "needs no driver"),
    ("mig_parted::MigPartedFile::config", "needs no driver"),
    ("mig_parted::MigPartedFile::from_reader", "needs no driver"),
    ("mig_parted::MigPartedFile::parse", "needs no driver"),
    ("mig_parted::MigPartedFile::read", "needs no driver"),
    (
        "mig_parted::MigPartedFile::from_each_device",
        "from_devices asks the same",
    ),
    (
        "mig_parted::MigPartedConfig::each_target",
        "targets asks the same",
    ),
    (
        "MigDevice::nodes",
        "needs the driver's files; it asks for the ids, as gpu_instance_id does",
    ),
];

/// Fails if a public function is neither tried nor said not to be.
pub(crate) fn check(operations: &[Operation]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/nvml-mig.txt");
    let api = fs::read_to_string(path).context("docs/api/nvml-mig.txt")?;
    let public: BTreeMap<&str, &str> = api.lines().filter_map(function).collect();
    let tried = operations.iter().map(Operation::path);
    let others = OTHERS.iter().map(|(path, _)| *path);
    let known: BTreeSet<&str> = tried.chain(others).collect();
    let fallible = public
        .iter()
        .filter(|(path, signature)| may_fail(path, signature));
    let missing: Vec<_> = fallible
        .filter(|(path, _)| !known.contains(*path))
        .collect();
    ensure!(
        missing.is_empty(),
        "neither tried nor in OTHERS of on_record.rs: {missing:?}"
    );
    let unknown: Vec<_> = known
        .iter()
        .filter(|path| !public.contains_key(*path))
        .collect();
    ensure!(
        unknown.is_empty(),
        "not in docs/api/nvml-mig.txt: {unknown:?}"
    );
    Ok(())
}

/// The path and the signature of a function.
fn function(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("pub fn nvml_mig::")?
        .split_once(['(', '<'])
}

/// Whether it is a function of one of the types that returns a `Result`.
fn may_fail(path: &str, signature: &str) -> bool {
    let of_traits = ["fmt", "serialize", "deserialize", "from_str"];
    let Some((of, name)) = path.rsplit_once("::") else {
        return false;
    };
    TYPES.contains(&of)
        && !of_traits.contains(&name)
        && signature.contains("-> core::result::Result<")
}
