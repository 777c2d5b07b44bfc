//! Search of procurements.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, Error, ID, InputObject, Object, SimpleObject,
    connection::{Connection, ConnectionNameType, Edge, EdgeNameType},
};
use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    context::{backend, request},
    errors::{database, loading, refused, search_unavailable},
    facets::{FacetCounts, FacetInput, FacetName, counts, facet_list},
    inputs::{each, id},
    organisation::Organisation,
    procurement::{
        Category, DynamicPurchasingSystem, EnvironmentalImpact, FrameworkAgreement,
        InnovativeAcquisition, Phase, Procedure, Procurement, ReservedParticipation,
        SocialObjective, StrategicAim,
    },
};
use crate::{
    database::Database,
    kernel::{ids::OrganisationId, paging::page_size, refusal::Refusal},
    procurement::content::Aims,
    search::{
        self, Filter, Query, Wanted,
        cursor::{Position, SearchHash},
        highlight,
        query::Hit,
    },
};

/// Filter for `searchProcurements`. A procurement matches if it has one of the values of each field
/// that is given. Each list has at most 100 values; an empty list does not filter.
#[derive(Default, InputObject)]
pub struct ProcurementFilter {
    /// Current phases, by the clock: a procurement whose deadline has passed is in EVALUATION.
    phases: Option<Vec<Phase>>,
    /// CPV codes, of the procurement or of a lot. A code includes all codes below it: `90900000`
    /// includes `90919300`. An unknown code is refused with UNKNOWN_CODE and the nearest known
    /// codes; the query `cpv` looks codes up.
    cpv: Option<Vec<String>>,
    /// NUTS codes of the place of performance, of the procurement or of a lot. A code includes all
    /// codes below it: `SE1` includes `SE110`. Codes of older NUTS versions and of the United
    /// Kingdom, which imported notices have, are accepted; the query `nuts` looks up codes of
    /// NUTS 2024.
    nuts: Option<Vec<String>>,
    /// IDs of buyers (`Organisation.id`); joint buyers count.
    buyer_ids: Option<Vec<ID>>,
    /// Kinds of purchase: works, services or supplies (BT-23).
    categories: Option<Vec<Category>>,
    /// Main languages of the notice (BCP 47): `sv`. A region or script is ignored. Bokmål (`nb`),
    /// Nynorsk (`nn`) and Norwegian (`no`) find one another. `und`: the language is not known.
    languages: Option<Vec<String>>,
    /// Groups to which participation is reserved, for the procurement or a lot.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// Earliest deadline for tenders, inclusive.
    tender_deadline_from: Option<DateTime<Utc>>,
    /// Latest deadline for tenders, inclusive.
    tender_deadline_to: Option<DateTime<Utc>>,
    /// Minimum estimated value without VAT, inclusive, compared with the upper end of the range
    /// (else its lower end). Values are not converted, so `currency` is required as well. Compared
    /// as IEEE 754 doubles: exact to 15 digits, and for whole amounts to 9007199254740991.
    value_from: Option<Decimal>,
    /// Maximum estimated value without VAT, inclusive, compared with the upper end of the range
    /// (else its lower end). Values are not converted, so `currency` is required as well. Compared
    /// as IEEE 754 doubles: exact to 15 digits, and for whole amounts to 9007199254740991.
    value_to: Option<Decimal>,
    /// Currency of the estimated value (ISO 4217): `SEK`. Required with `valueFrom`, `valueTo` and
    /// the sort VALUE.
    currency: Option<String>,
    /// Whether the notice states that the procurement suits small and medium-sized enterprises.
    /// Notices that do not state it match neither value.
    suits_sme: Option<bool>,
    /// Whether the notice states that the procurement suits nonprofits and social enterprises.
    /// Notices that do not state it match neither value.
    suits_vcse: Option<bool>,
    /// Whether the notice states that joint bids are welcome. Notices that do not state it match
    /// neither value.
    joint_bids_welcome: Option<bool>,
    /// Whether the notice states that subcontracting is welcome. Notices that do not state it match
    /// neither value.
    subcontracting_welcome: Option<bool>,
    /// Procurement procedures (BT-105).
    procedures: Option<Vec<Procedure>>,
    /// Kinds of framework agreement (BT-765).
    framework_agreements: Option<Vec<FrameworkAgreement>>,
    /// Kinds of dynamic purchasing system (BT-766).
    dynamic_purchasing_systems: Option<Vec<DynamicPurchasingSystem>>,
    /// Strategic aims (BT-06).
    strategic_aims: Option<Vec<StrategicAim>>,
    /// Ways to reduce the impact on the environment (BT-774).
    environmental_impacts: Option<Vec<EnvironmentalImpact>>,
    /// Social objectives (BT-775).
    social_objectives: Option<Vec<SocialObjective>>,
    /// Kinds of innovation (BT-776).
    innovative_acquisitions: Option<Vec<InnovativeAcquisition>>,
    /// Numbers of the United Nations' Sustainable Development Goals, 1 to 17.
    sustainable_development_goals: Option<Vec<i32>>,
    /// True: only procurements with a round of dialogue that is open now. False does not filter.
    dialogue_open: Option<bool>,
}

