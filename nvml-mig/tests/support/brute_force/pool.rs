//! The plan for a pool, worked out in the most stupid way: every set of instances that may move is moved, everywhere.

use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, GpuPool, LayoutProfile, PlanOptions, PoolOptions, PoolPlan,
    PresentGpuInstance,
};

use super::random::Chance;
use super::room::{further, rooms};
use super::wants::Want;
use super::{Span, carried_out, engines_suffice, overlap};
use crate::support::after::after;

/// What a plan costs; less is better, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolCost {
    pub moves: usize,
    pub busy: usize,
    pub compute_instances: usize,
    /// The memory slices of what does not fit afterwards, as the negative of those of the further instances of each profile
    /// alone, and of the largest's size, added up over all GPUs.
    pub lost_room: (i64, i64),
}

/// A GPU with the profiles and spans that are taken on it.
#[derive(Clone)]
struct Gpu<'a> {
    model: &'a GpuModel,
    taken: Vec<(usize, Span)>,
}

/// One to be placed: the profiles by GPU that it can have.
struct Item {
    profiles: Vec<Option<usize>>,
    start: Option<u32>,
}

fn span(existing: &PresentGpuInstance) -> Span {
    (existing.placement().start, existing.placement().size)
}

fn profile_of(model: &GpuModel, existing: &PresentGpuInstance) -> usize {
    let mut profiles = model.profiles.iter();
    profiles
        .position(|profile| profile.id == existing.profile())
        .unwrap()
}

/// Whether it may move, and whether it is busy.
fn may_move(existing: &PresentGpuInstance, options: PlanOptions) -> (bool, bool) {
    let inside = existing.compute_instances();
    let pinned = existing.pinned || inside.iter().any(|inside| inside.pinned);
    let known = inside.iter().any(|inside| inside.busy);
    let busy = existing.busy || known;
    // Where it is known which compute instances are busy, the others are idle.
    let idle_part = if known {
        inside.iter().any(|inside| !inside.busy)
    } else {
        !busy
    };
    let allowed = (!busy || options.destroy_busy()) && (!idle_part || options.destroy_idle());
    (!pinned && allowed, busy)
}

/// The number of busy instances that go with it, as a plan counts them.
fn busy_count(existing: &PresentGpuInstance) -> usize {
    let inside = existing.compute_instances();
    let known = inside.iter().filter(|inside| inside.busy).count();
    match (known, existing.busy) {
        (0, true) => inside.len().max(1),
        (known, _) => known,
    }
}

