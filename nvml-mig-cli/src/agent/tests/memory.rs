//! What the node remembers: which layout its state is about, and which one the GPUs have had.

use std::time::{Duration, Instant};

use super::world::{GPU, these};
use super::{World, change, failed, file, in_place, rests};

use crate::agent::had::Had;
use crate::agent::layout_file::LayoutFile;
use crate::agent::names::{APPLIED, CONFIG};
use crate::agent::node_view::NodeView;
use crate::agent::outcome::Outcome;
use crate::agent::seen::{PodView, Seen};
use crate::agent::step::Step;
use crate::agent::view::{Sight, View};

pub(super) const GPU_1: &str = "GPU-11111111-1111-1111-1111-111111111111";
const GPU_2: &str = "GPU-22222222-2222-2222-2222-222222222222";

impl World {
    pub(super) fn has_had_the_layout() -> Self {
        let mut world = Self::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        world.comes_out(in_place());
        world.until_other();
        assert_eq!(world.state(), "success");
        world
    }

    fn is_not_wanted(&mut self) {
        self.wish += 1;
        self.node.labels.remove(CONFIG);
        self.until_other();
    }

    pub(super) fn set_file(&mut self, mig_devices: &str) {
        self.file = file(mig_devices);
    }

    fn add_a_comment(&mut self) {
        let text = format!("{}# a comment\n", self.file.as_ref().unwrap().text());
        self.file = Ok(LayoutFile::new(text));
    }
}

#[test]
fn what_others_changed_is_theirs_until_the_layout_is_wanted_anew() {
    type Event = fn(&mut World);
    let (kept, new) = (these(&[GPU]), Had::none());
    let events: [(&Had, Event); 11] = [
        (&kept, World::restart),
        (&kept, World::add_a_comment),
        (&kept, |world| {
            world.file = Err("there is no ConfigMap".to_owned());
            world.comes_out(failed(false));
            world.until_other();
            world.restart();
            world.comes_out(failed(false));
            world.until_other();
            world.set_file("3g.20gb: 2");
        }),
        (&new, |world| {
            world.is_not_wanted();
            world.want("halves");
        }),
        // It is set anew so fast that nobody sees it without one.
        (&new, |world| world.want("halves")),
        (&new, |world| {
            world.want("balanced");
            world.comes_out(failed(false));
            world.until_other();
            world.want("halves");
        }),
        (&new, |world| world.set_file("2g.10gb: 3")),
        // An error in the file that can't be made, with an agent that sees it come and go, and without.
        (&kept, |world| {
            world.set_file("9g.20gb: 2");
            world.comes_out(failed(false));
            world.until_other();
            world.set_file("3g.20gb: 2");
        }),
        (&kept, |world| {
            world.set_file("9g.20gb: 2");
            world.comes_out(failed(false));
            world.until_other();
            world.restart();
            world.set_file("3g.20gb: 2");
        }),
        // One that can be made, and is begun.
        (&new, |world| {
            world.set_file("2g.10gb: 3");
            world.comes_out(change(false));
            world.comes_out(failed(false));
            world.until_other();
            world.restart();
            world.set_file("3g.20gb: 2");
        }),
        (&new, |world| {
            let (name, app) = ("x".to_owned(), "nvidia-mig-manager".to_owned());
            world.pods = Some(vec![PodView { name, app }]);
            world.until_other();
            world.pods = Some(Vec::new());
        }),
    ];
    for (number, (had, event)) in events.into_iter().enumerate() {
        let mut world = World::has_had_the_layout();
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(Outcome::changed("GPU 0"));
        world.until_other();
        assert_eq!(world.state(), "failed");
        event(&mut world);
        assert_eq!(world.looks().had, *had, "{number}");
        world.comes_out(change(false));
        assert_eq!(world.applies().had, *had, "{number}");
        // The next agent goes on with the same.
        world.restart();
        assert_eq!(world.looks().had, *had, "{number}");
    }
}

#[test]
fn each_gpu_is_remembered_by_itself() {
    let mut world = World::new(|_| ());
    world.want("halves");
    assert!(world.comes_out(change(false)).is_empty());
    // What failed is another GPU.
    assert!(world.comes_out_on(&[GPU], failed(true)).is_empty());
    world.now = rests(&world.until_other()).unwrap();
    // A second one has the layout without a change.
    assert_eq!(world.comes_out_on(&[GPU_1], change(false)), these(&[GPU]));
    let two = these(&[GPU, GPU_1]);
    assert_eq!(world.comes_out(failed(true)), two);
    world.until_other();
    world.restart();
    assert_eq!(world.comes_out(Outcome::changed("GPU 0")), two);
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.comes_out_on(&[GPU_2], in_place()), two);
    world.until_other();
    assert!(
        world
            .annotation(APPLIED)
            .ends_with(&[GPU, GPU_1, GPU_2].join(","))
    );
    world.want("halves");
    assert!(world.looks().had.is_empty());
}

