//! The planner's answer, worked out in the most stupid way: every instance of the layout is tried on every instance
//! that is there and at every place, and the cheapest way is remembered. It shares no code with the planner: overlaps
//! are compared span by span, engines are summed by hand.
mod board_model;
pub mod carried_out;
pub mod pool;
pub mod random;
mod reached;
pub mod refilled;
mod room;
mod wants;
mod ways;

pub use board_model::model_of;
pub use room::rooms;

use nvml_mig::Layout;
use nvml_mig::plan::{Engines, GpuModel, PlanOptions, PresentGpuInstance};

use wants::{Want, groupings};
use ways::cheapest_to;

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
