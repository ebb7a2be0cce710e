//! A captured board of the catalogue equals the catalogue's, whichever way its compute instance profiles were obtained.

use std::fs;

use nvml_mig_sim::board_file::{BoardFile, ProfileEntry, ProfileSource};
use nvml_mig_sim::catalogue::{Board, boards, find};
use nvml_mig_sim::machine::BoardRef;

use super::captures::{capture_each, every_board, file_of, options};
use crate::runner::runner::Runner;

/// Compares every figure: all but the key, and what is said about the evidence.
fn assert_equal(loaded: &Board, board: &Board) {
    let mut figures = *loaded;
    figures.key = board.key;
    figures.weak = board.weak;
    figures.provisional = board.provisional;
    figures.alias_of = board.alias_of;
    assert_eq!(&figures, board, "{}", board.key);
}

/// Without instances, the rule gives all compute instance profiles.
#[test]
fn without_instances() {
    let folder = tempfile::tempdir().unwrap();
    for board in every_board() {
        let path = file_of(board, folder.path());
        assert_equal(BoardRef::read(&path).unwrap().board(), board);
        let file = BoardFile::read(&path).unwrap();
        assert!(file.evidence.simulated, "it says what it is worth");
        assert_eq!(by_rule(&file).len(), board.profiles.len());
        assert_eq!(fs::read_to_string(&path).unwrap(), file.to_text().unwrap());
    }
}

/// Instances of all profiles, one after another: `--add` replaces what the rule gave by what is read inside them.
#[test]
fn inside_instances() {
    let runner = Runner::new();
    let options = options(boards());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut paths: Vec<_> = boards()
        .iter()
        .map(|board| file_of(board, &runner.path(".")))
        .collect();
    let mut rounds = 0;
    loop {
        let script: Vec<String> = (0..)
            .zip(&paths)
            .flat_map(|(gpu, path): (u32, _)| {
                let missing = by_rule(&BoardFile::read(path).unwrap());
                missing
                    .into_iter()
                    .rev()
                    .map(move |id| format!("create {gpu} {id}"))
            })
            .collect();
        if script.is_empty() {
            break;
        }
        let script: Vec<&str> = script.iter().map(String::as_str).collect();
        runner.nvml(&options, &script);
        let add = paths
            .iter()
            .map(|path| format!("--add \"{}\"", path.display()));
        let texts = capture_each(&runner, &[], &add.collect::<Vec<_>>());
        for (path, text) in paths.iter_mut().zip(texts) {
            fs::write(path, text).unwrap();
        }
        rounds += 1;
        assert!(
            rounds < 12,
            "each round has an instance of one more profile"
        );
    }
    for (path, board) in paths.iter().zip(boards()) {
        assert_equal(BoardRef::read(path).unwrap().board(), board);
    }
}

/// IDs of the profiles whose compute instance profiles were derived.
fn by_rule(file: &BoardFile) -> Vec<u32> {
    let profiles = file.profiles.iter();
    let derived = profiles.filter(|it| it.compute_profiles_from == ProfileSource::Rule);
    derived.map(|profile| profile.id).collect()
}

/// A driver that has only the oldest structures reports no names, and no placements of compute instances: names are
/// computed as by nvidia-smi, placements by the rule.
#[test]
fn what_an_old_driver_does_not_report() {
    let runner = Runner::new();
    for key in ["a30", "a100-sxm4-40gb", "a100-80gb-pcie"] {
        let option = format!("--gpu={key}");
        runner.nvml(&["--driver", "470.256.02", &option], &["create 0 0"]);
        let path = runner.path("board.json");
        let text = capture_each(&runner, &[], &[String::new()]).remove(0);
        fs::write(&path, text).unwrap();
        let file = BoardFile::read(&path).unwrap();
        assert_eq!(file.evidence.profile_versions, [1]);
        let derived = file.evidence.derived.iter();
        let derived: Vec<&str> = derived.map(|derived| &*derived.figure).collect();
        let expected = [
            "profiles: graphics",
            "profiles: name",
            "compute instance profiles: name",
            "compute instance profiles: placements",
        ];
        assert_eq!(derived, expected);
        let loaded = BoardRef::read(&path).unwrap();
        let known = find(key).unwrap().profiles.iter();
        // Driver 470 does not know the numbers from 8 on.
        let known: Vec<_> = known.filter(|profile| profile.profile < 8).collect();
        assert_eq!(loaded.profiles.iter().collect::<Vec<_>>(), known);
    }
}

/// The rule for names gives those that a driver reports.
#[test]
fn computed_names() {
    let runner = Runner::new();
    let options = options(boards());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let options = [&["--driver", "470.256.02"], &*options].concat();
    let arguments: Vec<String> = boards().iter().map(|_| String::new()).collect();
    let texts = capture_each(&runner, &options, &arguments);
    let mut different = Vec::new();
    for (text, board) in texts.iter().zip(boards()) {
        let file: BoardFile = serde_json::from_str(text).unwrap();
        for ProfileEntry { id, name, .. } in &file.profiles {
            let known = board.profiles.iter().find(|profile| profile.id == *id);
            let known = known.unwrap().name;
            if name != known {
                different.push(format!("{}: {name}, not {known}", board.key));
            }
        }
    }
    assert_eq!(different, [""; 0]);
}
