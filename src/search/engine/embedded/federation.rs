//! `/multi-search`: several queries in one request, answered one by one or merged into one list.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use milli_core::heed::RoTxn;
use milli_core::score_details::{ScoreDetails, WeightedScoreValue};
use milli_core::{DocumentId, Index};
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Shared;
use super::error::{ApiError, Outcome};
use super::facets::{self, Facets};
use super::json::Reader;
use super::query::{PARAMETERS, Page, Query};
use super::request::{Answer, Request};
use super::search::{self, DEFAULT_LIMIT, Window};

/// One query of a request.
struct Asked {
    uid: String,
    query: Query,
    weight: Option<f64>,
}

/// How the answers are merged.
struct Federation {
    page: Page,
    facets: Vec<(String, Vec<String>)>,
    /// Facets of all indexes are merged into one, with so many values each (`None`: as the settings say).
    merge: Option<Option<usize>>,
}

/// The route.
pub(super) fn route(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let body = request.json()?;
    let reader = Reader::new(&body, "", "bad_request");
    reader.object(&["queries", "federation"])?;
    let federation = match body.get("federation").filter(|given| !given.is_null()) {
        Some(given) => Some(read_federation(&Reader::new(given, ".federation", "bad_request"))?),
        None => None,
    };
    let queries: Outcome<Vec<Asked>> = reader.required("queries", "bad_request")?.array()?.iter().map(read_query).collect();
    let queries = queries?;
    let answered = match federation {
        Some(federation) => merged(shared, &federation, &queries),
        None => one_by_one(shared, &queries),
    };
    Ok(match answered {
        Ok(body) => Answer::ok(body),
        // An index that is not there makes the request as a whole a bad one.
        Err(error) if error.code == "index_not_found" => Answer { status: 400, ..Answer::from(error) },
        Err(error) => Answer::from(error),
    })
}

fn read_query(reader: &Reader<'_>) -> Outcome<Asked> {
    let accepted: Vec<&str> = ["indexUid"].into_iter().chain(PARAMETERS).chain(["federationOptions"]).collect();
    let members = reader.object(&accepted)?;
    let uid = reader.required("indexUid", "missing_index_uid")?.with_code("invalid_index_uid");
    let name = uid.string()?;
    super::indexes::check_uid(&name).map_err(|error| uid.invalid(error.message))?;
    let mut weight = None;
    for (_, options) in members.iter().filter(|(name, given)| *name == "federationOptions" && !given.value().is_null()) {
        weight = Some(1.0);
        for (name, option) in options.with_code("invalid_multi_search_federation_options").object(&["weight", "remote", "queryPosition"])? {
            match name {
                "weight" => weight = Some(read_weight(&option)?),
                "queryPosition" => drop(option.with_code("invalid_multi_search_query_position").unsigned()?),
                _ => return Err(option.with_code("invalid_multi_search_remote").invalid("the embedded search engine asks no remote servers")),
            }
        }
    }
    let query = Query::from_members(members.into_iter().filter(|(name, _)| PARAMETERS.contains(name)).collect())?;
    Ok(Asked { uid: name, query, weight })
}

fn read_weight(option: &Reader<'_>) -> Outcome<f64> {
    let option = option.with_code("invalid_multi_search_weight");
    match option.float()? {
        weight if weight >= 0.0 => Ok(weight),
        _ => Err(option.invalid("the value of `weight` is invalid, expected a positive float (>= 0.0).")),
    }
}

