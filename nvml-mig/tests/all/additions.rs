//! MIG devices beside existing instances: in free compute slices wherever they fit, checked against all ways to place them.

use crate::support::machine::Machine;
use crate::support::plans::{layout, set_up, there};
use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::plan::{
    GpuModel, LayoutComputeInstance, LayoutGpuInstance, LayoutProfile, Plan, PlanOptions,
    PresentGpuInstance, Step,
};
use nvml_mig::profile::ProfileName;
use nvml_mig::{GpuPlan, Layout};

/// Some of these GPU instances have free compute slices.
const EXISTING: &[&str] = &[
    "2g.20gb:0(), 2g.20gb:2(), 1g.20gb:4(), 1g.20gb:6",
    "1g.20gb:0(), 2g.20gb:2(), 2g.20gb:4()",
    "3g.40gb:4(), 2g.20gb:0(1c:0), 1g.20gb:2()",
    "3g.40gb:0(1c:1), 3g.40gb:4()",
    "2g.20gb:0(1c:1), 2g.20gb:2(1c:0), 3g.40gb:4(2c:0)",
    "1g.20gb:0(), 1g.20gb:2(), 1g.10gb:4",
    "2g.20gb:0()",
    "1g.20gb:2(), 1g.20gb:4()",
];

const MIG_DEVICES: &[&str] = &["1c.1g.20gb", "1c.2g.20gb", "1c.3g.40gb", "2c.3g.40gb"];

/// All lists of at most so many of the MIG devices, in order.
fn lists(most: usize) -> Vec<Vec<ProfileName>> {
    let (mut all, mut longest) = (Vec::new(), vec![Vec::new()]);
    for _ in 0..most {
        let longer = longest.iter().flat_map(|list: &Vec<usize>| {
            let first = list.last().copied().unwrap_or(0);
            (first..MIG_DEVICES.len()).map(move |next| [&list[..], &[next]].concat())
        });
        longest = longer.collect();
        all.extend(longest.clone());
    }
    let names = |list: Vec<usize>| list.into_iter().map(|at| MIG_DEVICES[at].parse().unwrap());
    all.into_iter().map(|list| names(list).collect()).collect()
}

fn created(plan: &Plan) -> usize {
    let is_new = |step: &&Step| matches!(step, Step::CreateGpuInstance { .. });
    plan.steps.iter().filter(is_new).count()
}

/// Tries every distribution of the MIG devices over the existing GPU instances and new ones.
struct BruteForce<'a> {
    model: &'a GpuModel,
    present: &'a [PresentGpuInstance],
    least: Option<usize>,
}

impl BruteForce<'_> {
    fn place(&mut self, entries: &[LayoutGpuInstance], names: &[ProfileName]) {
        let Some((name, rest)) = names.split_first() else {
            return self.plan(entries);
        };
        let is_own = |entry: &LayoutGpuInstance| {
            entry.profile() == LayoutProfile::Name(name.gpu_instance())
                && entry.compute_instances().is_some()
        };
        for at in 0..entries.len() {
            if is_own(&entries[at]) {
                let mut entries = entries.to_vec();
                entries[at] = with_one_more(&entries[at], *name);
                self.place(&entries, rest);
            }
        }
        let new = LayoutGpuInstance::new(name.gpu_instance()).with_compute_instances([]);
        let entries = [entries, &[with_one_more(&new, *name)]].concat();
        self.place(&entries, rest);
    }

    fn plan(&mut self, entries: &[LayoutGpuInstance]) {
        let layout: Layout = entries.iter().cloned().collect();
        let options = PlanOptions::new().with_destroy_idle(false);
        if let Ok(plan) = self.model.plan(self.present, &layout, options) {
            let created = created(&plan);
            self.least = Some(self.least.map_or(created, |least| least.min(created)));
        }
    }
}

fn with_one_more(entry: &LayoutGpuInstance, name: ProfileName) -> LayoutGpuInstance {
    let more = LayoutGpuInstance::new(name).compute_instances().unwrap()[0];
    let inside: Vec<LayoutComputeInstance> = entry.compute_instances().unwrap().to_vec();
    entry
        .clone()
        .with_compute_instances(inside.into_iter().chain([more]))
}

#[test]
fn mig_devices_use_existing_gpu_instances_wherever_they_fit() {
    let (mut possible, mut impossible) = (0, 0);
    for text in EXISTING {
        let machine = Machine::with("h100-sxm5-80gb");
        set_up(&machine.device, text);
        let existing: Layout = there(&machine.device).parse().unwrap();
        let model = GpuModel::read(&machine.device).unwrap();
        let present = PresentGpuInstance::read_all(&machine.device).unwrap();
        for names in lists(3) {
            let mut search = BruteForce {
                model: &model,
                present: &present,
                least: None,
            };
            search.place(existing.gpu_instances(), &names);
            let mut added = Layout::new();
            names.iter().for_each(|name| added.add_mig_device(*name));
            let target = GpuTarget::Add(added.clone());
            let plan = GpuPlan::from_device(&machine.device, target, GpuPlanOptions::new());
            let found = plan.as_ref().ok().and_then(GpuPlan::plan).map(created);
            assert_eq!(found, search.least, "{added} beside {text}");
            possible += usize::from(found.is_some());
            impossible += usize::from(found.is_none());
        }
    }
    assert!(possible > 50 && impossible > 50, "{possible} {impossible}");
}

/// Two empty ones of one profile have lower ids than the one of another profile that is needed too.
#[test]
fn gpu_instances_of_another_profile_with_higher_ids_are_used() {
    let machine = Machine::with("h100-sxm5-80gb");
    set_up(
        &machine.device,
        "2g.20gb:0(), 2g.20gb:2(), 1g.20gb:4(), 1g.20gb:6",
    );
    let target = GpuTarget::Add("1c.2g.20gb, 1c.1g.20gb".parse().unwrap());
    let plan = GpuPlan::from_device(&machine.device, target, GpuPlanOptions::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    crate::support::plans::apply(&folder, &[plan]).unwrap();
    let expected = layout("2g.20gb:0(1c), 2g.20gb:2(), 1g.20gb:4(0), 1g.20gb:6");
    let plan = crate::support::plans::plan(&machine.device, &expected);
    assert!(plan.changes_nothing(), "{plan}");
}
