//! Files of NVIDIA's mig-parted, read and written.

use crate::support::chain::chain;
use crate::support::machine::Machine;
use nvml_mig::apply::GpuTarget;
use nvml_mig::mig_parted::{MigPartedExportError, MigPartedFile};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::snapshot::Snapshot;
use nvml_mig::{Device, Nvml};
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
        GpuTarget::Layout(layout) => layout.to_string(),
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
    let parts = "2g.12gb, 2g.12gb(2*1c)".to_owned();
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
    assert!(written.to_yaml().contains("devices: all"));

    let lost = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(2, Some(lost)).unwrap();
    let each = nvml.each_device().unwrap();
    let (file, left_out) = MigPartedFile::from_each_device("now", each).unwrap();
    assert!(!file.to_yaml().contains("all"), "{}", file.to_yaml());
    let [(2, error)] = left_out.as_slice() else {
        panic!("{left_out:?}");
    };
    assert_eq!(error.code(), Some(nvml_mig::ReturnCode::GpuIsLost));
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

#[test]
fn what_such_a_file_can_not_tell_is_an_error() {
    let refused = |device: &Device| {
        let refused = MigPartedFile::from_devices("now", std::slice::from_ref(device));
        let error = refused.unwrap_err();
        assert!(
            matches!(error, MigPartedExportError::NotExpressible { .. }),
            "{error}"
        );
        error.to_string()
    };
    let machine = Machine::with("a100-sxm4-40gb");
    create(&machine.device, 9, &[]);
    assert!(refused(&machine.device).contains("without a compute instance"));
    // Twice 1c.3g.20gb is read as one GPU instance with two compute instances.
    let machine = Machine::with("a100-sxm4-40gb");
    create(&machine.device, 9, &[1]);
    create(&machine.device, 9, &[1]);
    assert!(refused(&machine.device).contains("can't express GPU instance"));
    let name = MigPartedFile::from_devices("no\nw", &[]);
    assert!(matches!(
        name.unwrap_err(),
        MigPartedExportError::ConfigName { .. }
    ));
}

/// `1c.1g.20gb` and `1g.20gb` are two compute instances of the H100's double-memory 1g, and the same for a file.
#[test]
fn the_smaller_of_two_compute_instances_is_not_exported_as_the_larger() {
    let export = |id: u32| {
        let machine = Machine::with("h100-sxm5-80gb");
        let profile = machine.device.gpu_instance_profile_by_name("1g.20gb");
        let made = machine.device.create_gpu_instance(profile.unwrap().id);
        let id = nvml_mig::profile::ComputeInstanceProfileId::new(id);
        let _made = made.unwrap().create_compute_instance(id).unwrap();
        MigPartedFile::from_devices("now", std::slice::from_ref(&machine.device))
    };
    let larger = export(7).unwrap().to_yaml();
    assert!(larger.contains("\"1g.20gb\": 1"), "{larger}");
    let error = export(0).unwrap_err();
    assert!(
        matches!(error, MigPartedExportError::NotExpressible { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("1c.1g.20gb"), "{error}");
}
