//! The label of a node on which something is to be finished or taken back.

use std::time::Instant;

use super::{World, change, failed, in_place, reset_needed, rests};

use crate::agent::controller::Controller;
use crate::agent::idle::take_back;
use crate::agent::names::{CONFIG, REASON, UNFINISHED};
use crate::agent::node_patch::NodePatch;
use crate::agent::outcome::Outcome;
use crate::agent::recovery::Recovered;
use crate::agent::step::Step;
use crate::arguments::RebootPolicy;

fn is_marked(world: &World) -> bool {
    world.node.label(UNFINISHED).is_some()
}

#[test]
fn a_node_is_marked_from_the_first_word_to_the_last() {
    for outcome in [in_place(), failed(false)] {
        let mut world = World::new(|_| ());
        world.want("halves");
        assert!(matches!(world.until_other(), Step::Look(_)));
        assert!(is_marked(&world));
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        assert!(is_marked(&world));
        world.comes_out(outcome);
        world.until_other();
        assert!(!is_marked(&world));
    }
    // A reboot is asked for, until it is not wanted any more.
    let mut world = World::new(|policy| policy.reboot = RebootPolicy::Annotation);
    world.want("halves");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    world.until_other();
    assert!(is_marked(&world));
    world.node.labels.remove(CONFIG);
    world.until_other();
    assert!(!is_marked(&world));
}

#[test]
fn the_mark_stays_as_long_as_a_gpu_is_not_as_before() {
    let mut world = World::changing();
    world.controller = Controller::new(world.policy.clone());
    world.node.labels.remove(CONFIG);
    world.now = Instant::now();
    assert_eq!(world.until_other(), Step::Recover);
    let open = Recovered::Open("GPU 0 is open".to_owned());
    world.controller.recovered(open, world.now);
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!((world.state(), world.plugin()), ("", "true"));
    assert!(is_marked(&world));
    assert_eq!(world.until_other(), Step::Recover);
    world
        .controller
        .recovered(Recovered::Whole(None), world.now);
    assert_eq!(world.until_other(), Step::Rest { until: None });
    assert!(!is_marked(&world));
}

#[test]
fn a_change_that_was_not_rolled_back_is_looked_for_again() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    let reason = "GPU 0 is open".to_owned();
    world.comes_out(Outcome::Open { reason });
    assert_eq!(world.until_other(), Step::Recover);
    let open = Recovered::Open("GPU 0 is open".to_owned());
    world.controller.recovered(open, world.now);
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("failed", "true"));
    assert_eq!(world.annotation(REASON), "GPU 0 is open");
    assert!(is_marked(&world));
}

#[test]
fn what_is_not_wanted_any_more_is_taken_back_at_the_end_too() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.until_other();
    world.node.labels.remove(CONFIG);
    let node = world.node.clone();
    let mut patch = NodePatch::default();
    patch.resume(&node.written_clients(), &node);
    take_back(&mut patch, &node, &world.policy);
    patch.mark(&node, false);
    world.write(&patch.to_json(&node));
    assert_eq!((world.state(), world.plugin()), ("", "true"));
    assert!(is_marked(&world));
    let mut patch = NodePatch::default();
    patch.mark(&world.node, true);
    world.write(&patch.to_json(&node));
    assert!(!is_marked(&world));
}
