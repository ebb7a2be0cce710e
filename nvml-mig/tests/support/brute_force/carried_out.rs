//! A plan carried out step by step on a copy of what is there, as a driver would.

use nvml_mig::Layout;
use nvml_mig::plan::{
    ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel, Plan, PlanOptions,
    PresentComputeInstance, PresentGpuInstance, Step,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};

use super::reached::assert_is;
use super::room::lost_room;
use super::wants::Want;
use super::{Cost, Span, engines_suffice, overlap};

/// A GPU instance and the compute instances in it.
pub(super) type State = (
    GpuInstanceProfileId,
    Span,
    Vec<(ComputeInstanceProfileId, Span)>,
);

/// What a plan costs. It panics at a step that a driver would refuse, at an instance that must stay and goes, at a GPU that
/// is without instances for a moment though it need not be, and where the end is not what the layout wants.
pub fn cost(
    model: &GpuModel,
    present: &[PresentGpuInstance],
    layout: &Layout,
    options: PlanOptions,
    plan: &Plan,
) -> Cost {
    let mut gpu = Gpu {
        model,
        present,
        options,
        plan,
        state: present.iter().map(state).collect(),
        created: 0,
        temporary: None,
        was_empty: false,
        cost: Cost {
            busy: 0,
            gpu_instances: 0,
            compute_instances: 0,
            count: 0,
            lost_room: (0, 0),
        },
    };
    for step in &plan.steps {
        gpu.step(step);
    }
    gpu.assert_handed_over();
    let planned = assert_is(model, &gpu.state, layout, plan);
    let spans: Vec<Span> = gpu.state.iter().map(|one| one.1).collect();
    Cost {
        count: gpu.state.len(),
        lost_room: lost_room(model, &spans, &planned),
        ..gpu.cost
    }
}

fn state(existing: &PresentGpuInstance) -> State {
    let inside = existing.compute_instances().iter();
    let inside = inside.map(|inside| (inside.profile(), span_inside(inside)));
    (existing.profile(), span(existing), inside.collect())
}

fn span(existing: &PresentGpuInstance) -> Span {
    (existing.placement().start, existing.placement().size)
}

fn span_inside(existing: &PresentComputeInstance) -> Span {
    (existing.placement().start, existing.placement().size)
}

/// The GPU between two steps.
struct Gpu<'a> {
    model: &'a GpuModel,
    present: &'a [PresentGpuInstance],
    options: PlanOptions,
    plan: &'a Plan,
    state: Vec<State>,
    /// How many GPU instances were created, besides the temporary one.
    created: usize,
    temporary: Option<Span>,
    /// Whether nothing was there before something was created.
    was_empty: bool,
    cost: Cost,
}

