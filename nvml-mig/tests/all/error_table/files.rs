//! Errors of the texts of layouts, and of mig-parted's files.

use std::slice;

use crate::support::boards::with_newer_attribute;
use crate::support::machine::Machine;
use nvml_mig::Layout;
use nvml_mig::mig_parted::{MigPartedError, MigPartedExportError, MigPartedFile};
use nvml_mig::profile::GpuInstanceProfileId;

use super::Table;

pub(super) fn add_to(table: &mut Table) {
    layouts(table);
    mig_parted(table);
    of_machine(table);
    export(table);
    left_out(table);
}

/// The variant of a kind, as `Debug` prints it.
fn variant(kind: &impl std::fmt::Debug) -> String {
    let text = format!("{kind:?}");
    let end = text.find(|c: char| !c.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

fn layouts(table: &mut Table) {
    for (kind, text) in [
        ("Empty", ""),
        ("Expected", "3g.20gb 2g.10gb"),
        ("ProfileName", "3g.20gb, 1g.5bg"),
        ("TooLarge", "3g.20gb:99999999999"),
        ("Count", "65*1g.5gb"),
        ("TooManyGpuInstances", "64*1g.5gb, 2g.10gb"),
        ("TooManyComputeInstances", "7g.40gb(64*1c, 1c)"),
        ("SharedStart", "2*1g.5gb:0"),
        ("SharedId", "3g.20gb(2*1c#0)"),
        ("AfterComputePart", "1c.3g.20gb:4"),
        ("NoSlices", "3g.20gb(0c)"),
        ("TooManyMigDevices", "64*1c.3g.20gb, 1c.3g.20gb"),
    ] {
        let error = text.parse::<Layout>().unwrap_err();
        assert_eq!(variant(error.kind()), kind);
        let row = format!("LayoutError, LayoutErrorKind::{kind}");
        table.add(row, &error, None);
    }
}

fn add_mig_parted(table: &mut Table, kind: &str, error: &MigPartedError) {
    assert_eq!(variant(error.kind()), kind);
    let row = format!("MigPartedError, MigPartedErrorKind::{kind}");
    table.add(row, error, None);
}

/// A file with one entry.
fn file(entry: &str) -> String {
    format!("version: v1\nmig-configs: {{all: [{{{entry}}}]}}")
}

fn mig_parted(table: &mut Table) {
    let error = MigPartedFile::read("/nonexistent/config.yaml").unwrap_err();
    add_mig_parted(table, "Read", &error);
    for (kind, text) in [
        ("Yaml", "version: v1\nmig-configs: [".to_owned()),
        ("Empty", String::new()),
        (
            "Manifest",
            "apiVersion: v1\nkind: ConfigMap\ndata: {}".to_owned(),
        ),
        ("Unnamed", "- {devices: all, mig-enabled: false}".to_owned()),
        ("Version", "version: v2\nmig-configs: {}".to_owned()),
        ("Expected", file("devices: all, mig-enabled: maybe")),
        ("UnknownKey", file("devices: all, mig-enable: true")),
        (
            "MisplacedKey",
            "version: v1\nspec: {mig-configs: {}}".to_owned(),
        ),
        ("MissingKey", file("devices: all")),
        (
            "ProfileName",
            file("devices: all, mig-enabled: true, mig-devices: {1g.5bg: 1}"),
        ),
        (
            "Twice",
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1, MIG 1g.5gb: 1}"),
        ),
        ("MigDevicesMissing", file("devices: all, mig-enabled: true")),
        (
            "MigDevicesWithoutMig",
            file("devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}"),
        ),
        (
            "NoMigDevices",
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: 0}"),
        ),
    ] {
        let file = MigPartedFile::parse("config.yaml", &text);
        let error = file.map_or_else(|error| error, |file| file.config("all").unwrap_err());
        add_mig_parted(table, kind, &error);
    }
}

