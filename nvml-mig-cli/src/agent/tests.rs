//! Decisions: what is seen and found, and what is done then.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod busy;
mod doubt;
mod mark;
mod memory;
mod reboot;
mod trouble;
mod watches;

use std::time::{Duration, Instant};

use super::controller::Controller;
use super::delay::Pace;
use super::layout_file::LayoutFile;
use super::names::{
    CONFIG, DEPLOY, FITS_INSTEAD, OUR_STATE, PAUSED, PAUSED_CLIENTS, REASON, STATE,
};
use super::node_view::NodeView;
use super::outcome::Outcome;
use super::policy::Policy;
use super::recovery::Recovered;
use super::request::{Order, Purpose};
use super::seen::{PodView, Seen};
use super::step::Step;

use crate::arguments::{GpuClient, RebootPolicy};

const PLUGIN_POD: &str = "nvidia-device-plugin-daemonset";

/// A node, as the API server has it, and an agent that may be restarted.
struct World {
    node: NodeView,
    file: Result<LayoutFile, String>,
    wish: u64,
    pods: Option<Vec<PodView>>,
    missing: Option<String>,
    policy: Policy,
    controller: Controller,
    now: Instant,
}

impl World {
    fn new(change: impl FnOnce(&mut Policy)) -> Self {
        let client = |text: &str| text.parse::<GpuClient>().unwrap();
        let mut policy = Policy {
            clients: vec![
                client(&format!("device-plugin={PLUGIN_POD}")),
                client("dcgm=nvidia-dcgm"),
                client("nvsm"),
            ],
            client_timeout: Duration::from_secs(300),
            busy_limit: None,
            first_delay: Duration::from_secs(5),
            reboot: RebootPolicy::None,
            reboot_annotation: "example.com/reboot".to_owned(),
            fit_period: None,
            look_period: Duration::from_secs(600),
            hang_limit: Duration::from_secs(60),
            boot: "boot-1".to_owned(),
        };
        change(&mut policy);
        let mut node = NodeView::default();
        for (client, value) in [("device-plugin", "true"), ("dcgm", "false")] {
            let label = format!("{DEPLOY}{client}");
            node.labels.insert(label, value.to_owned());
        }
        let mut world = Self {
            node,
            file: file("3g.20gb: 2"),
            wish: 0,
            pods: Some(Vec::new()),
            missing: None,
            controller: Controller::new(policy.clone()),
            policy,
            now: Instant::now(),
        };
        world.restart();
        world
    }

    fn want(&mut self, config: &str) {
        self.wish += 1;
        self.label(CONFIG, config);
    }

    fn label(&mut self, name: &str, value: &str) {
        self.node.labels.insert(name.to_owned(), value.to_owned());
        self.renew();
    }

    fn renew(&mut self) {
        let version = self.node.version.take().unwrap_or_default();
        self.node.version = Some(format!("{version}0"));
    }

    /// Forgets everything that is not on the node. Nothing was left behind on the GPUs.
    fn restart(&mut self) {
        self.controller = Controller::new(self.policy.clone());
        let nothing = Recovered::Whole(None);
        self.controller.recovered(nothing, self.now);
    }

    fn step(&mut self) -> Step {
        let seen = Seen {
            now: self.now,
            node: &self.node,
            wish: self.wish,
            file: Some(&self.file).filter(|_| self.missing.is_none()),
            pods: self.pods.as_deref(),
            missing: self.missing.clone(),
        };
        self.controller.next(&seen)
    }

    /// Carries out what is to be written, up to the first other step.
    fn until_other(&mut self) -> Step {
        for _ in 0..5 {
            match self.step() {
                Step::Write { patch, .. } => {
                    self.write(&patch.to_json(&self.node));
                }
                step => return step,
            }
        }
        panic!("it writes again and again: {:?}", self.node);
    }

