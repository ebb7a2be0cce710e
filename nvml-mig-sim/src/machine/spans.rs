//! Where GPU instances may stand on a chip, and which of the free places the driver takes.
//!
//! The rule is that of NVIDIA's open kernel driver: a chip's slots form spans of several kinds (whole, halves,
//! quarters, eighths), and an instance takes the free span that leaves the most other spans free.

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

/// Those of an 8-slot chip without a missing slot.
const MOST_SPANS: usize = 21;

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
}

/// The spans of a chip.
#[derive(Debug, Clone)]
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

impl Chip {
    /// The chip of a board; only 8-slot chips lack a slot.
    #[must_use]
    pub(crate) fn of(board: &Board, missing: MissingSlot) -> Self {
        let eight = board.memory_slices == 8;
        let (rows, slots) = if eight {
            (EIGHT_SLOTS, 8)
        } else {
            (FOUR_SLOTS, 4)
        };
        let missing = if missing == MissingSlot::Three { 3 } else { 7 };
        let shape = Shape {
            slots,
            memory_slices_per_slot: board.memory_slices / slots,
            missing: eight.then_some(missing),
        };
        let all = rows.iter().flat_map(|&row| shape.spans(row));
        let mut spans = Vec::with_capacity(MOST_SPANS);
        spans.extend(all.filter(|span| shape.has(span)));
        Self { spans, shape }
    }

    /// The span that the driver takes for one more instance of this profile.
    #[must_use]
    pub(crate) fn choose(&self, profile: &GpuInstanceProfile, occupied: u32) -> Option<Span> {
        let mut best: Option<(usize, Span)> = None;
        let free = self.free(occupied);
        for &span in free.filter(|span| self.shape.fits(span, profile)) {
            let left = self.free(occupied | span.slots).count();
            if best.is_none_or(|(most, _)| left > most) {
                best = Some((left, span));
            }
        }
        best.map(|(_, span)| span)
    }

    /// The span at which a placement of this profile stands.
    #[must_use]
    pub(crate) fn at(&self, profile: &GpuInstanceProfile, start: u32) -> Option<Span> {
        let mut spans = self.spans.iter().copied();
        spans.find(|span| self.shape.fits(span, profile) && span.start == start)
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

    /// Whether instances of a profile stand on such spans.
    fn fits(self, span: &Span, profile: &GpuInstanceProfile) -> bool {
        let length = span.slots.count_ones();
        let right_kind = match span.kind {
            Kind::Half if self.slots == 8 => profile.slices != 3,
            Kind::Quarter if self.slots == 8 => profile.slices != 1,
            Kind::HalfForThree => profile.slices == 3,
            Kind::QuarterForOne => profile.slices == 1,
            _ => true,
        };
        right_kind && length * self.memory_slices_per_slot == profile.size
    }
}
