//! Clients that would find GPUs of which nobody knows in what state they are.

use std::time::{Duration, Instant};

use super::{PLUGIN_POD, World, busy, change, rests};

use crate::agent::controller::Controller;
use crate::agent::names::{CONFIG, OUR_STATE, PAUSED, REASON, STATE};
use crate::agent::outcome::Outcome;
use crate::agent::recovery::Recovered;
use crate::agent::seen::{PodView, Seen};
use crate::agent::step::Step;

impl World {
    fn hangs(&mut self, is_change: bool) {
        self.says(|controller, seen| Some(controller.hang(seen, is_change)));
    }

    fn goes_on(&mut self) {
        self.says(Controller::meanwhile);
    }

    fn says(&mut self, what: impl FnOnce(&mut Controller, &Seen<'_>) -> Option<Step>) {
        let node = self.node.clone();
        let seen = Seen {
            now: self.now,
            node: &node,
            wish: self.wish,
            file: Some(&self.file),
            pods: self.pods.as_deref(),
            missing: None,
            may_be_old: false,
        };
        if let Some(Step::Write { patch, .. }) = what(&mut self.controller, &seen) {
            self.write(&patch.to_json(&node));
        }
    }

    fn has_mig_manager(&mut self, is_there: bool) {
        let pod = PodView {
            name: "x".to_owned(),
            app: "nvidia-mig-manager".to_owned(),
        };
        self.pods = Some(is_there.then_some(pod).into_iter().collect());
    }

    fn dies_in_a_change() -> Self {
        let mut world = Self::changing();
        world.controller = Controller::new(world.policy.clone());
        world.now = Instant::now();
        world
    }
}

#[test]
fn a_look_that_hangs_keeps_nobody_paused_for_what_is_not_wanted() {
    for (is_change, has_mig_manager, plugin) in [
        (false, false, "true"),
        (false, true, "true"),
        (true, false, PAUSED),
        (true, true, PAUSED),
    ] {
        let mut world = World::changing();
        if has_mig_manager {
            world.has_mig_manager(true);
        } else {
            world.node.labels.remove(CONFIG);
        }
        world.hangs(is_change);
        assert_eq!(world.plugin(), plugin, "{is_change} {has_mig_manager}");
        let says_so = world.annotation(REASON).contains("has not returned for");
        assert_eq!(says_so, is_change && !has_mig_manager);
        // The state is mig-manager's now.
        if has_mig_manager || is_change {
            assert_eq!(world.state(), "pending");
        } else {
            assert_eq!(world.node.label(STATE), None);
            assert_eq!(world.node.annotation(OUR_STATE), None);
        }
    }
}

#[test]
fn a_change_that_goes_on_after_a_slow_step_is_not_called_failed() {
    let mut world = World::changing();
    world.goes_on();
    assert_eq!(world.state(), "pending");
    world.hangs(true);
    assert_eq!((world.state(), world.plugin()), ("failed", PAUSED));
    world.goes_on();
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    assert_eq!(world.annotation(REASON), "the GPUs are being changed");
    let version = world.node.version.clone();
    world.goes_on();
    assert_eq!(world.node.version, version, "it says it again and again");
}

#[test]
fn a_hang_gives_no_state_to_a_node_that_wants_nothing() {
    let mut world = World::new(|_| ());
    world.hangs(true);
    assert_eq!(world.node.label(STATE), None);
    assert!(world.node.annotations.is_empty());
}

#[test]
fn a_look_that_hangs_resumes_nobody_while_another_process_has_the_lock() {
    let mut world = World::changing();
    let reason = "waiting for nvml-mig (4711)".to_owned();
    world.comes_out(Outcome::Locked { reason });
    world.hangs(false);
    assert_eq!((world.state(), world.plugin()), ("failed", PAUSED));
}

#[test]
fn nobody_is_resumed_on_half_made_gpus_beside_mig_manager() {
    let half = || Recovered::Found("GPU-1 is as an interrupted change left it".to_owned());
    let locked = || Recovered::Locked("waiting for nvml-mig (4711)".to_owned());
    let unknown = || Recovered::Unknown("the journal can't be read".to_owned());
    for found in [half(), locked(), unknown()] {
        let mut world = World::dies_in_a_change();
        world.has_mig_manager(true);
        // Nothing is rolled back beside it.
        assert_eq!(world.until_other(), Step::Inspect);
        assert!(world.controller.obstacle().is_some());
        world.controller.recovered(found, world.now);
        let Step::Rest { until: Some(until) } = world.until_other() else {
            panic!("it is not looked at again");
        };
        assert_eq!(world.plugin(), PAUSED);
        assert!(world.annotation(REASON).contains("that it paused stay so"));
        assert!(world.controller.obstacle().is_some());
        world.now = until;
        assert_eq!(world.until_other(), Step::Inspect);
        world.controller.recovered(half(), world.now);
        world.until_other();
        // As soon as it is gone.
        world.has_mig_manager(false);
        assert_eq!(world.until_other(), Step::Recover);
        let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
        world.controller.recovered(whole, world.now);
        assert!(matches!(world.until_other(), Step::Look(_)));
        assert_eq!(world.controller.obstacle(), None);
    }
    // Who has the lock may never end, and no journal says that a change was begun.
    let mut world = World::dies_in_a_change();
    world.has_mig_manager(true);
    let began = world.now;
    while world.plugin() == PAUSED {
        match world.until_other() {
            Step::Inspect => {
                let who = "waiting for nvml-mig (4711)".to_owned();
                let found = Recovered::Waiting(who);
                world.controller.recovered(found, world.now);
            }
            step => world.now = rests(&step).unwrap(),
        }
        assert!(world.now <= began + Duration::from_secs(400), "for ever");
    }
    assert!(world.now >= began + Duration::from_secs(300), "too early");
    let mut world = World::dies_in_a_change();
    world.has_mig_manager(true);
    assert_eq!(world.until_other(), Step::Inspect);
    world
        .controller
        .recovered(Recovered::Whole(None), world.now);
    assert_eq!(world.until_other(), Step::Rest { until: None });
    assert_eq!(world.plugin(), "true");
}

#[test]
fn nobody_is_resumed_at_the_end_before_a_rollback_was_tried() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    let reason = "GPU 0 is open".to_owned();
    world.comes_out(Outcome::Open { reason });
    assert!(world.controller.obstacle().is_some());
    assert_eq!(world.until_other(), Step::Recover);
    let open = Recovered::Open("GPU 0 is open".to_owned());
    world.controller.recovered(open, world.now);
    assert_eq!(world.controller.obstacle(), None);
    world.controller.took_over(world.now);
    assert!(world.controller.obstacle().is_some());
}

