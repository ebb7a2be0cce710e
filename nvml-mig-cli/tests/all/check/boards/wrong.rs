//! Boards with one wrong figure each, which must be found.

use std::sync::atomic::{AtomicUsize, Ordering};

use nvml_mig_boards::catalogue::Board;
use nvml_mig_sim::{GpuSpec, Simulator};
use serde_json::{Value, json};

use super::{KINDS, boards, each, findings, machine_of, report};
use crate::shell::Shell;

/// What is wrong about a board.
struct Wrong {
    what: &'static str,
    make: fn(&mut Value),
    /// The figure of a finding.
    figure: &'static str,
    seen: Seen,
}

#[derive(PartialEq, Eq)]
enum Seen {
    Always,
    /// By the PCI ID, which the catalogue does not have of all boards.
    ById,
    /// Only inside instances.
    Inside,
    /// Then nothing can be changed.
    WithoutMig,
}

const WRONG: [Wrong; 17] = [
    wrong(
        "name",
        |it| it["name"] = json!("NVIDIA H999"),
        "name",
        Seen::ById,
    ),
    wrong(
        "PCI ID",
        |it| it["pci_id"] = json!("10de:fffe"),
        "pci_device_id",
        Seen::Always,
    ),
    wrong(
        "compute capability",
        |it| it["compute_capability"] = json!("7.9"),
        "compute_capability",
        Seen::Always,
    ),
    wrong(
        "memory",
        |it| add(&mut it["memory_mib"], 1024),
        "memory_mib",
        Seen::Always,
    ),
    wrong(
        "most MIG devices",
        |it| add(&mut it["max_mig_devices"], 1),
        "max_mig_devices",
        Seen::Always,
    ),
    wrong("no MIG", without_mig, "mig", Seen::WithoutMig),
    wrong(
        "a profile too few",
        |it| drop(profiles(it).remove(1)),
        "profile",
        Seen::Always,
    ),
    wrong("a profile too many", one_more, "profile", Seen::Always),
    wrong(
        "name of a profile",
        |it| smallest(it)["name"] = json!("MIG 1g.99gb"),
        "name",
        Seen::Always,
    ),
    wrong(
        "ID of a profile",
        |it| smallest(it)["id"] = json!(99),
        "id",
        Seen::Always,
    ),
    wrong(
        "count of a profile",
        |it| add(&mut smallest(it)["instances"], 1),
        "instances",
        Seen::Always,
    ),
    wrong(
        "SMs of a profile",
        |it| add(&mut smallest(it)["multiprocessors"], 1),
        "multiprocessors",
        Seen::Always,
    ),
    wrong(
        "memory of a profile",
        |it| add(&mut smallest(it)["memory_mib"], -512),
        "memory_mib",
        Seen::Always,
    ),
    wrong(
        "engines of a profile",
        |it| add(&mut smallest(it)["engines"]["copy"], 1),
        "engines",
        Seen::Always,
    ),
    wrong(
        "placement of a profile",
        larger_places,
        "placements",
        Seen::Always,
    ),
    wrong(
        "SMs inside",
        |it| add(&mut inside(it)["multiprocessors"], 1),
        "multiprocessors",
        Seen::Inside,
    ),
    wrong(
        "placement inside",
        |it| fewer_places(inside(it)),
        "placements",
        Seen::Inside,
    ),
];

const fn wrong(
    what: &'static str,
    make: fn(&mut Value),
    figure: &'static str,
    seen: Seen,
) -> Wrong {
    Wrong {
        what,
        make,
        figure,
        seen,
    }
}

fn add(figure: &mut Value, difference: i64) {
    *figure = json!(figure.as_i64().unwrap() + difference);
}

fn profiles(board: &mut Value) -> &mut Vec<Value> {
    board["profiles"].as_array_mut().unwrap()
}

fn smallest(board: &mut Value) -> &mut Value {
    &mut profiles(board)[0]
}

/// The smallest compute instance profile of the largest profile.
fn inside(board: &mut Value) -> &mut Value {
    &mut profiles(board).last_mut().unwrap()["compute_profiles"][0]
}

/// The smallest profile takes the memory slices of the next larger one: the simulator refuses placements that no GPU has.
fn larger_places(board: &mut Value) {
    let places = |profile: &Value| profile["placements"].as_str().unwrap().to_owned();
    let own = places(smallest(board));
    let others = profiles(board).iter().map(places);
    let larger = others.into_iter().find(|other| *other != own).unwrap();
    smallest(board)["placements"] = json!(larger);
}