impl TryFrom<ProcurementFilter> for Filter {
    type Error = Refusal;

    fn try_from(input: ProcurementFilter) -> Result<Self, Refusal> {
        let buyer = |buyer: &ID| {
            id(buyer, "buyerIds", OrganisationId::from_global).map_err(|mut refusal| {
                refusal.field.insert(0, "filter".into());
                refusal
            })
        };
        Ok(Self {
            phases: each(input.phases),
            cpv: input.cpv.unwrap_or_default(),
            nuts: input.nuts.unwrap_or_default(),
            buyers: input
                .buyer_ids
                .iter()
                .flatten()
                .map(buyer)
                .collect::<Result<_, _>>()?,
            categories: each(input.categories),
            languages: input.languages.unwrap_or_default(),
            reserved: each(input.reserved_participation),
            deadline_from: input.tender_deadline_from,
            deadline_to: input.tender_deadline_to,
            value_from: input.value_from.and_then(|value| value.to_f64()),
            value_to: input.value_to.and_then(|value| value.to_f64()),
            currency: input.currency,
            sme: input.suits_sme,
            vcse: input.suits_vcse,
            joint_bids: input.joint_bids_welcome,
            subcontracting: input.subcontracting_welcome,
            procedures: each(input.procedures),
            frameworks: each(input.framework_agreements),
            dynamic_purchasing: each(input.dynamic_purchasing_systems),
            aims: Aims {
                strategic: each(input.strategic_aims),
                environmental: each(input.environmental_impacts),
                social: each(input.social_objectives),
                innovation: each(input.innovative_acquisitions),
                sdg: input.sustainable_development_goals.unwrap_or_default(),
            },
            dialogue_open: input.dialogue_open == Some(true),
        })
    }
}

/// Order of search results. An order other than RELEVANCE sorts all results, also those that match
/// the query less well; results without the value come last.
#[derive(Clone, Copy, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "search::Sort")]
pub enum ProcurementSort {
    /// Best match first; without a query, latest notice first.
    #[default]
    Relevance,
    /// Latest notice first.
    Newest,
    /// Earliest deadline for tenders first. Set `tenderDeadlineFrom` in the filter to exclude
    /// deadlines that have passed.
    TenderDeadline,
    /// Highest estimated value first. Values are not converted: the filter must have a `currency`,
    /// and only values in it are results.
    Value,
}

/// Fields of a search connection in addition to its page.
#[derive(Clone, SimpleObject)]
pub struct SearchSummary {
    /// Number of results. It can exceed 10,000, after which pages end: narrow the search by a filter
    /// to read the others.
    total_count: usize,
    /// Counts of the facets that `facets` requests, then of those that `facetQueries` requests, in
    /// the same order.
    facets: Vec<FacetCounts>,
}

/// Matches of one result.
#[derive(SimpleObject)]
pub struct SearchMatch {
    /// Passages of the procurement that match the query, at most one of each field: in the best of
    /// the reader's languages, else in the main language of the notice. Empty without a query.
    highlights: Vec<Highlight>,
}

/// Field of a procurement in which the search found words.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "search::highlight::Field")]
pub enum HighlightField {
    /// Title of the procurement.
    Title,
    /// Open contracting ID.
    Ocid,
    /// Name of a buyer.
    Buyer,
    /// Summary in plain language.
    Summary,
    /// Title of a lot.
    Lot,
    /// Label of a CPV code.
    Cpv,
    /// Description of the procurement.
    Description,
    /// Name of a place (NUTS code).
    Nuts,
    /// Label of an aim.
    Aim,
    /// Public question to the buyer.
    Question,
    /// Public answer of the buyer.
    Answer,
}

/// Passage that matches the query. Long texts are cropped to about 40 words around the match,
/// titles to 60; a cut is marked with `…`.
#[derive(SimpleObject)]
pub struct Highlight {
    /// Field that the passage is from.
    field: HighlightField,
    /// Language of the passage: the code of ISO 639-1, else of ISO 639-3. Null for names of buyers
    /// and open contracting IDs.
    language: Option<String>,
    /// Passage as HTML: `&`, `<`, `>`, `"` and `'` of the text are escaped, and each match is in a
    /// `<mark>` without attributes. It has no other elements and is well-formed for any text.
    html: String,
    /// The same passage as plain text in parts, for clients that do not insert HTML: one for each
    /// marked word and each text between two of them.
    parts: Vec<HighlightPart>,
}