fn read_federation(reader: &Reader<'_>) -> Outcome<Federation> {
    let mut federation = Federation { page: Page::default(), facets: Vec::new(), merge: None };
    let accepted = ["limit", "offset", "page", "hitsPerPage", "facetsByIndex", "mergeFacets", "distinct", "showPerformanceDetails", "personalize"];
    for (name, member) in reader.object(&accepted)? {
        let Some(given) = member.present() else { continue };
        match name {
            "limit" => federation.page.limit = Some(given.with_code("invalid_search_limit").unsigned()?),
            "offset" => federation.page.offset = Some(given.with_code("invalid_search_offset").unsigned()?),
            "page" => federation.page.page = Some(given.with_code("invalid_search_page").unsigned()?),
            "hitsPerPage" => federation.page.hits_per_page = Some(given.with_code("invalid_search_hits_per_page").unsigned()?),
            "facetsByIndex" => {
                for (uid, names) in given.with_code("invalid_multi_search_facets_by_index").members()? {
                    federation.facets.push((uid.to_owned(), names.present().map(|names| names.strings()).transpose()?.unwrap_or_default()));
                }
            }
            "mergeFacets" => {
                let mut most = None;
                for (_, value) in given.with_code("invalid_multi_search_merge_facets").object(&["maxValuesPerFacet"])? {
                    most = value.with_code("invalid_multi_search_max_values_per_facet").present().map(|value| value.unsigned()).transpose()?;
                }
                federation.merge = Some(most);
            }
            _ => return Err(given.invalid(format!("the embedded search engine does not support `{name}` in a federation; leave it out"))),
        }
    }
    Ok(federation)
}

fn inside(number: usize) -> impl Fn(ApiError) -> ApiError {
    move |error| ApiError { message: format!("Inside `.queries[{number}]`: {}", error.message), ..error }
}

fn one_by_one(shared: &Shared, queries: &[Asked]) -> Outcome<Value> {
    let request_uid = Uuid::now_v7();
    let mut results = Vec::with_capacity(queries.len());
    for (number, asked) in queries.iter().enumerate() {
        let answered = || {
            if asked.weight.is_some() {
                return Err(ApiError::new(
                    "invalid_multi_search_federation_options",
                    "Using `federationOptions` is not allowed in a non-federated search.\n - Hint: remove `federationOptions` from the query or add `federation` to the request.",
                ));
            }
            let index = shared.store.get(&asked.uid)?;
            search::answer(&index, &asked.uid, &asked.query, request_uid)
        };
        let mut result = Map::from_iter([("indexUid".to_owned(), json!(asked.uid))]);
        result.extend(answered().map_err(inside(number))?);
        results.push(Value::Object(result));
    }
    Ok(json!({ "results": results }))
}

/// A hit of one query, with what decides on its place among the hits of all.
struct Ranked {
    uid: String,
    document: DocumentId,
    shown: Map<String, Value>,
    scores: Vec<ScoreDetails>,
    query: usize,
    weight: f64,
}

impl Ranked {
    fn score(&self) -> f64 {
        ScoreDetails::global_score(self.scores.iter()) * self.weight
    }

    fn before(&self, other: &Self) -> Ordering {
        let mine = ScoreDetails::weighted_score_values(self.scores.iter(), self.weight);
        let theirs = ScoreDetails::weighted_score_values(other.scores.iter(), other.weight);
        let better = compare(mine, theirs).unwrap_or_else(|| self.score().total_cmp(&other.score()));
        better.reverse().then(self.query.cmp(&other.query))
    }
}

/// Compares rule by rule; `None` when the rules cannot be compared.
fn compare(mut left: impl Iterator<Item = WeightedScoreValue>, mut right: impl Iterator<Item = WeightedScoreValue>) -> Option<Ordering> {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Some(Ordering::Equal),
            (None, Some(_)) => return Some(Ordering::Less),
            (Some(_), None) => return Some(Ordering::Greater),
            (Some(one), Some(other)) => match compare_rule(&one, &other) {
                Some(Ordering::Equal) => {}
                Some(order) => return Some(order),
                // Of two that cannot be compared, the one with more rules left to satisfy stands first.
                None => return Some(left.count().cmp(&right.count())).filter(|order| order.is_ne()),
            },
        }
    }
}

/// Compares what two hits have by one rule: the greater is the better; `None` when they were ranked by different rules.
fn compare_rule(one: &WeightedScoreValue, other: &WeightedScoreValue) -> Option<Ordering> {
    use WeightedScoreValue::{GeoSort, Sort, VectorSort, WeightedScore};
    match (one, other) {
        (WeightedScore(one) | VectorSort(one), WeightedScore(other) | VectorSort(other)) => one.partial_cmp(other),
        (Sort { asc, value: one }, Sort { asc: same, value: other }) if asc == same => Some(compare_sorted(one, other, *asc)),
        (GeoSort { asc, distance: one }, GeoSort { asc: same, distance: other }) if asc == same => {
            Some(compare_sorted(&json!(one), &json!(other), *asc))
        }
        _ => None,
    }
}

