//! Files of NVIDIA's mig-parted, read and written.

use crate::support::chain::chain;
use crate::support::machine::Machine;
use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedExportError, MigPartedFile, MigPartedOmission};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::snapshot::Snapshot;
use nvml_mig::{Device, GpuPlan, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

/// In the form of the example in mig-parted's README, for two A100s and two A30s.
const FILE: &str = r#"version: v1
mig-configs:
  all-disabled:
    - devices: all
      mig-enabled: false

  all-enabled:
    - devices: all
      mig-enabled: true
      mig-devices: {}

  mixed:
    # A100-SXM4-40GB
    - device-filter: "0x20B010DE"
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.5gb": 2
        "2g.10gb": 1
        "3g.20gb": 1
    - device-filter: ["0x20B710DE", "0x20F610DE"]
      devices: [2]
      mig-enabled: true
      mig-devices:
        "1c.2g.12gb": 2
        2g.12gb: 1

  boards:
    - device-filter: ["0x20B010DE:0x00000000", "0x20B710DE:0x145F10DE"]
      devices: all
      mig-enabled: false
"#;

/// A machine with two A100s and two A30s.
fn machine() -> (Simulator, Vec<Device>) {
    let mut builder = Simulator::builder();
    for board in ["a100-sxm4-40gb", "a100-sxm4-40gb", "a30", "a30"] {
        builder = builder.gpu(GpuSpec::new(board));
    }
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    (simulator, devices)
}

/// The targets as index and layout.
fn targets(config: &str, devices: &[Device]) -> Vec<(u32, String)> {
    let file = MigPartedFile::parse("config.yaml", FILE).unwrap();
    let targets = file.config(config).unwrap().targets(devices).unwrap();
    assert_eq!(targets.warnings, []);
    let text = |target: &GpuTarget| match target {
        GpuTarget::MigDisabled => "off".to_owned(),
        GpuTarget::MigDevices(layout) => layout.to_string(),
        other => panic!("unknown target {other}"),
    };
    let one = |(device, target): &(Device, GpuTarget)| (device.index().unwrap(), text(target));
    targets.gpus.iter().map(one).collect()
}

#[test]
fn filters_and_indices_choose_the_gpus() {
    let (_simulator, devices) = machine();
    assert_eq!(devices[0].pci_info().unwrap().device_id, 0x20B0_10DE);
    assert_eq!(devices[2].pci_info().unwrap().device_id, 0x20B7_10DE);
    let all = |what: &str| {
        (0..4)
            .map(|index| (index, what.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(targets("all-disabled", &devices), all("off"));
    assert_eq!(targets("all-enabled", &devices), all("none"));
    // mig-parted takes large ones first, whatever their order in the file.
    let large = "3g.20gb, 2g.10gb, 2*1g.5gb".to_owned();
    let parts = "2g.12gb, 2*1c.2g.12gb".to_owned();
    assert_eq!(
        targets("mixed", &devices),
        [(0, large.clone()), (1, large), (2, parts)]
    );
    let file = MigPartedFile::parse("config.yaml", FILE).unwrap();
    let names: Vec<&str> = file.names().collect();
    assert_eq!(names, ["all-disabled", "all-enabled", "mixed", "boards"]);
    assert_eq!(file.config("mixed").unwrap().name(), "mixed");
    let error = file.config("other").unwrap_err();
    assert_eq!(
        error.to_string(),
        "config.yaml: the file has no configuration 'other'; it has all-disabled, all-enabled, mixed, boards"
    );
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let file = MigPartedFile::parse("config.yaml", FILE).unwrap();
    let written = file.to_yaml();
    let again = MigPartedFile::parse("config.yaml", &written).unwrap();
    assert_eq!(again.to_yaml(), written);
    let (_simulator, devices) = machine();
    for name in file.names() {
        let targets = |file: &MigPartedFile| file.config(name).unwrap().targets(&devices);
        assert_eq!(targets(&file).unwrap(), targets(&again).unwrap());
    }
}

fn create(device: &Device, profile: u32, parts: &[u32]) {
    let profile = GpuInstanceProfileId::new(profile);
    let made = device.create_gpu_instance(profile).unwrap();
    for slices in parts {
        let part = nvml_mig::profile::ComputeInstanceProfile::with_slices(*slices).unwrap();
        let part = made.compute_instance_profile(part).unwrap();
        let _made = made.create_compute_instance(part.id).unwrap();
    }
}

#[test]
fn what_stands_there_is_exported_for_mig_parted() {
    let (_simulator, devices) = machine();
    for device in &devices[..2] {
        create(device, 9, &[1, 2]);
        create(device, 19, &[1]);
    }
    let written = MigPartedFile::from_devices("now", &devices)
        .unwrap()
        .file
        .to_yaml();
    let expected = r#"version: v1
mig-configs:
  'now':
    - devices: [0, 1]
      device-filter: "0x20B010DE"
      mig-enabled: true
      mig-devices:
        "1c.3g.20gb": 1
        "2c.3g.20gb": 1
        "1g.5gb": 1
    - devices: [2, 3]
      device-filter: "0x20B710DE"
      mig-enabled: true
      mig-devices: {}
"#;
    assert_eq!(written, expected);
    let file = MigPartedFile::parse("now.yaml", &written).unwrap();
    assert_eq!(
        file.config("now")
            .unwrap()
            .targets(&devices)
            .unwrap()
            .gpus
            .len(),
        4
    );

    // Two of four are not all.
    let two = MigPartedFile::from_devices("t'wo", &devices[2..])
        .unwrap()
        .file
        .to_yaml();
    assert!(
        two.contains("  't''wo':\n    - devices: [2, 3]\n      mig-enabled: true\n"),
        "{two}"
    );
}

/// A T4 has no MIG, so that `devices: all` does not mean it.
#[test]
fn a_gpu_that_is_left_out_is_named_and_all_means_those_with_mig() {
    let builder = Simulator::builder();
    let builder = ["a30", "t4", "a30"]
        .iter()
        .fold(builder, |builder, board| builder.gpu(GpuSpec::new(*board)));
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let capable = nvml.mig_capable_devices().unwrap();
    let written = MigPartedFile::from_devices("now", &capable).unwrap();
    assert!(written.file.to_yaml().contains("devices: all"));

    let lost = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(2, Some(lost)).unwrap();
    let each = nvml.each_device().unwrap();
    let export = MigPartedFile::from_each_device("now", each).unwrap();
    let yaml = export.file.to_yaml();
    assert!(!yaml.contains("all"), "{yaml}");
    let [MigPartedOmission::Unreadable { gpu: 2, source, .. }] = export.omissions.as_slice() else {
        panic!("{:?}", export.omissions);
    };
    assert_eq!(source.code(), Some(nvml_mig::ReturnCode::GpuIsLost));
    // The whole fails for a GPU that was opened before, and says which.
    let uuid = Snapshot::read(&devices[2..]).unwrap_err().to_string();
    assert!(uuid.contains(" on GPU-"), "{uuid}");
    let error = MigPartedFile::from_devices("now", &devices).unwrap_err();
    let said = chain(&error);
    assert!(said.contains(&uuid), "{said}");
    // With none left, the first error is that of the whole.
    let each = nvml.each_device().unwrap().skip(2);
    let error = MigPartedFile::from_each_device("now", each).unwrap_err();
    assert!(matches!(error, MigPartedExportError::Nvml(_)), "{error}");
}

/// Returns the YAML and the lines of an export of one GPU.
fn export(machine: &Machine) -> (String, Vec<String>) {
    let device = std::slice::from_ref(&machine.device);
    let export = MigPartedFile::from_devices("now", device).unwrap();
    let omissions = export.omissions.iter().map(ToString::to_string);
    (export.file.to_yaml(), omissions.collect())
}

/// Whether the GPU has what the file says, and so gets no other instances.
fn is_as_in(machine: &Machine, yaml: &str) -> bool {
    let file = MigPartedFile::parse("now.yaml", yaml).unwrap();
    let devices = std::slice::from_ref(&machine.device);
    let targets = file.config("now").unwrap().targets(devices).unwrap();
    let [(device, target)] = targets.gpus.as_slice() else {
        panic!("{targets:?}");
    };
    let options = GpuPlanOptions::default();
    GpuPlan::from_device(device, target, options).is_ok_and(|plan| plan.changes_nothing())
}

/// Compute instances may share GPU instances in another way than mig-parted would choose, and GPU instances without any are
/// not MIG devices.
#[test]
fn an_export_counts_mig_devices_and_names_what_is_none() {
    let machine = Machine::with("a100-sxm4-40gb");
    create(&machine.device, 9, &[1]);
    create(&machine.device, 9, &[1, 1]);
    let (yaml, omissions) = export(&machine);
    assert!(
        yaml.contains("mig-devices:\n        \"1c.3g.20gb\": 3\n"),
        "{yaml}"
    );
    assert_eq!(omissions, [""; 0]);
    assert!(is_as_in(&machine, &yaml));
    assert!(!is_as_in(&machine, &yaml.replace("3\n", "2\n")));
    assert!(!is_as_in(&machine, &yaml.replace("3\n", "4\n")));

    let machine = Machine::with("a100-sxm4-40gb");
    create(&machine.device, 9, &[]);
    create(&machine.device, 14, &[2]);
    let (yaml, omissions) = export(&machine);
    assert!(
        yaml.contains("mig-devices:\n        \"2g.10gb\": 1\n"),
        "{yaml}"
    );
    assert_eq!(
        omissions,
        [
            "GPU 0: GPU instance 3g.20gb at 4:4 without a compute instance is left out, since the file counts MIG devices"
        ]
    );
    assert!(is_as_in(&machine, &yaml));
    let name = MigPartedFile::from_devices("no\nw", &[]);
    assert!(matches!(
        name.unwrap_err(),
        MigPartedExportError::ConfigName { .. }
    ));
}

/// mig-parted and the DRA driver create the smaller one, whose name by the driver has a `c` part (DRA 1454, go-nvlib 85).
#[test]
fn both_compute_instances_of_a_double_memory_1g_have_their_names() {
    for (id, name, other) in [(7, "1g.20gb", "1c.1g.20gb"), (0, "1c.1g.20gb", "1g.20gb")] {
        let machine = Machine::with("h100-sxm5-80gb");
        let profile = machine.device.gpu_instance_profile_by_name("1g.20gb");
        let made = machine.device.create_gpu_instance(profile.unwrap().id);
        let id = nvml_mig::profile::ComputeInstanceProfileId::new(id);
        let _made = made.unwrap().create_compute_instance(id).unwrap();
        let (yaml, omissions) = export(&machine);
        assert!(yaml.contains(&format!("\"{name}\": 1")), "{yaml}");
        assert_eq!(omissions, [""; 0]);
        assert!(is_as_in(&machine, &yaml));
        assert!(!is_as_in(&machine, &yaml.replace(name, other)));
    }
}

/// A driver may leave `+me` out of the name of a MIG device (one report, H100, 580.173).
#[test]
fn attributes_are_those_of_the_gpu_instance() {
    let machine = Machine::of(GpuSpec::new("h100-sxm5-80gb").plain_media_names(true));
    let profile = machine.device.gpu_instance_profile_by_name("1g.10gb+me");
    let mig_device = machine.device.create_mig_device(profile.unwrap().id);
    assert_eq!(mig_device.unwrap().profile().unwrap(), "1g.10gb");
    let inventory = nvml_mig::inventory::Inventory::read(&machine.device).unwrap();
    assert_eq!(inventory.mig_devices().unwrap()[0].profile, "1g.10gb+me");
    let snapshot = nvml_mig::snapshot::GpuSnapshot::from_inventory(&inventory).unwrap();
    assert_eq!(snapshot.mig_devices[0].profile, "1g.10gb+me");
    let (yaml, _) = export(&machine);
    assert!(yaml.contains("\"1g.10gb+me\": 1"), "{yaml}");
    assert!(is_as_in(&machine, &yaml));
}