/// Part of a passage.
#[derive(SimpleObject)]
pub struct HighlightPart {
    /// Plain text; the parts in order are the passage.
    text: String,
    /// Whether the part matches the query.
    is_match: bool,
}

impl From<search::highlight::Highlight> for Highlight {
    fn from(found: search::highlight::Highlight) -> Self {
        let html = found.html();
        let part = |part: search::highlight::Part| HighlightPart {
            text: part.text,
            is_match: part.is_match,
        };
        Self {
            field: found.field.into(),
            language: found.language,
            html,
            parts: found.parts.into_iter().map(part).collect(),
        }
    }
}

/// Queries for searching procurements.
#[derive(Default)]
pub struct SearchQueries;

/// Type names of the search connection and its edges, which have additional fields.
pub struct SearchName;

impl ConnectionNameType for SearchName {
    fn type_name<T: async_graphql::OutputType>() -> String {
        "ProcurementSearchConnection".into()
    }
}

impl EdgeNameType for SearchName {
    fn type_name<T: async_graphql::OutputType>() -> String {
        "ProcurementSearchEdge".into()
    }
}

/// Page of search results.
pub type SearchConnection =
    Connection<String, Procurement, SearchSummary, SearchMatch, SearchName, SearchName>;

#[Object]
impl SearchQueries {
    /// Searches published procurements by full text, with typo tolerance, filters and facets. A new
    /// notice is found within seconds. While the search engine is unavailable the error code is
    /// SEARCH_UNAVAILABLE and the request can be retried.
    ///
    /// Pages show no result twice and skip none, whatever changes between two pages: each page has
    /// the best results that the pages before did not show, among the procurements that were
    /// published when the first page was read. Pages end after 10,000 results.
    #[allow(
        clippy::too_many_arguments,
        reason = "they are the arguments of the GraphQL field"
    )]
    #[graphql(
        complexity = "500 + 100 * (facets.map_or(0, |names| names.len()) + facet_queries.map_or(0, |queries| queries.len())) + first.max(0) as usize * child_complexity"
    )]
    async fn search_procurements(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words to search for, at most 500 characters. Omit it to match everything. All texts of the \
                    notice, its lots, buyers, labels of codes, and public questions and answers are searched; \
                    the last word may be incomplete. A phrase in straight quotation marks must occur as it \
                    is: `\"trygg hemma\"`. A minus directly before a word or phrase, after a space, excludes \
                    results with it: `städning -skola`, `-\"södra skolan\"`. Before a number it does not: \
                    `-0412` is the number. Quotation marks in other places, as in `24\" skärmar`, are \
                    ignored. Of more than ten words, phrases and the ten most telling words are searched: \
                    those with digits, then the longest; a notice whose title has all the words comes first."
        )]
        query: Option<String>,
        #[graphql(desc = "Filter; omit it to match everything.")] filter: Option<ProcurementFilter>,
        #[graphql(
            desc = "Facets to count among the results, each at most once: their 100 most frequent values."
        )]
        facets: Option<Vec<FacetName>>,
        #[graphql(
            desc = "Facets to count in another way: one level of a tree, without the facet's own filter, or with \
                    more values. A facet can be listed once for each `under`; at most 30 facets in both lists."
        )]
        facet_queries: Option<Vec<FacetInput>>,
        #[graphql(desc = "Order of the results; the default is RELEVANCE.")] sort: Option<
            ProcurementSort,
        >,
        #[graphql(desc = "Page size, 1 to 100.", default = 20)] first: i32,
        #[graphql(
            desc = "`pageInfo.endCursor` of the previous page, with the same `query`, `filter` and `sort`."
        )]
        after: Option<String>,
    ) -> Result<SearchConnection, Error> {
        let first = page_size("first", first).map_err(refused)? as usize;
        let facets = facet_list(facets, facet_queries).map_err(refused)?;
        let query = Query {
            text: query.unwrap_or_default(),
            filter: filter.unwrap_or_default().try_into().map_err(refused)?,
            sort: sort.unwrap_or_default().into(),
        };
        query.check().map_err(refused)?;
        let hash = query.hash();
        let position = after.as_deref().map(|after| Position::decode(after, hash));
        let position = position.transpose().map_err(refused)?;
        let selection = context.look_ahead();
        let wanted = Wanted {
            first,
            facets,
            total: selection.field("totalCount").exists(),
            highlights: selection.field("edges").field("highlights").exists(),
        };
        let buyers = selects_buyers(context);
        let arguments = format!("{:?}", (&query, &wanted, after, buyers));
        let load = Page::load(context, &query, (wanted, buyers), position);
        let memo = &request(context).memo;
        let page = memo.once("searchProcurements", &arguments, load).await?;
        Ok(page.connection(context, hash))
    }
}

