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
        ApplyError,
        ApplyFailure,
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
        Difference,
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
        GpuMatch,
        GpuModel,
        GpuPlan,
        GpuPlanError,
        GpuPlanErrorReason,
        GpuPlanOptions,
        GpuPreflight,
        GpuRollback,
        GpuSnapshot,
        GpuTarget,
        InputError,
        DoesNotFitReason,
        Inventory,
        Layout,
        LayoutComputeInstance,
        LayoutComputeProfile,
        LayoutError,
        LayoutGpuInstance,
        LayoutProfile,
        LockError,
        LiveGpuInstance,
        LiveMigDevice,
        MachineLock,
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
        PlannedComputeInstance,
        PlannedGpuInstance,
        Preflight,
        PresentComputeInstance,
        PresentGpuInstance,
        Privilege,
        ProfileFit,
        ProfileName,
        Progress,
        Protection,
        RefusedUndo,
        ReturnCode,
        Rollback,
        ScopedGpuInstance,
        Snapshot,
        SnapshotComputeInstance,
        SnapshotGpuInstance,
        Step,
        Subject,
    ];
    let exported = exported_names(include_str!("../../src/lib.rs"));
    assert!(exported.len() > 60, "{exported:?}");
    for name in exported {
        assert!(checked.contains(&name), "{name} is not checked here");
    }
}

#[cfg(feature = "cdi")]
#[test]
fn cdi_specifications_too() {
    shareable![
        CdiContainerEdits,
        CdiDevice,
        CdiDeviceNames,
        CdiDeviceNode,
        CdiSpec,
        CdiSpecBuilder,
    ];
}

#[cfg(feature = "mig-parted")]
#[test]
fn files_of_mig_parted_too() {
    shareable![MigPartedConfig, MigPartedError, MigPartedFile];
}

#[cfg(feature = "snapshot")]
#[test]
fn errors_of_snapshots_too() {
    shareable![SnapshotError];
}

/// What `pub use module::{A, B};` names, but for what only a feature has.
fn exported_names(source: &'static str) -> Vec<&'static str> {
    let uses: Vec<&str> = source.split("pub use ").collect();
    let always = uses.windows(2).filter(|two| {
        let last = two[0].lines().last().unwrap_or_default();
        !last.starts_with("#[cfg(feature")
    });
    let lists = always.filter_map(|two| two[1].split_once(';')?.0.split_once("::"));
    let names = lists.flat_map(|(_, names)| names.split([',', '{', '}']));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.collect()
}

#[test]
fn an_error_is_two_words() {
    assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    assert!(size_of::<Result<(), Error>>() <= 2 * size_of::<usize>());
}
