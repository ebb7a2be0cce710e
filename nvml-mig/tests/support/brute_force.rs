//! The planner's answer, worked out in the most stupid way: every instance of the layout is tried on every instance
//! that is there and at every place, and the cheapest way is remembered. It shares no code with the planner: overlaps
//! are compared span by span, engines are summed by hand.
pub mod carried_out;
pub mod pool;
pub mod random;
mod reached;
pub mod refilled;

use nvml_mig::Layout;
use nvml_mig::plan::{
    ComputeInstanceProfileModel, Engine, Engines, GpuInstanceProfileModel, GpuModel,
    LayoutComputeProfile, LayoutProfile, PlanOptions, PresentGpuInstance, ProfileSource,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};
use nvml_mig_sim::catalogue::Board;

/// The model of a board of the simulator's catalogue, with the compute instance profiles of the catalogue.
pub fn model_of(board: &Board) -> GpuModel {
    let profiles = board.profiles.iter().map(|profile| {
        let placements =
            profile
                .starts
                .iter()
                .map(|&start| nvml_mig::instance::GpuInstancePlacement {
                    start,
                    size: profile.size,
                });
        let engines = Engines::new()
            .with_count(Engine::Decoder, profile.engines.decoder)
            .with_count(Engine::Encoder, profile.engines.encoder)
            .with_count(Engine::Jpeg, profile.engines.jpeg)
            .with_count(Engine::Ofa, profile.engines.ofa);
        let compute = profile.compute.iter().map(compute_model).collect();
        let id = GpuInstanceProfileId::new(profile.id);
        let name = profile.name.trim_start_matches("MIG ");
        GpuInstanceProfileModel::new(id, name, placements.collect())
            .with_slice_count(profile.slices)
            .with_memory_mib(profile.memory_mib)
            .with_engines(engines)
            .with_compute_instance_profiles(compute, ProfileSource::Driver)
    });
    GpuModel::new(profiles.collect())
}

fn compute_model(
    profile: &nvml_mig_sim::catalogue::ComputeInstanceProfile,
) -> ComputeInstanceProfileModel {
    let placements =
        profile
            .starts
            .iter()
            .map(|&start| nvml_mig::instance::ComputeInstancePlacement {
                start,
                size: profile.size,
            });
    ComputeInstanceProfileModel::new(
        ComputeInstanceProfileId::new(profile.id),
        profile.name.trim_start_matches("MIG "),
        profile.slices,
        placements.collect(),
    )
}

/// Start and size.
type Span = (u32, u32);

fn overlap(one: Span, other: Span) -> bool {
    (one.0..one.0 + one.1).any(|slice| (other.0..other.0 + other.1).contains(&slice))
}

/// What a way costs; less is better, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Busy instances destroyed.
    pub busy: usize,
    /// GPU instances destroyed.
    pub gpu_instances: usize,
    /// Compute instances destroyed.
    pub compute_instances: usize,
    /// GPU instances in the end: MIG devices can share one or not.
    pub count: usize,
    /// What further instances do not fit afterwards, as the negative of their number and of the largest's size.
    pub lost_room: (i64, i64),
}

/// A compute instance of the layout: its profile, the start it wants, and the profiles of the same name that are as good.
type WantInside<'a> = (
    &'a ComputeInstanceProfileModel,
    Option<u32>,
    Vec<ComputeInstanceProfileId>,
);

/// One of the layout: its profile, the start it wants, its compute instances.
#[derive(Debug, Clone, PartialEq)]
struct Want<'a> {
    profile: &'a GpuInstanceProfileModel,
    start: Option<u32>,
    compute_instances: Vec<WantInside<'a>>,
}

