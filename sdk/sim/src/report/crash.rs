//! The largest moves of a price.

/// Seconds over which a move is measured.
const DAY: i64 = 86_400;
/// A price so many seconds older than a day still begins a move; an older one lies before a gap.
const PATIENCE: i64 = 7_200;

/// A move from one close to another a day later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Move {
    /// Unix seconds of the first close.
    pub(super) from: i64,
    /// Of the last.
    pub(super) to: i64,
    /// Last price over first, less one.
    pub(super) change: f64,
}

/// The largest moves within a day, largest first, whose ends are at least `apart` seconds from each other; falls and
/// rises count by the logarithm, so that there and back are alike. Closes are oldest first.
pub(super) fn largest_moves(closes: &[(i64, f64)], count: usize, apart: i64) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut firsts = closes.iter().peekable();
    let mut first = None;
    for (to, last) in closes {
        let a_day_before = to.saturating_sub(DAY);
        while let Some(candidate) = firsts.next_if(|(at, _)| *at <= a_day_before) {
            first = Some(candidate);
        }
        if let Some((from, price)) = first
            && a_day_before.saturating_sub(*from) <= PATIENCE
        {
            moves.push(Move { from: *from, to: *to, change: last / price - 1.0 });
        }
    }
    let size = |held: &Move| held.change.ln_1p().abs();
    moves.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut chosen: Vec<Move> = Vec::new();
    for candidate in moves {
        if chosen.len() >= count {
            break;
        }
        let is_apart = |held: &Move| held.to.saturating_sub(candidate.to).saturating_abs() >= apart.max(DAY);
        if chosen.iter().all(is_apart) {
            chosen.push(candidate);
        }
    }
    chosen
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may")]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// A price of 100 that falls by 30 % in hour 100, recovers slowly, and jumps by 20 % in hour 900.
    fn closes() -> Vec<(i64, f64)> {
        let price = |hour: i64| match hour {
            ..100 => 100.0,
            100..900 => 70.0,
            _ => 84.0,
        };
        (0..1_200).map(|hour| (hour * HOUR, price(hour))).collect()
    }

    #[test]
    fn moves_are_found_largest_first_and_apart() {
        let found = largest_moves(&closes(), 4, 10 * DAY);
        assert!((found[0].change + 0.3).abs() < 1e-9 && (found[1].change - 0.2).abs() < 1e-9, "{found:?}");
        for held in &found {
            assert_eq!(held.to - held.from, DAY);
            assert!(found.iter().all(|other| other == held || (other.to - held.to).abs() >= 10 * DAY));
        }
    }

    #[test]
    fn as_many_as_asked_and_none_from_too_little() {
        assert_eq!(largest_moves(&closes(), 1, DAY).len(), 1);
        assert!(largest_moves(&closes()[..24], 4, DAY).is_empty());
        assert!(largest_moves(&[], 4, DAY).is_empty());
    }

    #[test]
    fn a_move_over_a_gap_is_none() {
        let closes = [(0, 100.0), (HOUR, 100.0), (10 * DAY, 50.0), (10 * DAY + HOUR, 50.0)];
        assert!(largest_moves(&closes, 4, DAY).is_empty());
    }

    #[test]
    fn a_fall_and_its_recovery_are_alike() {
        let mut closes = closes();
        closes.extend((1_200..1_300).map(|hour| (hour * HOUR, 120.0)));
        let found = largest_moves(&closes, 2, 10 * DAY);
        assert!((found[1].change - 120.0 / 84.0 + 1.0).abs() < 1e-9, "a rise of 43 % undoes a fall of 30 %: {found:?}");
    }
}
