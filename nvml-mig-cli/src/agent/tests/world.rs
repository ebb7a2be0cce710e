//! A node and an agent, without a cluster and GPUs.

use std::time::{Duration, Instant};

use crate::agent::controller::Controller;
use crate::agent::delay::Pace;
use crate::agent::had::Had;
use crate::agent::layout_file::LayoutFile;
use crate::agent::names::{CONFIG, DEPLOY, STATE};
use crate::agent::node_view::NodeView;
use crate::agent::outcome::Outcome;
use crate::agent::policy::Policy;
use crate::agent::recovery::Recovered;
use crate::agent::request::Order;
use crate::agent::seen::{PodView, Seen};
use crate::agent::step::Step;
use crate::agent::verdict::Verdict;
use crate::arguments::{GpuClient, RebootPolicy};

pub(super) const PLUGIN_POD: &str = "nvidia-device-plugin-daemonset";

/// The UUID of the only GPU.
pub(super) const GPU: &str = "GPU-00000000-0000-0000-0000-000000000000";

/// A node, as the API server has it, and an agent that may be restarted.
pub(super) struct World {
    pub(super) node: NodeView,
    pub(super) file: Result<LayoutFile, String>,
    pub(super) wish: u64,
    pub(super) pods: Option<Vec<PodView>>,
    pub(super) missing: Option<String>,
    pub(super) may_be_old: bool,
    pub(super) policy: Policy,
    pub(super) controller: Controller,
    pub(super) now: Instant,
}

impl World {
    pub(super) fn new(change: impl FnOnce(&mut Policy)) -> Self {
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
            may_be_old: false,
            controller: Controller::new(policy.clone()),
            policy,
            now: Instant::now(),
        };
        world.restart();
        world
    }

    /// Returns a node whose clients are paused for a change that has begun.
    pub(super) fn changing() -> Self {
        let mut world = Self::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        world.applies();
        world
    }

    /// The change that has begun is made, which the node does not know yet.
    pub(super) fn ends_well(&mut self) {
        let order = self.applies();
        self.ends(order, in_place());
    }

    pub(super) fn want(&mut self, config: &str) {
        self.wish += 1;
        self.label(CONFIG, config);
    }

    pub(super) fn label(&mut self, name: &str, value: &str) {
        self.node.labels.insert(name.to_owned(), value.to_owned());
        self.renew();
    }

    pub(super) fn renew(&mut self) {
        let version = self.node.version.take().unwrap_or_default();
        self.node.version = Some(format!("{version}0"));
    }

    /// Forgets everything that is not on the node. Nothing was left behind on the GPUs.
    pub(super) fn restart(&mut self) {
        self.controller = Controller::new(self.policy.clone());
        let nothing = Recovered::Whole(None);
        self.controller.recovered(nothing, self.now);
    }

    pub(super) fn step(&mut self) -> Step {
        let seen = Seen {
            now: self.now,
            node: &self.node,
            wish: self.wish,
            file: Some(&self.file).filter(|_| self.missing.is_none()),
            pods: self.pods.as_deref(),
            missing: self.missing.clone(),
            may_be_old: self.may_be_old,
        };
        self.controller.next(&seen)
    }

    /// Carries out what is to be written, up to the first other step.
    pub(super) fn until_other(&mut self) -> Step {
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

    pub(super) fn write(&mut self, patch: &serde_json::Value) {
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

    /// Lets a look or a change come out so, and returns which GPUs have had the layout before it. There is one GPU.
    pub(super) fn comes_out(&mut self, outcome: Outcome) -> Had {
        let gpus: &[&str] = if outcome.has_layout() { &[GPU] } else { &[] };
        self.comes_out_on(gpus, outcome)
    }

    /// The same, but these GPUs have the layout.
    pub(super) fn comes_out_on(&mut self, gpus: &[&str], outcome: Outcome) -> Had {
        let (order, pace) = match self.until_other() {
            Step::Look(order) => (order, Pace::Fast),
            Step::Apply(order) => (order, Pace::Slow),
            step => panic!("no work: {step:?}"),
        };
        let have_it = gpus.iter().map(|&gpu| gpu.to_owned()).collect();
        let verdict = Verdict { outcome, have_it };
        self.controller
            .found(order.request, verdict, (self.now, pace));
        order.had
    }

    /// Lets the work for an order come out so on the only GPU.
    pub(super) fn ends(&mut self, order: Order, outcome: Outcome) {
        let gpus = outcome.has_layout().then(|| GPU.to_owned());
        let have_it = gpus.into_iter().collect();
        let verdict = Verdict { outcome, have_it };
        let when = (self.now, Pace::Fast);
        self.controller.found(order.request, verdict, when);
    }

    /// The order of the look that is next.
    pub(super) fn looks(&mut self) -> Order {
        match self.until_other() {
            Step::Look(order) => order,
            step => panic!("no look: {step:?}"),
        }
    }

    /// The order of the change that is next.
    pub(super) fn applies(&mut self) -> Order {
        match self.until_other() {
            Step::Apply(order) => order,
            step => panic!("no change: {step:?}"),
        }
    }

    pub(super) fn annotation(&self, name: &str) -> &str {
        self.node.annotation(name).unwrap_or_default()
    }

    pub(super) fn plugin(&self) -> &str {
        self.node.label(&format!("{DEPLOY}device-plugin")).unwrap()
    }

    pub(super) fn state(&self) -> &str {
        self.node.label(STATE).unwrap_or_default()
    }
}

/// A file in which two configurations give these MIG devices.
pub(super) fn file(mig_devices: &str) -> Result<LayoutFile, String> {
    let entry = format!("[{{devices: all, mig-enabled: true, mig-devices: {{{mig_devices}}}}}]");
    let configs = format!("{{halves: {entry}, balanced: {entry}}}");
    Ok(LayoutFile::new(format!(
        "version: v1\nmig-configs: {configs}\n"
    )))
}

pub(super) fn change(changes_mode: bool) -> Outcome {
    let plan = "create GPU instance 3g.20gb at 4:4".to_owned();
    Outcome::Change { plan, changes_mode }
}

pub(super) fn in_place() -> Outcome {
    Outcome::InPlace {
        plan: Some(String::new()),
    }
}

pub(super) fn failed(may_pass: bool) -> Outcome {
    Outcome::Failed {
        reason: "it does not fit".to_owned(),
        fits_instead: Some("3g.20gb".to_owned()),
        may_pass,
    }
}

pub(super) fn busy() -> Outcome {
    Outcome::Busy {
        reason: "GPU instance 1 is in use".to_owned(),
        users: vec!["4711 (training)".to_owned()],
        changes_mode: false,
    }
}

pub(super) fn reset_needed() -> Outcome {
    let reason = "a reset is needed".to_owned();
    Outcome::ResetNeeded { reason }
}

pub(super) fn rests(step: &Step) -> Option<Instant> {
    match step {
        Step::Rest { until } => *until,
        step => panic!("no rest: {step:?}"),
    }
}

/// These GPUs, and no others.
pub(super) fn these(gpus: &[&str]) -> Had {
    Had::none().with(&gpus.iter().map(|&gpu| gpu.to_owned()).collect(), false)
}