/// The cheapest way to place the requests; `None` if there is none that the options allow.
pub fn cheapest(
    gpus: &[(&GpuModel, Vec<PresentGpuInstance>)],
    requests: &[GpuInstanceRequest],
    options: PoolOptions,
) -> Option<PoolCost> {
    let movable: Vec<(usize, &PresentGpuInstance)> = gpus
        .iter()
        .enumerate()
        .flat_map(|(gpu, (_, present))| present.iter().map(move |existing| (gpu, existing)))
        .filter(|(_, existing)| may_move(existing, options.instances()).0)
        .collect();
    let most = options
        .most_moves()
        .unwrap_or(usize::MAX)
        .min(movable.len());
    for moves in 0..=most {
        let mut best = None;
        for set in 0..1_u32 << movable.len() {
            if set.count_ones() as usize == moves {
                let chosen = |number: &usize| set >> number & 1 == 1;
                let moved: Vec<_> = (0..movable.len())
                    .filter(chosen)
                    .map(|number| movable[number])
                    .collect();
                try_moving(gpus, requests, &moved, &mut best);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
}

fn try_moving(
    gpus: &[(&GpuModel, Vec<PresentGpuInstance>)],
    requests: &[GpuInstanceRequest],
    moved: &[(usize, &PresentGpuInstance)],
    best: &mut Option<PoolCost>,
) {
    let is_moved = |gpu: usize, existing: &PresentGpuInstance| {
        moved
            .iter()
            .any(|(from, moved)| *from == gpu && moved.id == existing.id)
    };
    let mut state = Vec::new();
    for (number, (model, present)) in gpus.iter().enumerate() {
        let kept = present
            .iter()
            .filter(|existing| !is_moved(number, existing));
        let taken = kept.map(|existing| (profile_of(model, existing), span(existing)));
        state.push(Gpu {
            model,
            taken: taken.collect(),
        });
    }
    let mut items: Vec<Item> = Vec::new();
    for (from, existing) in moved {
        let model = gpus[*from].0;
        let profile = profile_of(model, existing);
        let profiles = gpus
            .iter()
            .map(|(other, _)| (*other == model).then_some(profile));
        items.push(Item {
            profiles: profiles.collect(),
            start: None,
        });
    }
    for request in requests {
        let entry = request.instance();
        let profiles = gpus.iter().enumerate().map(|(number, (model, _))| {
            let is_named = request.gpu().is_none_or(|named| named == number);
            let mut profiles = model.profiles.iter();
            profiles.position(|profile| {
                is_named
                    && match entry.profile() {
                        LayoutProfile::Id(id) => profile.id == id,
                        LayoutProfile::Name(name) => profile.name == name.to_string().as_str(),
                        _ => false,
                    }
            })
        });
        items.push(Item {
            profiles: profiles.collect(),
            start: entry.start(),
        });
    }
    let cost = PoolCost {
        moves: moved.len(),
        busy: moved.iter().map(|(_, existing)| busy_count(existing)).sum(),
        compute_instances: moved
            .iter()
            .map(|(_, existing)| existing.compute_instances().len())
            .sum(),
        lost_room: (0, 0),
    };
    place(&mut state, &items, cost, best);
}

fn place(state: &mut Vec<Gpu<'_>>, items: &[Item], cost: PoolCost, best: &mut Option<PoolCost>) {
    let Some((item, rest)) = items.split_first() else {
        let rooms = state.iter().map(room_of);
        let lost_room = rooms.fold((0, 0), |sum, room| (sum.0 + room.0, sum.1 + room.1));
        let cost = PoolCost { lost_room, ..cost };
        *best = Some(best.map_or(cost, |best| best.min(cost)));
        return;
    };
    for number in 0..state.len() {
        let Some(profile) = item.profiles[number] else {
            continue;
        };
        let model = state[number].model;
        for place_of in &model.profiles[profile].placements {
            let span = (place_of.start, place_of.size);
            let gpu = &mut state[number];
            let may = item.start.is_none_or(|start| start == span.0)
                && !gpu.taken.iter().any(|other| overlap(span, other.1));
            if !may {
                continue;
            }
            gpu.taken.push((profile, span));
            let wants = wants(gpu);
            if wants.len() <= 8 && engines_suffice(model, &wants) {
                place(state, rest, cost, best);
            }
            state[number].taken.pop();
        }
    }
}

fn wants<'a>(gpu: &Gpu<'a>) -> Vec<Want<'a>> {
    let want = |(profile, _): &(usize, Span)| Want {
        profile: &gpu.model.profiles[*profile],
        start: None,
        compute_instances: Vec::new(),
    };
    gpu.taken.iter().map(want).collect()
}

fn room_of(gpu: &Gpu<'_>) -> (i64, i64) {
    let spans: Vec<Span> = gpu.taken.iter().map(|(_, span)| *span).collect();
    let (mut slices, mut largest) = (0, 0);
    for profile in &gpu.model.profiles {
        let (mut taken, mut wants) = (spans.clone(), wants(gpu));
        let size = i64::from(profile.placements[0].size);
        let more = further(gpu.model, profile, -1, &mut taken, &mut wants);
        slices += more * size;
        if more > 0 {
            largest = largest.max(size);
        }
    }
    (-slices, -largest)
}

/// Carries a plan out step by step, checks that it does what it says, and gives what it cost.
pub fn cost_of(
    gpus: &[(&GpuModel, Vec<PresentGpuInstance>)],
    requests: &[GpuInstanceRequest],
    options: PoolOptions,
    plan: &PoolPlan,
) -> PoolCost {
    let mut cost = PoolCost {
        moves: 0,
        busy: 0,
        compute_instances: 0,
        lost_room: (0, 0),
    };
    let (mut created, mut destroyed) = (Vec::new(), cost);
    for (number, (model, present)) in gpus.iter().enumerate() {
        let planned = plan.gpus.iter().find(|planned| planned.gpu == number);
        let then = planned.map_or_else(|| present.clone(), |planned| after(&planned.plan));
        if let Some(planned) = planned {
            let options = options.instances();
            let one = carried_out::cost(model, present, &planned.layout, options, &planned.plan);
            destroyed.moves += one.gpu_instances;
            destroyed.busy += one.busy;
            destroyed.compute_instances += one.compute_instances;
            let all = planned.plan.gpu_instances.iter().zip(&planned.plan.kept);
            let new = all.filter(|(_, kept)| kept.is_none());
            created.extend(new.map(|(instance, _)| (number, instance.profile, instance.placement)));
        }
        let taken = then
            .iter()
            .map(|existing| (profile_of(model, existing), span(existing)));
        let lost = room_of(&Gpu {
            model,
            taken: taken.collect(),
        });
        cost.lost_room = (cost.lost_room.0 + lost.0, cost.lost_room.1 + lost.1);
    }
    assert_eq!(i64::from(plan.room), -cost.lost_room.0, "{plan:?}");
    let mut taken_over = Vec::new();
    for moved in &plan.moved {
        let existing = &gpus[moved.from].1;
        let existing = existing.iter().find(|existing| existing.id == moved.id);
        let existing = existing.unwrap();
        cost.moves += 1;
        cost.busy += busy_count(existing);
        cost.compute_instances += existing.compute_instances().len();
        let mut changed = plan.gpus.iter();
        let changed = changed.find(|changed| changed.gpu == moved.from);
        if changed.unwrap().plan.kept.contains(&Some(moved.id)) {
            let place = existing.placement();
            taken_over.push((moved.from, existing.profile(), place));
        }
    }
    // What a request takes over is not destroyed.
    assert_eq!(cost.moves, destroyed.moves + taken_over.len(), "{plan:?}");
    assert!(cost.busy >= destroyed.busy && cost.compute_instances >= destroyed.compute_instances);
    if taken_over.is_empty() {
        let lost = (destroyed.busy, destroyed.compute_instances);
        assert_eq!((cost.busy, cost.compute_instances), lost, "{plan:?}");
    }
    created.extend(taken_over);
    assert_is_what_is_said(gpus, requests, plan, created);
    cost
}

/// Whatever is created or taken over was requested or has moved, and each of these is.
fn assert_is_what_is_said(
    gpus: &[(&GpuModel, Vec<PresentGpuInstance>)],
    requests: &[GpuInstanceRequest],
    plan: &PoolPlan,
    mut created: Vec<(
        usize,
        nvml_mig::profile::GpuInstanceProfileId,
        nvml_mig::instance::GpuInstancePlacement,
    )>,
) {
    assert_eq!(plan.assigned.len(), requests.len());
    let moved = plan.moved.iter().map(|moved| &moved.to);
    for to in plan.assigned.iter().chain(moved) {
        let index = created
            .iter()
            .position(|one| *one == (to.gpu, to.profile, to.placement));
        created.remove(index.unwrap());
    }
    assert!(created.is_empty(), "{plan:?}");
    for (request, assigned) in requests.iter().zip(&plan.assigned) {
        let mut planned = plan.gpus.iter();
        let planned = planned.find(|planned| planned.gpu == assigned.gpu).unwrap();
        let mut there = planned.plan.gpu_instances.iter();
        let there = there.find(|there| there.placement == assigned.placement);
        let wanted = request.instance().compute_instances();
        let count = wanted.map_or(1, <[_]>::len);
        assert_eq!(there.unwrap().compute_instances.len(), count, "{plan:?}");
        assert!(request.gpu().is_none_or(|gpu| gpu == assigned.gpu));
        let start = request.instance().start();
        assert!(start.is_none_or(|start| start == assigned.placement.start));
    }
    for moved in &plan.moved {
        let (model, present) = &gpus[moved.from];
        let existing = present
            .iter()
            .find(|existing| existing.id == moved.id)
            .unwrap();
        assert_eq!(existing.profile(), moved.to.profile);
        assert_eq!(gpus[moved.to.gpu].0, *model, "only to the same model");
        let planned = plan
            .gpus
            .iter()
            .find(|planned| planned.gpu == moved.to.gpu)
            .unwrap();
        let mut new = planned.plan.gpu_instances.iter();
        let new = new.find(|new| new.placement == moved.to.placement).unwrap();
        let inside = existing.placed().compute_instances;
        assert_eq!(inside.len(), new.compute_instances.len());
        assert!(inside.iter().all(|inside| {
            new.compute_instances
                .iter()
                .any(|other| other.is_same(inside))
        }));
    }
}

/// The pool of these GPUs.
pub fn pool_of(gpus: &[(&GpuModel, Vec<PresentGpuInstance>)]) -> GpuPool {
    let mut pool = GpuPool::new();
    for (number, (model, present)) in gpus.iter().enumerate() {
        let index = pool.add(number.to_string(), model, present.clone());
        assert_eq!(index.unwrap(), number);
    }
    pool
}

/// Instances whose engines are enough, no more than so many.
pub fn present(chance: &mut Chance, model: &GpuModel, most: usize) -> Vec<PresentGpuInstance> {
    loop {
        let mut present = chance.present(model);
        present.truncate(most);
        if rooms(model, &present).is_some() {
            return present;
        }
    }
}

/// Requests for profiles of this model, some on a GPU that they name.
pub fn requests(
    chance: &mut Chance,
    model: &GpuModel,
    most: usize,
    gpus: usize,
) -> Vec<GpuInstanceRequest> {
    let count = 1 + chance.below(most);
    let requests = (0..count).map(|_| {
        let profile = &model.profiles[chance.below(model.profiles.len())];
        let name = profile.name.parsed().unwrap();
        let mut entry = nvml_mig::plan::LayoutGpuInstance::new(name);
        if chance.one_in(8) {
            let place = chance.below(profile.placements.len());
            entry = entry.with_start(profile.placements[place].start);
        }
        let request = GpuInstanceRequest::from(entry);
        if chance.one_in(6) {
            request.on_gpu(chance.below(gpus))
        } else {
            request
        }
    });
    requests.collect()
}
