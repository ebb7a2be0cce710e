//! Errors of asking NVML, of its library and of the driver's files.

use std::path::Path;

use crate::support::machine::proc::{MIG_MINORS, Proc};
use crate::support::machine::{Driver, Machine};
use nvml_mig::device::{DeviceSelector, DriverVersion, VisibleDevices};
use nvml_mig::error::{Cause, DestroyError, InputError, LibraryError, ProfileError};
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::instance::vgpu::VgpuTypeId;
use nvml_mig::monitor::GpmMetric;
use nvml_mig::node::Capability;
use nvml_mig::plan::GpuModel;
use nvml_mig::profile::{GpuInstanceProfileId, ProfileName};
use nvml_mig::{Error, Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, Vgpu, Virtualization, nvmlReturn_t};
use nvml_mig_sys::Library;

use super::{LOAD_DRIVER, Table, on_a_host};

pub(super) fn add_to(table: &mut Table) {
    library(table);
    calls(table);
    input(table);
    selectors(table);
    profiles(table);
}

fn library(table: &mut Table) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = manifest.join("Cargo.toml");
    let absent = Path::new("/nonexistent/libnvidia-ml.so.1");
    let add = |table: &mut Table, variant, error: &dyn std::error::Error| {
        table.add(variant, error, Some(manifest));
    };
    let open = |path| Library::open_path(path).unwrap_err();
    // The remedy depends on the machine: HINTS.md lists them.
    let on_a_host = |path, remedy| Box::new(LibraryError::new(open(path), remedy));
    let error = Nvml::init_from(absent).unwrap_err();
    assert!(matches!(error, Error::LibraryNotFound(_)));
    let error = Error::LibraryNotFound(on_a_host(absent, "install the NVIDIA driver"));
    add(table, "Error::LibraryNotFound, LibraryError", &error);
    let error = Nvml::init_from(&file).unwrap_err();
    assert!(matches!(error, Error::LibraryUnusable(_)));
    let remedy = "give the path of the libnvidia-ml.so.1 of the NVIDIA driver";
    let error = Error::LibraryUnusable(on_a_host(&file, remedy));
    add(table, "Error::LibraryUnusable", &error);
    add(table, "nvml_mig_sys::OpenError::NotFound", &open(absent));
    add(table, "nvml_mig_sys::OpenError::Unusable", &open(&file));
}

fn calls(table: &mut Table) {
    let old = Driver("450.248.02").with("a30");
    let gpu_instance = old.create(0).unwrap();
    let profile = gpu_instance.compute_instance_profiles().unwrap()[0].id;
    let error = gpu_instance.compute_instance_possible_placements(profile);
    let error = error.unwrap_err();
    assert!(matches!(error, Error::FunctionMissing(_)));
    table.add("Error::FunctionMissing", &error, None);

    let machine = Machine::with("a30");
    explained_by_queries(table, &machine);
    no_vgpus(table);
    let gpu_instance = machine.create(0).unwrap();
    let error = machine.create(0).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InsufficientResources));
    table.add("Error::Call, CallError", &error, None);
    let _compute_instance = gpu_instance.create_compute_instance(profile).unwrap();
    let error: DestroyError<_> = gpu_instance.destroy().unwrap_err();
    table.add("DestroyError", &error, None);

    let proc = Proc::empty();
    let mig_device = machine.device.mig_devices().unwrap().remove(0);
    let error = mig_device.nodes(&proc.files()).unwrap_err();
    let error = on_a_host(error, "not found", LOAD_DRIVER);
    assert!(matches!(error, Error::DriverFile(_)));
    let row = "Error::DriverFile, DriverFileError, missing file";
    table.add(row, &error, Some(proc.folder()));
    driver_files(table);
}

