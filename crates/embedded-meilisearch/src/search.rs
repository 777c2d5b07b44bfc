//! `/indexes/UID/search`: runs a query on a snapshot of an index and shows its hits.

use std::time::{Duration, Instant};

use milli_core::heed::RoTxn;
use milli_core::score_details::{ScoreDetails, ScoringStrategy};
use milli_core::{
    AscDesc, Error as MilliError, Index, Search, SearchResult, SortError, TimeBudget,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::facets::{self, Facets};
use super::query::{Page, Query};
use super::request::{Answer, Request};
use super::{filter, format};

/// Default of the setting `pagination.maxTotalHits`.
pub(super) const MAX_TOTAL_HITS: usize = 1000;
/// Default number of hits on a page.
const DEFAULT_LIMIT: usize = 20;
/// Default of the setting `searchCutoffMs`: the time after which a search returns the hits found so
/// far.
const CUTOFF: Duration = Duration::from_millis(1500);

/// Answers `/indexes/UID/search`.
pub(super) fn route(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
    let query = Query::read(&request.json()?)?;
    let index = state.store.get(uid)?;
    Ok(Answer::ok(Value::Object(answer(
        &index,
        uid,
        &query,
        Uuid::now_v7(),
    )?)))
}

/// Runs a query and returns the body of the answer.
pub(super) fn answer(
    index: &Index,
    uid: &str,
    query: &Query,
    request_uid: Uuid,
) -> ApiResult<Map<String, Value>> {
    let began = Instant::now();
    let reading = index.read_txn()?;
    let window = Window::new(index, &reading, &query.page)?;
    let mut found = find(index, &reading, uid, query, &window)?;
    let hits = hits(index, &reading, query, &mut found)?;
    let total = usize::try_from(found.candidates.len())
        .unwrap_or(usize::MAX)
        .min(window.most);
    let facets = match &query.facets {
        Some(wanted) => Some(facets::count(index, &reading, wanted, found.candidates)?),
        None => None,
    };
    let mut body = Map::new();
    body.insert("hits".to_owned(), json!(hits));
    body.insert(
        "query".to_owned(),
        json!(query.q.as_deref().unwrap_or_default()),
    );
    body.insert(
        "processingTimeMs".to_owned(),
        json!(began.elapsed().as_millis() as u64),
    );
    window.describe(total, &mut body);
    if let Some(Facets {
        distribution,
        stats,
    }) = facets
    {
        body.insert("facetDistribution".to_owned(), distribution);
        body.insert("facetStats".to_owned(), stats);
    }
    body.insert("requestUid".to_owned(), json!(request_uid));
    Ok(body)
}

/// Runs a query; returns its documents in order.
fn find(
    index: &Index,
    reading: &RoTxn<'_>,
    uid: &str,
    query: &Query,
    window: &Window,
) -> ApiResult<SearchResult> {
    run(prepare(index, reading, query)?, uid, query, window)
}

/// Runs a query with the scores that ranking its hits among those of other queries requires.
pub(super) fn find_scored(
    index: &Index,
    reading: &RoTxn<'_>,
    uid: &str,
    query: &Query,
    window: &Window,
) -> ApiResult<SearchResult> {
    let mut search = prepare(index, reading, query)?;
    search.scoring_strategy(ScoringStrategy::Detailed);
    run(search, uid, query, window)
}

fn run(
    mut search: Search<'_>,
    uid: &str,
    query: &Query,
    window: &Window,
) -> ApiResult<SearchResult> {
    search.exhaustive_number_hits(window.page.is_some());
    search.offset(window.offset);
    search.limit(window.limit);
    search.execute().map_err(|error| match &query.filter {
        Some(filter) => filter::refusal(uid, filter, error),
        None => ApiError::about_index(uid, error),
    })
}

/// Sets up a search, except for its window.
pub(super) fn prepare<'s>(
    index: &'s Index,
    reading: &'s RoTxn<'s>,
    query: &'s Query,
) -> ApiResult<Search<'s>> {
    let mut search = Search::new(reading, index);
    let cutoff = index
        .search_cutoff(reading)?
        .map_or(CUTOFF, Duration::from_millis);
    search.time_budget(TimeBudget::new(cutoff));
    search.terms_matching_strategy(query.matching);
    if let Some(q) = &query.q {
        search.query(q.as_str());
    }
    if let Some(threshold) = query.score_threshold {
        search.ranking_score_threshold(threshold);
    }
    if let Some(distinct) = &query.distinct {
        search.distinct(distinct.clone());
    }
    if let Some(attributes) = &query.search_on {
        search.searchable_attributes(attributes);
    }
    let scored = query.show_score || query.show_score_details || query.score_threshold.is_some();
    search.scoring_strategy(if scored {
        ScoringStrategy::Detailed
    } else {
        ScoringStrategy::Skip
    });
    if let Some(filter) = &query.filter
        && let Some(filter) = filter::parse(filter)?
    {
        search.filter(filter);
    }
    if let Some(sort) = &query.sort {
        let criteria: Result<Vec<AscDesc>, _> = sort.iter().map(|rule| rule.parse()).collect();
        search.sort_criteria(
            criteria.map_err(|error| ApiError::from(MilliError::from(SortError::from(error))))?,
        );
    }
    if let Some(locales) = &query.locales {
        search.locales(locales.clone());
    }
    Ok(search)
}