/// The default compute instance is the catalogue's only one with all slices, except in a 1g with double memory, where it is
/// the double one. Nowhere else does a number of slices mean that.
fn inside_of_slices(
    profile: &GpuInstanceProfileModel,
    slices: u32,
) -> &ComputeInstanceProfileModel {
    let has_double = |inside: &ComputeInstanceProfileModel| inside.id.number() == 7;
    let doubled = profile.compute_instance_profiles.iter().any(has_double);
    let default_is_double = doubled && profile.slice_count == 1;
    let mut compute_instances = profile.compute_instance_profiles.iter();
    compute_instances
        .find(|inside| inside.slice_count == slices && has_double(inside) == default_is_double)
        .unwrap()
}

fn wants<'a>(model: &'a GpuModel, layout: &Layout) -> Vec<Want<'a>> {
    let want = |entry: &nvml_mig::plan::LayoutGpuInstance| {
        let profile = model
            .profiles
            .iter()
            .find(|profile| match entry.profile() {
                LayoutProfile::Id(id) => profile.id == id,
                LayoutProfile::Name(name) => profile.name == name.to_string().as_str(),
                _ => false,
            })
            .unwrap();
        let find = |wanted: LayoutComputeProfile| {
            let mut compute_instances = profile.compute_instance_profiles.iter();
            match wanted {
                LayoutComputeProfile::Id(id) => {
                    compute_instances.find(|inside| inside.id == id).unwrap()
                }
                LayoutComputeProfile::Slices(slices) => inside_of_slices(profile, slices),
                _ => panic!("a compute instance that this test does not know"),
            }
        };
        let gpu_instance = [nvml_mig::plan::LayoutComputeInstance::slices(
            profile.slice_count,
        )];
        let compute_instances = entry.compute_instances().unwrap_or(&gpu_instance).iter();
        Want {
            profile,
            start: entry.start(),
            compute_instances: compute_instances
                .map(|inside| {
                    let found = find(inside.profile());
                    (found, inside.start(), vec![found.id])
                })
                .collect(),
        }
    };
    layout.gpu_instances().iter().map(want).collect()
}

/// A MIG device by its name in the catalogue: its GPU instance, and its compute instance. Of two with one name, the lower id
/// is created.
fn mig_device<'a>(
    model: &'a GpuModel,
    name: &str,
) -> (&'a GpuInstanceProfileModel, WantInside<'a>) {
    let outer = name.split_once("c.").unwrap().1;
    let profile = model.profiles.iter().find(|profile| profile.name == outer);
    let profile = profile.unwrap();
    let all = profile.compute_instance_profiles.iter();
    let mut named: Vec<_> = all.filter(|inside| inside.name == name).collect();
    named.sort_by_key(|inside| inside.id);
    let ids = named.iter().map(|inside| inside.id).collect();
    (profile, (named[0], None, ids))
}

/// Each way to put the MIG devices of a layout into GPU instances, by putting one after another into each that was begun, or
/// into a new one. Most come more than once.
fn groupings<'a>(model: &'a GpuModel, layout: &Layout) -> Vec<Vec<Want<'a>>> {
    let mut all = vec![wants(model, layout)];
    let fixed = layout.gpu_instances().len();
    for name in layout.mig_devices() {
        let (profile, inside) = mig_device(model, &name.to_string());
        let mut next: Vec<Vec<Want<'a>>> = Vec::new();
        for begun in all {
            for into in fixed..=begun.len() {
                let mut with = begun.clone();
                match with.get_mut(into) {
                    Some(want) if want.profile.id != profile.id => continue,
                    Some(want) => want.compute_instances.push(inside.clone()),
                    None => with.push(Want {
                        profile,
                        start: None,
                        compute_instances: vec![inside.clone()],
                    }),
                }
                next.push(with);
            }
        }
        for grouping in &mut next {
            for want in &mut grouping[fixed..] {
                want.compute_instances.sort_by_key(|(inside, ..)| inside.id);
            }
            grouping[fixed..].sort_by_key(|want| format!("{want:?}"));
        }
        next.sort_by_key(|grouping| format!("{grouping:?}"));
        next.dedup();
        // More than there is room for can't become less.
        let sizes = |grouping: &[Want<'_>]| -> u32 {
            grouping
                .iter()
                .map(|want| want.profile.placements[0].size)
                .sum()
        };
        let room = |grouping: &Vec<Want<'_>>| sizes(grouping) <= model.memory_slices();
        next.retain(room);
        all = next;
    }
    all
}

