//! Specifications of nvml-mig, read by the library of the CDI project: each is valid, means what was written, and is used or
//! rejected as `CdiSpec::check` says.

use std::fs;
use std::path::{Path, PathBuf};

use container_device_interface::cache::{new_cache, with_auto_refresh};
use container_device_interface::schema::validate_builtin;
use container_device_interface::spec::{parse_spec, read_spec};
use container_device_interface::spec_dirs::with_spec_dirs;
use container_device_interface::version::{VersionWrapper, minimum_required_version};
use nvml_mig::node::DriverFiles;
use nvml_mig::node::cdi::{
    CdiContainerEdits, CdiDevice, CdiDeviceNames, CdiDeviceNode, CdiError, CdiHost, CdiProblem,
    CdiSpec, CdiSpecBuilder, NvidiaVisibleDevices,
};
use nvml_mig::{Device, MigDevice};
use nvml_mig_sim::{GpuSpec, Simulator};
use nvml_mig_testing::machine::Machine;
use nvml_mig_testing::machine::proc::{DEVICES, Proc};
use oci_spec::runtime::Spec;
use serde_json::Value;
use tempfile::TempDir;

/// A machine with a GPU that is partitioned, one of whose instances has graphics, and a GPU without MIG.
struct Host {
    machine: Machine,
    proc: Proc,
    root: TempDir,
    devices: Vec<MigDevice>,
}