fn of_machine(table: &mut Table) {
    let machine = Machine::with("a30");
    let targets_of = |text: &str, machine: &Machine| {
        let file = MigPartedFile::parse("config.yaml", text).unwrap();
        let config = file.config("all").unwrap();
        config
            .targets(slice::from_ref(&machine.device))
            .unwrap_err()
    };
    let targets = |text: &str| targets_of(text, &machine);
    let text = file("devices: all, mig-enabled: false");
    let parsed = MigPartedFile::parse("config.yaml", &text).unwrap();
    add_mig_parted(table, "NoSuchConfig", &parsed.config("half").unwrap_err());
    let error = targets(&file("devices: [1], mig-enabled: false"));
    add_mig_parted(table, "NoGpu", &error);
    let named = file("devices: [0], mig-enabled: true, mig-devices: {}");
    let error = targets_of(&named, &Machine::with("t4"));
    add_mig_parted(table, "NoMig", &error);
    let both =
        "devices: all, mig-enabled: false}, {devices: [0], mig-enabled: true, mig-devices: {}";
    let error = targets(&file(both));
    add_mig_parted(table, "Contradiction", &error);
    let missing = file("devices: all, mig-enabled: true, mig-devices: {3g.20gb: 1}");
    add_mig_parted(table, "Profile", &targets(&missing));
    machine
        .simulator
        .fail(
            "nvmlDeviceGetPciInfo_v3",
            1,
            nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
        .unwrap();
    add_mig_parted(table, "Nvml", &targets(&text));
}

fn export(table: &mut Table) {
    let machine = Machine::with("a30");
    let export = |name| MigPartedFile::from_devices(name, slice::from_ref(&machine.device));
    let error = export("two\nlines").unwrap_err();
    assert!(matches!(error, MigPartedExportError::ConfigName { .. }));
    table.add("MigPartedExportError::ConfigName", &error, None);
    let _without_compute_instance = machine.create(0).unwrap();
    let omissions = export("now").unwrap().omissions;
    table.add("MigPartedOmission::NoComputeInstance", &omissions[0], None);
    machine
        .simulator
        .fail(
            "nvmlDeviceGetGpuInstances",
            1,
            nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
        .unwrap();
    let error = export("now").unwrap_err();
    assert!(matches!(error, MigPartedExportError::Nvml(_)));
    table.add("MigPartedExportError::Nvml", &error, None);
}

fn left_out(table: &mut Table) {
    let machine = Machine::of(with_newer_attribute());
    let whole = GpuInstanceProfileId::new(0);
    machine.device.create_mig_device(whole).unwrap();
    let error = MigPartedFile::from_devices("now", slice::from_ref(&machine.device)).unwrap_err();
    let MigPartedExportError::NotExpressible(omission) = &error else {
        panic!("{error:?}");
    };
    table.add("MigPartedExportError::NotExpressible", &error, None);
    table.add("MigPartedOmission::NotExpressible", omission, None);

    let builder = ["a30", "a30"].map(nvml_mig_sim::GpuSpec::new);
    let builder = builder.into_iter().fold(
        nvml_mig_sim::Simulator::builder(),
        nvml_mig_sim::SimulatorBuilder::gpu,
    );
    let machine = Machine::open(builder.start().unwrap());
    let lost = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    machine.simulator.refuse_gpu(1, Some(lost)).unwrap();
    let each = machine.nvml.each_device().unwrap();
    let omissions = MigPartedFile::from_each_device("now", each)
        .unwrap()
        .omissions;
    table.add("MigPartedOmission::Unreadable", &omissions[0], None);

    let machine = Machine::with("a100-sxm4-40gb");
    machine
        .simulator
        .busy(nvml_mig_sim::Process::new(0, 7))
        .unwrap();
    let _pending = machine
        .device
        .set_mig_mode(nvml_mig::MigMode::Disabled)
        .unwrap();
    let omissions = MigPartedFile::from_devices("now", slice::from_ref(&machine.device))
        .unwrap()
        .omissions;
    table.add("MigPartedOmission::PendingMigMode", &omissions[0], None);
}
