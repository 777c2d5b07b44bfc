//! Which of two hits of different queries stands before the other.

use std::cmp::Ordering;

use milli_core::DocumentId;
use milli_core::score_details::{ScoreDetails, WeightedScoreValue};
use serde_json::{Map, Value, json};

/// A hit of one query, with what decides on its place among the hits of all.
pub(super) struct Ranked {
    pub uid: String,
    pub document: DocumentId,
    pub shown: Map<String, Value>,
    pub scores: Vec<ScoreDetails>,
    pub query: usize,
    pub weight: f64,
}

impl Ranked {
    /// The hit's score among the hits of all queries.
    fn score(&self) -> f64 {
        ScoreDetails::global_score(self.scores.iter()) * self.weight
    }

    /// The order of the list; of equals, the one of the earlier query stands first.
    pub fn before(&self, other: &Self) -> Ordering {
        let mine = ScoreDetails::weighted_score_values(self.scores.iter(), self.weight);
        let theirs = ScoreDetails::weighted_score_values(other.scores.iter(), other.weight);
        let better =
            compare(mine, theirs).unwrap_or_else(|| self.score().total_cmp(&other.score()));
        better.reverse().then(self.query.cmp(&other.query))
    }

    /// The hit as it is shown, with where it comes from.
    pub fn into_json(mut self) -> Value {
        let from = json!({
            "indexUid": self.uid,
            "queriesPosition": self.query,
            "weightedRankingScore": self.score(),
        });
        self.shown.insert("_federation".to_owned(), from);
        Value::Object(self.shown)
    }
}

/// Compares rule by rule; `None` when the rules cannot be compared.
fn compare(
    mut left: impl Iterator<Item = WeightedScoreValue>,
    mut right: impl Iterator<Item = WeightedScoreValue>,
) -> Option<Ordering> {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Some(Ordering::Equal),
            (None, Some(_)) => return Some(Ordering::Less),
            (Some(_), None) => return Some(Ordering::Greater),
            (Some(one), Some(other)) => match compare_rule(&one, &other) {
                Some(Ordering::Equal) => {}
                Some(order) => return Some(order),
                // Of two that cannot be compared, the one with more rules left to satisfy stands first.
                None => {
                    return Some(left.count().cmp(&right.count())).filter(|order| order.is_ne());
                }
            },
        }
    }
}

/// Compares what two hits have by one rule: the greater is the better; `None` when they were ranked by different rules.
fn compare_rule(one: &WeightedScoreValue, other: &WeightedScoreValue) -> Option<Ordering> {
    use WeightedScoreValue::{GeoSort, Sort, VectorSort, WeightedScore};
    match (one, other) {
        (WeightedScore(one) | VectorSort(one), WeightedScore(other) | VectorSort(other)) => {
            one.partial_cmp(other)
        }
        (
            Sort { asc, value: one },
            Sort {
                asc: same,
                value: other,
            },
        ) if asc == same => Some(compare_sorted(one, other, *asc)),
        (
            GeoSort { asc, distance: one },
            GeoSort {
                asc: same,
                distance: other,
            },
        ) if asc == same => Some(compare_sorted(&json!(one), &json!(other), *asc)),
        _ => None,
    }
}

/// Compares values a list is sorted by: numbers stand before strings, and what has no value stands last either way.
fn compare_sorted(one: &Value, other: &Value, ascending: bool) -> Ordering {
    let order = match (one, other) {
        (Value::Null, Value::Null) => return Ordering::Equal,
        (Value::Null, _) => return Ordering::Less,
        (_, Value::Null) => return Ordering::Greater,
        (Value::Number(one), Value::Number(other)) => one
            .as_f64()
            .partial_cmp(&other.as_f64())
            .unwrap_or(Ordering::Equal),
        (Value::Number(_), _) => Ordering::Less,
        (_, Value::Number(_)) => Ordering::Greater,
        (one, other) => one.as_str().cmp(&other.as_str()),
    };
    if ascending { order.reverse() } else { order }
}
