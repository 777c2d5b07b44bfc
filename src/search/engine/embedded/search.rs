//! `/indexes/UID/search`: a query run on a snapshot of an index, and its answer.

use std::time::{Duration, Instant};

use milli_core::heed::RoTxn;
use milli_core::score_details::{ScoreDetails, ScoringStrategy};
use milli_core::{
    AscDesc, Error as MilliError, Index, Search, SearchResult, SortError, TimeBudget,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Shared;
use super::error::{ApiError, Outcome};
use super::facets::{self, Facets};
use super::format;
use super::query::{Page, Query, body_of_get};
use super::request::{Answer, Request, Verb};

/// Hits that can be reached where the index's settings do not say otherwise.
pub(super) const MAX_TOTAL_HITS: usize = 1000;
/// Hits of a page where the query does not say otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Time after which a search gives what it has found, where the index's settings do not say otherwise.
const CUTOFF: Duration = Duration::from_millis(1500);

/// The route.
pub(super) fn route(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    let body = if request.verb == Verb::Get {
        body_of_get(request)?
    } else {
        request.json()?
    };
    let query = Query::read(&body)?;
    let index = shared.store.get(uid)?;
    Ok(Answer::ok(Value::Object(answer(
        &index,
        uid,
        &query,
        Uuid::now_v7(),
    )?)))
}

/// Runs a query and gives the body of its answer.
pub(super) fn answer(
    index: &Index,
    uid: &str,
    query: &Query,
    request_uid: Uuid,
) -> Outcome<Map<String, Value>> {
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

/// Runs a query: which documents, in which order.
fn find(
    index: &Index,
    reading: &RoTxn<'_>,
    uid: &str,
    query: &Query,
    window: &Window,
) -> Outcome<SearchResult> {
    run(prepare(index, reading, query)?, uid, query, window)
}

/// Runs a query whose hits are to be ranked among those of others.
pub(super) fn find_scored(
    index: &Index,
    reading: &RoTxn<'_>,
    uid: &str,
    query: &Query,
    window: &Window,
) -> Outcome<SearchResult> {
    let mut search = prepare(index, reading, query)?;
    search.scoring_strategy(ScoringStrategy::Detailed);
    run(search, uid, query, window)
}

fn run(mut search: Search<'_>, uid: &str, query: &Query, window: &Window) -> Outcome<SearchResult> {
    search.exhaustive_number_hits(window.page.is_some());
    search.offset(window.offset);
    search.limit(window.limit);
    search.execute().map_err(|error| match &query.filter {
        Some(filter) => facets::worded_filter_error(uid, filter, error),
        None => ApiError::about_index(uid, error),
    })
}

/// Sets up all of a search but its window.
pub(super) fn prepare<'s>(
    index: &'s Index,
    reading: &'s RoTxn<'s>,
    query: &'s Query,
) -> Outcome<Search<'s>> {
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
        && let Some(filter) = facets::parse_filter(filter)?
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

/// The hits as they are shown, with their scores where asked.
pub(super) fn hits(
    index: &Index,
    reading: &RoTxn<'_>,
    query: &Query,
    found: &mut SearchResult,
) -> Outcome<Vec<Map<String, Value>>> {
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

/// The hits a query wants, cut to what the index lets anyone reach.
pub(super) struct Window {
    pub offset: usize,
    pub limit: usize,
    /// The page and the hits a page, when the query asks by page.
    page: Option<(usize, usize)>,
    /// As the query gave them, for the answer.
    asked: (usize, usize),
    /// Hits that can be reached.
    pub most: usize,
}

impl Window {
    /// The window that a query on this index has.
    pub fn new(index: &Index, reading: &RoTxn<'_>, page: &Page) -> Outcome<Self> {
        let most = index.pagination_max_total_hits(reading)?;
        let most = most.and_then(|hits| usize::try_from(hits).ok());
        Ok(Self::within(page, most.unwrap_or(MAX_TOTAL_HITS)))
    }

    /// The window on a list of which `most` hits can be reached.
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

    /// The window that holds all hits up to the end of this one.
    pub fn widened_to_start(&self, index: &Index, reading: &RoTxn<'_>) -> Outcome<Self> {
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

    /// Adds to an answer which hits it holds, and of how many.
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