/// The cheapest way to the layout; `None` if there is none that the options allow.
pub fn cheapest(
    model: &GpuModel,
    present: &[PresentGpuInstance],
    layout: &Layout,
    options: PlanOptions,
) -> Option<Cost> {
    let ways = groupings(model, layout).into_iter();
    let costs = ways.filter_map(|wants| cheapest_to(model, present, wants, options));
    costs.min()
}

fn cheapest_to(
    model: &GpuModel,
    present: &[PresentGpuInstance],
    mut wants: Vec<Want<'_>>,
    options: PlanOptions,
) -> Option<Cost> {
    if wants.len() > 8 || !engines_suffice(model, &wants) {
        return None;
    }
    // Equal ones beside each other, so that trying them in all orders can be avoided.
    wants.sort_by_key(|want| format!("{want:?}"));
    let mut ways = Ways {
        model,
        present,
        options,
        wants: &wants,
        best: None,
    };
    let fresh: Vec<bool> = wants
        .iter()
        .map(|want| ways.inside(want, None).is_some())
        .collect();
    if fresh.contains(&false) {
        return None;
    }
    ways.place(0, &mut Vec::new(), &mut Vec::new(), (0, 0));
    ways.best
}

fn engines_suffice(model: &GpuModel, wants: &[Want<'_>]) -> bool {
    let kinds: [fn(&Engines) -> u32; 4] = [|e| e.decoder, |e| e.encoder, |e| e.jpeg, |e| e.ofa];
    kinds.iter().all(|kind| {
        let all = model
            .profiles
            .iter()
            .map(|profile| kind(&profile.engines))
            .max()
            .unwrap();
        wants
            .iter()
            .map(|want| kind(&want.profile.engines))
            .sum::<u32>()
            <= all
    })
}

struct Ways<'a> {
    model: &'a GpuModel,
    present: &'a [PresentGpuInstance],
    options: PlanOptions,
    wants: &'a [Want<'a>],
    best: Option<Cost>,
}

