//! What the types promise: anything may be kept anywhere, and errors are small.

use nvml_mig::*;

const fn assert_shareable<T: Send + Sync + 'static>() {}

/// Checks the bounds of types, and gives their names.
macro_rules! shareable {
    ($($name:ident $(<$instance:ty>)?),* $(,)?) => {{
        $(assert_shareable::<$name $(<$instance>)?>();)*
        [$(stringify!($name)),*]
    }};
}

#[test]
fn every_type_may_go_to_any_thread_and_be_kept_anywhere() {
    let checked = shareable![
        AnyDevice,
        Architecture,
        Bar1Info,
        Blocker,
        CallError,
        Capability,
        CapabilityNode,
        Cause,
        ComputeInstance,
        ComputeInstanceId,
        ComputeInstancePlacement,
        ComputeInstanceProfile,
        ComputeInstanceProfileId,
        ComputeInstanceProfileInfo,
        ComputeInstanceProfileModel,
        ComputePlacementRule,
        ComputeProcess,
        DestroyError<GpuInstance>,
        Device,
        DoesNotFit,
        DriverFileError,
        DriverFiles,
        Engine,
        Engines,
        Error,
        Fit,
        FunctionMissing,
        GpmMetric,
        GpmSample,
        GpuInstance,
        GpuInstanceId,
        GpuInstancePlacement,
        GpuInstanceProfile,
        GpuInstanceProfileId,
        GpuInstanceProfileInfo,
        GpuInstanceProfileModel,
        GpuModel,
        GpuPreflight,
        InputError,
        DoesNotFitReason,
        Inventory,
        Layout,
        LayoutComputeInstance,
        LayoutComputeProfile,
        LayoutError,
        LayoutGpuInstance,
        LayoutProfile,
        LiveGpuInstance,
        LiveMigDevice,
        MediaEngines,
        MemoryInfo,
        MigConfigChange,
        MigDevice,
        MigDeviceAttributes,
        MigDeviceNodes,
        MigMode,
        MigModeChange,
        MigModes,
        MigWatch,
        Nvml,
        Obstacle,
        PciInfo,
        Plan,
        PlanError,
        PlanOptions,
        Preflight,
        PresentComputeInstance,
        PresentGpuInstance,
        Privilege,
        ProfileError,
        ProfileFit,
        ProfileName,
        ProfileNameError,
        ReportedName,
        Protection,
        ReturnCode,
        ScopedGpuInstance,
        PlacedComputeInstance,
        PlacedGpuInstance,
        Step,
        Subject,
    ];
    assert!(are_all(&checked, None) > 60);
}

#[cfg(feature = "apply")]
#[test]
fn plans_that_are_carried_out_too() {
    let checked = shareable![
        ApplyError,
        ApplyFailure,
        Difference,
        GpuMatch,
        GpuPlan,
        GpuPlanError,
        GpuPlanErrorReason,
        GpuPlanOptions,
        GpuRollback,
        GpuSnapshot,
        GpuTarget,
        LockError,
        MachineLock,
        Progress,
        RefusedUndo,
        Rollback,
        Snapshot,
    ];
    assert!(are_all(&checked, Some("apply")) > 0);
}

#[cfg(feature = "cdi")]
#[test]
fn cdi_specifications_too() {
    let checked = shareable![
        CdiContainerEdits,
        CdiDevice,
        CdiDeviceNames,
        CdiDeviceNode,
        CdiError,
        CdiSpec,
        CdiSpecBuilder,
    ];
    assert!(are_all(&checked, Some("cdi")) > 0);
}

#[cfg(feature = "mig-parted")]
#[test]
fn files_of_mig_parted_too() {
    let checked = shareable![
        MigPartedConfig,
        MigPartedError,
        MigPartedExportError,
        MigPartedFile
    ];
    assert!(are_all(&checked, Some("mig-parted")) > 0);
}

#[cfg(feature = "snapshot")]
#[test]
fn errors_of_snapshots_too() {
    let checked = shareable![SnapshotError];
    assert!(are_all(&checked, Some("snapshot")) > 0);
}

/// Fails if the crate exports a name with this feature that is not among those checked; gives how many it exports.
fn are_all(checked: &[&str], feature: Option<&str>) -> usize {
    let exported = exported_names(include_str!("../../src/lib.rs"), feature);
    for name in &exported {
        assert!(checked.contains(name), "{name} is not checked here");
    }
    exported.len()
}

/// What `pub use module::{A, B};` names under `#[cfg(feature = "...")]`, or without.
fn exported_names(source: &'static str, feature: Option<&str>) -> Vec<&'static str> {
    let uses: Vec<&str> = source.split("pub use ").collect();
    let asked = uses.windows(2).filter(|two| {
        let last = two[0].lines().last().unwrap_or_default();
        let of = last.strip_prefix("#[cfg(feature = \"");
        of.and_then(|rest| rest.strip_suffix("\")]")) == feature
    });
    let lists = asked.filter_map(|two| two[1].split_once(';')?.0.split_once("::"));
    let names = lists.flat_map(|(_, names)| names.split([',', '{', '}']));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.collect()
}

#[test]
fn an_error_is_two_words() {
    assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    assert!(size_of::<Result<(), Error>>() <= 2 * size_of::<usize>());
}
