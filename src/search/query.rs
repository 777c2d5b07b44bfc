//! Queries of the index: one request to the engine for a page with its counts.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use meilisearch_sdk::search::{MatchingStrategies, SearchQuery, SearchResults, Selectors};
use serde::Deserialize;

use super::{
    INDEX, SearchClient, SearchError,
    cursor::{Position, SearchHash},
    engine::Engine,
    facets::{self, Counts, Distribution, Facet, FacetQuery},
    filter::{self, Filter},
    highlight::{self, Field, Highlight},
    words::SearchWords,
};
use crate::kernel::{
    ids::ProcurementId,
    refusal::{Code, Refusal},
};

/// Maximum number of characters of a query.
pub const QUERY_LIMIT: usize = 500;

/// Order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best match first; without a query, latest notice first.
    #[default]
    Relevance,
    /// Latest notice first.
    Newest,
    /// Earliest deadline first.
    TenderDeadline,
    /// Highest value first; requires a currency in the filter.
    Value,
}

impl Sort {
    /// Returns the criteria of the engine. Documents without the attribute come last.
    fn criteria(self) -> &'static [&'static str] {
        match self {
            Self::Relevance => &[],
            Self::Newest => &["publishedAt:desc", "number:desc"],
            Self::TenderDeadline => &["deadline:asc", "publishedAt:desc", "number:desc"],
            Self::Value => &["value:desc", "publishedAt:desc", "number:desc"],
        }
    }
}

/// Search of procurements.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Text to search for; a text without words matches everything.
    pub text: String,
    pub filter: Filter,
    pub sort: Sort,
}

/// What a page of results consists of.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Maximum number of results.
    pub first: usize,
    pub facets: Vec<FacetQuery>,
    /// Whether the number of all results is wanted.
    pub total: bool,
    /// Whether the matching passages are wanted.
    pub highlights: bool,
}

/// Result of a search.
#[derive(Clone, Debug)]
pub struct Hit {
    pub id: ProcurementId,
    /// Number of the procurement in cursors.
    pub number: u32,
    /// Passages that match, the first of each field and language.
    pub highlights: Vec<Highlight>,
}

/// Page of results of a search.
#[derive(Clone, Debug, Default)]
pub struct Results {
    pub hits: Vec<Hit>,
    /// Whether more results follow.
    pub more: bool,
    /// Number of all results; 0 if it is not wanted.
    pub total: usize,
    /// Counts of the wanted facets, in their order.
    pub facets: Vec<Counts>,
    /// Highest number of a procurement in the index.
    pub newest: u32,
}

#[derive(Deserialize)]
struct HitDocument {
    #[serde(default)]
    id: String,
    #[serde(default)]
    number: u32,
}

impl Query {
    /// Validates a query.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.text.chars().count() > QUERY_LIMIT {
            return Err(Refusal::at(
                Code::TooLong,
                &["query"],
                message!(
                    "`query` is longer than {limit} characters; shorten it",
                    limit = QUERY_LIMIT
                ),
            ));
        }
        filter::check(&self.filter)?;
        if self.sort == Sort::Value && self.filter.currency.is_none() {
            return Err(filter::no_currency());
        }
        Ok(())
    }

    /// Returns the hash that binds cursors to this search.
    #[must_use]
    pub fn hash(&self) -> SearchHash {
        // The expression without the clock describes the filter.
        let filter = filter::expression(&self.filter, DateTime::UNIX_EPOCH);
        let sort = self.sort.criteria().join(" ");
        SearchHash::of(&[&SearchWords::read(&self.text).query, &filter, &sort])
    }
}

/// One query of a request to the engine.
struct Part {
    filter: String,
    facets: Vec<String>,
    limit: usize,
}