impl<'a> Gpu<'a> {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
                profile,
                placement,
                ..
            } => {
                let existing = self.existing(|existing| existing.id == gpu_instance);
                let mut inside = existing.compute_instances().iter();
                let inside = inside.find(|inside| inside.id == compute_instance).unwrap();
                assert_eq!((inside.profile(), inside.placement()), (profile, placement));
                self.destroy_inside(existing, inside);
            }
            Step::DestroyGpuInstance {
                gpu_instance,
                profile,
                placement,
                ..
            } => {
                let existing = self.existing(|existing| existing.id == gpu_instance);
                let is = (existing.profile(), existing.placement());
                assert_eq!(is, (profile, placement));
                self.destroy(existing);
            }
            Step::CreateGpuInstance {
                planned,
                profile,
                placement,
                ..
            } => {
                let model = self.profile(profile);
                assert!(
                    model.placements.contains(&placement),
                    "impossible place: {:?}",
                    self.plan
                );
                assert_eq!(self.plan.gpu_instances[planned].placement, placement);
                self.create(profile, (placement.start, placement.size));
            }
            Step::CreateComputeInstance {
                planned,
                profile,
                placement,
                ..
            } => {
                let planned = &self.plan.gpu_instances[planned];
                let of = (planned.placement.start, planned.placement.size);
                let span = (placement.start, placement.size);
                let id = self.at(of).0;
                let model = self.profile(id);
                let inside = inside_of(model, profile);
                assert!(
                    inside.placements.contains(&placement),
                    "impossible place: {:?}",
                    self.plan
                );
                self.create_inside(of, model, (profile, span));
            }
            Step::CreateTemporaryGpuInstance {
                profile, placement, ..
            } => {
                assert!(
                    self.created == 0 && !self.state.is_empty(),
                    "{:?}",
                    self.plan
                );
                let span = (placement.start, placement.size);
                self.create(profile, span);
                self.created -= 1;
                self.temporary = Some(span);
            }
            Step::DestroyTemporaryGpuInstance { placement, .. } => {
                let span = (placement.start, placement.size);
                assert_eq!(self.temporary.take(), Some(span), "{:?}", self.plan);
                assert!(self.created > 0, "{:?}", self.plan);
                self.state.retain(|one| one.1 != span);
            }
            _ => panic!("a step that this test does not know"),
        }
    }

    fn existing(&self, is_it: impl Fn(&PresentGpuInstance) -> bool) -> &'a PresentGpuInstance {
        self.present
            .iter()
            .find(|existing| is_it(existing))
            .unwrap()
    }

    fn profile(&self, id: GpuInstanceProfileId) -> &'a GpuInstanceProfileModel {
        let mut profiles = self.model.profiles.iter();
        profiles.find(|profile| profile.id == id).unwrap()
    }

    fn at(&mut self, span: Span) -> &mut State {
        let mut state = self.state.iter_mut();
        state.find(|gpu_instance| gpu_instance.1 == span).unwrap()
    }

    fn destroy_inside(&mut self, existing: &PresentGpuInstance, inside: &PresentComputeInstance) {
        self.assert_may_destroy_now();
        assert!(!inside.pinned && !existing.pinned, "{:?}", self.plan);
        let known = existing
            .compute_instances()
            .iter()
            .any(|inside| inside.busy);
        let is_busy = inside.busy || (existing.busy && !known);
        assert!(if is_busy {
            self.options.destroy_busy()
        } else {
            self.options.destroy_idle()
        });
        self.cost.busy += usize::from(is_busy);
        self.cost.compute_instances += 1;
        let gone = (inside.profile(), span_inside(inside));
        let there = &mut self.at(span(existing)).2;
        let count = there.len();
        there.retain(|one| *one != gone);
        assert_eq!(there.len() + 1, count, "{:?}", self.plan);
    }

    fn destroy(&mut self, existing: &PresentGpuInstance) {
        self.assert_may_destroy_now();
        assert!(!existing.pinned, "{:?}", self.plan);
        let is_empty = self.at(span(existing)).2.is_empty();
        assert!(is_empty, "compute instances go first: {:?}", self.plan);
        self.state.retain(|one| one.1 != span(existing));
        self.cost.gpu_instances += 1;
        let any_busy = existing
            .compute_instances()
            .iter()
            .any(|inside| inside.busy);
        if existing.busy || any_busy {
            assert!(self.options.destroy_busy(), "{:?}", self.plan);
            self.cost.busy += usize::from(existing.compute_instances().is_empty());
        } else {
            assert!(self.options.destroy_idle(), "{:?}", self.plan);
        }
    }

    /// Destruction comes first, but for the handover to the first new one.
    fn assert_may_destroy_now(&self) {
        let is_handover = self.created == 1 && self.state.len() == 2 && self.temporary.is_none();
        assert!(
            self.created == 0 || is_handover,
            "destroys come first: {:?}",
            self.plan
        );
    }

    fn create(&mut self, profile: GpuInstanceProfileId, span: Span) {
        let mut state = self.state.iter();
        assert!(!state.any(|one| overlap(one.1, span)), "{:?}", self.plan);
        self.was_empty |= self.state.is_empty();
        self.created += 1;
        self.state.push((profile, span, Vec::new()));
        assert!(self.state.len() <= 8);
        let wants: Vec<Want<'_>> = self.state.iter().map(|one| self.want(one.0)).collect();
        assert!(engines_suffice(self.model, &wants), "{:?}", self.plan);
    }

    fn want(&self, profile: GpuInstanceProfileId) -> Want<'a> {
        Want {
            profile: self.profile(profile),
            start: None,
            compute_instances: Vec::new(),
        }
    }

    fn create_inside(
        &mut self,
        of: Span,
        model: &GpuInstanceProfileModel,
        new: (ComputeInstanceProfileId, Span),
    ) {
        let plan = self.plan;
        let there = &mut self.at(of).2;
        assert!(
            !there.iter().any(|inside| overlap(inside.1, new.1)),
            "{plan:?}"
        );
        there.push(new);
        assert!(there.len() <= 8);
        let slices = there
            .iter()
            .map(|(id, _)| inside_of(model, *id).slice_count);
        assert!(slices.sum::<u32>() <= model.slice_count, "{plan:?}");
    }

    /// Where some instance from before and some new one fit side by side, or another one beside those before and then beside a
    /// new one, the GPU was never without any.
    fn assert_handed_over(&self) {
        assert_eq!(self.temporary, None, "{:?}", self.plan);
        if self.present.is_empty() || !self.was_empty {
            return;
        }
        let before: Vec<(GpuInstanceProfileId, Span)> = self
            .present
            .iter()
            .map(|existing| (existing.profile(), span(existing)))
            .collect();
        let temporary = self.model.profiles.iter().flat_map(|profile| {
            let places = profile.placements.iter();
            places.map(|place| (profile.id, (place.start, place.size)))
        });
        let temporary: Vec<_> = temporary.collect();
        for new in &self.plan.gpu_instances {
            let new = (new.profile, (new.placement.start, new.placement.size));
            for existing in &before {
                assert!(
                    !self.fit(&[*existing, new]),
                    "{existing:?}: {:?}",
                    self.plan
                );
            }
            for temporary in &temporary {
                let beside_all = self.fit(&[&before[..], &[*temporary]].concat());
                assert!(
                    !beside_all || !self.fit(&[*temporary, new]),
                    "{temporary:?}: {:?}",
                    self.plan
                );
            }
        }
    }

    /// Whether these fit side by side.
    fn fit(&self, all: &[(GpuInstanceProfileId, Span)]) -> bool {
        let numbered = || all.iter().enumerate();
        let overlaps = numbered().any(|(at, one)| {
            numbered().any(|(other_at, other)| at < other_at && overlap(one.1, other.1))
        });
        let wants: Vec<Want<'_>> = all.iter().map(|one| self.want(one.0)).collect();
        !overlaps && all.len() <= 8 && engines_suffice(self.model, &wants)
    }
}

fn inside_of(
    model: &GpuInstanceProfileModel,
    id: ComputeInstanceProfileId,
) -> &ComputeInstanceProfileModel {
    let mut inside = model.compute_instance_profiles.iter();
    inside.find(|inside| inside.id == id).unwrap()
}
