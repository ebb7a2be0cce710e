//! Devices of CDI specifications other than MIG devices that only compute: whole GPUs, graphics, and all together.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::node::DriverFiles;
use nvml_mig::node::cdi::{
    CdiDeviceNames, CdiError, CdiSpec, CdiSpecBuilder, NvidiaVisibleDevices,
};
use nvml_mig::{Device, MigDevice};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, nvmlReturn_t};
use tempfile::TempDir;

/// A machine, and folders that stand for `/proc`, `/dev` and `/sys`.
struct Host {
    machine: Machine,
    proc: Proc,
    root: TempDir,
}

impl Host {
    fn new(simulator: SimulatorBuilder) -> Self {
        let proc = Proc::empty();
        let machine = Machine::open(simulator.capabilities(proc.folder()).start().unwrap());
        let root = tempfile::tempdir().unwrap();
        Self {
            machine,
            proc,
            root,
        }
    }

    fn dev(&self) -> PathBuf {
        self.root.path().join("dev")
    }

    fn files(&self) -> DriverFiles {
        let files = self.proc.files().with_dev(self.dev());
        files.with_sys(self.root.path().join("sys"))
    }

    fn builder(&self) -> CdiSpecBuilder {
        CdiSpec::builder().with_driver_files(self.files())
    }

    fn gpu(&self, index: u32) -> Device {
        self.machine.nvml.device_by_index(index).unwrap()
    }

    /// Creates files in the place of these nodes.
    fn has(&self, nodes: &[&str]) {
        for node in nodes {
            write(&self.dev().join(node));
        }
    }

    /// Lists these devices of a GPU as the module `nvidia-drm` does. NVML has `00000000:0A:00.0` for `0000:0a:00.0`.
    fn draws(&self, gpu: &Device, names: &[&str]) {
        let address = gpu.pci_info().unwrap().bus_id[4..].to_lowercase();
        for name in names {
            let path = format!("sys/bus/pci/devices/{address}/drm/{name}/dev");
            write(&self.root.path().join(path));
        }
    }

    /// Creates a GPU instance of this profile, and a compute instance that takes all of it.
    fn create(&self, gpu: &Device, profile: &str) -> MigDevice {
        let profile = gpu.gpu_instance_profile_by_name(profile).unwrap();
        let gpu_instance = gpu.create_gpu_instance(profile.id).unwrap();
        let profiles = gpu_instance.compute_instance_profiles().unwrap();
        let whole = profiles.iter().max_by_key(|profile| profile.slice_count);
        let made = gpu_instance.create_compute_instance(whole.unwrap().id);
        made.unwrap().mig_device().unwrap()
    }
}

fn write(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
}

/// The paths of a device's nodes in the container.
fn nodes<'a>(spec: &'a CdiSpec, device: &str) -> Vec<&'a str> {
    let mut devices = spec.devices.iter();
    let device = devices.find(|found| found.name == device).unwrap();
    let nodes = device.container_edits.device_nodes.iter();
    nodes.map(|node| node.path.as_str()).collect()
}

fn names(spec: &CdiSpec) -> Vec<&str> {
    let names = spec.devices.iter().map(|device| device.name.as_str());
    names.collect()
}

fn rtx_pro_6000() -> SimulatorBuilder {
    Simulator::builder().gpu(GpuSpec::new("rtx-pro-6000-bse"))
}

#[test]
fn graphics_nodes_belong_to_mig_devices_with_graphics_only() {
    let host = Host::new(rtx_pro_6000());
    let gpu = host.gpu(0);
    host.draws(&gpu, &["renderD129", "card2"]);
    host.has(&["dri/card2", "dri/renderD129", "dri/card0", "nvidia-modeset"]);
    let devices = [
        host.create(&gpu, "1g.24gb+gfx"),
        host.create(&gpu, "1g.24gb"),
    ];
    let builder = host.builder().with_names(CdiDeviceNames::Index);
    let spec = builder.build(&devices).unwrap();
    let with_graphics = nodes(&spec, "0:0");
    let graphics = [
        "/dev/dri/card2",
        "/dev/dri/renderD129",
        "/dev/nvidia-modeset",
    ];
    assert_eq!(with_graphics[3..], graphics);
    assert_eq!(nodes(&spec, "0:1").len(), 3);
}

/// A node that `/sys` lists and `/dev` lacks would keep every container from starting.
#[test]
fn graphics_nodes_that_do_not_exist_are_omitted() {
    let host = Host::new(rtx_pro_6000());
    let gpu = host.gpu(0);
    let device = host.create(&gpu, "1g.24gb+gfx");
    let builder = host.builder().with_names(CdiDeviceNames::Index);
    assert_eq!(host.files().sys(), host.root.path().join("sys"));
    assert_eq!(DriverFiles::default().sys(), Path::new("/sys"));
    assert!(host.files().graphics_nodes(&gpu).unwrap().is_empty());
    host.draws(&gpu, &["card2", "renderD129"]);
    host.has(&["dri/renderD129"]);
    let spec = builder.build([&device]).unwrap();
    assert_eq!(nodes(&spec, "0:0")[3..], ["/dev/dri/renderD129"]);
    let found = host.files().graphics_nodes(&gpu).unwrap();
    assert_eq!(found, [host.dev().join("dri/renderD129")]);
}

