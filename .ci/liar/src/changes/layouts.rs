//! Plans, applied under the lock of the machine.

use std::ops::ControlFlow;

use anyhow::Result;
use nvml_mig::apply::{Applied, ApplyError, GpuPlanOptions, GpuTarget, Rollback};
use nvml_mig::plan::{PlacedGpuInstance, Step};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, MigMode};

use super::Changes;
use crate::asked::Wrong;
use crate::machine::{MIG, MIG_OFF, Reading};
use crate::witness::Identity;

/// The layouts, one after the other, and the profiles of a GPU that has them.
const LAYOUTS: [(&str, &[&str]); 7] = [
    ("2*3g.40gb", &["3g.40gb", "3g.40gb"]),
    (
        "3g.40gb, 3*1g.10gb",
        &["1g.10gb", "1g.10gb", "1g.10gb", "3g.40gb"],
    ),
    ("7g.80gb", &["7g.80gb"]),
    ("7*1g.10gb", &["1g.10gb"; 7]),
    ("none", &[]),
    ("3g.40gb, 2g.20gb(2*1c)", &["2g.20gb", "3g.40gb"]),
    ("3g.40gb", &["3g.40gb"]),
];

/// A plan to apply, and what the GPU has after a success.
struct Wanted<'a> {
    what: String,
    gpu: u32,
    target: GpuTarget,
    names: &'a [&'a str],
    mode: MigMode,
}

impl Changes<'_> {
    pub(super) fn layouts(&mut self) -> Result<()> {
        for (layout, names) in LAYOUTS {
            self.apply(&Wanted {
                what: format!("apply {layout}"),
                gpu: MIG,
                target: layout.parse::<Layout>()?.into(),
                names,
                mode: MigMode::Enabled,
            })?;
        }
        Ok(())
    }

    /// Plans that change MIG mode.
    pub(super) fn modes(&mut self) -> Result<()> {
        self.apply(&Wanted {
            what: "apply 2*2g.12gb with MIG mode".to_owned(),
            gpu: MIG_OFF,
            target: "2*2g.12gb".parse::<Layout>()?.into(),
            names: &["2g.12gb", "2g.12gb"],
            mode: MigMode::Enabled,
        })?;
        self.apply(&Wanted {
            what: "apply no MIG mode".to_owned(),
            gpu: MIG_OFF,
            target: GpuTarget::MigDisabled,
            names: &[],
            mode: MigMode::Disabled,
        })
    }

    fn apply(&mut self, wanted: &Wanted<'_>) -> Result<()> {
        let Some(device) = self.asked.note(self.nvml.device_by_index(wanted.gpu)) else {
            return Ok(());
        };
        let options = GpuPlanOptions::new().with_change_mig_mode(true);
        let plan = GpuPlan::from_device(&device, &wanted.target, options);
        let lock = MachineLock::take_in(&self.folder);
        let (Some(plan), Some(mut lock)) = (self.asked.note(plan), self.asked.note(lock)) else {
            return Ok(());
        };
        let to_go = to_go(&plan, device.as_raw().addr());
        let plans = [plan];
        let apply = || lock.apply(&plans, |_| ControlFlow::Continue(()));
        let (done, watched) = self.watch(&wanted.what, &to_go, apply)?;
        let both = watched.of(&device);
        if let (Err(error), Some(both)) = (&done, both) {
            self.rolled_back(&wanted.what, error, both);
        }
        self.judge(&wanted.what, done, |applied| {
            both.is_some_and(|[_, after]| wanted.is_met(applied, after))
        });
        self.recover(&mut lock, &device, wanted)
    }

    /// A rollback that says that all is as before must be one.
    fn rolled_back(&mut self, what: &str, error: &ApplyError, [before, after]: [&Reading; 2]) {
        let is_so = match &error.rollback {
            None => before == after,
            Some(rollback) if rollback.is_complete() => are_alike(before, after),
            Some(_) => {
                let before = before.clone();
                self.interrupted.entry(before.gpu).or_insert(before);
                true
            }
        };
        if !is_so {
            let names = [before.names(), after.names()];
            let what = format!("{what}: {error}, with {names:?} before and after");
            self.asked.wrong.push(Wrong::Success(what));
        }
    }

    /// Completes rollbacks that were not complete. They may destroy what has come since.
    fn recover(
        &mut self,
        lock: &mut MachineLock,
        device: &Device,
        wanted: &Wanted<'_>,
    ) -> Result<()> {
        let what = format!("recover after {}", wanted.what);
        let to_go = self.now.iter().flat_map(|now| {
            let before = self.interrupted.get(&now.gpu);
            before.map_or_else(Vec::new, |before| now.since(before))
        });
        let (to_go, nvml) = (to_go.collect::<Vec<_>>(), self.nvml.clone());
        let (done, watched) = self.watch(&what, &to_go, || lock.recover(&nvml, |_| {}))?;
        let done: Option<Rollback> = self.asked.note(done).flatten();
        let before = self.interrupted.get(&device.as_raw().addr());
        let after = watched.of(device).map(|[_, after]| after);
        let is_complete = done.is_some_and(|done| done.is_complete());
        if let (true, Some(before), Some(after)) = (is_complete, before, after)
            && !are_alike(before, after)
        {
            self.asked.wrong.push(Wrong::Success(what));
        }
        if is_complete {
            self.interrupted.clear();
        }
        Ok(())
    }
}

impl Wanted<'_> {
    /// Whether the GPU has what was wanted, and is as the result says.
    fn is_met(&self, applied: &Applied, after: &Reading) -> bool {
        let has_mode = after
            .modes
            .is_some_and(|modes| modes.current() == self.mode);
        let gpus = applied.gpus.iter();
        // Of what was kept, the result has what the driver says.
        let mut created = gpus.flat_map(|gpu| gpu.created());
        let is_so = created.all(|told| {
            let honest = after.instance(told.id.number());
            honest.is_some_and(|honest| {
                let inside = told.instance.compute_instances.iter();
                let mut inside: Vec<u32> = inside.map(|inside| inside.id.number()).collect();
                inside.sort_unstable();
                honest.placed.profile == told.instance.profile
                    && honest.placed.placement == told.instance.placement
                    && honest.inside == inside
            })
        });
        has_mode && is_so && after.names() == self.names
    }
}

/// What a plan says that it destroys.
fn to_go(plan: &GpuPlan, gpu: usize) -> Vec<Identity> {
    let steps = plan.plan().into_iter().flat_map(|plan| &plan.steps);
    let to_go = steps.filter_map(|step| match *step {
        Step::DestroyGpuInstance { gpu_instance, .. } => Some((gpu_instance, None)),
        Step::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
            ..
        } => Some((gpu_instance, Some(compute_instance))),
        _ => None,
    });
    to_go
        .map(|(whole, inside)| Identity {
            gpu,
            gpu_instance: whole.number(),
            compute_instance: inside.map(|inside| inside.number()),
        })
        .collect()
}

fn are_alike(one: &Reading, other: &Reading) -> bool {
    one.modes == other.modes && PlacedGpuInstance::are_same(&one.placed(), &other.placed())
}