#[test]
fn an_agent_that_named_no_gpus_meant_all() {
    let mut world = World::has_had_the_layout();
    let (layout, _) = world.annotation(APPLIED).split_once(' ').unwrap();
    let old = layout.to_owned();
    world
        .node
        .annotations
        .insert(APPLIED.to_owned(), old.clone());
    world.restart();
    assert_eq!(world.comes_out_on(&[GPU], failed(true)), Had::All);
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.annotation(APPLIED), old);
    assert_eq!(world.comes_out(Outcome::InPlace { plan: None }), Had::All);
    world.until_other();
    assert_eq!(world.annotation(APPLIED), format!("{old} {GPU}"));
}

#[test]
fn no_state_is_about_another_layout() {
    let mut world = World::has_had_the_layout();
    world.is_not_wanted();
    world.want("halves");
    world.looks();
    assert_eq!(world.state(), "pending");
    for is_restarted in [false, true] {
        let mut world = World::has_had_the_layout();
        world.set_file("2g.10gb: 3");
        if is_restarted {
            world.restart();
        }
        world.looks();
        assert_eq!(world.state(), "pending");
        // What says the same is not new.
        let mut world = World::has_had_the_layout();
        world.add_a_comment();
        if is_restarted {
            world.restart();
        }
        world.looks();
        assert_eq!(world.state(), "success");
    }
}

#[test]
fn another_wish_is_said_to_be_pending_while_work_goes_on() {
    let mut world = World::has_had_the_layout();
    let meanwhile = |world: &mut World| {
        let seen = Seen {
            now: world.now,
            node: &world.node,
            wish: world.wish,
            file: Some(&world.file),
            pods: world.pods.as_deref(),
            missing: None,
            may_be_old: false,
        };
        world.controller.meanwhile(&seen)
    };
    assert_eq!(meanwhile(&mut world), None);
    world.want("halves");
    let Some(Step::Write { patch, .. }) = meanwhile(&mut world) else {
        panic!("nothing is said");
    };
    world.write(&patch.to_json(&world.node));
    assert_eq!(world.state(), "pending");
    assert_eq!(meanwhile(&mut world), None);
    assert!(world.looks().had.is_empty());
}

#[test]
fn each_setting_of_the_label_is_a_wish_of_its_own() {
    let mut view = View::default();
    view.take(Sight::File(file("3g.20gb: 2")));
    view.take(Sight::NoPods);
    let later = Instant::now() + Duration::from_secs(1);
    let node = |version: u32, config: &str| NodeView {
        version: Some(version.to_string()),
        labels: [(CONFIG.to_owned(), config.to_owned())].into(),
        ..NodeView::default()
    };
    let mut wishes = Vec::new();
    for (version, config) in [
        (1, "halves"),
        (2, "halves"),
        (3, ""),
        (4, "halves"),
        (5, "all"),
    ] {
        view.take(Sight::Node(Some(node(version, config))));
        wishes.push(view.seen(later).unwrap().wish);
    }
    assert_eq!(wishes, [0, 0, 1, 2, 3]);
    // An answer may be ahead of the watch.
    view.take_node(node(8, "all"));
    assert_eq!(view.seen(later).unwrap().wish, 3);
    view.take(Sight::Node(Some(node(6, ""))));
    view.take(Sight::Node(Some(node(7, "all"))));
    assert_eq!(view.seen(later).unwrap().wish, 5);
}

/// The change was made, so what others make of it is theirs, although there is no file any more when it ends.
#[test]
fn what_was_made_is_remembered_whatever_becomes_of_the_file() {
    for is_restarted in [false, true] {
        let mut world = World::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        let order = world.applies();
        world.file = Err("there is no ConfigMap".to_owned());
        world.ends(order, in_place());
        world.comes_out(failed(false));
        world.until_other();
        assert!(world.annotation(APPLIED).ends_with(GPU));
        if is_restarted {
            world.restart();
        }
        world.set_file("3g.20gb: 2");
        assert_eq!(world.looks().had, these(&[GPU]));
    }
}