/// Codes whose hints come from further queries.
fn explained_by_queries(table: &mut Table, machine: &Machine) {
    let off = Machine::of(GpuSpec::new("a30").mig(false));
    let error = off.create(0).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::NotSupported));
    table.add("CallError, MIG mode off", &error, None);
    let half = GpuInstanceProfileId::new(5);
    let placement: GpuInstancePlacement = "1:2".parse().unwrap();
    let error = machine.device.create_gpu_instance_at(half, placement);
    let error = error.unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InvalidArgument));
    table.add("CallError, impossible placement", &error, None);
    let create = "nvmlDeviceCreateGpuInstance";
    let in_use = nvmlReturn_t::NVML_ERROR_IN_USE;
    machine.simulator.fail(create, 1, in_use).unwrap();
    let error = machine.create(0).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InUse));
    table.add("CallError, in use", &error, None);
}

/// Each with the same code.
fn no_vgpus(table: &mut Table) {
    let newest = Driver("595.45.04");
    let instance = |machine: &Machine, profile| machine.create(profile).unwrap();
    let bare = newest.with("rtx-pro-6000-bse");
    let error = instance(&bare, 47).active_vgpus().unwrap_err();
    assert_eq!(error.cause(), Some(Cause::NotVgpuHost));
    table.add("CallError, no vGPU host", &error, None);
    let host = |board| GpuSpec::new(board).virtualization(Virtualization::VgpuHost);
    let old = newest.of(host("a100-pcie-40gb"));
    let error = instance(&old, 19).vgpu_heterogeneous_mode().unwrap_err();
    assert_eq!(error.cause(), Some(Cause::GenerationTooOld));
    table.add("CallError, vGPUs share no GPU instance", &error, None);
    let host = newest.of(host("rtx-pro-6000-bse"));
    let (shared, vgpu_type) = (instance(&host, 47), VgpuTypeId::new(1558));
    let error = shared.creatable_vgpu_placements(vgpu_type).unwrap_err();
    assert_eq!(error.cause(), Some(Cause::HeterogeneousModeOff));
    table.add("CallError, heterogeneous mode off", &error, None);
    let vgpu = Vgpu::new(0, 1558, 7).gpu_instance(shared.id().number());
    host.simulator.start_vgpu(vgpu).unwrap();
    let error = shared.set_vgpu_heterogeneous_mode(true).unwrap_err();
    assert_eq!(error.cause(), Some(Cause::InUse));
    table.add("CallError, vGPUs run", &error, None);
}

/// The other texts about files of the driver.
fn driver_files(table: &mut Table) {
    let capability = Capability::Config;
    for (row, contents) in [
        ("Error::DriverFile, without the capability", "monitor 2\n"),
        ("Error::DriverFile, malformed line", "config x\n"),
    ] {
        let proc = Proc::with(MIG_MINORS, contents);
        let error = proc.files().capability_node(capability).unwrap_err();
        assert!(matches!(error, Error::DriverFile(_)));
        table.add(row, &error, Some(proc.folder()));
    }
    let folder = Proc::empty().and("driver/nvidia-caps/mig-minors/file", "");
    let error = folder.files().capability_node(capability).unwrap_err();
    let row = "Error::DriverFile, unreadable file";
    table.add(row, &error, Some(folder.folder()));
}

fn input(table: &mut Table) {
    let machine = Machine::with("h100-sxm5-80gb");
    let nvml = &machine.nvml;
    let errors = [
        (
            "Error::Input, InputError::UuidOfMigDevice",
            nvml.device_by_uuid("MIG-1").unwrap_err(),
        ),
        (
            "InputError::NotUuidOfMigDevice",
            nvml.mig_device_by_uuid("GPU-1").unwrap_err(),
        ),
        ("InputError::Nul", nvml.device_by_uuid("GPU\0").unwrap_err()),
    ];
    for (variant, error) in errors {
        assert!(matches!(error, Error::Input(_)), "{error}");
        table.add(variant, &error, None);
    }
    let gone = InputError::gone("GPU instance 1");
    table.add("InputError::Gone", &Error::from(gone), None);
    let [one, other] = [19, 19].map(|profile| machine.create(profile).unwrap());
    let [one, other] = [one, other].map(|instance| instance.gpm_sample().unwrap());
    let metrics = [GpmMetric::SmUtilization];
    let error = one.metrics_since(&other, &metrics).unwrap_err();
    table.add("InputError::SamplesOfTwoInstances", &error, None);
    let many = [GpmMetric::SmUtilization; 1000];
    let error = one.metrics_since(&one, &many).unwrap_err();
    table.add("InputError::TooManyMetrics", &error, None);
}