/// Who has the lock may never end.
#[test]
fn clients_are_not_paused_for_ever_for_a_lock() {
    let locked = || Outcome::Locked {
        reason: "waiting for nvml-mig (4711)".to_owned(),
    };
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    // Another process takes it in between.
    world.comes_out(locked());
    let until = rests(&world.until_other()).unwrap();
    assert_eq!(world.plugin(), PAUSED);
    let limit = world.now + Duration::from_secs(300);
    while world.plugin() == PAUSED {
        assert!(world.now <= limit, "for ever");
        world.now = until.min(limit).max(world.now + Duration::from_secs(1));
        match world.until_other() {
            Step::Recover => {
                let who = "waiting for nvml-mig (4711)".to_owned();
                world
                    .controller
                    .recovered(Recovered::Locked(who), world.now);
            }
            Step::Rest { .. } | Step::Look(_) => {}
            step => panic!("{step:?}"),
        }
    }
    assert!(world.now >= limit, "too early");
    assert_eq!((world.state(), world.plugin()), ("pending", "true"));
    // An agent that may have left something behind resumes nobody.
    let mut world = World::dies_in_a_change();
    world.until_other();
    let who = "waiting for nvml-mig (4711)".to_owned();
    world
        .controller
        .recovered(Recovered::Locked(who), world.now);
    world.now += Duration::from_secs(3000);
    world.until_other();
    assert_eq!(world.plugin(), PAUSED);
    // Unless no journal says so.
    let who = || "waiting for nvml-mig (4711)".to_owned();
    let (waiting, later) = (Recovered::Waiting(who()), Recovered::Locked(who()));
    world.controller.recovered(waiting, world.now);
    world.until_other();
    assert_eq!(world.plugin(), PAUSED);
    world.now += Duration::from_secs(300);
    world.until_other();
    world.controller.recovered(later, world.now);
    world.until_other();
    assert_eq!(world.plugin(), "true");
    assert!(
        world
            .annotation(REASON)
            .ends_with("the clients are resumed after 300 s")
    );
}

/// Whatever was found before, and whether the lock was held before the agent began.
#[test]
fn nobody_is_paused_while_another_process_has_the_lock() {
    let locked = || Recovered::Locked("waiting for nvml-mig (4711)".to_owned());
    for found in [change(false), busy(), busy().beside(true)] {
        for is_known_first in [false, true] {
            let mut world = World::new(|_| ());
            world.controller.took_over(world.now);
            world.want("halves");
            assert_eq!(world.until_other(), Step::Recover);
            let first = if is_known_first {
                Recovered::Whole(None)
            } else {
                locked()
            };
            world.controller.recovered(first, world.now);
            world.comes_out(found.clone());
            world.controller.recovered(locked(), world.now);
            for _ in 0..50 {
                let until = rests(&world.until_other()).unwrap();
                assert!(until > world.now, "at once");
                assert_eq!((world.state(), world.plugin()), ("pending", "true"));
                assert_eq!(world.annotation(REASON), "waiting for nvml-mig (4711)");
                world.now = until;
                assert_eq!(world.until_other(), Step::Recover);
                world.controller.recovered(locked(), world.now);
            }
            let whole = Recovered::Whole(None);
            world.controller.recovered(whole, world.now);
            // It is looked at again: who had the lock may have made it.
            assert!(matches!(world.until_other(), Step::Look(_)));
            assert_eq!(world.plugin(), "true");
        }
    }
}

/// Another program sets the labels back each time.
#[test]
fn clients_that_others_resume_are_not_paused_again_at_once() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let (name, app) = ("plugin-x".to_owned(), PLUGIN_POD.to_owned());
    world.pods = Some(vec![PodView { name, app }]);
    let mut delays = Vec::new();
    for _ in 0..4 {
        world.comes_out(change(false));
        assert!(rests(&world.until_other()).is_some());
        assert_eq!(world.plugin(), PAUSED);
        world.label("nvidia.com/gpu.deploy.device-plugin", "true");
        let until = rests(&world.until_other()).unwrap();
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        let reason = "another program resumed clients that were paused: device-plugin";
        assert_eq!(world.annotation(REASON), reason);
        delays.push((until - world.now).as_secs());
        world.now = until;
    }
    assert!(delays[0] >= 60 && delays[3] >= 480, "{delays:?}");
}