impl Ways<'_> {
    /// `taken` are the spans so far, `kept` the present instances that are kept, `inner` what is destroyed in them.
    fn place(
        &mut self,
        index: usize,
        taken: &mut Vec<Span>,
        kept: &mut Vec<(usize, usize)>,
        inner: (usize, usize),
    ) {
        let Some(want) = self.wants.get(index) else {
            return self.finish(taken, kept, inner);
        };
        // Of equal ones, each stands later than the one before: other orders give the same sets.
        let after = match index.checked_sub(1) {
            Some(before) if self.wants[before] == *want => taken[before].0 as i64,
            _ => -1,
        };
        for (number, existing) in self.present.iter().enumerate() {
            let span = (existing.placement().start, existing.placement().size);
            let may = existing.profile() == want.profile.id
                && want.start.is_none_or(|start| start == span.0)
                && i64::from(span.0) > after
                && !taken.iter().any(|&other| overlap(span, other));
            if !may {
                continue;
            }
            if let Some(lost) = self.inside(want, Some(existing)) {
                taken.push(span);
                kept.push((number, index));
                self.place(index + 1, taken, kept, (inner.0 + lost.0, inner.1 + lost.1));
                kept.pop();
                taken.pop();
            }
        }
        for place in &want.profile.placements {
            let span = (place.start, place.size);
            let may = want.start.is_none_or(|start| start == span.0)
                && i64::from(span.0) > after
                && !taken.iter().any(|&other| overlap(span, other));
            if may {
                taken.push(span);
                self.place(index + 1, taken, kept, inner);
                taken.pop();
            }
        }
    }

    fn finish(&mut self, taken: &[Span], kept: &[(usize, usize)], inner: (usize, usize)) {
        let mut cost = (inner.0, 0, inner.1);
        for (number, existing) in self.present.iter().enumerate() {
            if kept.iter().any(|(kept, _)| *kept == number) {
                continue;
            }
            let busy_inside = existing
                .compute_instances()
                .iter()
                .filter(|inside| inside.busy)
                .count();
            let pinned = existing.pinned
                || existing
                    .compute_instances()
                    .iter()
                    .any(|inside| inside.pinned);
            let busy = existing.busy || busy_inside > 0;
            if pinned
                || (busy && !self.options.destroy_busy())
                || (!busy && !self.options.destroy_idle())
            {
                return;
            }
            let known = busy_inside > 0;
            let idle_part = |inside: &nvml_mig::plan::PresentComputeInstance| {
                !inside.busy && (known || !existing.busy)
            };
            if !self.options.destroy_idle() && existing.compute_instances().iter().any(idle_part) {
                return;
            }
            let compute_instances = existing.compute_instances().len();
            let busy_inside = if busy && busy_inside == 0 {
                compute_instances
            } else {
                busy_inside
            };
            cost.0 += if busy { busy_inside.max(1) } else { 0 };
            cost.1 += 1;
            cost.2 += compute_instances;
        }
        let cost = Cost {
            busy: cost.0,
            gpu_instances: cost.1,
            compute_instances: cost.2,
            count: self.wants.len(),
            lost_room: lost_room(self.model, taken, self.wants),
        };
        if self.best.is_none_or(|best| cost < best) {
            self.best = Some(cost);
        }
    }

    /// The busy and all compute instances that are destroyed so that these stand in a GPU instance; `None` if they
    /// can't, or what must stay would go.
    fn inside(
        &self,
        want: &Want<'_>,
        existing: Option<&PresentGpuInstance>,
    ) -> Option<(usize, usize)> {
        let slices = want
            .compute_instances
            .iter()
            .map(|(inside, ..)| inside.slice_count);
        if want.compute_instances.len() > 8 || slices.sum::<u32>() > want.profile.slice_count {
            return None;
        }
        let mut best = None;
        self.place_inside(
            want,
            existing,
            0,
            &mut Vec::new(),
            &mut Vec::new(),
            &mut best,
        );
        best
    }

    fn place_inside(
        &self,
        want: &Want<'_>,
        existing: Option<&PresentGpuInstance>,
        index: usize,
        taken: &mut Vec<Span>,
        kept: &mut Vec<usize>,
        best: &mut Option<(usize, usize)>,
    ) {
        let Some((profile, start, ids)) = want.compute_instances.get(index) else {
            if let Some(lost) = self.lost_inside(existing, kept, want.compute_instances.len())
                && best.is_none_or(|best| lost < best)
            {
                *best = Some(lost);
            }
            return;
        };
        let compute_instances = existing.map_or(&[][..], |existing| existing.compute_instances());
        for (number, inside) in compute_instances.iter().enumerate() {
            let span = (inside.placement().start, inside.placement().size);
            let may = ids.contains(&inside.profile()) && start.is_none_or(|start| start == span.0);
            if may && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                kept.push(number);
                self.place_inside(want, existing, index + 1, taken, kept, best);
                kept.pop();
                taken.pop();
            }
        }
        for place in &profile.placements {
            let span = (place.start, place.size);
            let may = start.is_none_or(|start| start == span.0);
            if may && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                self.place_inside(want, existing, index + 1, taken, kept, best);
                taken.pop();
            }
        }
    }

    fn lost_inside(
        &self,
        existing: Option<&PresentGpuInstance>,
        kept: &[usize],
        wanted: usize,
    ) -> Option<(usize, usize)> {
        let Some(existing) = existing else {
            return Some((0, 0));
        };
        if existing.pinned
            && (kept.len() < wanted || kept.len() < existing.compute_instances().len())
        {
            return None;
        }
        let known = existing
            .compute_instances()
            .iter()
            .any(|inside| inside.busy);
        let mut lost = (0, 0);
        for (number, inside) in existing.compute_instances().iter().enumerate() {
            if kept.contains(&number) {
                continue;
            }
            let busy = inside.busy || (existing.busy && !known);
            if inside.pinned
                || (busy && !self.options.destroy_busy())
                || (!busy && !self.options.destroy_idle())
            {
                return None;
            }
            lost.0 += usize::from(busy);
            lost.1 += 1;
        }
        Some(lost)
    }
}

