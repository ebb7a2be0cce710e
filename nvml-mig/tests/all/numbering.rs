//! Compute instances that are created get the ids of the layout, in every state that a driver lets come about.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::brute_force::model_of;
use crate::support::brute_force::random::Chance;
use nvml_mig::Layout;
use nvml_mig::instance::{ComputeInstanceId, ComputeInstancePlacement};
use nvml_mig::plan::{
    GpuInstanceProfileModel, GpuModel, LayoutComputeInstance, LayoutGpuInstance, PlanOptions, Step,
};
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig_sim::catalogue;

type Inside = (ComputeInstanceProfileId, ComputeInstancePlacement);

/// The compute instances of a GPU instance by their ids, of which the driver gives the lowest free one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct State(BTreeMap<u32, Inside>);

impl State {
    fn with(&self, (profile, placement): Inside) -> Option<Self> {
        let mut others = self.0.values();
        if others.any(|(_, other)| other.overlaps(placement)) {
            return None;
        }
        let mut state = self.clone();
        let id = (0..).find(|id| !self.0.contains_key(id)).unwrap();
        state.0.insert(id, (profile, placement));
        Some(state)
    }

    /// All states that one call leads to.
    fn next(&self, of: &GpuInstanceProfileModel) -> Vec<Self> {
        let profiles = of.compute_instance_profiles.iter();
        let places = profiles.flat_map(|profile| {
            let placements = profile.placements.iter();
            placements.map(|placement| (profile.id, *placement))
        });
        let created = places.filter_map(|inside| self.with(inside));
        let created = created.filter(|state| state.slices(of) <= of.slice_count);
        let destroyed = self.0.keys().map(|id| {
            let mut state = self.clone();
            state.0.remove(id);
            state
        });
        created.chain(destroyed).collect()
    }

    /// How many compute slices they have together: the 1g of two has one.
    fn slices(&self, of: &GpuInstanceProfileModel) -> u32 {
        let slices = self.0.values().map(|(profile, _)| {
            let mut profiles = of.compute_instance_profiles.iter();
            let own = profiles.find(|own| own.id == *profile).unwrap();
            own.slice_count
        });
        slices.sum()
    }

    fn layout(&self, of: &GpuInstanceProfileModel) -> Layout {
        let inside = self.0.iter().map(|(id, (profile, placement))| {
            let id = ComputeInstanceId::new(*id);
            let entry = LayoutComputeInstance::id(*profile).with_start(placement.start);
            entry.with_preferred_id(id)
        });
        let entry = LayoutGpuInstance::new(of.id).with_compute_instances(inside);
        [entry].into_iter().collect()
    }
}

/// What the plan to a state leads to, on an empty GPU.
fn reached(model: &GpuModel, of: &GpuInstanceProfileModel, state: &State) -> State {
    let layout = state.layout(of);
    let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
    let mut reached = State::default();
    for step in plan.steps {
        match step {
            Step::CreateGpuInstance { .. } => {}
            Step::CreateComputeInstance {
                profile, placement, ..
            }
            | Step::CreateTemporaryComputeInstance {
                profile, placement, ..
            } => reached = reached.with((profile, placement)).unwrap(),
            Step::DestroyTemporaryComputeInstance {
                profile, placement, ..
            } => reached
                .0
                .retain(|_, inside| *inside != (profile, placement)),
            other => panic!("{other}"),
        }
    }
    reached
}

fn profile_named<'a>(model: &'a GpuModel, name: &str) -> &'a GpuInstanceProfileModel {
    let mut profiles = model.profiles.iter();
    profiles
        .find(|profile| profile.name.as_str() == name)
        .unwrap()
}

#[test]
fn every_state_of_four_slices_is_reached_with_its_ids() {
    for (board, name) in [
        ("a30", "4g.24gb"),
        ("a100-sxm4-40gb", "3g.20gb"),
        ("h100-sxm5-80gb", "4g.40gb"),
        ("h100-sxm5-80gb", "1g.20gb"),
        ("rtx-pro-6000-bse", "4g.96gb"),
    ] {
        let model = model_of(catalogue::find(board).unwrap());
        let of = profile_named(&model, name);
        let mut known = BTreeSet::from([State::default()]);
        let mut new = vec![State::default()];
        while let Some(state) = new.pop() {
            new.extend(
                state
                    .next(of)
                    .into_iter()
                    .filter(|next| known.insert(next.clone())),
            );
            if !state.0.is_empty() {
                assert_eq!(reached(&model, of, &state), state);
            }
        }
        println!("{board}, {name}: {} states", known.len());
        assert!(known.len() > 3, "{name}");
    }
}

#[test]
fn random_states_of_seven_slices_are_reached_with_their_ids() {
    let model = model_of(catalogue::find("a100-sxm4-40gb").unwrap());
    let of = profile_named(&model, "7g.40gb");
    let (mut chance, mut state, mut seen) = (Chance::new(7), State::default(), BTreeSet::new());
    for _ in 0..5000 {
        let mut next = state.next(of);
        state = next.swap_remove(chance.below(next.len()));
        if !state.0.is_empty() && seen.insert(state.clone()) {
            assert_eq!(reached(&model, of, &state), state);
        }
    }
    println!("{} states", seen.len());
    assert!(seen.len() > 1000);
}

/// A state that no order leads to: only ids are given up, and nothing else.
#[test]
fn what_no_order_leads_to_is_there_with_other_ids() {
    let model = model_of(catalogue::find("a30").unwrap());
    for text in [
        "4g.24gb(4c#1)",
        "4g.24gb(2c#0,2c#0)",
        "4g.24gb(1c#4000000000)",
    ] {
        let layout: Layout = text.parse().unwrap();
        let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
        assert_eq!(plan.gpu_instances.len(), 1, "{text}");
        assert!(!plan.to_string().contains("temporary"), "{plan}");
    }
}
