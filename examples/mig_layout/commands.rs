//! Runs the commands.

use std::error::Error;
use std::fs;
use std::path::Path;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};
use nvml_mig::{Device, GpuPlan};

use crate::applying::{apply, show};
use crate::arguments::{Arguments, Command, Format, Target};
use crate::common::{Readable, Session, chain, print};
use crate::exit::{Exit, Usage, of_plan, of_refused};
use crate::fit;
use crate::plan_json::PlanJson;
use crate::target::NO_ENTRY;

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.options;
    match &arguments.command {
        Command::Fit { layout: None } => fit::room(&options.mig_devices(session)?.items),
        Command::Fit { layout: Some(text) } => {
            fit::layout(&options.mig_devices(session)?.items, text)
        }
        Command::Plan {
            target,
            limits,
            json,
        } => {
            let plans = target.plans(session, options, *limits)?.items;
            if *json {
                print_json(&plans)
            } else {
                show(&plans)
            }
            .map(|()| Exit::Done)
        }
        Command::Apply {
            target,
            limits,
            consent,
        } => apply(session, consent, || target.plans(session, options, *limits)),
        Command::Assert { target } => assert(target, &target.targets(session, options)?),
        Command::Export { format, config } => {
            export(*format, config, &options.devices(session)?).map(|()| Exit::Done)
        }
        Command::Snapshot => {
            let snapshot = Snapshot::read(&options.devices(session)?)?;
            print(&format!("{}\n", snapshot.to_json()?)).map(|()| Exit::Done)
        }
        Command::Restore {
            file,
            by_pci_address,
            change_mig_mode,
            consent,
        } => {
            let snapshot = read(file)?;
            let by = if *by_pci_address {
                GpuSelector::PciAddress
            } else {
                GpuSelector::Uuid
            };
            let options = GpuPlanOptions::default().with_change_mig_mode(*change_mig_mode);
            apply(session, consent, || {
                Ok(Readable::all(snapshot.plans(
                    session.nvml(),
                    by,
                    options,
                )?))
            })
        }
    }
}

fn read(file: &Path) -> Result<Snapshot, Box<dyn Error>> {
    let named = |error: &dyn Error| Usage(format!("{}: {}", file.display(), chain(error)));
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    Ok(Snapshot::from_json(&text).map_err(|error| named(&error))?)
}

fn print_json(plans: &[GpuPlan]) -> Result<(), Box<dyn Error>> {
    let plans: Vec<PlanJson<'_>> = plans.iter().map(PlanJson::of).collect::<Result<_, _>>()?;
    print(&format!("{}\n", serde_json::to_string_pretty(&plans)?))
}

/// Checks whether the GPUs have their layouts. Obstacles to a change (no fit, in use, reset needed) count as a difference.
/// With a GPU that can't be read, the assertion is not true.
fn assert(
    target: &Target,
    targets: &Readable<(Device, GpuTarget)>,
) -> Result<Exit, Box<dyn Error>> {
    let mut exit = of_refused(targets.refused.as_ref());
    for (device, wanted) in &targets.items {
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        let is_so = match GpuPlan::from_device(device, wanted, options) {
            Ok(plan) => plan.changes_nothing(),
            Err(error)
                if matches!(
                    of_plan(&error),
                    Exit::DoesNotFit | Exit::InUse | Exit::ResetNeeded
                ) =>
            {
                false
            }
            Err(error) => return Err(error.into()),
        };
        if !is_so {
            let (index, current) = (device.index()?, GpuSnapshot::read(device)?);
            print(&format!(
                "GPU {index}: the layout differs: expected {wanted}, found {}\n",
                text_of(&current)
            ))?;
            exit = Exit::False;
        }
    }
    if targets.items.is_empty() && target.file.is_some() {
        print(&format!("{NO_ENTRY}\n"))?;
        exit = Exit::False;
    }
    Ok(exit)
}

fn export(format: Format, config: &str, devices: &[Device]) -> Result<(), Box<dyn Error>> {
    if format == Format::MigParted {
        return print(&MigPartedFile::from_devices(config, devices)?.to_yaml());
    }
    for device in devices {
        print(&format!("GPU {}: {}\n", device.index()?, layout(device)?))?;
    }
    Ok(())
}

fn layout(device: &Device) -> Result<String, nvml_mig::Error> {
    if !GpuSnapshot::read(device)?.mig_enabled {
        return Ok("off".to_owned());
    }
    let present = PresentGpuInstance::read_all(device)?;
    Ok(GpuModel::read(device)?.layout_of(&present).to_string())
}

/// Formats a partitioning, such as `GPU instance 2g.12gb at 0:2 without a compute instance`.
fn text_of(gpu: &GpuSnapshot) -> String {
    let instances: Vec<String> = gpu.gpu_instances.iter().map(ToString::to_string).collect();
    match (gpu.mig_enabled, instances.as_slice()) {
        (false, _) => "MIG disabled".to_owned(),
        (true, []) => "no GPU instance".to_owned(),
        (true, instances) => instances.join("; "),
    }
}
