//! The configurations of NVIDIA's default file and of `generate-config`, one for each profile, on each board: planned, applied,
//! asserted and exported.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::slice;

use crate::support::machine::Machine;
use nvml_mig::apply::{GpuPlan, GpuPlanOptions, GpuTarget, LockOptions, MachineLock};
use nvml_mig::mig_parted::{MigPartedConfig, MigPartedErrorKind, MigPartedFile};
use nvml_mig::profile::ProfileName;
use nvml_mig::{Device, MigMode};
use nvml_mig_sim::catalogue::{self, Board};

/// How many MIG devices of which name.
type Devices = BTreeMap<String, u32>;

/// The MIG devices of a configuration on each board: of one profile as many as there can be, and none on a board that lacks
/// it.
type Label = BTreeMap<&'static str, Devices>;

/// The boards that a filter can name: the PCI ids of two are not known.
fn boards() -> impl Iterator<Item = &'static Board> {
    let boards = catalogue::boards().iter().copied();
    boards.filter(|board| board.pci_device_id >> 16 != 0)
}

/// The names of a board's profiles, without NVIDIA's word before them, and how many instances of each fit.
fn profiles(board: &Board) -> impl Iterator<Item = (String, u32)> {
    let profiles = board.profiles.iter();
    profiles.map(|profile| (profile.name.replace("MIG ", ""), profile.instances))
}

/// One for each profile, and `all-balanced`.
fn labels() -> BTreeMap<String, Label> {
    let mut labels = BTreeMap::<String, Label>::new();
    for board in boards() {
        for (name, count) in profiles(board) {
            let label = format!("all-{}", name.replace('+', "."));
            let label = labels.entry(label).or_default();
            label.insert(board.key, BTreeMap::from([(name, count)]));
        }
        let balanced = labels.entry("all-balanced".to_owned()).or_default();
        balanced.insert(board.key, balanced_of(board));
    }
    labels
}

/// Two instances of a slice, one of two, and one of three where there are seven: of those without attributes, the profiles of
/// which most fit.
fn balanced_of(board: &Board) -> Devices {
    let slices = |name: &str| name.parse::<ProfileName>().unwrap().gpu_slices;
    let plain = || profiles(board).filter(|(name, _)| !name.contains(['+', '-']));
    let whole = plain().map(|(name, _)| slices(&name)).max().unwrap();
    let wanted: &[(u32, u32)] = match whole {
        7 => &[(1, 2), (2, 1), (3, 1)],
        4 => &[(1, 2), (2, 1)],
        other => panic!("{}: {other} slices", board.key),
    };
    let profile = |wanted: u32| {
        let of_slices = plain().filter(|(name, _)| slices(name) == wanted);
        of_slices.max_by_key(|(_, count)| *count).unwrap().0
    };
    let counts = wanted.iter();
    counts
        .map(|(slices, count)| (profile(*slices), *count))
        .collect()
}

/// A file for all boards. Where they differ, an entry has a filter, as in NVIDIA's file.
fn file(labels: &BTreeMap<String, Label>) -> MigPartedFile {
    let mut text = "version: v1\nmig-configs:\n".to_owned();
    text += "  all-disabled:\n    - devices: all\n      mig-enabled: false\n";
    text += "  all-enabled:\n    - devices: all\n      mig-enabled: true\n      mig-devices: {}\n";
    for (name, label) in labels {
        let mut entries = BTreeMap::<&Devices, Vec<String>>::new();
        for (board, devices) in label {
            let id = catalogue::find(board).unwrap().pci_device_id;
            let ids = entries.entry(devices).or_default();
            ids.push(format!("\"0x{id:08X}\""));
        }
        writeln!(text, "  {name}:").unwrap();
        for (devices, ids) in &entries {
            text += "    - devices: all\n      mig-enabled: true\n";
            if entries.len() > 1 {
                writeln!(text, "      device-filter: [{}]", ids.join(", ")).unwrap();
            }
            text += "      mig-devices:\n";
            for (name, count) in *devices {
                writeln!(text, "        \"{name}\": {count}").unwrap();
            }
        }
    }
    let file = MigPartedFile::parse("config.yaml", &text).unwrap();
    assert_eq!(file.warnings(), []);
    file
}

/// A machine with one GPU, and the lock for it.
struct Scene {
    machine: Machine,
    lock: MachineLock,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn new(board: &Board) -> Self {
        // In memory if possible: the journal is synced at each step, and there are thousands.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        let options = LockOptions::new().with_folder(folder.path());
        Self {
            machine: Machine::with(board.key),
            lock: options.take().unwrap().unwrap(),
            _folder: folder,
        }
    }

    fn device(&self) -> &Device {
        &self.machine.device
    }

    fn target(&self, config: &MigPartedConfig) -> GpuTarget {
        let targets = config.targets(slice::from_ref(self.device())).unwrap();
        assert_eq!(targets.warnings, []);
        let [(_, target)] = targets.gpus.as_slice() else {
            panic!("{targets:?}");
        };
        target.clone()
    }

