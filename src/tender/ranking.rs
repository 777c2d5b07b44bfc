//! The ranking of the tenders for a lot, pure: points by criterion, weighted as the notice states.
//!
//! The price gets `100 × lowest price / price` points. Every other criterion gets the mean of its
//! evaluators' points, 0 to 100. The total is the sum of points × weight in percent. Tenders with
//! the same total are ordered by the lowest price, then by lots drawn from the opening record.

use rust_decimal::Decimal;

use crate::{
    chain::Hash,
    kernel::ids::TenderId,
    procurement::content::{AwardCriterion, CriterionKind},
};

/// Most points that a criterion gives.
pub const MOST_POINTS: Decimal = Decimal::ONE_HUNDRED;
/// Digits after the decimal point of points and totals; more are rounded, halves to even.
const DIGITS: u32 = 4;

/// A tender for the lot.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The tender.
    pub tender: TenderId,
    /// Price for the lot. `None` where the prices of the tenders cannot be compared.
    pub price: Option<Decimal>,
    /// Whether the buyer has excluded the tender.
    pub excluded: bool,
    /// Latest points of each evaluator, with the criterion's ID.
    pub scores: Vec<(String, Decimal)>,
    /// The lot that is drawn for it; the lower one comes first.
    pub drawn: Hash,
}

/// A tender with its points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The tender.
    pub tender: TenderId,
    /// Points of each criterion of the lot, in their order. `None` where an evaluator's points or a
    /// comparable price are missing.
    pub points: Vec<Option<Decimal>>,
    /// Weighted sum of the points. `None` while points are missing, for an excluded tender, and
    /// where the criteria have no weights.
    pub total: Option<Decimal>,
    /// Position from 1. `None` without a total.
    pub rank: Option<i32>,
}

/// Returns the criteria of a lot.
pub fn criteria_of<'c>(criteria: &'c [AwardCriterion], lot: &str) -> Vec<&'c AwardCriterion> {
    let applies = |criterion: &&AwardCriterion| {
        criterion.lots.is_empty() || criterion.lots.iter().any(|named| named == lot)
    };
    criteria.iter().filter(applies).collect()
}

/// Draws the lot of a tender from the opening record, which no person can choose after the tenders are
/// known.
pub fn draw(record: &Hash, lot: &str, tender: TenderId) -> Hash {
    Hash::of(format!("{record} {lot} {}", tender.0).as_bytes())
}

/// Ranks the tenders for a lot: those with a rank first, then the others in the given order.
pub fn rank(criteria: &[&AwardCriterion], candidates: &[Candidate]) -> Vec<Ranked> {
    let lowest = candidates
        .iter()
        .filter(|candidate| !candidate.excluded)
        .filter_map(|candidate| candidate.price)
        .min();
    let mut ranked: Vec<(Ranked, &Candidate)> = candidates
        .iter()
        .map(|candidate| {
            let points: Vec<_> = criteria
                .iter()
                .map(|criterion| points(criterion, candidate, lowest))
                .collect();
            let total = total(criteria, &points).filter(|_| !candidate.excluded);
            let ranked = Ranked {
                tender: candidate.tender,
                points,
                total,
                rank: None,
            };
            (ranked, candidate)
        })
        .collect();
    ranked.sort_by(|(one, by), (other, with)| {
        let total = other.total.cmp(&one.total);
        match one.total {
            Some(_) => total
                .then_with(|| cheaper(by.price, with.price))
                .then_with(|| by.drawn.0.cmp(&with.drawn.0)),
            None => total,
        }
    });
    let numbered = (1..).zip(ranked).map(|(position, (one, _))| Ranked {
        rank: one.total.map(|_| position),
        ..one
    });
    numbered.collect()
}

/// Orders prices; a missing one comes last.
fn cheaper(one: Option<Decimal>, other: Option<Decimal>) -> std::cmp::Ordering {
    (one.is_none(), one).cmp(&(other.is_none(), other))
}

fn points(
    criterion: &AwardCriterion,
    candidate: &Candidate,
    lowest: Option<Decimal>,
) -> Option<Decimal> {
    if criterion.kind == CriterionKind::Price {
        return price_points(candidate.price?, lowest?);
    }
    let given: Vec<Decimal> = candidate
        .scores
        .iter()
        .filter(|(id, _)| *id == criterion.id)
        .map(|(_, points)| *points)
        .collect();
    let number = Decimal::from(given.len());
    let sum: Decimal = given.into_iter().sum();
    sum.checked_div(number).map(|mean| mean.round_dp(DIGITS))
}

/// Returns the points of a price. A price of 0 is the lowest and gets all points.
fn price_points(price: Decimal, lowest: Decimal) -> Option<Decimal> {
    if price <= lowest {
        return Some(MOST_POINTS);
    }
    // The quotient is at most 1, so that no product overflows.
    let share = lowest.checked_div(price)?;
    Some((share * MOST_POINTS).round_dp(DIGITS))
}