/// Compares values a list is sorted by: numbers stand before strings, and what has no value stands last either way.
fn compare_sorted(one: &Value, other: &Value, ascending: bool) -> Ordering {
    let order = match (one, other) {
        (Value::Null, Value::Null) => return Ordering::Equal,
        (Value::Null, _) => return Ordering::Less,
        (_, Value::Null) => return Ordering::Greater,
        (Value::Number(one), Value::Number(other)) => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        (Value::Number(_), _) => Ordering::Less,
        (_, Value::Number(_)) => Ordering::Greater,
        (one, other) => one.as_str().cmp(&other.as_str()),
    };
    if ascending { order.reverse() } else { order }
}

fn merged(shared: &Shared, federation: &Federation, queries: &[Asked]) -> Outcome<Value> {
    let began = Instant::now();
    let mut snapshots: BTreeMap<&str, Index> = BTreeMap::new();
    for (number, asked) in queries.iter().enumerate() {
        refuse_own_window(&asked.query).map_err(inside(number))?;
        if !snapshots.contains_key(asked.uid.as_str()) {
            snapshots.insert(&asked.uid, shared.store.get(&asked.uid).map_err(inside(number))?);
        }
    }
    let page = &federation.page;
    let paged = (page.page.is_some() || page.hits_per_page.is_some()).then(|| (page.page.unwrap_or(1), page.hits_per_page.unwrap_or(DEFAULT_LIMIT)));
    let (offset, limit) = match paged {
        Some((0, _)) => (0, 0),
        Some((number, hits)) => ((number - 1).saturating_mul(hits), hits),
        None => (page.offset.unwrap_or(0), page.limit.unwrap_or(DEFAULT_LIMIT)),
    };
    let mut hits = Vec::new();
    let mut candidates: BTreeMap<&str, RoaringBitmap> = BTreeMap::new();
    for (uid, index) in &snapshots {
        let reading = index.read_txn()?;
        let mut of_index = RoaringBitmap::new();
        for (number, asked) in queries.iter().enumerate().filter(|(_, asked)| asked.uid == *uid) {
            let found = rank(index, &reading, number, asked, offset.saturating_add(limit), paged.is_some()).map_err(inside(number))?;
            hits.extend(found.0);
            of_index |= found.1;
        }
        candidates.insert(uid, of_index);
    }
    hits.sort_by(Ranked::before);
    let mut seen: BTreeSet<(String, DocumentId)> = BTreeSet::new();
    hits.retain(|hit| seen.insert((hit.uid.clone(), hit.document)));
    let total: u64 = candidates.values().map(RoaringBitmap::len).sum();
    let mut body = Map::new();
    let shown: Vec<Value> = hits.into_iter().skip(offset).take(limit).map(shown).collect();
    body.insert("hits".to_owned(), json!(shown));
    body.insert("processingTimeMs".to_owned(), json!(began.elapsed().as_millis() as u64));
    match paged {
        Some((number, per_page)) => body.extend([
            ("hitsPerPage".to_owned(), json!(per_page)),
            ("page".to_owned(), json!(number)),
            ("totalPages".to_owned(), json!(total.checked_div(per_page as u64).map_or(0, |_| total.div_ceil(per_page as u64)))),
            ("totalHits".to_owned(), json!(total)),
        ]),
        None => body.extend([
            ("limit".to_owned(), json!(limit)),
            ("offset".to_owned(), json!(offset)),
            ("estimatedTotalHits".to_owned(), json!(total)),
        ]),
    }
    add_facets(federation, &snapshots, &candidates, &mut body)?;
    body.insert("requestUid".to_owned(), json!(Uuid::now_v7()));
    Ok(Value::Object(body))
}