    fn write(&mut self, patch: &serde_json::Value) {
        for (kind, there) in [
            ("labels", &mut self.node.labels),
            ("annotations", &mut self.node.annotations),
        ] {
            for (name, value) in patch["metadata"][kind].as_object().unwrap() {
                match value.as_str() {
                    Some(value) => there.insert(name.clone(), value.to_owned()),
                    None => there.remove(name),
                };
            }
        }
        self.renew();
    }

    /// Lets a look or a change come out so, and returns what it was for.
    fn comes_out(&mut self, outcome: Outcome) -> Purpose {
        let (order, pace) = match self.until_other() {
            Step::Look(order) => (order, Pace::Fast),
            Step::Apply(order) => (order, Pace::Slow),
            step => panic!("no work: {step:?}"),
        };
        self.controller
            .found(order.request, outcome, (self.now, pace));
        order.purpose
    }

    /// The order of the look that is next.
    fn looks(&mut self) -> Order {
        match self.until_other() {
            Step::Look(order) => order,
            step => panic!("no look: {step:?}"),
        }
    }

    /// The order of the change that is next.
    fn applies(&mut self) -> Order {
        match self.until_other() {
            Step::Apply(order) => order,
            step => panic!("no change: {step:?}"),
        }
    }

    fn annotation(&self, name: &str) -> &str {
        self.node.annotation(name).unwrap_or_default()
    }

    fn plugin(&self) -> &str {
        self.node.label(&format!("{DEPLOY}device-plugin")).unwrap()
    }

    fn state(&self) -> &str {
        self.node.label(STATE).unwrap_or_default()
    }
}

/// A file in which two configurations give these MIG devices.
fn file(mig_devices: &str) -> Result<LayoutFile, String> {
    let entry = format!("[{{devices: all, mig-enabled: true, mig-devices: {{{mig_devices}}}}}]");
    let configs = format!("{{halves: {entry}, balanced: {entry}}}");
    Ok(LayoutFile::new(format!(
        "version: v1\nmig-configs: {configs}\n"
    )))
}

fn change(changes_mode: bool) -> Outcome {
    let plan = "create GPU instance 3g.20gb at 4:4".to_owned();
    Outcome::Change { plan, changes_mode }
}

fn in_place() -> Outcome {
    Outcome::InPlace {
        plan: Some(String::new()),
    }
}

fn failed(may_pass: bool) -> Outcome {
    Outcome::Failed {
        reason: "it does not fit".to_owned(),
        fits_instead: Some("3g.20gb".to_owned()),
        may_pass,
    }
}

fn busy() -> Outcome {
    Outcome::Busy {
        reason: "GPU instance 1 is in use".to_owned(),
        users: vec!["4711 (training)".to_owned()],
    }
}

fn reset_needed() -> Outcome {
    let reason = "a reset is needed".to_owned();
    Outcome::ResetNeeded { reason }
}

fn rests(step: &Step) -> Option<Instant> {
    match step {
        Step::Rest { until } => *until,
        step => panic!("no rest: {step:?}"),
    }
}

#[test]
fn without_a_label_nothing_is_done() {
    let mut world = World::new(|_| ());
    assert_eq!(world.step(), Step::Rest { until: None });
    world.want("");
    assert_eq!(world.step(), Step::Rest { until: None });
}

#[test]
fn clients_are_paused_for_a_change_and_resumed_after_it() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    assert_eq!(world.annotation(PAUSED_CLIENTS), "device-plugin");
    // Somebody chose this, and nobody deploys nsvm.
    assert_eq!(
        world.node.label("nvidia.com/gpu.deploy.dcgm"),
        Some("false")
    );
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), None);
    world.comes_out(in_place());
    assert!(rests(&world.until_other()).is_some());
    assert_eq!((world.state(), world.plugin()), ("success", "true"));
    assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
}

#[test]
fn what_is_in_place_pauses_nobody() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let mut wrote = Vec::new();
    world.comes_out(Outcome::InPlace { plan: None });
    while let Step::Write { patch, .. } = world.step() {
        let patch = patch.to_json(&world.node);
        wrote.push(patch.to_string());
        world.write(&patch);
    }
    assert_eq!(world.state(), "success");
    assert!(!wrote.concat().contains(PAUSED), "{wrote:?}");
}

