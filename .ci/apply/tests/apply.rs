//! Every call of every plan fails with every code, every process is killed at every step, and two processes get in each
//! other's way a thousand times. Thirteen incidents come in between at every step. `nvml-mig/tests/all/apply_calls.rs` tries a part of it.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nvml_mig_testing::transactions::scenes::{self, Scene};
use nvml_mig_testing::transactions::{
    CHANGES, Outcome, QUESTIONS, Stage, calls, child, codes, fail_at, fail_rollback, matrix, steps,
};

/// Does nothing, unless it is the child of another test.
#[test]
fn child_process() {
    child::run();
}

/// Goes through every nth scene on a few threads.
fn on_every_nth_scene(nth: usize, threads: usize, body: impl Fn(usize, Scene) + Sync) {
    let (scenes, next) = (scenes::all(), AtomicUsize::new(0));
    assert!(scenes.len() >= 50);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(scene) = scenes.get(next.fetch_add(nth, Ordering::Relaxed)) {
                    let number = scenes.iter().position(|one| std::ptr::eq(one, scene));
                    body(number.unwrap(), *scene);
                }
            });
        }
    });
}

/// One in so many, or all with NVML_MIG_ALL_TESTS=1, as every night.
fn one_in(nth: usize) -> usize {
    match env::var_os("NVML_MIG_ALL_TESTS") {
        Some(_) => 1,
        None => nth,
    }
}

#[test]
fn every_change_fails_with_every_code_and_every_question_with_some() {
    let tried = AtomicUsize::new(0);
    on_every_nth_scene(one_in(6), 2, |_, scene| {
        let (calls, mut stage) = (calls(scene), Stage::new(scene));
        let target = stage.target();
        for at in 0..calls.len() {
            let change = CHANGES.contains(&calls[at].as_str());
            let likely = [2, 3, 4, 6, 15, 999];
            for code in codes().filter(|code| change || likely.contains(code)) {
                let outcome = fail_at(&mut stage, &target, &calls, at, code);
                assert_ne!(outcome, Outcome::Told, "{scene}: {} {code}", calls[at]);
                tried.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("{} failures", tried.into_inner());
}

#[test]
fn every_rollback_fails_too_and_tells_what_is_there() {
    let (tried, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
    on_every_nth_scene(one_in(6), 2, |_, scene| {
        let mut stage = Stage::new(scene);
        let target = stage.target();
        for step in 1..=steps(scene) {
            let changes = CHANGES.map(|function| (function, [4, 10, 19, 23, 999]));
            let questions = QUESTIONS.map(|function| (function, [4, 10, 15, 27, 999]));
            for (function, codes) in changes.into_iter().chain(questions) {
                for code in codes {
                    let outcome = fail_rollback(&mut stage, &target, step, function, code);
                    tried.fetch_add(1, Ordering::Relaxed);
                    told.fetch_add(usize::from(outcome == Outcome::Told), Ordering::Relaxed);
                }
            }
        }
    });
    let (tried, told) = (tried.into_inner(), told.into_inner());
    println!("{tried} rollbacks, {told} of them incomplete");
    assert!(0 < told && told < tried);
}

#[test]
fn each_incident_at_each_step_ends_well() {
    let tried = Mutex::new(matrix::Tried::default());
    let nth = one_in(14);
    on_every_nth_scene(nth, 2, |_, scene| {
        let of_scene = matrix::all(scene);
        tried.lock().unwrap().add(of_scene);
    });
    let tried = tried.into_inner().unwrap();
    println!(
        "{} incidents, {} of them with an open entry",
        tried.cases, tried.open
    );
    assert!(tried.cases > 40_000 / nth && tried.open > 4_000 / nth);
}

#[test]
fn every_process_is_killed_at_every_step() {
    let killed = AtomicUsize::new(0);
    on_every_nth_scene(one_in(3), 6, |number, _| {
        killed.fetch_add(child::kill_at_every_event(number), Ordering::Relaxed);
    });
    println!("{} killed", killed.into_inner());
}

#[test]
fn two_processes_change_one_gpu_a_thousand_times() {
    child::race_of_two("a100-sxm4-40gb", ["3g.20gb, 4g.20gb", "7*1g.5gb"], 500);
}