fn total(criteria: &[&AwardCriterion], points: &[Option<Decimal>]) -> Option<Decimal> {
    if criteria.is_empty() {
        return None;
    }
    let weighted = criteria.iter().zip(points).map(|(criterion, points)| {
        let weight = criterion.weight?;
        Some((*points)? * weight / Decimal::ONE_HUNDRED)
    });
    let sum: Option<Decimal> = weighted.sum();
    sum.map(|sum| sum.round_dp(DIGITS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn criteria(weights: &[(&str, u32)]) -> Vec<AwardCriterion> {
        let one = |(position, (kind, weight)): (usize, &(&str, u32))| {
            serde_json::from_value(json!({
                "id": format!("AWC-{position}"), "kind": kind, "name": {}, "weight": weight.to_string(),
            }))
            .unwrap()
        };
        weights.iter().enumerate().map(one).collect()
    }

    fn candidate(price: i64, quality: Option<i64>, excluded: bool) -> Candidate {
        let tender = TenderId::new();
        let quality = quality.map(|points| ("AWC-1".to_owned(), Decimal::from(points)));
        Candidate {
            tender,
            price: Some(Decimal::from(price)),
            excluded,
            scores: quality.into_iter().collect(),
            drawn: Hash::of(tender.0.as_bytes()),
        }
    }

    fn ranks(criteria: &[AwardCriterion], candidates: &[Candidate]) -> Vec<Option<i32>> {
        let criteria: Vec<&AwardCriterion> = criteria.iter().collect();
        let ranked = rank(&criteria, candidates);
        let rank_of = |candidate: &Candidate| {
            let found = ranked.iter().find(|one| one.tender == candidate.tender);
            found.unwrap().rank
        };
        candidates.iter().map(rank_of).collect()
    }

    #[test]
    fn price_and_quality_count_by_their_weights() {
        let criteria = criteria(&[("price", 60), ("quality", 40)]);
        let candidates = [
            candidate(100, Some(50), false),
            candidate(200, Some(100), false),
            candidate(50, Some(100), true),
            candidate(100, None, false),
        ];
        let all: Vec<&AwardCriterion> = criteria.iter().collect();
        let ranked = rank(&all, &candidates);
        let totals: Vec<Option<String>> = ranked
            .iter()
            .map(|one| one.total.map(|total| total.normalize().to_string()))
            .collect();
        // 60 × 100 % + 40 × 50 %, and 60 × 50 % + 40 × 100 %. The excluded price does not count.
        assert_eq!(
            totals,
            [Some("80".to_owned()), Some("70".to_owned()), None, None]
        );
        assert_eq!(
            ranks(&criteria, &candidates),
            [Some(1), Some(2), None, None]
        );
    }

    #[test]
    fn ties_go_to_the_lower_price_and_then_to_the_drawn_lot() {
        let criteria = criteria(&[("quality", 0), ("quality", 100)]);
        let mut quality = criteria;
        quality.remove(0);
        let (dear, cheap) = (
            candidate(200, Some(80), false),
            candidate(100, Some(80), false),
        );
        assert_eq!(ranks(&quality, &[dear, cheap]), [Some(2), Some(1)]);
        let (mut one, mut other) = (
            candidate(100, Some(80), false),
            candidate(100, Some(80), false),
        );
        (one.drawn, other.drawn) = (Hash([2; 32]), Hash([1; 32]));
        assert_eq!(ranks(&quality, &[one, other]), [Some(2), Some(1)]);
    }

    #[test]
    fn criteria_without_weights_give_no_ranking() {
        let mut criteria = criteria(&[("price", 60), ("quality", 40)]);
        for criterion in &mut criteria {
            criterion.weight = None;
        }
        assert_eq!(ranks(&criteria, &[candidate(100, Some(50), false)]), [None]);
        assert_eq!(ranks(&[], &[candidate(100, Some(50), false)]), [None]);
    }

    proptest! {
        #[test]
        fn ranking_is_total_fair_and_independent_of_the_order(
            given in prop::collection::vec((0i64..1_000_000, 0i64..=100, any::<bool>()), 0..12),
            weight in 1u32..100,
        ) {
            let criteria = criteria(&[("price", weight), ("quality", 100 - weight)]);
            let mut candidates: Vec<Candidate> = given
                .iter()
                .map(|(price, quality, excluded)| candidate(*price, Some(*quality), *excluded))
                .collect();
            let all: Vec<&AwardCriterion> = criteria.iter().collect();
            let ranked = rank(&all, &candidates);
            let included = candidates.iter().filter(|one| !one.excluded).count();
            let found: Vec<i32> = ranked.iter().filter_map(|one| one.rank).collect();
            let expected: Vec<i32> = (1..).take(included).collect();
            prop_assert_eq!(found, expected);
            for one in &ranked {
                for points in one.points.iter().flatten() {
                    prop_assert!(one.total.is_none() || *points <= MOST_POINTS && *points >= Decimal::ZERO);
                }
            }
            let totals: Vec<_> = ranked.iter().filter_map(|one| one.total).collect();
            prop_assert!(totals.is_sorted_by(|one, next| one >= next));
            // A tender that is at least as cheap and as good never ranks behind, except by lot.
            let of = |tender| candidates.iter().find(|one| one.tender == tender);
            for (position, one) in ranked.iter().take(included).enumerate() {
                for later in &ranked[position + 1..included] {
                    let (first, second) = (of(one.tender).unwrap(), of(later.tender).unwrap());
                    let better = second.price < first.price && second.scores[0].1 >= first.scores[0].1;
                    prop_assert!(!better, "{:?} before {:?}", first, second);
                }
            }
            candidates.reverse();
            let again: Vec<_> = rank(&all, &candidates).into_iter().take(included).collect();
            prop_assert_eq!(&again[..], &ranked[..included]);
        }
    }
}
