//! `nvml-mig check`, with and without `--change`, on right boards and on wrong ones: on a few kinds, or on all boards with
//! `NVML_MIG_ALL_TESTS`, as every night. With `--nocapture`, the tests print what was tried.

mod wrong;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nvml_mig_boards::catalogue::{self, Board};
use nvml_mig_sim::{GpuSpec, Simulator};
use serde_json::Value;

use super::{findings, lines, report};
use crate::shell::Shell;

/// One of each kind: four, eight and twelve memory slices, compute instances that are aligned or not, and a provisional board.
const KINDS: [&str; 5] = [
    "a30",
    "a100-sxm4-40gb",
    "h100-sxm5-80gb",
    "rtx-pro-6000-bse",
    "b200-180gb",
];

fn boards() -> Vec<&'static Board> {
    if std::env::var_os("NVML_MIG_ALL_TESTS").is_some() {
        return catalogue::boards().to_vec();
    }
    KINDS.map(|key| catalogue::find(key).unwrap()).to_vec()
}

/// Does something with each, as many at once as there are cores.
fn each<T: Sync>(all: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(one);
                }
            });
        }
    });
}

/// How many layouts of one instance there are: each profile at each placement, with each compute instance at each of its placements.
fn of_one_instance(board: &Board) -> usize {
    let profiles = board.profiles.iter();
    let of = profiles.map(|profile| {
        let inside = profile.compute.iter().map(|inside| inside.starts.len());
        profile.starts.len() * inside.sum::<usize>()
    });
    of.sum()
}

/// Read-only, on machines with eight GPUs.
#[test]
fn all_boards_are_as_in_the_catalogue() {
    let boards = catalogue::boards()
        .iter()
        .chain(catalogue::boards_without_mig());
    for chunk in boards.map(|board| board.key).collect::<Vec<_>>().chunks(8) {
        let shell = Shell::new(&chunk.join(","));
        let report = report(&shell, "", 0);
        for (gpu, key) in report["gpus"].as_array().unwrap().iter().zip(chunk) {
            let same = gpu["board"].as_str().and_then(catalogue::find).unwrap();
            let board = catalogue::find(key).unwrap();
            // Two boards with one name and one PCI ID are alike.
            assert_eq!(
                (same.name, same.profiles),
                (board.name, board.profiles),
                "{key}"
            );
            let compared = gpu["compared"].as_u64().unwrap();
            let least = if board.memory_slices == 0 { 6 } else { 60 };
            assert!(compared >= least, "{key}: {compared}");
            assert_eq!(gpu["not_read"].as_array().unwrap().len(), 0, "{key}");
        }
    }
}

#[test]
fn right_boards_are_right_while_they_are_changed() {
    let boards = boards();
    let tried = Mutex::new([0; 5]);
    each(&boards, |board| {
        let shell = Shell::new(board.key);
        let report = report(&shell, "--change 0 --kills 2", 0);
        let gpu = &report["gpus"][0];
        let single = of_one_instance(board);
        let changed = &lines(&report, "changes")[0];
        let expected = format!("changed: {single} of {single} instances one by one, then ");
        assert!(changed.starts_with(&expected), "{}: {changed}", board.key);
        let full: u64 = changed[expected.len()..]
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(full > 1, "{}: {changed}", board.key);
        let profiles = gpu["capture"]["profiles"].as_array().unwrap();
        assert_eq!(profiles.len(), board.profiles.len(), "{}", board.key);
        let mut parts = profiles.iter().map(|it| &it["compute_profiles_from"]);
        assert!(parts.all(|from| from == "instance"), "{}", board.key);
        assert_eq!(lines(&report, "left"), [""; 0], "{}", board.key);
        assert_eq!(shell.there(), "GPU 0: none\n");
        let of = |name: &str| gpu["kills"][name].as_u64().unwrap();
        let counts = [
            1,
            single as u64 + full,
            gpu["compared"].as_u64().unwrap(),
            of("processes"),
            of("interrupted"),
        ];
        let mut tried = tried.lock().unwrap();
        for (all, count) in tried.iter_mut().zip(counts) {
            *all += count;
        }
    });
    let [count, layouts, compared, killed, interrupted] = *tried.lock().unwrap();
    println!(
        "right boards: {count} with {layouts} layouts and {compared} figures, none of which differs; {killed} processes killed, \
         {interrupted} of them in the middle of a change"
    );
    assert_eq!(count, boards.len() as u64);
    assert!(interrupted > 0, "of {killed}");
}

/// Other versions of structures, numbers of profiles and functions.
#[test]
fn right_boards_are_right_with_older_drivers() {
    let drivers = [
        "460.106.00",
        "470.256.02",
        "525.147.05",
        "535.261.03",
        "580.95.05",
    ];
    each(&drivers, |driver| {
        let builder = Simulator::builder().driver_version(*driver);
        let shell = Shell::of(builder.gpu(GpuSpec::new("a100-sxm4-40gb")));
        let report = report(&shell, "--change 0 --kills 0", 0);
        assert_eq!(findings(&report), [""; 0], "{driver}");
        assert_eq!(report["driver"], **driver);
        let compared = report["gpus"][0]["compared"].as_u64().unwrap();
        assert!(compared > 1000, "{driver}: {compared}");
    });
    println!("drivers: {}", drivers.join(", "));
}

/// A machine with the board that a report describes.
fn machine_of(capture: &Value) -> Shell {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.json");
    std::fs::write(&file, capture.to_string()).unwrap();
    let gpu =
        GpuSpec::from_board_file(file).unwrap_or_else(|error| panic!("{error:?} {capture:#}"));
    Shell::of(Simulator::builder().gpu(gpu))
}