/// Such as `{0,1,2}:1` in place of `{0,1,2,3}:1`.
fn fewer_places(profile: &mut Value) {
    let places = profile["placements"].as_str().unwrap();
    let (starts, size) = places.split_once('}').unwrap();
    let (fewer, _) = starts.rsplit_once(',').unwrap();
    profile["placements"] = json!(format!("{fewer}}}{size}"));
}

fn without_mig(board: &mut Value) {
    profiles(board).clear();
    board["memory_slices"] = json!(0);
    board["max_mig_devices"] = json!(0);
}

/// The smallest profile once more, with a number that every driver knows.
fn one_more(board: &mut Value) {
    let all = profiles(board);
    let has = |number: u64| all.iter().any(|profile| profile["profile"] == number);
    let free = (0..9).find(|number| !has(*number)).unwrap();
    let mut another = all[0].clone();
    another["profile"] = json!(free);
    another["id"] = json!(98);
    all.push(another);
}

/// Checks a machine, and that the figure is among the findings.
fn finds(shell: &Shell, arguments: &str, code: i32, figure: &str) {
    let found = findings(&report(shell, arguments, code));
    let of_figure = format!(": {figure}");
    assert!(
        found.iter().any(|it| it.ends_with(&of_figure)),
        "{arguments}: {found:?}"
    );
}

/// Makes each wrong board of a board, and checks it.
fn each_wrong(
    board: &Board,
    is_tried: impl Fn(&Wrong) -> bool,
    check: impl Fn(&Shell, &Wrong),
) -> usize {
    let right = report(&Shell::new(board.key), "", 0)["gpus"][0]["capture"].clone();
    let has_id = board.pci_device_id >> 16 != 0;
    let wrong = WRONG
        .iter()
        .filter(|wrong| is_tried(wrong) && (has_id || wrong.seen != Seen::ById));
    let checked = wrong.map(|wrong| {
        let mut capture = right.clone();
        (wrong.make)(&mut capture);
        println!("{}: {}", board.key, wrong.what);
        check(&machine_of(&capture), wrong);
    });
    checked.count()
}

#[test]
fn wrong_boards_are_found() {
    let (boards, found) = (boards(), AtomicUsize::new(0));
    each(&boards, |board| {
        let is_tried = |wrong: &Wrong| wrong.seen != Seen::Inside;
        let count = each_wrong(board, is_tried, |shell, wrong| {
            finds(shell, "", 1, wrong.figure);
        });
        found.fetch_add(count, Ordering::Relaxed);
    });
    println!(
        "wrong boards: {found:?} of {} boards, all found",
        boards.len()
    );
}

/// Those that are changed: by day, the smallest.
fn changed() -> Vec<&'static Board> {
    let mut boards = boards();
    if boards.len() == KINDS.len() {
        boards.truncate(1);
    }
    boards
}

#[test]
fn wrong_boards_are_found_while_they_are_changed() {
    let (boards, found) = (changed(), AtomicUsize::new(0));
    each(&boards, |board| {
        let count = each_wrong(
            board,
            |_| true,
            |shell, wrong| {
                let has_mig = wrong.seen != Seen::WithoutMig;
                finds(
                    shell,
                    "--change 0 --kills 0",
                    if has_mig { 1 } else { 2 },
                    wrong.figure,
                );
                assert_eq!(
                    shell.there(),
                    if has_mig {
                        "GPU 0: none\n"
                    } else {
                        "GPU 0: off\n"
                    }
                );
            },
        );
        found.fetch_add(count, Ordering::Relaxed);
    });
    println!(
        "wrong boards, changed: {found:?} of {} boards, all found",
        boards.len()
    );
}

/// What the driver lists is right, and what it does is not.
#[test]
fn wrong_drivers_are_found_while_boards_are_changed() {
    let (boards, found) = (changed(), AtomicUsize::new(0));
    each(&boards, |board| {
        let gpu = || GpuSpec::new(board.key);
        let mut wrong = vec![(gpu().most_gpu_instances(2), "change")];
        if board
            .profiles
            .iter()
            .any(|profile| profile.name.ends_with("+me"))
        {
            wrong.push((gpu().plain_media_names(true), "name"));
        }
        for (gpu, figure) in wrong {
            let shell = Shell::of(Simulator::builder().gpu(gpu));
            assert_eq!(findings(&report(&shell, "", 0)), [""; 0]);
            finds(&shell, "--change 0 --kills 0", 1, figure);
            assert_eq!(shell.there(), "GPU 0: none\n");
            found.fetch_add(1, Ordering::Relaxed);
        }
    });
    println!(
        "wrong drivers: {found:?} on {} boards, all found",
        boards.len()
    );
}
