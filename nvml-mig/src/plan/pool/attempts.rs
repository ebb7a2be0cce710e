//! The attempts to place requests one after another.

use super::one_by_one::OneByOne;
use super::placing::Placing;
use super::repair::repair;

/// Places the requests one after another, the largest first, each in the best way. What one request moves, the next does
/// not move again. If some requests find no place for that reason, all are tried with moves on the same GPU alone; and if
/// some still find none and `may_repair` is set, what has a place makes room for them.
pub(super) fn one_by_one(placing: &Placing<'_>, may_repair: bool) -> OneByOne {
    let mut first = OneByOne::new(placing);
    let stuck = first.place_all(placing, false);
    let Some(stuck) = stuck.filter(|_| placing.most_moves > 0) else {
        return first;
    };
    let mut second = OneByOne::new(placing);
    second.place_all(placing, true);
    let best = if second.unplaced.len() < first.unplaced.len() {
        second
    } else {
        first
    };
    if best.unplaced.is_empty() || !may_repair {
        return best;
    }
    repair(placing, stuck, best)
}
