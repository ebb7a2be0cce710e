//! Of plans that are applied.

use std::ops::ControlFlow;

use nvml_mig::apply::{ApplyError, GpuPlanOptions};
use nvml_mig::{GpuPlan, Layout, MachineLock};
use nvml_mig_sim::nvmlReturn_t;

use crate::answer::Incomplete;
use crate::operation::{Operation, changes};

pub(super) const ALL: &[Operation] = &[
    changes!("MachineLock::apply", it, (folder, plan) = {
        let layout: Layout = it.kind.target.parse()?;
        let plan = GpuPlan::from_device(&it.device, layout, GpuPlanOptions::new())?;
        (tempfile::tempdir()?, plan)
    } => {
        lock(&folder).and_then(|mut lock| {
            let applied = lock.apply(&[plan], |_| ControlFlow::Continue(()));
            drop(it);
            applied.map(drop)
        })
    }),
    changes!("MachineLock::change", it, (folder, layout) = {
        (tempfile::tempdir()?, it.kind.target.parse::<Layout>()?)
    } => {
        lock(&folder).and_then(|mut lock| {
            lock.change(&it.device, layout, GpuPlanOptions::new()).map(drop)
        })
    }),
    Operation {
        name: "MachineLock::recover",
        changes: true,
        prepare: |machine, it| {
            let folder = tempfile::tempdir()?;
            let layout: Layout = it.kind.target.parse()?;
            // The change fails, and so does its rollback.
            for function in [
                "nvmlDeviceCreateGpuInstance",
                "nvmlDeviceCreateGpuInstanceWithPlacement",
            ] {
                machine
                    .simulator
                    .fail(function, 0, nvmlReturn_t::NVML_ERROR_UNKNOWN)?;
            }
            let mut lock = MachineLock::take_in(folder.path())?;
            let failed = lock.change(&it.device, layout, GpuPlanOptions::new());
            anyhow::ensure!(failed.is_err(), "the change has to fail");
            machine.simulator.clear_faults()?;
            Ok(Box::new(move || {
                let _folder = folder;
                match lock.recover(&it.nvml, |_| ())? {
                    Some(rollback) if !rollback.is_complete() => Err(Incomplete.into()),
                    rollback => Ok(rollback.is_some().to_string()),
                }
            }))
        },
    },
];

/// Nobody else has it.
fn lock(folder: &tempfile::TempDir) -> Result<MachineLock, ApplyError> {
    Ok(MachineLock::take_in(folder.path()).expect("a lock in a folder of its own"))
}