/// Returns the hits in their requested format, with their scores when requested.
pub(super) fn hits(
    index: &Index,
    reading: &RoTxn<'_>,
    query: &Query,
    found: &mut SearchResult,
) -> ApiResult<Vec<Map<String, Value>>> {
    let words = std::mem::take(&mut found.matching_words);
    let mut hits = format::show(index, reading, query, words, &found.documents_ids)?;
    for (hit, scores) in hits.iter_mut().zip(&found.document_scores) {
        if query.show_score {
            hit.insert(
                "_rankingScore".to_owned(),
                json!(ScoreDetails::global_score(scores.iter())),
            );
        }
        if query.show_score_details {
            hit.insert(
                "_rankingScoreDetails".to_owned(),
                Value::Object(ScoreDetails::to_json_map(scores.iter())),
            );
        }
    }
    Ok(hits)
}

/// The requested page of hits, limited to the hits that the index lets a search reach.
pub(super) struct Window {
    pub offset: usize,
    pub limit: usize,
    /// Number of the page and hits on a page, when the query asks by page.
    page: Option<(usize, usize)>,
    /// Offset and limit as the query gave them, for the answer.
    asked: (usize, usize),
    /// Maximum number of hits that a search reaches.
    pub most: usize,
}

impl Window {
    /// Returns the window of a query on this index.
    pub fn new(index: &Index, reading: &RoTxn<'_>, page: &Page) -> ApiResult<Self> {
        let most = index.pagination_max_total_hits(reading)?;
        let most = most.and_then(|hits| usize::try_from(hits).ok());
        Ok(Self::within(page, most.unwrap_or(MAX_TOTAL_HITS)))
    }

    /// Returns the window on a list whose first `most` hits can be reached.
    pub fn within(page: &Page, most: usize) -> Self {
        let asked = (
            page.offset.unwrap_or(0),
            page.limit.unwrap_or(DEFAULT_LIMIT),
        );
        let by_page = page.page.is_some() || page.hits_per_page.is_some();
        let page = by_page.then(|| {
            (
                page.page.unwrap_or(1),
                page.hits_per_page.unwrap_or(DEFAULT_LIMIT),
            )
        });
        let (offset, limit) = match page {
            Some((0, _)) => (0, 0),
            Some((number, hits)) => ((number - 1).saturating_mul(hits), hits),
            None => asked,
        };
        let offset = offset.min(most);
        let limit = limit.min(most - offset);
        Self {
            offset,
            limit,
            page,
            asked,
            most,
        }
    }

    /// Returns the window with all hits from the first one to the last one of this window.
    pub fn widened_to_start(&self, index: &Index, reading: &RoTxn<'_>) -> ApiResult<Self> {
        let limit = Some(self.offset.saturating_add(self.limit));
        let start = Page {
            limit,
            ..Page::default()
        };
        Ok(Self {
            page: self.page,
            ..Self::new(index, reading, &start)?
        })
    }

    /// Adds the position and the total number of hits to an answer.
    pub fn describe(&self, total: usize, body: &mut Map<String, Value>) {
        let mut put = |name: &str, value: usize| drop(body.insert(name.to_owned(), json!(value)));
        match self.page {
            Some((number, hits)) => {
                put("hitsPerPage", hits);
                put("page", number);
                put(
                    "totalPages",
                    if hits == 0 { 0 } else { total.div_ceil(hits) },
                );
                put("totalHits", total);
            }
            None => {
                put("limit", self.asked.1);
                put("offset", self.asked.0);
                put("estimatedTotalHits", total);
            }
        }
    }
}
