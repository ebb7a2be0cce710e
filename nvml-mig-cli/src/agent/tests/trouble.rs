//! What goes wrong: crashes, calls that do not return, and layouts that get lost.

use std::time::{Duration, Instant};

use super::world::{GPU, these};
use super::{World, busy, change, failed, in_place, reset_needed, rests};

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
    // None of this is success, and nobody is paused for it.
    for (outcome, reason) in [
        (
            Outcome::changed("GPU 0"),
            "another program has changed them since",
        ),
        (failed(true), "it does not fit"),
        (
            Outcome::changed("GPU 0"),
            "another program has changed them since",
        ),
    ] {
        world.now = rests(&world.until_other()).unwrap();
        assert_eq!(world.comes_out(outcome), these(&[GPU]));
        assert!(rests(&world.until_other()).is_some_and(|until| until > world.now));
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        assert!(world.annotation(REASON).contains(reason));
    }
    // Only what is lost is made again, and only that is tried again.
    for outcome in [failed(true), in_place()] {
        world.now = rests(&world.until_other()).unwrap();
        assert_eq!(world.comes_out(change(false)), these(&[GPU]));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
        assert_eq!(world.comes_out(outcome), these(&[GPU]));
    }
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("success", "true"));
}

#[test]
fn a_layout_that_got_lost_is_not_success_while_it_can_not_be_made() {
    let unusable = Outcome::Unusable {
        reason: "the CDI specification can't be written".to_owned(),
    };
    let busy = Outcome::Busy {
        reason: "the whole GPU is in use".to_owned(),
        users: vec!["4711 (training)".to_owned()],
        changes_mode: false,
    };
    for before in [Outcome::InPlace { plan: None }, unusable] {
        for (outcome, state) in [
            (busy.clone(), "pending"),
            (failed(true), "failed"),
            (reset_needed(), "failed"),
        ] {
            let mut world = World::new(|_| ());
            world.want("halves");
            world.comes_out(before.clone());
            world.now = rests(&world.until_other()).unwrap();
            world.comes_out(outcome.clone());
            if state == "pending" {
                // Looked at once more without clients.
                world.comes_out(outcome);
            }
            world.now = rests(&world.until_other()).unwrap();
            assert_eq!((world.state(), world.plugin()), (state, "true"));
            world.comes_out(before.clone());
            world.until_other();
            let is_usable = matches!(before, Outcome::InPlace { .. });
            assert_eq!(world.state() == "success", is_usable);
        }
    }
}