/// Runs a search. `after` is the position of the previous page; `now` decides about phases and open
/// dialogues.
pub async fn search(
    client: &SearchClient,
    query: &Query,
    wanted: &Wanted,
    after: Option<&Position>,
    now: DateTime<Utc>,
) -> Result<Results, SearchError> {
    let words = SearchWords::read(&query.text);
    let plan = Plan::new(query, &words, wanted, after, now);
    let index = client.index(INDEX);
    let facets: Vec<Vec<&str>> = (plan.parts.iter())
        .map(|part| part.facets.iter().map(String::as_str).collect())
        .collect();
    let mut request = client.multi_search();
    for (position, (part, facets)) in plan.parts.iter().zip(&facets).enumerate() {
        let mut one = SearchQuery::new(&index);
        one.with_query(&words.query)
            .with_limit(part.limit)
            .with_attributes_to_retrieve(Selectors::Some(&["id", "number"]));
        if words.shortened {
            // The rarest words decide, because a long query has many common ones.
            one.with_matching_strategy(MatchingStrategies::FREQUENCY);
        }
        if !part.filter.is_empty() {
            one.with_filter(&part.filter);
        }
        if !facets.is_empty() {
            one.with_facets(Selectors::Some(facets));
        }
        if !query.sort.criteria().is_empty() {
            one.with_sort(query.sort.criteria());
        }
        if wanted.highlights && !words.is_empty() && position < plan.pages {
            highlighted(&mut one);
        }
        request.with_search_query(one);
    }
    let mut newest = SearchQuery::new(&index);
    newest
        .with_limit(1)
        .with_sort(&["number:desc"])
        .with_attributes_to_retrieve(Selectors::Some(&["number"]));
    if after.is_none() {
        request.with_search_query(newest);
    }
    let answer = request.execute::<HitDocument>().await?;
    Ok(plan.read(answer.results, wanted, after))
}

/// Asks for the passages that match.
fn highlighted(query: &mut SearchQuery<'_, Engine>) {
    static FIELDS: LazyLock<Vec<&str>> =
        LazyLock::new(|| Field::ALL.map(Field::attribute).to_vec());
    static PASSAGES: LazyLock<Vec<(&str, Option<usize>)>> = LazyLock::new(|| {
        let long = Field::ALL
            .into_iter()
            .filter(|field| field.passage().is_some());
        long.map(|field| (field.attribute(), field.passage()))
            .collect()
    });
    query
        .with_attributes_to_highlight(Selectors::Some(FIELDS.as_slice()))
        .with_attributes_to_crop(Selectors::Some(PASSAGES.as_slice()))
        .with_highlight_pre_tag(highlight::PRE)
        .with_highlight_post_tag(highlight::POST);
}

/// The queries of a request, in order: the pages, the counts of all results, the results whose
/// deadline has passed, and the facets that ignore their own filter.
struct Plan {
    parts: Vec<Part>,
    /// Number of queries whose hits make the page: those with the whole query as title come first.
    pages: usize,
    /// Query that counts all results.
    counts: usize,
    /// Query that counts the overdue results, for each query that counts phases.
    overdue: Vec<(usize, usize)>,
    /// Query that counts each facet.
    facets: Vec<usize>,
}

