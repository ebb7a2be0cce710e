//! Files of mig-parted that are generated from the GPUs of a machine.

use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::{Device, GpuPlan, Layout, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, catalogue};

fn devices(boards: &[&str]) -> (Simulator, Vec<Device>) {
    let gpus = boards.iter().map(|board| GpuSpec::new(*board));
    let simulator = gpus
        .fold(Simulator::builder(), SimulatorBuilder::gpu)
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    (simulator, devices)
}

/// The MIG devices of a configuration as a layout, on its only GPU.
fn layout(file: &MigPartedFile, name: &str, devices: &[Device]) -> Layout {
    let targets = file.config(name).unwrap().targets(devices).unwrap();
    let [(_, GpuTarget::MigDevices(layout))] = targets.gpus.as_slice() else {
        panic!("{name}: {:?}", targets.gpus);
    };
    layout.clone()
}

/// As in NVIDIA's default file (deployments/systemd/config-default.yaml of mig-parted).
#[test]
fn the_labels_are_those_of_the_default_file() {
    for (board, all, balanced) in [
        (
            "a100-sxm4-40gb",
            [
                ("all-1g.5gb", "7*1g.5gb"),
                ("all-2g.10gb", "3*2g.10gb"),
                ("all-3g.20gb", "2*3g.20gb"),
                ("all-7g.40gb", "7g.40gb"),
            ]
            .as_slice(),
            "3g.20gb, 2g.10gb, 2*1g.5gb",
        ),
        (
            "a30",
            &[
                ("all-1g.6gb", "4*1g.6gb"),
                ("all-2g.12gb", "2*2g.12gb"),
                ("all-4g.24gb", "4g.24gb"),
                ("all-1g.6gb.me", "1g.6gb+me"),
            ],
            "2g.12gb, 2*1g.6gb",
        ),
        (
            "h100-sxm5-80gb",
            &[
                ("all-1g.10gb", "7*1g.10gb"),
                ("all-1g.20gb", "4*1g.20gb"),
                ("all-1g.10gb.me", "1g.10gb+me"),
            ],
            "3g.40gb, 2g.20gb, 2*1g.10gb",
        ),
    ] {
        let (_simulator, devices) = devices(&[board]);
        let file = MigPartedFile::generate(&devices).unwrap();
        let balanced = ("all-balanced", balanced);
        for (name, expected) in all.iter().chain([&balanced]) {
            let expected: Layout = expected.parse().unwrap();
            let device = &devices[0];
            let found = GpuTarget::MigDevices(layout(&file, name, &devices));
            let plan = |target| {
                let plan = GpuPlan::from_device(device, target, GpuPlanOptions::new());
                plan.unwrap().after()
            };
            assert_eq!(plan(found), plan(expected.into()), "{board} {name}");
        }
        let first: Vec<&str> = file.names().take(2).collect();
        assert_eq!(first, ["all-disabled", "all-enabled"]);
    }
}

/// What is generated is read without a warning, and fits.
#[test]
fn everything_that_is_generated_fits_on_every_board() {
    let boards = catalogue::boards().iter();
    for board in boards.filter(|board| board.max_mig_devices > 0) {
        let (_simulator, devices) = devices(&[board.key]);
        let file = MigPartedFile::generate(&devices).unwrap();
        let read = MigPartedFile::parse("generated.yaml", &file.to_yaml()).unwrap();
        assert!(read.warnings().is_empty(), "{:?}", read.warnings());
        assert!(read.names().count() > 4, "{}", board.key);
        for name in read.names() {
            let targets = read.config(name).unwrap().targets(&devices).unwrap();
            assert!(targets.warnings.is_empty(), "{}: {name}", board.key);
            let (device, target) = &targets.gpus[0];
            let options = GpuPlanOptions::new().with_change_mig_mode(true);
            let plan = GpuPlan::from_device(device, target, options);
            assert!(plan.is_ok(), "{} {name}: {plan:?}", board.key);
        }
        let json = serde_json::to_string(&file.to_json()).unwrap();
        let read = MigPartedFile::parse("generated.json", &json).unwrap();
        assert_eq!(read.names().count(), file.names().count());
        for name in file.names() {
            let targets = |file: &MigPartedFile| {
                let targets = file.config(name).unwrap().targets(&devices).unwrap();
                let targets = targets.gpus.into_iter();
                targets.map(|(_, target)| target).collect::<Vec<_>>()
            };
            assert_eq!(targets(&read), targets(&file), "{} {name}", board.key);
        }
    }
}

/// With several models, each entry says which it is for; a GPU without MIG is for none.
#[test]
fn several_models_have_filters() {
    let (_simulator, devices) = devices(&["t4", "a30", "a100-sxm4-80gb", "h100-sxm5-80gb"]);
    let yaml = MigPartedFile::generate(&devices).unwrap().to_yaml();
    let quarters = "  'all-1g.6gb':
    - devices: all
      device-filter: \"0x20B710DE\"
      mig-enabled: true
      mig-devices:
        \"1g.6gb\": 4
";
    assert!(yaml.contains(quarters), "{yaml}");
    // Both have 7 of them.
    let tenths = "  'all-1g.10gb':
    - devices: all
      device-filter: [\"0x20B210DE\", \"0x233010DE\"]
      mig-enabled: true
      mig-devices:
        \"1g.10gb\": 7
";
    assert!(yaml.contains(tenths), "{yaml}");
    let balanced = yaml.split_once("'all-balanced':\n").unwrap().1;
    assert_eq!(balanced.matches("device-filter").count(), 3, "{yaml}");
    let disabled = "  'all-disabled':\n    - devices: all\n      mig-enabled: false\n";
    assert!(yaml.contains(disabled), "{yaml}");
}