#[test]
fn whoever_comes_after_a_crash_resumes_the_clients() {
    // In the middle of a change that is found to be done, to be impossible, and not to be wanted any more.
    for (outcome, state) in [
        (in_place(), "success"),
        (failed(false), "failed"),
        (busy(), "pending"),
    ] {
        let mut world = World::changing();
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
    // The driver does not answer: the rest need not wait.
    let unknown = Recovered::Unknown("no driver".to_owned());
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
    let until = rests(&world.until_other()).unwrap();
    assert!(until >= world.now + Duration::from_secs(500));
    assert_eq!(
        world.annotation(REASON),
        "it does not fit; GPU 0 is as before"
    );
}

#[test]
fn a_driver_that_hangs_keeps_clients_paused_only_during_a_change() {
    for (is_change, plugin) in [(true, PAUSED), (false, "true")] {
        let mut world = World::changing();
        let node = world.node.clone();
        let view = Seen {
            now: world.now,
            node: &node,
            wish: world.wish,
            file: Some(&world.file),
            pods: world.pods.as_deref(),
            missing: None,
            may_be_old: false,
        };
        let Step::Write { patch, notice } = world.controller.hang(&view, is_change) else {
            panic!("nothing is said");
        };
        assert_eq!(notice.map(|notice| notice.reason), Some("MigDriverHangs"));
        world.write(&patch.to_json(&node));
        assert_eq!((world.state(), world.plugin()), ("failed", plugin));
    }
}

#[test]
fn clients_stay_paused_while_another_process_has_the_lock() {
    let locked = || Recovered::Locked("waiting for nvml-mig (4711)".to_owned());
    for config in [Some("nowhere"), None] {
        let mut world = World::new(|policy| policy.fit_period = Some(Duration::from_secs(600)));
        world.want("halves");
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        // The next agent finds the process of the one before still at work.
        world.controller = Controller::new(world.policy.clone());
        match config {
            Some(config) => world.want(config),
            None => drop(world.node.labels.remove(CONFIG)),
        }
        world.now = Instant::now();
        for _ in 0..9 {
            assert_eq!(world.until_other(), Step::Recover);
            assert!(world.controller.obstacle().is_some());
            world.controller.recovered(locked(), world.now);
            let until = rests(&world.until_other()).unwrap();
            assert!(until <= world.now + Duration::from_secs(25));
            assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
            assert_eq!(world.annotation(REASON), "waiting for nvml-mig (4711)");
            world.now = until;
        }
        assert_eq!(world.step(), Step::Recover);
        let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
        world.controller.recovered(whole, world.now);
        if config.is_some() {
            world.comes_out(failed(false));
        }
        // What fits has changed with the rollback.
        assert_eq!(world.until_other(), Step::Fit);
        assert_eq!(world.plugin(), "true");
    }
}

#[test]
fn a_change_that_waits_for_the_lock_keeps_the_clients_paused() {
    let mut world = World::changing();
    let reason = "gave up waiting for nvml-mig (4711)".to_owned();
    world.comes_out(Outcome::Locked { reason });
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    assert_eq!(world.until_other(), Step::Recover);
    world
        .controller
        .recovered(Recovered::Whole(None), world.now);
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    // Who takes the node over from another agent looks for what that one left behind.
    world.comes_out(in_place());
    world.until_other();
    world.controller.took_over(world.now);
    assert_eq!(world.until_other(), Step::Recover);
}

#[test]
fn what_waited_for_the_lock_goes_on_at_once() {
    // Delays are spread at random.
    for _ in 0..30 {
        let mut world = World::changing();
        let reason = "waiting for nvml-mig (4711)".to_owned();
        world.comes_out(Outcome::Locked { reason });
        world.now = rests(&world.until_other()).unwrap();
        assert_eq!(world.until_other(), Step::Recover);
        let whole = Recovered::Whole(None);
        world.controller.recovered(whole, world.now);
        // Otherwise clients would come back for a moment.
        assert!(matches!(world.step(), Step::Look(_)));
        assert_eq!(world.plugin(), PAUSED);
    }
}

#[test]
fn clients_are_resumed_without_the_rest_if_that_is_refused() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    // Only what resumes can be split.
    let Step::Write { patch, .. } = world.step() else {
        panic!("nobody is paused");
    };
    assert!(patch.parts().is_empty());
    world.write(&patch.to_json(&world.node));
    world.comes_out(in_place());
    let Step::Write { patch, .. } = world.step() else {
        panic!("nobody is resumed");
    };
    // What the GPUs have had need not be said with the state; without it, it is the second part.
    let resuming = patch.parts().swap_remove(1);
    world.write(&resuming.to_json(&world.node));
    assert_eq!((world.state(), world.plugin()), ("pending", "true"));
    assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
    // The rest is tried again.
    world.until_other();
    assert_eq!(world.state(), "success");
}

/// What was found before an outage, or before another agent had the node, need not be so any more.
#[test]
fn success_is_not_said_by_what_was_found_long_ago() {
    type Event = fn(&mut World);
    let events: [Event; 3] = [
        |world| world.controller.outdate(),
        |world| world.now += Duration::from_secs(60),
        |world| {
            world.controller.took_over(world.now);
            assert_eq!(world.until_other(), Step::Recover);
            let whole = Recovered::Whole(None);
            world.controller.recovered(whole, world.now);
        },
    ];
    for event in events {
        for outcome in [in_place(), Outcome::changed("GPU 0")] {
            let mut world = World::changing();
            world.ends_well();
            event(&mut world);
            assert_eq!(world.comes_out(outcome.clone()), these(&[GPU]));
            world.until_other();
            let state = if outcome.has_layout() {
                "success"
            } else {
                "failed"
            };
            assert_eq!((world.state(), world.plugin()), (state, "true"));
        }
        // What was begun before does not count either.
        let mut world = World::changing();
        let order = world.applies();
        event(&mut world);
        world.controller.lapsed();
        world.ends(order, in_place());
        world.looks();
        assert_eq!(world.state(), "pending");
        // What is said already need not be found again.
        let mut world = World::changing();
        world.ends_well();
        world.until_other();
        world.controller.outdate();
        assert!(rests(&world.until_other()).is_some());
    }
}
