//! When and how the agent writes to the node which GPUs have had the layout.

use super::memory::GPU_1;
use super::world::{GPU, these};
use super::{World, change, failed, in_place, rests};

use crate::agent::names::{APPLIED, CONFIG, OUR_STATE, PAUSED_CLIENTS};
use crate::agent::node_patch::NodePatch;
use crate::agent::outcome::Outcome;
use crate::agent::policy::Policy;
use crate::agent::step::{Notice, Step};

/// A node whose wanted layout was made, with this outcome, and that is not told yet.
fn made(set: impl FnOnce(&mut Policy), outcome: Outcome) -> World {
    let mut world = World::new(set);
    world.want("halves");
    world.comes_out(change(false));
    let order = world.applies();
    world.ends(order, outcome);
    world
}

/// The request and the Event that come next.
fn said(world: &mut World) -> (NodePatch, Option<Notice>) {
    match world.step() {
        Step::Write { patch, notice } => (patch, notice),
        step => panic!("nothing is said: {step:?}"),
    }
}

/// The label names another configuration, which nobody saw, or the change of the file to another layout is seen only later.
#[test]
fn another_layout_counts_from_its_beginning() {
    let mut world = World::has_had_the_layout();
    let first = world.annotation(APPLIED).to_owned();
    world.restart();
    world.label(CONFIG, "balanced");
    assert!(world.comes_out(failed(true)).is_empty());
    world.now = rests(&world.until_other()).unwrap();
    // It is on a part of the GPUs.
    world.comes_out_on(&[GPU_1], failed(true));
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.annotation(APPLIED), first);
    world.comes_out(change(false));
    world.applies();
    let second = world.annotation(APPLIED).to_owned();
    assert!(second.starts_with("balanced@") && second.ends_with(GPU_1));
    world.comes_out(in_place());
    world.until_other();
    assert!(world.annotation(APPLIED).starts_with("balanced@"));
}

/// The file is wrong when the change ends, and the agent is killed then.
#[test]
fn what_was_made_is_told_while_the_file_is_wrong() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    let order = world.applies();
    world.set_file("9g.20gb: 2");
    world.ends(order, in_place());
    world.comes_out(failed(false));
    world.until_other();
    assert_eq!(world.state(), "failed");
    world.restart();
    world.set_file("3g.20gb: 2");
    assert_eq!(world.looks().had, these(&[GPU]));
}

/// The server may take only a part of what is to be said, and the first one that it takes is written.
#[test]
fn clients_are_resumed_whatever_else_is_refused() {
    let mut world = made(|_| (), in_place());
    let (patch, _) = said(&mut world);
    let parts = patch.parts();
    let says = |part: &NodePatch| {
        let told = part.annotation(APPLIED).flatten().is_some();
        let json = part.to_json(&world.node);
        let plugin = json["metadata"]["labels"].get("nvidia.com/gpu.deploy.device-plugin");
        let is_resumed = plugin.is_some_and(|value| value == "true");
        let forgets = part.annotation(PAUSED_CLIENTS) == Some(None);
        (
            part.annotation(OUR_STATE).is_some(),
            told,
            is_resumed,
            forgets,
        )
    };
    let said: Vec<_> = parts.iter().map(says).collect();
    let expected = [
        (true, false, true, true),
        (false, true, true, true),
        (false, false, true, true),
        (false, false, true, false),
        (false, true, false, false),
    ];
    assert_eq!(said, expected);
}

#[test]
fn what_was_made_is_said_alone_too_where_nobody_is_resumed() {
    let mut world = made(|policy| policy.clients.clear(), in_place());
    let (patch, _) = said(&mut world);
    let last = patch.parts().pop().unwrap();
    assert!(last.annotation(APPLIED).flatten().unwrap().ends_with(GPU));
    assert_eq!(last.annotation(OUR_STATE), None);
    // An agent that ends says it too, unless something else is wanted.
    let last_words = |world: &World| {
        let mut patch = NodePatch::default();
        world
            .controller
            .last_words(&mut patch, world.wish, &world.node);
        patch.annotation(APPLIED).flatten().map(str::to_owned)
    };
    assert!(last_words(&world).unwrap().ends_with(GPU));
    world.write(&last.to_json(&world.node));
    world.until_other();
    assert_eq!(last_words(&world), None);
    world.label(CONFIG, "balanced");
    assert_eq!(last_words(&world), None);
    world.want("halves");
    assert_eq!(last_words(&world), None);
}

/// It knows what it made although the server does not take its word, and says only what is so when the server does.
#[test]
fn what_the_node_could_not_be_told_is_remembered_and_looked_at_again() {
    let plan = Some("create GPU instance 3g.20gb at 4:4".to_owned());
    let mut world = made(|policy| policy.clients.clear(), Outcome::InPlace { plan });
    let (patch, _) = said(&mut world);
    assert!(patch.annotation(APPLIED).flatten().unwrap().ends_with(GPU));
    world.controller.outdate();
    let order = world.looks();
    assert_eq!(order.had, these(&[GPU]));
    // The GPUs are unchanged, so the Event still reports the change.
    world.ends(order, Outcome::InPlace { plan: None });
    let notice = said(&mut world).1.unwrap();
    assert!(
        notice.text.contains("restart what lists MIG devices"),
        "{}",
        notice.text
    );
    world.controller.outdate();
    let order = world.looks();
    world.ends(order, Outcome::changed("GPU 0"));
    world.until_other();
    assert_eq!(world.state(), "failed");
    // If somebody removes the annotation after it was written, the layout is made again.
    assert!(world.annotation(APPLIED).ends_with(GPU));
    world.node.annotations.remove(APPLIED);
    world.renew();
    world.now = rests(&world.until_other()).unwrap();
    assert!(world.looks().had.is_empty());
}