/// A container that may not list instances has the name of its MIG device.
#[test]
fn graphics_are_found_without_the_privilege() {
    let host = Host::new(rtx_pro_6000());
    let gpu = host.gpu(0);
    host.draws(&gpu, &["renderD129"]);
    host.has(&["dri/renderD129"]);
    let device = host.create(&gpu, "1g.24gb+gfx");
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    let simulator = &host.machine.simulator;
    simulator
        .fail("nvmlDeviceGetGpuInstanceById", 1, refused)
        .unwrap();
    let spec = host.builder().build([&device]).unwrap();
    assert_eq!(nodes(&spec, &device.uuid().unwrap()).len(), 4);
}

#[test]
fn whole_gpus_stand_before_the_mig_devices() {
    let host = Host::new(
        Simulator::builder()
            .gpu(GpuSpec::new("a30"))
            .gpu(GpuSpec::new("l40s")),
    );
    let display = host.gpu(1);
    host.draws(&display, &["renderD128"]);
    host.has(&["dri/renderD128"]);
    let device = host.create(&host.gpu(0), "4g.24gb");
    let builder = host.builder().with_gpus([&display]).with_all();
    let types = builder.clone().with_names(CdiDeviceNames::TypeIndex);
    let types = types.build([&device]).unwrap();
    assert_eq!(names(&types), ["gpu1", "mig0:0", "all"]);
    assert_eq!(
        nodes(&types, "gpu1"),
        ["/dev/nvidia1", "/dev/dri/renderD128"]
    );
    let own = [
        "/dev/nvidia0",
        "/dev/nvidia-caps/nvidia-cap3",
        "/dev/nvidia-caps/nvidia-cap4",
    ];
    assert_eq!(nodes(&types, "mig0:0"), own);
    let both = [&nodes(&types, "gpu1")[..], &own].concat();
    assert_eq!(nodes(&types, "all"), both);
    let uuids = builder.with_names(CdiDeviceNames::UuidAndIndex);
    let uuids = uuids.build([&device]).unwrap();
    let gpu = display.uuid().unwrap();
    let mig_device = device.uuid().unwrap();
    assert_eq!(names(&uuids), [&gpu, "1", &mig_device, "0:0", "all"]);
    assert_eq!(nodes(&uuids, "all"), both);
}

/// Two MIG devices of one GPU share its node.
#[test]
fn all_has_each_node_once() {
    let host = Host::new(Simulator::builder().gpu(GpuSpec::new("a30")));
    let gpu = host.gpu(0);
    let devices = [host.create(&gpu, "2g.12gb"), host.create(&gpu, "2g.12gb")];
    let spec = host.builder().with_all().build(&devices).unwrap();
    let caps = [12, 13, 21, 22].map(|cap| format!("/dev/nvidia-caps/nvidia-cap{cap}"));
    let caps: Vec<&str> = caps.iter().map(String::as_str).collect();
    assert_eq!(nodes(&spec, "all"), [&["/dev/nvidia0"], &caps[..]].concat());
}

#[test]
fn a_gpu_with_mig_mode_off_is_whole_and_one_with_mig_mode_on_is_not() {
    let off = GpuSpec::new("a30").mig(false);
    let host = Host::new(Simulator::builder().gpu(off).gpu(GpuSpec::new("a30")));
    let builder = host.builder().with_names(CdiDeviceNames::Index);
    let spec = builder.clone().with_gpus([&host.gpu(0)]).build([]).unwrap();
    assert_eq!(nodes(&spec, "0"), ["/dev/nvidia0"]);
    let enabled = host.gpu(1);
    let error = builder.with_gpus([&enabled]).build([]).unwrap_err();
    let expected = enabled.uuid().unwrap();
    assert!(matches!(&error, CdiError::MigEnabled { uuid, .. } if *uuid == expected));
    assert!(error.to_string().contains("pass its MIG devices"));
}

#[test]
fn no_mig_mode_is_no_error_but_a_lost_gpu_is() {
    let host = Host::new(Simulator::builder().gpu(GpuSpec::new("l40s")));
    let simulator = &host.machine.simulator;
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.fail("nvmlDeviceGetMigMode", 1, lost).unwrap();
    let gpu = host.gpu(0);
    let builder = host.builder().with_gpus([&gpu]);
    let error = builder.build([]).unwrap_err();
    let uuid = gpu.uuid().unwrap();
    assert!(matches!(&error, CdiError::Device { device, .. } if *device == uuid));
    builder.build([]).unwrap();
}

/// NVIDIA's toolkit documents the two values.
#[test]
fn the_legacy_hook_is_told_what_to_do() {
    let host = Host::new(Simulator::builder().gpu(GpuSpec::new("l40s")));
    let gpu = host.gpu(0);
    let builder = host.builder().with_gpus([&gpu]);
    let env = |choice| {
        let builder = builder.clone().with_visible_devices(choice);
        builder.build([]).unwrap().container_edits.env
    };
    let default = builder.build([]).unwrap().container_edits.env;
    assert_eq!(default, ["NVIDIA_VISIBLE_DEVICES=void"]);
    assert_eq!(env(NvidiaVisibleDevices::Void), default);
    let none = env(NvidiaVisibleDevices::None);
    assert_eq!(none, ["NVIDIA_VISIBLE_DEVICES=none"]);
    let unset = env(NvidiaVisibleDevices::Unset);
    assert!(unset.is_empty());
}