impl Host {
    fn new() -> Self {
        let proc = Proc::with("devices", DEVICES);
        let simulator = Simulator::builder()
            .gpu(GpuSpec::new("rtx-pro-6000-bse"))
            .gpu(GpuSpec::new("l40s"))
            .capabilities(proc.folder());
        let machine = Machine::open(simulator.start().unwrap());
        let root = tempfile::tempdir().unwrap();
        for folder in ["etc", "run", "dev/dri"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let gpu = machine.nvml.device_by_index(0).unwrap();
        let address = gpu.pci_info().unwrap().bus_id[4..].to_lowercase();
        let drm = root
            .path()
            .join(format!("sys/bus/pci/devices/{address}/drm"));
        fs::create_dir_all(drm.join("renderD128")).unwrap();
        fs::write(root.path().join("dev/dri/renderD128"), "").unwrap();
        let devices = ["1g.24gb+gfx", "1g.24gb"].map(|profile| create(&gpu, profile));
        let devices = devices.into_iter().collect();
        Self {
            machine,
            proc,
            root,
            devices,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `/dev` and `/sys` in a folder, so that nodes have another path in the container.
    fn files(&self) -> DriverFiles {
        let files = self.proc.files().with_dev(self.path("dev"));
        files.with_sys(self.path("sys"))
    }

    fn builder(&self) -> CdiSpecBuilder {
        CdiSpec::builder().with_driver_files(self.files())
    }

    fn folders(&self) -> [PathBuf; 2] {
        ["etc", "run"].map(|name| self.path(name))
    }

    fn problems(&self, spec: &CdiSpec, file: &Path) -> Vec<CdiProblem> {
        spec.check(&CdiHost::new().with_folders(self.folders()), file)
    }

    fn write(&self, name: &str, spec: &CdiSpec) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, spec.to_json().unwrap()).unwrap();
        path
    }
}

fn create(gpu: &Device, profile: &str) -> MigDevice {
    let profile = gpu.gpu_instance_profile_by_name(profile).unwrap();
    let gpu_instance = gpu.create_gpu_instance(profile.id).unwrap();
    let profiles = gpu_instance.compute_instance_profiles().unwrap();
    let whole = profiles.iter().max_by_key(|profile| profile.slice_count);
    let made = gpu_instance.create_compute_instance(whole.unwrap().id);
    made.unwrap().mig_device().unwrap()
}

/// Every choice of the builder.
fn specs(host: &Host) -> Vec<CdiSpec> {
    let gpu = host.machine.nvml.device_by_index(1).unwrap();
    let names = [
        CdiDeviceNames::Uuid,
        CdiDeviceNames::Index,
        CdiDeviceNames::UuidAndIndex,
        CdiDeviceNames::TypeIndex,
    ];
    let mut builders: Vec<CdiSpecBuilder> = Vec::new();
    for names in names {
        let builder = host.builder().with_names(names);
        builders.push(builder.clone().with_kind("nvidia.com/mig.gpu"));
        builders.push(builder.clone().with_gpus([&gpu]).with_all());
        let files = host.proc.files();
        builders.push(builder.with_driver_files(files));
    }
    for choice in [NvidiaVisibleDevices::None, NvidiaVisibleDevices::Unset] {
        builders.push(host.builder().with_visible_devices(choice));
    }
    let build = |builder: &CdiSpecBuilder| builder.build(&host.devices).unwrap();
    builders.iter().map(build).collect()
}

#[test]
fn each_specification_is_valid_and_read_as_it_was_written() {
    let host = Host::new();
    for spec in specs(&host) {
        let path = host.write("etc/nvml-mig.json", &spec);
        let json = fs::read(&path).unwrap();
        validate_builtin(&json).unwrap();
        let read = parse_spec(&path).unwrap();
        let written: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
        let engine = read_spec(&path, 0).unwrap();
        let kind = format!("{}/{}", engine.get_vendor(), engine.get_class());
        assert_eq!(kind, spec.kind);
        let mut names: Vec<&String> = spec.devices.iter().map(|device| &device.name).collect();
        names.sort_unstable();
        assert!(engine.get_devices().keys().eq(names));
    }
}

/// Engines reject a version that they do not know, so it is the lowest one that has what is used.
#[test]
fn each_version_is_the_lowest_that_suffices() {
    let host = Host::new();
    for spec in specs(&host) {
        let path = host.write("etc/nvml-mig.json", &spec);
        let needed = minimum_required_version(&parse_spec(&path).unwrap()).unwrap();
        // 0.5.0 is the least that nvml-mig writes: engines without it are not in use.
        let least = VersionWrapper::new("0.5.0");
        let expected = if needed.is_greater_than(&least) {
            needed
        } else {
            least
        };
        assert_eq!(spec.cdi_version, expected.to_string(), "{spec:?}");
    }
}

#[test]
fn kinds_are_valid_for_both_or_for_neither() {
    let host = Host::new();
    let long = "g".repeat(64);
    for kind in [
        "nvidia.com/gpu",
        "a/b.c-d_e9",
        "A/b",
        "a-/b",
        "a.b/9",
        "gpu",
        "/gpu",
        "nvidia.com/",
        "a/b/c",
        "a b/c",
        "9a/b",
        "a/b-",
        "ä/b",
        &format!("nvidia.com/{long}"),
    ] {
        let ours = host.builder().with_kind(kind).build(&host.devices);
        let edits = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/null")]);
        let spec = CdiSpec::new("0.6.0", kind, vec![CdiDevice::new("0", edits)]);
        let path = host.write("etc/nvml-mig.json", &spec);
        let theirs = read_spec(&path, 0);
        match (&ours, &theirs) {
            (Ok(_), Ok(_)) | (Err(CdiError::Kind { .. }), Err(_)) => {}
            // The reader has no limit for the length.
            (Err(CdiError::Kind { .. }), Ok(_)) if kind.ends_with(&long) => {}
            _ => panic!("{kind}: {:?}, {:?}", ours.err(), theirs.err()),
        }
    }
}

#[test]
fn a_specification_without_a_device_is_invalid_for_both() {
    let host = Host::new();
    let empty = CdiSpec::new("0.5.0", "nvidia.com/gpu", Vec::new());
    let path = host.write("etc/nvml-mig.json", &empty);
    assert!(read_spec(&path, 0).is_err());
    assert_eq!(host.problems(&empty, &path), [CdiProblem::NoDevice]);
    let refused = host.builder().build([]);
    assert!(matches!(refused, Err(CdiError::Empty)), "{refused:?}");
}

/// The path of the file whose device an engine uses, or its error.
fn used(host: &Host, device: &str) -> Result<PathBuf, String> {
    let folders = host.folders();
    let folders = folders.each_ref().map(|folder| folder.to_str().unwrap());
    let options = vec![with_auto_refresh(false), with_spec_dirs(&folders)];
    let cache = new_cache(options);
    let mut cache = cache.lock().unwrap();
    cache.refresh().map_err(|error| error.to_string())?;
    let device = cache.get_device(device).ok_or("no such device")?;
    Ok(device.get_spec().get_path().into())
}

#[test]
fn other_files_matter_as_check_says() {
    let host = Host::new();
    let names = host.builder().with_names(CdiDeviceNames::Index);
    let ours = names.build(&host.devices[..1]).unwrap();
    let nodes = host.files().container_nodes(&host.devices).unwrap();
    for path in nodes.iter().filter(|path| !path.exists()) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Which nodes there are is of no matter here.
        std::os::unix::fs::symlink("/dev/null", path).unwrap();
    }
    let theirs = names.build(&host.devices).unwrap();
    for (own, other) in [
        ("etc", "etc"),
        ("etc", "run"),
        ("run", "etc"),
        ("run", "run"),
    ] {
        let own = host.write(&format!("{own}/nvml-mig.json"), &ours);
        let other = host.write(&format!("{other}/nvidia.yaml"), &theirs);
        let used = used(&host, "nvidia.com/gpu=0:0");
        let mut problems = host.problems(&ours, &own);
        problems.retain(|problem| !matches!(problem, CdiProblem::NotADevice { .. }));
        let [problem] = problems.as_slice() else {
            panic!("{problems:?}");
        };
        match problem {
            CdiProblem::Conflict { device, file, .. } => {
                let error = used.unwrap_err();
                assert!(error.contains(device), "{error}");
                assert_eq!(file, &other);
            }
            CdiProblem::Overridden { .. } => assert_eq!(used.unwrap(), other),
            CdiProblem::Overrides { .. } => assert_eq!(used.unwrap(), own),
            problem => panic!("{problem}"),
        }
        fs::remove_file(own).unwrap();
        fs::remove_file(other).unwrap();
    }
}

