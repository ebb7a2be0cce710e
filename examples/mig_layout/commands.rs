//! Runs the commands.

use std::error::Error;
use std::fs;
use std::path::Path;

use nvml_mig::apply::{GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::plan::{GpuModel, PresentGpuInstance};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};
use nvml_mig::{Device, GpuPlan};

use crate::applying::{apply, show};
use crate::arguments::{Arguments, Command, Format};
use crate::common::readable::{Each, Readable, read_each, readable};
use crate::common::{Options, Session, chain, note, print};
use crate::exit::{Exit, Usage, code_of, of_plan, of_refused};
use crate::fit;
use crate::plan_json::PlanJson;
use crate::target::{each_with_mig, planned, unless_unreadable};

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.options;
    // GPUs that can't be read are left out of what is shown, but not if they are named.
    let shown = |refused: Option<nvml_mig::Error>| match refused {
        Some(error) if options.selects_gpus() => of_refused(Some(&error)),
        _ => Exit::Done,
    };
    match &arguments.command {
        Command::Fit { layout: None } => fit::room(each_with_mig(session, options)?).map(shown),
        Command::Fit { layout: Some(text) } => {
            let (exit, refused) = fit::layout(each_with_mig(session, options)?, text)?;
            Ok(exit.or(shown(refused)))
        }
        Command::Plan {
            target,
            limits,
            json,
        } => {
            let plans = target.plans(session, options, *limits)?;
            if *json {
                print_json(&plans.items)?;
            } else {
                show(&plans.items)?;
            }
            Ok(shown(plans.refused))
        }
        Command::Apply {
            target,
            limits,
            consent,
        } => apply(session, consent, selected(session, options)?, || {
            let plans = target.plans(session, options, *limits)?;
            options.check_selected(plans.refused.as_ref())?;
            Ok(plans)
        }),
        Command::Assert { target } => match target.targets(session, options) {
            // What is for no GPU is not true.
            Err(error) if code_of(&*error) == Exit::NoGpu => {
                print(&format!("{}\n", chain(&*error)))?;
                Ok(Exit::False)
            }
            targets => assert(targets?),
        },
        Command::Export { format, config } => {
            export(*format, config, options.each_device(session)?).map(shown)
        }
        Command::Snapshot => {
            let read = read_each(options.each_device(session)?, GpuSnapshot::read)?;
            print(&format!("{}\n", Snapshot::new(read.items).to_json()?))?;
            Ok(shown(read.refused))
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
            apply(session, consent, None, || {
                let names = snapshot.gpus.iter().map(|gpu| gpu.uuid.clone());
                planned(names.zip(snapshot.each_plan(session.nvml(), by, options)))
            })
        }
    }
}

/// Returns the UUIDs of the selected GPUs that can be read; `None` if none is selected, which means all.
fn selected(session: &Session, options: &Options) -> Result<Option<Vec<String>>, Box<dyn Error>> {
    if !options.selects_gpus() {
        return Ok(None);
    }
    let gpus = options.each_device(session)?.into_iter();
    let uuids = gpus.filter_map(|(_, gpu)| gpu.and_then(|gpu| gpu.uuid()).ok());
    Ok(Some(uuids.collect()))
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
fn assert(targets: Each<(Device, GpuTarget)>) -> Result<Exit, Box<dyn Error>> {
    let checked = targets.into_iter().map(|(gpu, target)| {
        let difference = target.and_then(|(device, wanted)| difference(&device, &wanted));
        (gpu, difference)
    });
    let Readable { items, refused } = readable(checked)?;
    let differences: Vec<String> = items
        .into_iter()
        .collect::<Result<Vec<_>, GpuPlanError>>()?
        .into_iter()
        .flatten()
        .collect();
    print(&differences.concat())?;
    if differences.is_empty() {
        return Ok(of_refused(refused.as_ref()));
    }
    Ok(Exit::False)
}

/// Returns a sentence if a GPU is not in this state, or why that is unknown.
fn difference(
    device: &Device,
    wanted: &GpuTarget,
) -> Result<Result<Option<String>, GpuPlanError>, nvml_mig::Error> {
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let is_so = match GpuPlan::from_device(device, wanted, options) {
        Ok(plan) => plan.changes_nothing(),
        Err(error) => {
            let error = unless_unreadable(error)?;
            match of_plan(&error) {
                Exit::DoesNotFit | Exit::InUse | Exit::ResetNeeded => false,
                _ => return Ok(Err(error)),
            }
        }
    };
    if is_so {
        return Ok(Ok(None));
    }
    let (index, mut current) = (device.index()?, text_of(&GpuSnapshot::read(device)?));
    // The only difference may be a mode that is pending.
    let modes = device.mig_mode();
    if let Some(modes) = modes
        .ok()
        .filter(|modes| modes.current() != modes.pending())
    {
        current += &format!("; MIG mode {} is pending", modes.pending());
    }
    Ok(Ok(Some(format!(
        "GPU {index}: the layout differs: expected {wanted}, found {current}\n"
    ))))
}

fn export(
    format: Format,
    config: &str,
    gpus: Each<Device>,
) -> Result<Option<nvml_mig::Error>, Box<dyn Error>> {
    if format == Format::MigParted {
        // What can't be read of an open GPU can't be exported either, and leaves `devices: all`.
        let readable = read_each(gpus, |device| {
            GpuSnapshot::read(device).map(|_| device.clone())
        })?;
        let export = MigPartedFile::from_devices(config, &readable.items)?;
        print(&export.file.to_yaml())?;
        for omission in &export.omissions {
            note(&chain(omission));
        }
        return Ok(readable.refused);
    }
    let lines = read_each(gpus, |device| {
        Ok(format!("GPU {}: {}\n", device.index()?, layout(device)?))
    })?;
    print(&lines.items.concat())?;
    Ok(lines.refused)
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
