//! The order of hits of different queries.

use std::cmp::Ordering;

use milli_core::DocumentId;
use milli_core::score_details::{ScoreDetails, WeightedScoreValue};
use serde_json::{Map, Value, json};

/// A hit of one query, with the values that decide its position among the hits of all queries.
pub(super) struct Ranked {
    pub uid: String,
    pub document: DocumentId,
    pub shown: Map<String, Value>,
    pub scores: Vec<ScoreDetails>,
    pub query: usize,
    pub weight: f64,
}

impl Ranked {
    /// Returns the hit's score among the hits of all queries.
    fn score(&self) -> f64 {
        ScoreDetails::global_score(self.scores.iter()) * self.weight
    }

    /// Compares by position in the list. Of equal hits, the one of the earlier query comes first.
    pub fn before(&self, other: &Self) -> Ordering {
        let mine = ScoreDetails::weighted_score_values(self.scores.iter(), self.weight);
        let theirs = ScoreDetails::weighted_score_values(other.scores.iter(), other.weight);
        let better =
            compare(mine, theirs).unwrap_or_else(|| self.score().total_cmp(&other.score()));
        better.reverse().then(self.query.cmp(&other.query))
    }

    /// Returns the hit in its requested format, with its index and query.
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

/// Compares rule by rule; returns `None` when the rules cannot be compared.
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
                // When two rules cannot be compared, the hit with more rules left comes first.
                None => {
                    return Some(left.count().cmp(&right.count())).filter(|order| order.is_ne());
                }
            },
        }
    }
}

/// Compares two hits by one rule, the greater is the better. Returns `None` when they were ranked
/// by different rules.
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

/// Compares values of the sort attribute: numbers come before strings, and a hit without a value
/// comes last in both directions.
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