impl Plan {
    fn new(
        query: &Query,
        words: &SearchWords,
        wanted: &Wanted,
        after: Option<&Position>,
        now: DateTime<Utc>,
    ) -> Self {
        let base = filter::expression(&query.filter, now);
        let window = after.map(|after| format!("number <= {}", after.newest));
        let left = after.map_or(usize::MAX, Position::left);
        let page = filter::all([Some(base.clone()), window.clone(), after.and_then(unseen)]);
        // One more than the page shows whether more follow.
        let limit = wanted.first.min(left) + 1;
        let hits = |filter| Part {
            filter,
            facets: Vec::new(),
            limit,
        };
        let mut plan = Self {
            parts: Vec::new(),
            pages: 0,
            counts: 0,
            overdue: Vec::new(),
            facets: Vec::new(),
        };
        if let Some(key) = words
            .title_key
            .as_ref()
            .filter(|_| query.sort == Sort::Relevance)
        {
            let title = format!("titleKeys = \"{key}\"");
            plan.parts
                .push(hits(filter::all([Some(page.clone()), Some(title)])));
        }
        plan.parts.push(hits(page));
        plan.pages = plan.parts.len();
        plan.counts = plan.parts.len() - 1;
        let counting =
            |filter: &Filter| filter::all([Some(filter::expression(filter, now)), window.clone()]);
        if after.is_some() && (wanted.total || !wanted.facets.is_empty()) {
            plan.counts = plan.add(filter::all([Some(base), window.clone()]));
        }
        if wanted.total {
            plan.count(plan.counts, Facet::Phase.attribute().to_owned());
        }
        for facet in &wanted.facets {
            let others = query.filter.without(facet.facet);
            let counted = if facet.ignores_own_filter && others != query.filter {
                plan.add(counting(&others))
            } else {
                plan.counts
            };
            plan.count(counted, facet.attribute());
            plan.facets.push(counted);
            if facet.facet == Facet::Phase {
                let of = if facet.ignores_own_filter {
                    &others
                } else {
                    &query.filter
                };
                let filter = filter::all([Some(counting(of)), Some(filter::overdue(now))]);
                let overdue = plan.add(filter);
                plan.count(overdue, Facet::Phase.attribute().to_owned());
                plan.overdue.push((counted, overdue));
            }
        }
        plan
    }

    /// Adds a query that only counts; returns its place.
    fn add(&mut self, filter: String) -> usize {
        self.parts.push(Part {
            filter,
            facets: Vec::new(),
            limit: 0,
        });
        self.parts.len() - 1
    }

    fn count(&mut self, part: usize, attribute: String) {
        let facets = &mut self.parts[part].facets;
        if !facets.contains(&attribute) {
            facets.push(attribute);
        }
    }

    fn read(
        &self,
        answers: Vec<SearchResults<HitDocument>>,
        wanted: &Wanted,
        after: Option<&Position>,
    ) -> Results {
        let mut distributions: Vec<Distribution> = Vec::new();
        let (mut hits, mut newest): (Vec<Hit>, u32) = (Vec::new(), 0);
        for (place, answer) in answers.into_iter().enumerate() {
            distributions.push(answer.facet_distribution.unwrap_or_default());
            for hit in answer.hits {
                newest = newest.max(hit.result.number);
                let is_known = |id| hits.iter().any(|known: &Hit| known.id == id);
                let id = hit.result.id.parse().ok().map(ProcurementId);
                if let Some(id) = id.filter(|id| place < self.pages && !is_known(*id)) {
                    let formatted = hit.formatted_result.as_ref();
                    hits.push(Hit {
                        id,
                        number: hit.result.number,
                        highlights: formatted.map(highlight::passages).unwrap_or_default(),
                    });
                }
            }
        }
        let left = after.map_or(super::cursor::MOST_RESULTS, Position::left);
        let more = hits.len() > wanted.first && left > wanted.first;
        hits.truncate(wanted.first.min(left));
        let nothing = Distribution::new();
        let at = |place: usize| distributions.get(place).unwrap_or(&nothing);
        let overdue = |counted: usize| {
            let found = self.overdue.iter().find(|(of, _)| *of == counted);
            found.map_or(0, |(_, overdue)| facets::total(at(*overdue)))
        };
        let counts = wanted.facets.iter().zip(&self.facets);
        Results {
            hits,
            more,
            total: facets::total(at(self.counts)),
            facets: counts
                .map(|(facet, place)| facet.read(at(*place), overdue(*place)))
                .collect(),
            newest: after.map_or(newest, |after| after.newest),
        }
    }
}

/// Returns the expression of the results that were not shown.
fn unseen(after: &Position) -> Option<String> {
    let numbers: Vec<String> = after
        .shown
        .iter()
        .map(|number| number.to_string())
        .collect();
    (!numbers.is_empty()).then(|| format!("number NOT IN [{}]", numbers.join(", ")))
}
