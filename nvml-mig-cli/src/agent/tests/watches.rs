//! Watches that fail.

use std::time::{Duration, Instant};

use super::{World, file, in_place};

use crate::agent::controller::Controller;
use crate::agent::names::{CONFIG, PAUSED_CLIENTS, REASON};
use crate::agent::node_view::NodeView;
use crate::agent::recovery::Recovered;
use crate::agent::seen::PodView;
use crate::agent::step::Step;
use crate::agent::view::{Sight, View, Watched};

const FORBIDDEN: &str = "watching the ConfigMap: forbidden";

#[test]
fn what_was_left_behind_needs_only_the_node() {
    for config in [Some("halves"), Some("balanced"), None] {
        let mut world = World::changing();
        world.controller = Controller::new(world.policy.clone());
        (world.missing, world.pods) = (Some(FORBIDDEN.to_owned()), None);
        match config {
            Some(config) => world.want(config),
            None => drop(world.node.labels.remove(CONFIG)),
        }
        world.now = Instant::now();
        assert_eq!(world.step(), Step::Recover);
        let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
        world.controller.recovered(whole, world.now);
        assert!(matches!(world.until_other(), Step::Rest { .. }));
        assert_eq!(world.plugin(), "true");
        assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
        if config.is_some() {
            assert_eq!(world.state(), "pending");
            let reason = format!("{FORBIDDEN}; GPU 0 is as before");
            assert_eq!(world.annotation(REASON), reason);
        }
    }
}

#[test]
fn a_state_stays_until_the_watch_is_back() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(in_place());
    world.until_other();
    world.restart();
    world.missing = Some(FORBIDDEN.to_owned());
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(
        (world.state(), world.annotation(REASON)),
        ("success", FORBIDDEN)
    );
    world.missing = None;
    assert!(matches!(world.until_other(), Step::Look(_)));
}

#[test]
fn what_is_on_its_way_is_waited_for_and_not_for_ever() {
    let missing = |view: &View, now| view.seen(now).map(|seen| seen.missing);
    let began = Instant::now();
    let mut view = View::default();
    view.take(Sight::Trouble(Watched::File, FORBIDDEN.to_owned()));
    assert_eq!(missing(&view, began), None);
    view.take(Sight::Node(Some(NodeView::default())));
    // The pods may come.
    assert_eq!(missing(&view, began), None);
    let late = Instant::now() + Duration::from_secs(10);
    let both = format!("{FORBIDDEN}; no answer about the operator's pods");
    assert_eq!(missing(&view, late), Some(Some(both)));
    view.take(Sight::NoPods);
    assert_eq!(missing(&view, began), Some(Some(FORBIDDEN.to_owned())));
    view.take(Sight::File(file("3g.20gb: 2")));
    assert_eq!(missing(&view, began), Some(None));
    // What is known stays so.
    view.take(Sight::Trouble(Watched::File, FORBIDDEN.to_owned()));
    assert_eq!(missing(&view, late), Some(None));
}

/// As after each time that the server does not remember a version any more. A part of the list says nothing of the rest.
#[test]
fn while_pods_are_listed_again_the_old_list_counts() {
    let pod = |app: &str| PodView {
        name: format!("{app}-x"),
        app: app.to_owned(),
    };
    let mut view = View::default();
    view.take(Sight::Node(Some(NodeView::default())));
    view.take(Sight::File(file("3g.20gb: 2")));
    let apps = |view: &View| {
        let pods = view.seen(Instant::now()).unwrap().pods.unwrap().iter();
        pods.map(|pod| pod.app.clone()).collect::<Vec<_>>()
    };
    view.take(Sight::Pods);
    for app in ["gpu-feature-discovery", "nvidia-mig-manager"] {
        view.take(Sight::Pod(pod(app)));
    }
    view.take(Sight::AllPods);
    let all = ["gpu-feature-discovery", "nvidia-mig-manager"];
    assert_eq!(apps(&view), all);
    view.take(Sight::Pods);
    assert_eq!(apps(&view), all);
    // The list breaks off, and begins again.
    for app in ["gpu-feature-discovery", "nvidia-dcgm"] {
        view.take(Sight::Pods);
        view.take(Sight::Pod(pod(app)));
        assert_eq!(apps(&view), all, "{app}");
    }
    view.take(Sight::AllPods);
    assert_eq!(apps(&view), ["nvidia-dcgm"]);
    // What comes and goes later counts at once.
    view.take(Sight::Pod(pod("nvidia-mig-manager")));
    view.take(Sight::Pod(pod("nvidia-mig-manager")));
    view.take(Sight::PodGone("nvidia-dcgm-x".to_owned()));
    assert_eq!(apps(&view), ["nvidia-mig-manager"]);
}
