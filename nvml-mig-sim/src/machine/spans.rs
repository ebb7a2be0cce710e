//! The spans of a chip on which GPU instances can be placed, and the driver's choice among the free ones.
//!
//! The rule is that of NVIDIA's open kernel driver: a chip's slots form spans of several kinds (whole, halves,
//! quarters, eighths), and an instance takes the free span that leaves the most other spans free.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use nvml_mig_boards::catalogue::{Board, GpuInstanceProfile};

/// The compute slot that an 8-slot chip lacks. Both kinds exist, even side by side in one machine; they have the same
/// placements but different GPU instance IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MissingSlot {
    /// The start of a placement is its slot.
    #[default]
    Seven,
    /// The start of a placement is its slot with the two halves swapped.
    Three,
}

/// A kind of span. The 3-slice half and the double-memory quarter may include a missing slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Half,
    HalfForThree,
    Quarter,
    QuarterForOne,
    Eighth,
}

/// Kind, length in slots, and GPU instance ID of the first span, in the driver's order.
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

/// A range of adjacent slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    kind: Kind,
    /// Its slots, one bit each.
    pub(crate) slots: u32,
    /// ID of a GPU instance placed on it.
    pub(crate) instance_id: u32,
    /// First memory slice, as in a placement.
    pub(crate) start: u32,
    /// The chip's spans that share a slot with it, including itself, one bit each.
    blocks: u32,
    /// Its own bit in `blocks`.
    bit: u32,
}

/// All spans of a chip.
#[derive(Debug)]
pub(crate) struct Chip {
    spans: Vec<Span>,
    shape: Shape,
}

/// The properties of a chip that determine its spans.
#[derive(Debug, Clone, Copy)]
struct Shape {
    slots: u32,
    /// Memory slices per slot: 3 on RTX PRO 6000, which has 12 memory slices, else 1.
    memory_slices_per_slot: u32,
    missing: Option<u32>,
}

/// Each kind of chip is built once, since every question about room needs it.
static WITHOUT_SLOT_7: LazyLock<Chip> = LazyLock::new(|| Chip::new(EIGHT_SLOTS, 8, 1, Some(7)));
static WITHOUT_SLOT_3: LazyLock<Chip> = LazyLock::new(|| Chip::new(EIGHT_SLOTS, 8, 1, Some(3)));
static FOUR_SLICES: LazyLock<Chip> = LazyLock::new(|| Chip::new(FOUR_SLOTS, 4, 1, None));
static TWELVE_SLICES: LazyLock<Chip> = LazyLock::new(|| Chip::new(FOUR_SLOTS, 4, 3, None));

impl Chip {
    /// Returns the chip of a board; only 8-slot chips lack a slot.
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

    /// Returns the span that the driver chooses for one more instance of this profile: the first of those that block
    /// the fewest other spans.
    pub(crate) fn choose(&self, profile: &GpuInstanceProfile, occupied: u32) -> Option<Span> {
        let free: u32 = self.free(occupied).map(|span| span.bit).sum();
        let fitting = self.fitting(profile, occupied);
        fitting
            .min_by_key(|span| (free & span.blocks).count_ones())
            .copied()
    }

    /// Counts the free spans for this profile. All can be used at once, since spans of one kind never share a slot.
    pub(crate) fn count(&self, profile: &GpuInstanceProfile, occupied: u32) -> usize {
        self.fitting(profile, occupied).count()
    }

    /// Returns the first memory slices of all placements of this profile, ascending. Both kinds of 8-slot chip have the
    /// same.
    pub(crate) fn starts(&self, profile: &GpuInstanceProfile) -> Vec<u32> {
        let mut starts: Vec<u32> = self.fitting(profile, 0).map(|span| span.start).collect();
        starts.sort_unstable();
        starts
    }

    /// Returns the span of a placement of this profile.
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

    /// A chip without slot 3 is counted from its complete half.
    fn start(self, first_slot: u32, length: u32) -> u32 {
        let exchanged = self.missing == Some(3) && length < self.slots;
        let slot = if exchanged {
            first_slot ^ 4
        } else {
            first_slot
        };
        slot * self.memory_slices_per_slot
    }

    /// Whether the chip has all slots that the span needs.
    fn has(self, span: &Span) -> bool {
        let may_lack_a_slot = matches!(
            span.kind,
            Kind::Whole | Kind::HalfForThree | Kind::QuarterForOne
        );
        let lacks = self.missing.is_some_and(|slot| span.slots >> slot & 1 == 1);
        may_lack_a_slot || !lacks
    }

    /// Returns the kind of span that instances of a profile occupy.
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
