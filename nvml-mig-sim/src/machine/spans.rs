//! Where GPU instances may stand on a chip, and which of the free places the driver takes.
//!
//! The rule is that of NVIDIA's open kernel driver: a chip's slots form spans of several kinds (whole, halves,
//! quarters, eighths), and an instance takes the free span that leaves the most other spans free.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Board, GpuInstanceProfile};

/// Which of the eight compute slots an 8-slot chip lacks. Both kinds are real, even side by side in one machine;
/// they give the same placements and different GPU instance ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MissingSlot {
    /// A placement's start is its slot.
    #[default]
    Seven,
    /// A placement's start is its slot with the two halves exchanged.
    Three,
}

/// A kind of span. The 3-slice half and the double-memory quarter may stand over a missing slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Half,
    HalfForThree,
    Quarter,
    QuarterForOne,
    Eighth,
}

/// Length in slots of each kind, and the GPU instance id of its first span, in the driver's order.
type Row = (Kind, u32, u32);

const EIGHT_SLOTS: &[Row] = &[
    (Kind::Whole, 8, 0),
    (Kind::Half, 4, 1),
    (Kind::HalfForThree, 4, 1),
    (Kind::Quarter, 2, 3),
    (Kind::QuarterForOne, 2, 3),
    (Kind::Eighth, 1, 7),
];
const FOUR_SLOTS: &[Row] = &[
    (Kind::Whole, 4, 0),
    (Kind::Half, 2, 1),
    (Kind::Quarter, 1, 3),
];

/// Some neighbouring slots of a chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    kind: Kind,
    /// One bit for each slot.
    pub(crate) slots: u32,
    /// The id of a GPU instance on it.
    pub(crate) instance_id: u32,
    /// Its first memory slice, as a placement names it.
    pub(crate) start: u32,
    /// One bit for each span of the chip that shares a slot with it, itself among them.
    blocks: u32,
    /// Its own bit among these.
    bit: u32,
}

/// The spans of a chip.
#[derive(Debug)]
pub(crate) struct Chip {
    spans: Vec<Span>,
    shape: Shape,
}

/// What the spans of a chip follow from.
#[derive(Debug, Clone, Copy)]
struct Shape {
    slots: u32,
    /// 1, or 3 on RTX PRO 6000 with its 12 memory slices.
    memory_slices_per_slot: u32,
    missing: Option<u32>,
}

/// Each kind of chip is made once: every question about room asks for it.
static WITHOUT_SLOT_7: LazyLock<Chip> = LazyLock::new(|| Chip::new(EIGHT_SLOTS, 8, 1, Some(7)));
static WITHOUT_SLOT_3: LazyLock<Chip> = LazyLock::new(|| Chip::new(EIGHT_SLOTS, 8, 1, Some(3)));
static FOUR_SLICES: LazyLock<Chip> = LazyLock::new(|| Chip::new(FOUR_SLOTS, 4, 1, None));
static TWELVE_SLICES: LazyLock<Chip> = LazyLock::new(|| Chip::new(FOUR_SLOTS, 4, 3, None));

impl Chip {
    /// The chip of a board; only 8-slot chips lack a slot.
    pub(crate) fn of(board: &Board, missing: MissingSlot) -> &'static Self {
        match (board.memory_slices, missing) {
            (8, MissingSlot::Seven) => &WITHOUT_SLOT_7,
            (8, MissingSlot::Three) => &WITHOUT_SLOT_3,
            (12, _) => &TWELVE_SLICES,
            _ => &FOUR_SLICES,
        }
    }

    fn new(rows: &[Row], slots: u32, memory_slices_per_slot: u32, missing: Option<u32>) -> Self {
        let shape = Shape {
            slots,
            memory_slices_per_slot,
            missing,
        };
        let all = rows.iter().flat_map(|&row| shape.spans(row));
        let mut spans: Vec<Span> = all.filter(|span| shape.has(span)).collect();
        for (number, span) in spans.iter_mut().enumerate() {
            span.bit = 1 << number;
        }
        let others = spans.clone();
        for span in &mut spans {
            let blocked = others.iter().filter(|other| other.slots & span.slots != 0);
            span.blocks = blocked.map(|other| other.bit).sum();
        }
        Self { spans, shape }
    }

    /// The span that the driver takes for one more instance of this profile: the first of those that take the fewest
    /// others away.
    pub(crate) fn choose(&self, profile: &GpuInstanceProfile, occupied: u32) -> Option<Span> {
        let free: u32 = self.free(occupied).map(|span| span.bit).sum();
        let fitting = self.fitting(profile, occupied);
        fitting
            .min_by_key(|span| (free & span.blocks).count_ones())
            .copied()
    }

    /// On how many spans at once instances of this profile could stand: spans of one kind never share a slot.
    pub(crate) fn count(&self, profile: &GpuInstanceProfile, occupied: u32) -> usize {
        self.fitting(profile, occupied).count()
    }

    /// The span at which a placement of this profile stands.
    pub(crate) fn at(&self, profile: &GpuInstanceProfile, start: u32) -> Option<Span> {
        let mut spans = self.fitting(profile, 0);
        spans.find(|span| span.start == start).copied()
    }

    fn fitting(&self, profile: &GpuInstanceProfile, occupied: u32) -> impl Iterator<Item = &Span> {
        let kind = self.shape.kind_for(profile);
        self.free(occupied)
            .filter(move |span| Some(span.kind) == kind)
    }

    fn free(&self, occupied: u32) -> impl Iterator<Item = &Span> {
        let spans = self.spans.iter();
        spans.filter(move |span| span.slots & occupied == 0)
    }
}

impl Shape {
    fn spans(self, (kind, length, first_id): Row) -> impl Iterator<Item = Span> {
        let first_slots = (1_u32 << length) - 1;
        (0..self.slots / length).map(move |number| Span {
            kind,
            slots: first_slots << (number * length),
            instance_id: first_id + number,
            start: self.start(number * length, length),
            blocks: 0,
            bit: 0,
        })
    }

    /// The slots of a chip without slot 3 are counted from its complete half.
    fn start(self, first_slot: u32, length: u32) -> u32 {
        let exchanged = self.missing == Some(3) && length < self.slots;
        let slot = if exchanged {
            first_slot ^ 4
        } else {
            first_slot
        };
        slot * self.memory_slices_per_slot
    }

    /// Whether the chip has all the slots that the span needs.
    fn has(self, span: &Span) -> bool {
        let may_lack_a_slot = matches!(
            span.kind,
            Kind::Whole | Kind::HalfForThree | Kind::QuarterForOne
        );
        let lacks = self.missing.is_some_and(|slot| span.slots >> slot & 1 == 1);
        may_lack_a_slot || !lacks
    }

    /// The kind of span that instances of a profile stand on.
    fn kind_for(self, profile: &GpuInstanceProfile) -> Option<Kind> {
        let length = profile.size / self.memory_slices_per_slot;
        match (self.slots, length, profile.slices) {
            (8, 8, _) | (4, 4, _) => Some(Kind::Whole),
            (8, 4, 3) => Some(Kind::HalfForThree),
            (8, 4, _) | (4, 2, _) => Some(Kind::Half),
            (8, 2, 1) => Some(Kind::QuarterForOne),
            (8, 2, _) | (4, 1, _) => Some(Kind::Quarter),
            (8, 1, _) => Some(Kind::Eighth),
            _ => None,
        }
    }
}
