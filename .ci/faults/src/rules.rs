//! What must hold whichever call fails with whichever code.

use crate::answer::{Compared, Fault, Gets, Left};
use crate::operation::Operation;
use crate::trial::Outcome;

/// A function that may fail without an error for the caller.
struct Exception {
    /// The beginning of the paths of the operations.
    of: &'static str,
    /// The beginning of the function's name.
    function: &'static str,
    /// The codes; none: all.
    codes: &'static [u32],
    why: &'static str,
}

const fn except(
    of: &'static str,
    function: &'static str,
    codes: &'static [u32],
    why: &'static str,
) -> Exception {
    Exception {
        of,
        function,
        codes,
        why,
    }
}

const GONE: &[u32] = &[2, 6];
const LEFT_OUT: &str = "an instance or a MIG device that is gone meanwhile is left out";
const DERIVED: &str = "compute instance profiles are derived by the rule, and the model says so";
const NO_MIG: &str = "the GPU counts as one without MIG";
const WITHOUT_MIG_DEVICES: &str = "the snapshot lacks MIG devices, which it needs for nothing";
const UNKNOWN: &str = "the architecture is unknown";

/// The answers that differ from those without the fault.
const OTHER_ANSWERS: &[Exception] = &[
    except("", "nvmlGpuInstanceGetInfo", GONE, LEFT_OUT),
    except("", "nvmlComputeInstanceGetInfo", GONE, LEFT_OUT),
    except("", "nvmlDeviceGetMigDeviceHandleByIndex", GONE, LEFT_OUT),
    except("", "nvmlDeviceGetGpuInstanceId", GONE, LEFT_OUT),
    except("", "nvmlDeviceGetComputeInstanceId", GONE, LEFT_OUT),
    except("inventory::", "nvmlDeviceGetUUID", GONE, LEFT_OUT),
    except("inventory::", "nvmlDeviceGetName", GONE, LEFT_OUT),
    except("", "nvmlDeviceGetMigMode", &[3], NO_MIG),
    except(
        "",
        "nvmlDeviceGetMemoryInfo_v2",
        &[13, 25],
        "the older function does not say what is reserved",
    ),
    except(
        "Device::lists_profiles_with_mig_disabled",
        "nvmlDeviceGetFieldValues",
        &[2, 3, 6, 13],
        "a driver that does not know the field does not list them",
    ),
    except(
        "",
        "nvmlDeviceGetComputeRunningProcesses_v2",
        &[13],
        "the older function does not say on which instance a process runs",
    ),
    except(
        "GpuInstance::vgpu_scheduler_",
        "nvmlGpuInstanceGetVgpuScheduler",
        &[13],
        "the older function also tells whether adaptive round robin is on",
    ),
    except(
        "Device::processes",
        "nvmlSystemGetProcessName",
        &[],
        "the process has no name",
    ),
    except(
        "Device::supported_events",
        "nvmlDeviceGetSupportedEventTypes",
        &[3],
        "none is supported",
    ),
    except(
        "Device::has_gpm",
        "nvmlGpmQueryDeviceSupport",
        &[3, 13],
        "it has none",
    ),
    except(
        "Nvml::preflight",
        "",
        &[],
        "it is an obstacle, or a note of the report",
    ),
    except(
        "plan::GpuModel::read",
        "nvmlDeviceGetGpuInstances",
        &[],
        DERIVED,
    ),
    except("plan::GpuModel::read", "nvmlGpuInstanceGet", &[], DERIVED),
    except(
        "plan::GpuModel::read",
        "nvmlComputeInstanceGetInfo",
        &[],
        DERIVED,
    ),
    except(
        "plan::GpuModel::read",
        "nvmlDeviceGetArchitecture",
        &[13],
        UNKNOWN,
    ),
    except(
        "inventory::Inventory::model",
        "nvmlGpuInstanceGet",
        &[],
        DERIVED,
    ),
    except(
        "inventory::Inventory::model",
        "nvmlDeviceGetArchitecture",
        &[13],
        UNKNOWN,
    ),
    except("snapshot::", "nvmlDeviceGetM", &[], WITHOUT_MIG_DEVICES),
    except(
        "snapshot::",
        "nvmlDeviceGetGpuInstanceId",
        &[],
        WITHOUT_MIG_DEVICES,
    ),
    except(
        "snapshot::",
        "nvmlDeviceGetComputeInstanceId",
        &[],
        WITHOUT_MIG_DEVICES,
    ),
    except("snapshot::", "nvmlDeviceGetUUID", &[], WITHOUT_MIG_DEVICES),
    except("snapshot::", "nvmlDeviceGetName", &[], WITHOUT_MIG_DEVICES),
];

/// Operations that say in their docs that a part stays done.
const PARTS: &[&str] = &[
    // They stop at the first failure; what was destroyed until then stays so.
    "GpuInstance::destroy_with_compute_instances",
    "instance::ScopedGpuInstance::close",
];

/// The change was made, but the answer of this function would have shown it.
const UNCONFIRMED: &[(&str, &str)] = &[("Device::set_mig_mode", "nvmlDeviceGetMigMode")];

/// The rule that an outcome breaks.
pub(crate) fn broken(
    operation: Operation,
    honest: &Compared,
    fault: Fault<'_>,
    outcome: &Outcome,
) -> Option<&'static str> {
    match &outcome.gets {
        Gets::Panic => Some("it panicked"),
        Gets::Another(_) if why_another(operation, fault).is_none() => {
            Some("another answer, which no rule allows")
        }
        _ if !operation.changes || honest.is_err() => {
            let stays = matches!(outcome.left, Left::Before | Left::After);
            (!stays).then_some("it changes nothing, but something has changed")
        }
        Gets::TheSame | Gets::Another(_) => broken_by_success(operation, &outcome.left),
        gets => broken_by_error(operation, fault, gets, &outcome.left),
    }
}

fn broken_by_success(operation: Operation, left: &Left) -> Option<&'static str> {
    match left {
        Left::After => None,
        // What was destroyed and created again.
        Left::WithOtherIds if restores(operation) => None,
        _ => Some("a success that is none"),
    }
}

fn broken_by_error(
    operation: Operation,
    fault: Fault<'_>,
    gets: &Gets,
    left: &Left,
) -> Option<&'static str> {
    match left {
        Left::Before => None,
        Left::WithOtherIds if restores(operation) => None,
        Left::After if is_unconfirmed(operation, fault) || is_told(gets) => None,
        Left::After => Some("an error although it was done"),
        Left::Part(_) if is_told(gets) || PARTS.contains(&operation.path()) => None,
        Left::Part(_) | Left::WithOtherIds => Some("an error that does not say what is left"),
    }
}

fn is_told(gets: &Gets) -> bool {
    matches!(gets, Gets::Error { is_told: true, .. })
}

/// Why an operation may give another answer.
pub(crate) fn why_another(operation: Operation, fault: Fault<'_>) -> Option<&'static str> {
    let mut exceptions = OTHER_ANSWERS.iter();
    let applies = |it: &&Exception| {
        operation.path().starts_with(it.of)
            && fault.function.starts_with(it.function)
            && (it.codes.is_empty() || it.codes.contains(&fault.code))
    };
    exceptions.find(applies).map(|it| it.why)
}

fn is_unconfirmed(operation: Operation, fault: Fault<'_>) -> bool {
    UNCONFIRMED.contains(&(operation.path(), fault.function))
}

/// Whether it creates again what it destroyed.
fn restores(operation: Operation) -> bool {
    operation.path().starts_with("MachineLock::")
}