/// The negative of how much still fits: the number of further instances of each profile alone, added up; and the
/// memory slices of the largest.
fn lost_room(model: &GpuModel, taken: &[Span], wants: &[Want<'_>]) -> (i64, i64) {
    let (mut sum, mut largest) = (0, 0);
    for profile in &model.profiles {
        let more = further(model, profile, -1, &mut taken.to_vec(), &mut wants.to_vec());
        sum += more;
        if more > 0 {
            largest = largest.max(i64::from(profile.placements[0].size));
        }
    }
    (-sum, -largest)
}

/// How much still fits beside what is there, if its engines are enough for that; and at most if it stood best.
pub fn rooms(model: &GpuModel, present: &[PresentGpuInstance]) -> Option<(i64, i64)> {
    let want = |existing: &PresentGpuInstance| Want {
        profile: model
            .profiles
            .iter()
            .find(|profile| profile.id == existing.profile())
            .unwrap(),
        start: None,
        compute_instances: Vec::new(),
    };
    let wants: Vec<Want<'_>> = present.iter().map(want).collect();
    if !engines_suffice(model, &wants) {
        return None;
    }
    let now: Vec<Span> = present
        .iter()
        .map(|existing| (existing.placement().start, existing.placement().size))
        .collect();
    let (now, _) = lost_room(model, &now, &wants);
    let mut best = now;
    stand_anyhow(&wants, &mut Vec::new(), &mut |taken| {
        let (lost, _) = lost_room(model, taken, &wants);
        best = best.min(lost);
    });
    Some((-now, -best))
}

fn stand_anyhow(wants: &[Want<'_>], taken: &mut Vec<Span>, seen: &mut impl FnMut(&[Span])) {
    let Some(want) = wants.get(taken.len()) else {
        return seen(taken);
    };
    for place in &want.profile.placements {
        let span = (place.start, place.size);
        if !taken.iter().any(|&other| overlap(span, other)) {
            taken.push(span);
            stand_anyhow(wants, taken, seen);
            taken.pop();
        }
    }
}

/// How many more of a profile fit, each of them later than `after`.
fn further<'a>(
    model: &'a GpuModel,
    profile: &'a GpuInstanceProfileModel,
    after: i64,
    taken: &mut Vec<Span>,
    wants: &mut Vec<Want<'a>>,
) -> i64 {
    wants.push(Want {
        profile,
        start: None,
        compute_instances: Vec::new(),
    });
    let mut most = 0;
    if wants.len() <= 8 && engines_suffice(model, wants) {
        for place in &profile.placements {
            let span = (place.start, place.size);
            let later = i64::from(span.0) > after;
            if later && !taken.iter().any(|&other| overlap(span, other)) {
                taken.push(span);
                most = most.max(1 + further(model, profile, i64::from(span.0), taken, wants));
                taken.pop();
            }
        }
    }
    wants.pop();
    most
}

/// Plans, and compares the answer with the brute force. Gives whether there is a plan.
pub fn check(
    model: &GpuModel,
    present: &[PresentGpuInstance],
    layout: &Layout,
    options: PlanOptions,
) -> bool {
    let expected = cheapest(model, present, layout, options);
    match (model.plan(present, layout, options), expected) {
        (Ok(plan), Some(expected)) => {
            let cost = carried_out::cost(model, present, layout, options, &plan);
            assert_eq!(
                cost, expected,
                "{layout} {options:?} from {present:?}:\n{plan}"
            );
            true
        }
        (Err(_), None) => false,
        (answer, expected) => {
            panic!("{layout} {options:?} from {present:?}: {answer:?}, expected {expected:?}")
        }
    }
}
