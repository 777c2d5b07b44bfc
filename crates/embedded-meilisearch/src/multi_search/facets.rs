//! Facets of the hits of several queries, by index or counted together.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::error::{ApiError, ApiResult};
use super::super::facets::{self, Facets};
use super::{Federation, SearchedIndex};

/// Counts the requested facets of each index and adds them to the answer.
pub(super) fn add(
    federation: &Federation,
    searched: &BTreeMap<&str, SearchedIndex>,
    body: &mut Map<String, Value>,
) -> ApiResult<()> {
    let mut by_index = Map::new();
    let mut merged = MergedFacets::default();
    let mut most = 0;
    for (uid, names) in &federation.facets {
        let Some(SearchedIndex { index, candidates }) = searched.get(uid.as_str()) else {
            continue;
        };
        let reading = index.read_txn()?;
        most = most.max(facets::values_per_facet(index, &reading)?);
        let counted = facets::count(index, &reading, names, candidates.clone());
        let facets = counted.map_err(|error| ApiError {
            message: format!(
                "Inside `.federation.facetsByIndex.{uid}`: {}",
                error.message
            ),
            code: "invalid_multi_search_facets_by_index",
        })?;
        if federation.merge_facets.is_some() {
            merged.add(&facets);
        } else {
            let shown = json!({ "distribution": facets.distribution, "stats": facets.stats });
            by_index.insert(uid.clone(), shown);
        }
    }
    if let Some(merge) = &federation.merge_facets {
        let Facets {
            distribution,
            stats,
        } = merged.finish(merge.max_values.unwrap_or(most));
        body.insert("facetDistribution".to_owned(), distribution);
        body.insert("facetStats".to_owned(), stats);
    } else if !by_index.is_empty() {
        body.insert("facetsByIndex".to_owned(), Value::Object(by_index));
    }
    Ok(())
}

/// Facets of several indexes, counted together.
#[derive(Default)]
struct MergedFacets {
    counts: BTreeMap<String, BTreeMap<String, u64>>,
    stats: BTreeMap<String, (f64, f64)>,
}

impl MergedFacets {
    fn add(&mut self, facets: &Facets) {
        for (name, values) in facets.distribution.as_object().into_iter().flatten() {
            let counts = self.counts.entry(name.clone()).or_default();
            for (value, count) in values.as_object().into_iter().flatten() {
                *counts.entry(value.clone()).or_default() += count.as_u64().unwrap_or_default();
            }
        }
        for (name, bounds) in facets.stats.as_object().into_iter().flatten() {
            if let (Some(min), Some(max)) = (bounds["min"].as_f64(), bounds["max"].as_f64()) {
                let known = self.stats.entry(name.clone()).or_insert((min, max));
                *known = (known.0.min(min), known.1.max(max));
            }
        }
    }

    fn finish(self, most: usize) -> Facets {
        let cut = |counts: BTreeMap<String, u64>| {
            counts.into_iter().take(most).collect::<BTreeMap<_, _>>()
        };
        let distribution: BTreeMap<String, _> = self
            .counts
            .into_iter()
            .map(|(name, counts)| (name, cut(counts)))
            .collect();
        let stats: BTreeMap<String, Value> = self
            .stats
            .into_iter()
            .map(|(name, (min, max))| (name, json!({ "min": min, "max": max })))
            .collect();
        Facets {
            distribution: json!(distribution),
            stats: json!(stats),
        }
    }
}
