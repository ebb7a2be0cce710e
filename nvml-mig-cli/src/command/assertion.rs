//! `nvml-mig assert`.

use std::error::Error;

use nvml_mig::Device;
use nvml_mig::GpuPlan;
use nvml_mig::apply::{GpuPlanError, GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::snapshot::GpuSnapshot;
use serde::Serialize;

use crate::arguments::Target;
use crate::console::{Console, Unreadable, chain};
use crate::drawing::wrapped;
use crate::exit::{Exit, code_of, of_plan};
use crate::machine::{Each, Machine, MachineOptions, Readable, readable};
use crate::target::{of_mode, unless_unreadable};

/// The answer to an assertion.
#[derive(Debug, Serialize)]
struct Assertion {
    is_true: bool,
    /// What is different, one sentence for each GPU.
    differences: Vec<String>,
}

/// Checks whether the GPUs have their layouts. With a GPU that can't be read, the assertion is not true.
pub(crate) fn assert(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    target: &Target,
) -> Result<Exit, Box<dyn Error>> {
    let targets = match target.read()?.targets(machine, options) {
        // What is for no GPU is not true.
        Err(error) if code_of(&*error) == Exit::NoGpu => {
            show(console, &[format!("{}\n", chain(&*error))], false)?;
            return Ok(Exit::False);
        }
        targets => targets?,
    };
    let (differences, refused) = compare(targets)?;
    let of_refused = console.left_out(refused.as_ref());
    show(console, &differences, refused.is_none())?;
    Ok(if differences.is_empty() {
        of_refused
    } else {
        Exit::False
    })
}

/// Checks that a file is right and has the configuration, without any GPU. Without a name, all its configurations must be right.
pub(crate) fn valid_config(console: &Console, target: &Target) -> Result<Exit, Box<dyn Error>> {
    target.check_file()?;
    show(console, &[], true)?;
    Ok(Exit::Done)
}

fn show(
    console: &Console,
    differences: &[String],
    is_complete: bool,
) -> Result<(), Box<dyn Error>> {
    let text = differences.concat();
    let lines = differences.iter().map(|line| line.trim_end().to_owned());
    let assertion = Assertion {
        is_true: is_complete && differences.is_empty(),
        differences: lines.collect(),
    };
    console.show(assertion, || Ok(wrapped(&text)))
}

fn compare(
    targets: Each<(Device, GpuTarget)>,
) -> Result<(Vec<String>, Option<Unreadable>), Box<dyn Error>> {
    let checked = targets.into_iter().map(|(gpu, target)| {
        let difference = target.and_then(|(device, wanted)| difference(&device, &wanted));
        (gpu, difference)
    });
    let Readable { items, refused } = readable(checked)?;
    let differences = items
        .into_iter()
        .collect::<Result<Vec<_>, GpuPlanError>>()?;
    Ok((differences.into_iter().flatten().collect(), refused))
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
            let is_guest = matches!(*error.reason, GpuPlanErrorReason::VgpuGuest);
            match of_plan(&error) {
                Exit::DoesNotFit | Exit::InUse | Exit::ResetNeeded => false,
                _ if is_guest => false,
                _ => return Ok(Err(error)),
            }
        }
    };
    if is_so {
        return Ok(Ok(None));
    }
    // With `--mode-only`, the instances do not matter.
    let wanted = if *wanted == of_mode(true) {
        "MIG enabled".to_owned()
    } else {
        wanted.to_string()
    };
    let (index, uuid) = (device.index()?, device.uuid()?);
    let mut current = text_of(&GpuSnapshot::read(device)?);
    // The only difference may be a mode that is pending.
    let modes = device.mig_mode();
    if let Some(modes) = modes
        .ok()
        .filter(|modes| modes.current() != modes.pending())
    {
        current += &format!("; MIG mode {} is pending", modes.pending());
    }
    Ok(Ok(Some(format!(
        "GPU {index} ({uuid}): the layout differs: expected {wanted}, found {current}\n"
    ))))
}

/// Formats a partitioning, such as `GPU instance 2g.12gb at 0:2 without a compute instance`.
fn text_of(gpu: &GpuSnapshot) -> String {
    let instances: Vec<String> = gpu.gpu_instances.iter().map(ToString::to_string).collect();
    match (gpu.mig_enabled, instances.as_slice()) {
        (false, _) => "MIG disabled".to_owned(),
        (true, []) => "MIG enabled and no GPU instance".to_owned(),
        (true, instances) => instances.join("; "),
    }
}