    fn plan(&self, config: &MigPartedConfig) -> GpuPlan {
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        GpuPlan::from_device(self.device(), self.target(config), options)
            .unwrap_or_else(|error| panic!("{}: {error:?}", config.name()))
    }

    fn apply(&mut self, config: &MigPartedConfig) {
        let plan = self.plan(config);
        let applied = self.lock.apply(&[plan], |_| ControlFlow::Continue(()));
        if let Err(error) = applied {
            panic!("{}: {error:?}", config.name());
        }
        assert!(self.plan(config).changes_nothing(), "{}", config.name());
    }

    /// What the driver lists.
    fn present(&self) -> Devices {
        let mut present = Devices::new();
        for gpu_instance in self.device().gpu_instances().unwrap() {
            assert_eq!(gpu_instance.compute_instances().unwrap().len(), 1);
            let name = gpu_instance.profile().unwrap().name;
            *present.entry(name.to_string()).or_default() += 1;
        }
        let count = self.device().mig_devices().unwrap().len();
        assert_eq!(u32::try_from(count).unwrap(), present.values().sum::<u32>());
        present
    }

    /// What is exported means the same, and nothing else.
    fn assert_exported(&self, devices: Option<&Devices>) {
        let exported = MigPartedFile::from_devices("now", slice::from_ref(self.device()));
        let text = exported.unwrap().file.to_yaml();
        let mut expected = "version: v1\nmig-configs:\n  'now':\n    - devices: all\n".to_owned();
        expected += match devices {
            None => "      mig-enabled: false\n",
            Some(devices) if devices.is_empty() => {
                "      mig-enabled: true\n      mig-devices: {}\n"
            }
            Some(_) => "      mig-enabled: true\n      mig-devices:\n",
        };
        let mut lines = vec![];
        for (name, count) in devices.into_iter().flatten() {
            lines.push(format!("        \"{name}\": {count}"));
        }
        let (head, tail) = text.split_at(expected.len().min(text.len()));
        assert_eq!(head, expected);
        let mut found: Vec<&str> = tail.lines().collect();
        found.sort_unstable();
        lines.sort_unstable();
        assert_eq!(found, lines);
        let read = MigPartedFile::parse("now.yaml", &text).unwrap();
        assert!(self.plan(read.config("now").unwrap()).changes_nothing());
    }
}

#[test]
fn each_configuration_on_each_board_that_has_its_profiles() {
    let labels = labels();
    let file = file(&labels);
    for board in boards() {
        let mut scene = Scene::new(board);
        let mut before = None;
        for (name, label) in &labels {
            let Some(devices) = label.get(board.key) else {
                continue;
            };
            let config = file.config(name).unwrap();
            // Another configuration is not in place.
            if before.as_ref() != Some(devices) {
                assert!(!scene.plan(config).changes_nothing(), "{name}");
            }
            scene.apply(config);
            assert_eq!(scene.present(), *devices, "{name} on {}", board.key);
            scene.assert_exported(Some(devices));
            before = Some(devices.clone());
        }
        for (name, mode) in [
            ("all-disabled", MigMode::Disabled),
            ("all-enabled", MigMode::Enabled),
            ("all-disabled", MigMode::Disabled),
        ] {
            scene.apply(file.config(name).unwrap());
            let modes = scene.device().mig_mode().unwrap();
            assert_eq!((modes.current(), modes.pending()), (mode, mode));
            let none = Devices::new();
            scene.assert_exported((mode == MigMode::Enabled).then_some(&none));
        }
    }
}

/// mig-parted clears the GPU and says that it was successful. A name with another figure for the same memory is right.
#[test]
fn a_configuration_of_another_board_is_refused() {
    let labels = labels();
    let file = file(&labels);
    let (mut refused, mut unmatched) = (0, 0);
    for board in boards() {
        let machine = Machine::with(board.key);
        let devices = slice::from_ref(&machine.device);
        for (name, label) in &labels {
            if label.contains_key(board.key) {
                continue;
            }
            let wanted = label.values().flat_map(BTreeMap::keys).next().unwrap();
            match file.config(name).unwrap().targets(devices) {
                Ok(targets) => {
                    assert!(
                        has_near(board, wanted),
                        "{name} on {}: {targets:?}",
                        board.key
                    );
                }
                Err(error) => match error.kind() {
                    MigPartedErrorKind::Profile { .. } => refused += 1,
                    MigPartedErrorKind::NoGpu { .. } => unmatched += 1,
                    _ => panic!("{name} on {}: {error:?}", board.key),
                },
            }
        }
    }
    println!("{refused} refused, {unmatched} without an entry");
    assert!(refused > 1000 && unmatched > 10, "{refused}, {unmatched}");
}

/// Returns whether a profile of the board has the same slices and attributes, and its memory differs by at most a tenth.
fn has_near(board: &Board, wanted: &str) -> bool {
    let wanted: ProfileName = wanted.parse().unwrap();
    let is_near = |name: ProfileName| {
        let mut other = name;
        other.memory_gb = wanted.memory_gb;
        other == wanted && name.memory_gb.abs_diff(wanted.memory_gb) * 10 <= name.memory_gb
    };
    profiles(board).any(|(name, _)| is_near(name.parse().unwrap()))
}