/// The container's configuration with this device added.
fn inject(host: &Host, device: &str) -> Result<Spec, String> {
    let folders = host.folders();
    let folders = folders.each_ref().map(|folder| folder.to_str().unwrap());
    let cache = new_cache(vec![with_auto_refresh(false), with_spec_dirs(&folders)]);
    let mut container = Spec::default();
    let mut cache = cache.lock().unwrap();
    let device = vec![device.to_owned()];
    let injected = cache.inject_devices(Some(&mut container), device);
    injected.map_err(|error| error.to_string())?;
    Ok(container)
}

#[test]
fn containers_get_the_nodes_once_these_are_created() {
    let host = Host::new();
    let device = &host.devices[1];
    let builder = host.builder().with_names(CdiDeviceNames::Index);
    let spec = builder.build([device]).unwrap();
    let path = host.write("run/nvml-mig.json", &spec);
    // Each node is missing, and the container does not start.
    let problems = host.problems(&spec, &path);
    let is_missing = |problem: &CdiProblem| matches!(problem, CdiProblem::MissingNode { .. });
    assert!(
        problems.len() == 5 && problems.iter().all(is_missing),
        "{problems:?}"
    );
    let refused = inject(&host, "nvidia.com/gpu=0:1").unwrap_err();
    assert!(refused.contains("failed to inject devices"), "{refused}");
    // CI runs as root.
    let created = host.files().create_nodes([device]).unwrap();
    assert_eq!(host.problems(&spec, &path), []);
    let container = inject(&host, "nvidia.com/gpu=0:1").unwrap();
    let env = container.process().as_ref().unwrap().env().clone().unwrap();
    assert!(
        env.contains(&"NVIDIA_VISIBLE_DEVICES=void".to_owned()),
        "{env:?}"
    );
    let devices = container.linux().as_ref().unwrap().devices().clone();
    let devices = devices.unwrap();
    assert_eq!(devices.len(), created.len());
    for node in created {
        let in_container =
            Path::new("/dev").join(node.path.strip_prefix(host.path("dev")).unwrap());
        let mut devices = devices.iter();
        let device = devices
            .find(|device| device.path() == &in_container)
            .unwrap();
        let numbers = (device.major(), device.minor());
        let expected = (i64::from(node.major_number), i64::from(node.minor_number));
        assert_eq!(numbers, expected, "{node:?}");
    }
}