/// A page that is read from the index and the database.
struct Page {
    /// Position before the page.
    before: Position,
    results: Vec<(Hit, Procurement)>,
    more: bool,
    summary: SearchSummary,
}

impl Page {
    /// Loads the page after a position. Results that the database does not show, because the index
    /// is older, are replaced by the next ones.
    async fn load(
        context: &Context<'_>,
        query: &Query,
        (mut wanted, buyers): (Wanted, bool),
        after: Option<Position>,
    ) -> Result<Arc<Self>, Error> {
        let backend = backend(context);
        let now = backend.database.clock.now();
        let (first, facets) = (wanted.first, wanted.facets.clone());
        let found = search::search(&backend.search, query, &wanted, after.as_ref(), now).await;
        let mut found = found.map_err(|error| search_unavailable(&error))?;
        let summary = SearchSummary {
            total_count: found.total,
            facets: facets
                .into_iter()
                .zip(found.facets)
                .map(|(query, counted)| counts(query, counted))
                .collect(),
        };
        let before = after.unwrap_or(Position {
            newest: found.newest,
            ..Position::default()
        });
        let mut position = before.clone();
        let mut results = Vec::new();
        loop {
            position
                .shown
                .extend(found.hits.iter().map(|hit| hit.number));
            results.extend(readable(context, found.hits, buyers).await?);
            if !found.more || results.len() == first {
                break;
            }
            wanted = Wanted {
                first: first - results.len(),
                highlights: wanted.highlights,
                ..Wanted::default()
            };
            let more = search::search(&backend.search, query, &wanted, Some(&position), now).await;
            found = more.map_err(|error| search_unavailable(&error))?;
        }
        Ok(Arc::new(Self {
            before,
            results,
            more: found.more,
            summary,
        }))
    }

    /// Returns the connection. Each cursor holds all results before it, so that those that the
    /// client does not select are left out.
    fn connection(&self, context: &Context<'_>, hash: SearchHash) -> SearchConnection {
        let has_previous = !self.before.shown.is_empty();
        let mut connection =
            Connection::with_additional_fields(has_previous, self.more, self.summary.clone());
        let each = context.look_ahead().field("edges").field("cursor").exists();
        let (mut position, last) = (self.before.clone(), self.results.len().saturating_sub(1));
        for (place, (hit, procurement)) in self.results.iter().enumerate() {
            position.shown.insert(hit.number);
            let is_selected = each || place == 0 || place == last;
            let cursor = is_selected.then(|| position.encode(hash));
            let main = procurement
                .stored
                .notice
                .as_ref()
                .map(|notice| &notice.content.language);
            let best = highlight::best(
                hit.highlights.clone(),
                &request(context).languages,
                main.map(String::as_str),
            );
            let highlights = best.into_iter().map(Highlight::from).collect();
            connection.edges.push(Edge::with_additional_fields(
                cursor.unwrap_or_default(),
                procurement.clone(),
                SearchMatch { highlights },
            ));
        }
        connection
    }
}

/// Loads the procurements of the hits, with their buyers if the query selects them. Procurements
/// that are no longer public, and passages that the public can no longer read, are left out.
async fn readable(
    context: &Context<'_>,
    mut hits: Vec<Hit>,
    with_buyers: bool,
) -> Result<Vec<(Hit, Procurement)>, Error> {
    let Database { pool, clock, .. } = &backend(context).database;
    search::remove_unreadable(pool, &mut hits, clock.now())
        .await
        .map_err(database)?;
    let loader = &request(context).loader;
    let found = loader.load_many(hits.iter().map(|hit| hit.id)).await;
    let mut found = found.map_err(loading)?;
    found.retain(|_, procurement| procurement.notice.is_some());
    let mut buyers = HashMap::new();
    if with_buyers {
        let loaded = loader.load_many(found.values().map(|found| found.buyer));
        buyers = loaded.await.map_err(loading)?;
    }
    let with_procurement = |hit: Hit| {
        let stored = found.remove(&hit.id)?;
        let buyer = buyers.get(&stored.buyer).cloned().map(Organisation::new);
        Some((hit, Procurement { stored, buyer }))
    };
    Ok(hits.into_iter().filter_map(with_procurement).collect())
}

fn selects_buyers(context: &Context<'_>) -> bool {
    let selection = context.look_ahead();
    let in_edges = selection
        .field("edges")
        .field("node")
        .field("buyer")
        .exists();
    in_edges || selection.field("nodes").field("buyer").exists()
}
