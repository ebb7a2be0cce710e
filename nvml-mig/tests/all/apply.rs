//! Plans carried out, and taken back when something goes wrong. `.ci/apply` tries all of what is tried here in part.

use crate::support::transactions::scenes::SAMPLE;
use crate::support::transactions::{
    CHANGES, Outcome, QUESTIONS, Stage, calls, child, fail_at, fail_rollback, matrix, steps,
};

/// Does nothing, unless it is the child of another test.
#[test]
fn child_process() {
    child::run();
}

#[test]
fn a_call_that_fails_at_any_point_leaves_the_original() {
    for scene in SAMPLE.into_iter().step_by(2) {
        let (calls, mut stage) = (calls(scene), Stage::new(scene));
        let target = stage.target();
        for at in 0..calls.len() {
            // Every code in turn; those that are most likely at every change.
            let mut codes = vec![1 + u32::try_from(at).unwrap() % 30];
            if CHANGES.contains(&calls[at].as_str()) {
                codes.extend([4, 10, 19, 23, 999]);
            }
            for code in codes {
                let outcome = fail_at(&mut stage, &target, &calls, at, code);
                assert_ne!(outcome, Outcome::Told, "{scene}: {} {code}", calls[at]);
            }
        }
    }
}

#[test]
fn a_rollback_that_fails_tells_what_is_there() {
    let mut told = 0;
    for scene in SAMPLE.into_iter().skip(1).step_by(2) {
        let mut stage = Stage::new(scene);
        let target = stage.target();
        for step in 1..=steps(scene) {
            for function in CHANGES.into_iter().chain(QUESTIONS) {
                let outcome = fail_rollback(&mut stage, &target, step, function, 10);
                told += usize::from(outcome == Outcome::Told);
            }
        }
    }
    assert!(told > 0);
}

#[test]
fn a_process_that_is_killed_is_recovered_from() {
    std::thread::scope(|threads| {
        for (number, scene) in SAMPLE.iter().enumerate() {
            threads.spawn(move || {
                let killed = child::kill_at_every_event(number);
                assert!(killed > 1, "{scene}: {killed}");
            });
        }
    });
}

#[test]
fn two_processes_do_not_mix_their_layouts() {
    child::race_of_two("a100-sxm4-40gb", ["3g.20gb, 4g.20gb", "7*1g.5gb"], 15);
}

#[test]
fn each_incident_at_each_step_ends_well() {
    let mut tried = matrix::Tried::default();
    for scene in [SAMPLE[0], SAMPLE[8]] {
        tried.add(matrix::all(scene));
    }
    assert!(tried.cases > 300 && tried.open > 20, "{tried:?}");
}