/// With seventeen GPUs, two UUIDs begin with the same digit.
fn selectors(table: &mut Table) {
    let error = "gpu0".parse::<DeviceSelector>().unwrap_err();
    table.add("DeviceSelectorError", &error, None);
    let gpus = (0..17).map(|_| GpuSpec::new("a30"));
    let builder = gpus.fold(Simulator::builder(), SimulatorBuilder::gpu);
    let machine = Machine::open(builder.start().unwrap());
    let find = |digit: u32| {
        let selector = format!("GPU-{digit:x}").parse().unwrap();
        machine.nvml.find_device(&selector).err()
    };
    let is_input = |error: &Error| matches!(error, Error::Input(_));
    let error = (0..16).filter_map(find).find(is_input).unwrap();
    table.add("InputError::AmbiguousDevice", &error, None);
    let entries = [
        ("VisibleDeviceError, not a device", "0,zero"),
        ("VisibleDeviceError, no such device", "0,99"),
        ("VisibleDeviceError, unknown form", "0:1"),
        ("VisibleDeviceError, another kind", "0,GPU-1"),
        ("VisibleDeviceError, repeated", "0,0"),
    ];
    for (variant, value) in entries {
        let value = VisibleDevices::from_cuda(Some(value));
        let resolved = machine.nvml.visible_devices(&value).unwrap();
        table.add(variant, &resolved.invalid[0], None);
    }
}

fn profiles(table: &mut Table) {
    let machine = Machine::with("a30");
    let error = "1g.5bg".parse::<ProfileName>().unwrap_err();
    table.add("ProfileNameError", &error, None);
    let error = "x".parse::<GpuInstanceProfileId>().unwrap_err();
    assert_eq!(error.text(), "x");
    table.add("IdError", &error, None);
    let error = "r550".parse::<DriverVersion>().unwrap_err();
    table.add("VersionError", &error, None);
    let error = "4-4".parse::<GpuInstancePlacement>().unwrap_err();
    table.add("PlacementError", &error, None);
    let by_name = |name| {
        machine
            .device
            .gpu_instance_profile_by_name(name)
            .unwrap_err()
    };
    table.add(
        "InputError::Profile, ProfileError::Name",
        &by_name("large"),
        None,
    );
    table.add("ProfileError::NotFound, by name", &by_name("3g.20gb"), None);
    let id = GpuInstanceProfileId::new(99);
    let error = machine.device.gpu_instance_profile_by_id(id).unwrap_err();
    table.add("ProfileError::NotFound, by id", &error, None);
    let error = GpuModel::new(Vec::new())
        .profile_by_name("1g.5gb")
        .unwrap_err();
    table.add(
        "ProfileError::NotFound, of a GPU without profiles",
        &error,
        None,
    );
    let mut model = GpuModel::read(&machine.device).unwrap();
    let mut other = model.profile_by_name("1g.6gb").unwrap().clone();
    other.id = GpuInstanceProfileId::new(99);
    model.profiles.push(other);
    // Without their memory, the names alone decide.
    model
        .profiles
        .iter_mut()
        .for_each(|profile| profile.memory_mib = 0);
    let ambiguous = model.profile_by_name("1g.5gb").unwrap_err();
    assert!(matches!(ambiguous, ProfileError::Ambiguous { .. }));
    table.add("ProfileError::Ambiguous", &ambiguous, None);
}