#[test]
fn a_failure_resumes_too_and_is_tried_again_only_if_it_may_pass() {
    for (before, may_pass) in [
        (None, false),
        (Some(change(false)), false),
        (Some(change(false)), true),
    ] {
        let mut world = World::new(|_| ());
        world.want("halves");
        if let Some(before) = before {
            world.comes_out(before);
        }
        world.comes_out(failed(may_pass));
        let until = rests(&world.until_other());
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        assert_eq!(world.annotation(REASON), "it does not fit");
        assert_eq!(world.annotation(FITS_INSTEAD), "3g.20gb");
        assert_eq!(until.is_some(), may_pass);
        if let Some(until) = until {
            world.now = until;
            assert!(matches!(world.step(), Step::Look(_)));
        }
    }
}

#[test]
fn clients_that_mig_manager_left_paused_are_resumed() {
    let mut world = World::new(|_| ());
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    world.until_other();
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some("true"));
    // Unless it may still be at it.
    world.pods = None;
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some(PAUSED));
}

#[test]
fn a_client_that_was_switched_off_meanwhile_stays_off() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.until_other();
    world.label("nvidia.com/gpu.deploy.device-plugin", "false");
    world.comes_out(in_place());
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("success", "false"));
}

#[test]
fn mig_manager_has_the_node_for_itself() {
    let mut world = World::new(|_| ());
    let mig_manager = PodView {
        name: "nvidia-mig-manager-x".to_owned(),
        app: "nvidia-mig-manager".to_owned(),
    };
    world.pods = Some(vec![mig_manager]);
    world.want("halves");
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    assert!(matches!(world.until_other(), Step::Rest { until: None }));
    assert!(world.annotation(REASON).contains("nvidia-mig-manager-x"));
    assert_eq!(world.node.label(STATE), None);
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some(PAUSED));
    world.pods = Some(Vec::new());
    assert!(matches!(world.until_other(), Step::Look(_)));
}

#[test]
fn the_newest_request_counts() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    world.want("balanced");
    let Step::Look(order) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(order.request.config, "balanced");
    // It stays paused for the next change.
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    world.file = file("2g.10gb: 3");
    let Step::Look(order) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(order.request.file, world.file);
}

#[test]
fn another_program_that_writes_the_state_gets_its_way() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(Outcome::InPlace { plan: None });
    world.until_other();
    world.label(STATE, "failed");
    let Step::Write {
        notice: Some(notice),
        ..
    } = world.step()
    else {
        panic!("nothing is said");
    };
    assert!(notice.is_warning && notice.text.contains("from success to failed"));
    world.until_other();
    assert_eq!(world.state(), "success");
    world.label(STATE, "failed");
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(
        (world.state(), world.annotation(OUR_STATE)),
        ("failed", "success")
    );
    assert!(world.annotation(REASON).contains("another program"));
}

#[test]
fn what_could_be_made_is_published_when_it_changes() {
    let period = Duration::from_secs(600);
    let mut world = World::new(|policy| policy.fit_period = Some(period));
    assert_eq!(world.until_other(), Step::Fit);
    world.controller.found_fit(Some("[]".to_owned()), world.now);
    let until = rests(&world.until_other()).unwrap();
    assert!(until >= world.now + period);
    assert_eq!(world.annotation("nvml-mig.github.io/fit"), "[]");
    world.now = until;
    assert_eq!(world.until_other(), Step::Fit);
    world.controller.found_fit(Some("[]".to_owned()), world.now);
    // Nothing is new, so nothing is written.
    assert!(matches!(world.step(), Step::Rest { .. }));
    world.want("halves");
    world.comes_out(change(false));
    world.comes_out(in_place());
    assert_eq!(world.until_other(), Step::Fit);
    // What can't be read is not waited for.
    world.controller.found_fit(None, world.now);
    assert!(rests(&world.until_other()).unwrap() >= world.now + period);
}