fn refuse_own_window(query: &Query) -> Outcome<()> {
    let page = &query.page;
    let given = [("limit", page.limit), ("offset", page.offset), ("page", page.page), ("hitsPerPage", page.hits_per_page)];
    if let Some((name, _)) = given.iter().find(|(_, value)| value.is_some()) {
        return Err(ApiError::new("invalid_multi_search_query_pagination", format!(
            "Using pagination options is not allowed in federated queries.\n - Hint: remove `{name}` from the query or remove `federation` from the request\n - Hint: pass `federation.limit` and `federation.offset` for pagination in federated search"
        )));
    }
    match &query.facets {
        Some(_) => Err(ApiError::new(
            "invalid_multi_search_query_facets",
            "Using facet options is not allowed in federated queries.\n - Hint: remove `facets` from the query or remove `federation` from the request\n - Hint: pass `federation.facetsByIndex` for facets in federated search",
        )),
        None => Ok(()),
    }
}

/// The first hits of one query, and all its candidates.
fn rank(index: &Index, reading: &RoTxn<'_>, number: usize, asked: &Asked, limit: usize, exhaustive: bool) -> Outcome<(Vec<Ranked>, RoaringBitmap)> {
    let page = match exhaustive {
        true => Page { page: Some(1), hits_per_page: Some(limit), ..Page::default() },
        false => Page { limit: Some(limit), ..Page::default() },
    };
    let window = Window::new(index, reading, &page)?;
    let mut found = search::find_scored(index, reading, &asked.uid, &asked.query, &window)?;
    let shown = search::hits(index, reading, &asked.query, &mut found)?;
    let documents = found.documents_ids.into_iter().zip(found.document_scores).zip(shown);
    let ranked = documents.map(|((document, scores), shown)| Ranked {
        uid: asked.uid.clone(),
        document,
        shown,
        scores,
        query: number,
        weight: asked.weight.unwrap_or(1.0),
    });
    Ok((ranked.collect(), found.candidates))
}

fn shown(hit: Ranked) -> Value {
    let score = hit.score();
    let mut document = hit.shown;
    document.insert(
        "_federation".to_owned(),
        json!({ "indexUid": hit.uid, "queriesPosition": hit.query, "weightedRankingScore": score }),
    );
    Value::Object(document)
}

/// Counts facets for each index that asks, and gives them by index or merged.
fn add_facets(
    federation: &Federation,
    snapshots: &BTreeMap<&str, Index>,
    candidates: &BTreeMap<&str, RoaringBitmap>,
    body: &mut Map<String, Value>,
) -> Outcome<()> {
    let mut by_index = Map::new();
    let mut together = Together::default();
    let mut most = 0;
    for (uid, names) in &federation.facets {
        let (Some(index), Some(candidates)) = (snapshots.get(uid.as_str()), candidates.get(uid.as_str())) else { continue };
        let reading = index.read_txn()?;
        most = most.max(facets::values_per_facet(index, &reading)?);
        let facets = facets::count(index, &reading, names, candidates.clone()).map_err(|error| ApiError {
            message: format!("Inside `.federation.facetsByIndex.{uid}`: {}", error.message),
            code: "invalid_multi_search_facets_by_index",
        })?;
        match federation.merge {
            Some(_) => together.add(&facets),
            None => drop(by_index.insert(uid.clone(), json!({ "distribution": facets.distribution, "stats": facets.stats }))),
        }
    }
    if let Some(limit) = federation.merge {
        let Facets { distribution, stats } = together.finish(limit.unwrap_or(most));
        body.insert("facetDistribution".to_owned(), distribution);
        body.insert("facetStats".to_owned(), stats);
    } else if !by_index.is_empty() {
        body.insert("facetsByIndex".to_owned(), Value::Object(by_index));
    }
    Ok(())
}

/// Facets of several indexes, counted together.
#[derive(Default)]
struct Together {
    counts: BTreeMap<String, BTreeMap<String, u64>>,
    stats: BTreeMap<String, (f64, f64)>,
}

impl Together {
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
        let cut = |counts: BTreeMap<String, u64>| counts.into_iter().take(most).collect::<BTreeMap<_, _>>();
        let distribution: BTreeMap<String, _> = self.counts.into_iter().map(|(name, counts)| (name, cut(counts))).collect();
        let stats: BTreeMap<String, Value> =
            self.stats.into_iter().map(|(name, (min, max))| (name, json!({ "min": min, "max": max }))).collect();
        Facets { distribution: json!(distribution), stats: json!(stats) }
    }
}
