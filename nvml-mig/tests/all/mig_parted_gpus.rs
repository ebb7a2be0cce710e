//! Which GPUs the entries of mig-parted's files mean (`MIG_FACTS.md`, sections 14 and 16).

use crate::support::chain::chain;
use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedError, MigPartedErrorKind, MigPartedFile, MigPartedPosition};
use nvml_mig::{Device, GpuPlan, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

/// The GPUs of a machine, which lives as long as they do.
struct Gpus {
    devices: Vec<Device>,
    _simulator: Simulator,
}

fn machine(boards: &[&str]) -> Gpus {
    let boards = boards.iter().map(|board| GpuSpec::new(*board));
    let simulator = boards.fold(Simulator::builder(), nvml_mig_sim::SimulatorBuilder::gpu);
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    Gpus {
        devices: nvml.devices().unwrap(),
        _simulator: simulator,
    }
}

impl Gpus {
    /// The targets by index, and the warnings.
    fn try_targets(&self, entries: &str) -> Result<(Vec<String>, Vec<String>), MigPartedError> {
        let text = format!("version: v1\nmig-configs:\n  one:\n{entries}");
        let file = MigPartedFile::parse("f", &text).unwrap();
        let targets = file.config("one")?.targets(&self.devices)?;
        let each = self
            .devices
            .iter()
            .map(|gpu| Ok((gpu.index().unwrap(), Ok(gpu.clone()))));
        let each: Result<Vec<_>, MigPartedError> = each.collect();
        let same = file.config("one")?.each_target(each?)?;
        assert_eq!(same.warnings, targets.warnings);
        assert_eq!(same.gpus.len(), targets.gpus.len());
        let mut gpus = Vec::new();
        for (gpu, target) in &targets {
            gpus.push(format!("{}: {target}", gpu.index().unwrap()));
        }
        let warnings = targets.warnings.iter().map(ToString::to_string);
        Ok((gpus, warnings.collect()))
    }

    fn targets(&self, entries: &str) -> (Vec<String>, Vec<String>) {
        let targets = self.try_targets(entries);
        targets.unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    fn refused(&self, entries: &str) -> MigPartedError {
        self.try_targets(entries).unwrap_err()
    }
}

const ON: &str = "mig-enabled: true, mig-devices: {4g.24gb: 1}";
const OFF: &str = "mig-enabled: false";

#[test]
fn all_gpus_are_those_with_mig() {
    let gpus = machine(&["a30", "t4", "a30"]);
    let (found, warnings) = gpus.targets(&format!("  - {{devices: all, {ON}}}\n"));
    assert_eq!(found, ["0: 4g.24gb", "2: 4g.24gb"]);
    // A display GPU beside the others is nothing odd.
    assert_eq!(warnings, [""; 0]);
    // Without MIG, it is as it should be.
    for devices in ["all", "[0, 1, 2]"] {
        let (found, _) = gpus.targets(&format!("  - {{devices: {devices}, {OFF}}}\n"));
        assert_eq!(
            found,
            ["0: MIG disabled", "1: MIG disabled", "2: MIG disabled"]
        );
    }
    // The DGX Station's file: its display GPU has an entry of its own.
    let (found, _) = gpus.targets(&format!(
        "  - {{device-filter: \"0x20B710DE\", devices: all, {ON}}}\n  - {{device-filter: \"0x1EB810DE\", devices: all, {OFF}}}\n"
    ));
    assert_eq!(found, ["0: 4g.24gb", "1: MIG disabled", "2: 4g.24gb"]);
}

#[test]
fn a_gpu_without_mig_that_is_named_is_an_error() {
    let gpus = machine(&["a30", "t4"]);
    for entries in [
        format!("  - {{devices: [0, 1], {ON}}}\n"),
        "  - {devices: [0, 1], mig-enabled: true, mig-devices: {}}\n".to_owned(),
        // Also if another entry would replace this one.
        format!("  - {{devices: [0, 1], {ON}}}\n  - {{devices: all, {ON}}}\n"),
    ] {
        let error = gpus.refused(&entries);
        assert_eq!(
            error.to_string(),
            "f:4:19: GPU 1 does not support MIG",
            "{entries}"
        );
        assert!(matches!(
            error.kind(),
            MigPartedErrorKind::NoMig { index: 1, .. }
        ));
    }
    // The entry for all does not mean it, and replaces none.
    let (found, warnings) = gpus.targets(&format!(
        "  - {{devices: [1], {OFF}}}\n  - {{devices: all, {ON}}}\n"
    ));
    assert_eq!(found, ["0: 4g.24gb", "1: MIG disabled"]);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn what_matches_no_gpu_is_an_error_of_its_own() {
    let a30 = machine(&["a30"]);
    let t4 = machine(&["t4"]);
    for (gpus, entries) in [
        (&a30, format!("  - {{devices: [], {ON}}}\n")),
        (&a30, format!("  - {{devices: [1], {ON}}}\n")),
        (
            &a30,
            format!("  - {{devices: all, device-filter: \"0x20B010DE\", {ON}}}\n"),
        ),
        (&t4, format!("  - {{devices: all, {ON}}}\n")),
    ] {
        let error = gpus.refused(&entries);
        let expected = "f: no entry of the configuration 'one' matches a GPU of this machine";
        assert_eq!(error.to_string(), expected, "{entries}");
        assert!(matches!(error.kind(), MigPartedErrorKind::NoGpu { .. }));
    }
    let (found, _) = t4.targets(&format!("  - {{devices: all, {OFF}}}\n"));
    assert_eq!(found, ["0: MIG disabled"]);
}

#[test]
fn an_index_that_does_not_exist_is_passed_over() {
    let gpus = machine(&["a30", "a30"]);
    let (found, warnings) = gpus.targets(&format!("  - {{devices: [7, 1, 2], {ON}}}\n"));
    assert_eq!(found, ["1: 4g.24gb"]);
    let passed = |column: usize, index: u32| {
        format!(
            "f:4:{column}: GPU {index} does not exist and is passed over; the number of GPUs is 2"
        )
    };
    assert_eq!(warnings, [passed(16, 7), passed(22, 2)]);
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    let gpus = machine(&["a30", "a30", "a30"]);
    let (found, warnings) = gpus.targets(&format!(
        "  - {{devices: all, mig-enabled: on, mig-devices: {{2g.12gb: 2}}}}\n  - {{devices: [0, 2], {ON}}}\n  - {{devices: [2], mig-enabled: on, mig-devices: {{}}}}\n"
    ));
    assert_eq!(found, ["0: 4g.24gb", "1: 2*2g.12gb", "2: none"]);
    assert_eq!(
        warnings,
        [
            "f:4:5: the entry in line 5 replaces this one for GPUs 0, 2",
            "f:5:5: the entry in line 6 replaces this one for GPU 2",
        ]
    );
    // What is replaced need not be right for the GPU.
    let (found, _) = gpus.targets(&format!(
        "  - {{devices: [0], mig-enabled: true, mig-devices: {{7g.80gb: 1}}}}\n  - {{devices: [0], {ON}}}\n"
    ));
    assert_eq!(found, ["0: 4g.24gb"]);
}

/// mig-parted would set both modes, one after the other.
#[test]
fn entries_that_contradict_each_other_are_refused() {
    let gpus = machine(&["t4", "a30"]);
    for (entries, place) in [
        (
            format!("  - {{devices: all, {OFF}}}\n  - {{devices: [1], {ON}}}\n"),
            "f:5:5: this entry and that of line 4",
        ),
        (
            format!(
                "  - {{devices: [1], {ON}}}\n  - {{devices: [], {ON}}}\n  - {{devices: all, {OFF}}}\n"
            ),
            "f:6:5: this entry and that of line 4",
        ),
    ] {
        let error = gpus.refused(&entries);
        let text = error.to_string();
        assert!(text.starts_with(place), "{text}");
        assert!(matches!(
            error.kind(),
            MigPartedErrorKind::Contradiction {
                index: 1,
                line: 4,
                ..
            }
        ));
    }
    // Not on one GPU.
    let (found, _) = gpus.targets(&format!(
        "  - {{devices: [0], {OFF}}}\n  - {{devices: [1], {ON}}}\n"
    ));
    assert_eq!(found, ["0: MIG disabled", "1: 4g.24gb"]);
}

#[test]
fn what_is_odd_in_a_configuration_is_told_with_its_targets() {
    let gpus = machine(&["a30"]);
    let (found, warnings) = gpus.targets(&format!(
        "  - {{devices: [0, 0], device-filter: [], {OFF}}}\n  - {{devices: [], {OFF}, devices: []}}\n"
    ));
    assert_eq!(found, ["0: MIG disabled"]);
    assert_eq!(
        warnings,
        [
            "f:4:38: this filter is empty, so the entry matches all models",
            "f:4:19: GPU 0 occurs twice in this list",
            "f:5:39: the key devices replaces the same key in line 5",
            "f:5:48: this list is empty, so the entry matches no GPU",
        ]
    );
    let entry = format!("[&e {{devices: all, {OFF}}}, {{devices: [0], <<: *e}}]");
    let text = format!("version: v1\nmig-configs: {{off: {entry}}}");
    let file = MigPartedFile::parse("f", &text).unwrap();
    let targets = file.config("off").unwrap().targets(&gpus.devices).unwrap();
    let warnings: Vec<String> = targets.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "f:2:75: this merge replaces the key devices in line 2; write the merge before it to keep it",
            "f:2:15: mig-parted reads the name off as false; put it in quotes",
            "f:2:21: the entry in line 2 replaces this one for GPU 0",
        ]
    );
}

/// With this, mig-parted destroys everything and says that it was successful.
#[test]
fn a_profile_that_the_gpu_lacks_is_an_error_with_its_place() {
    let gpus = machine(&["a30"]);
    let error = gpus.refused(
        "  - devices: [0]\n    mig-enabled: true\n    mig-devices:\n      \"1g.99gb\": 7\n",
    );
    assert_eq!((error.line(), error.column()), (Some(7), Some(7)));
    let expected =
        "this profile can't be used on GPU 0: this GPU has no profile '1g.99gb'; it has 1g.6gb";
    assert!(
        chain(error.kind()).starts_with(expected),
        "{}",
        chain(&error)
    );
}

/// The last entry that matches a GPU counts, and the error of its layout says where it is.
#[test]
fn the_entry_of_a_gpu_is_known_by_its_place() {
    let gpus = machine(&["a30", "a30", "t4"]);
    let text = format!(
        "version: v1\nmig-configs:\n  one:\n    - {{devices: [0, 1], {OFF}}}\n    - {{devices: [1], {OFF}}}\n"
    );
    let file = MigPartedFile::parse("f", &text).unwrap();
    let config = file.config("one").unwrap();
    let place = |gpu: &Device| config.position(gpu).map(|position| position.to_string());
    let places: Vec<_> = gpus.devices.iter().map(place).collect();
    assert_eq!(
        places,
        [Some("f:4:7".to_owned()), Some("f:5:7".to_owned()), None]
    );
    let made_by_hand = MigPartedPosition::new("f", 4, 7);
    assert_eq!(config.position(&gpus.devices[0]), Some(made_by_hand));
    let options = GpuPlanOptions::new().with_origin("f:4:7");
    assert_eq!(options.origin(), Some("f:4:7"));
    let target: GpuTarget = "2*4g.24gb".parse::<nvml_mig::Layout>().unwrap().into();
    let error = GpuPlan::from_device(&gpus.devices[0], target, options).unwrap_err();
    let uuid = gpus.devices[0].uuid().unwrap();
    let expected = format!("f:4:7: GPU {uuid}: the layout can't be applied");
    assert_eq!(
        (error.to_string(), error.origin.as_deref()),
        (expected, Some("f:4:7"))
    );
}
