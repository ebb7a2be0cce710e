//! What goes wrong: crashes, calls that do not return, and layouts that get lost.

use std::time::Instant;

use super::{World, busy, change, failed, in_place, rests};

use crate::agent::controller::Controller;
use crate::agent::names::{CONFIG, PAUSED, PAUSED_CLIENTS, REASON};
use crate::agent::outcome::Outcome;
use crate::agent::recovery::Recovered;
use crate::agent::seen::Seen;
use crate::agent::step::Step;

#[test]
fn a_layout_that_got_lost_is_made_again_and_other_changes_are_left_alone() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(Outcome::InPlace { plan: None });
    for outcome in [change(false), busy(), failed(true)] {
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(outcome);
        assert!(rests(&world.until_other()).is_some_and(|until| until > world.now));
        assert_eq!((world.state(), world.plugin()), ("success", "true"));
    }
    world.now = rests(&world.until_other()).unwrap();
    world.comes_out(Outcome::Change {
        plan: "create GPU instance 3g.20gb at 4:4".to_owned(),
        changes_mode: false,
        is_lost: true,
    });
    assert!(matches!(world.until_other(), Step::Apply(_)));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
}

#[test]
fn whoever_comes_after_a_crash_resumes_the_clients() {
    // In the middle of a change that is found to be done, to be impossible, and not to be wanted any more.
    for (outcome, state) in [
        (in_place(), "success"),
        (failed(false), "failed"),
        (busy(), "pending"),
    ] {
        let mut world = World::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        world.restart();
        world.comes_out(outcome);
        world.until_other();
        assert_eq!((world.state(), world.plugin()), (state, "true"));
    }
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.until_other();
    world.restart();
    world.node.labels.remove(CONFIG);
    world.until_other();
    assert_eq!(world.plugin(), "true");
    assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
}

#[test]
fn a_change_that_was_not_ended_is_rolled_back_whatever_is_wanted() {
    let mut world = World::new(|_| ());
    world.controller = Controller::new(world.policy.clone());
    world.now = Instant::now();
    assert_eq!(world.step(), Step::Recover);
    // Another process has the lock: the rest need not wait.
    let unknown = Recovered::Unknown("locked".to_owned());
    world.controller.recovered(unknown, world.now);
    let until = rests(&world.step()).unwrap();
    world.now = until;
    assert_eq!(world.step(), Step::Recover);
    let open = Recovered::Open("GPU 0 is open".to_owned());
    world.controller.recovered(open, world.now);
    world.want("nowhere");
    world.comes_out(failed(false));
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.annotation(REASON), "it does not fit; GPU 0 is open");
    assert_eq!(world.step(), Step::Recover);
    let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
    world.controller.recovered(whole, world.now);
    assert_eq!(rests(&world.until_other()), None);
    assert_eq!(
        world.annotation(REASON),
        "it does not fit; GPU 0 is as before"
    );
}

#[test]
fn a_driver_that_hangs_keeps_clients_paused_only_during_a_change() {
    for (is_change, plugin) in [(true, PAUSED), (false, "true")] {
        let mut world = World::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        let node = world.node.clone();
        let view = Seen {
            now: world.now,
            node: &node,
            file: &world.file,
            pods: world.pods.as_deref(),
        };
        let Step::Write { patch, notice } = world.controller.hang(&view, is_change) else {
            panic!("nothing is said");
        };
        assert_eq!(notice.map(|notice| notice.reason), Some("MigDriverHangs"));
        world.write(&patch.to_json(&node));
        assert_eq!((world.state(), world.plugin()), ("failed", plugin));
    }
}
