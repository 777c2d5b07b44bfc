//! Search of procurements.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, Error, ID, InputObject, Object, SimpleObject,
    connection::{Connection, ConnectionNameType, Edge, EdgeNameType},
};
use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    context::backend,
    errors::{database, refused, search_unavailable},
    facets::{FacetCounts, FacetName, counts},
    inputs::{each, id},
    organisation::Organisation,
    procurement::{
        Category, DynamicPurchasingSystem, EnvironmentalImpact, FrameworkAgreement,
        InnovativeAcquisition, Phase, Procedure, Procurement, ReservedParticipation,
        SocialObjective, StrategicAim,
    },
};
use crate::{
    kernel::{
        ids::{OrganisationId, ProcurementId},
        paging::{ListId, bad_cursor, page_size},
        refusal::{Code, Refusal},
    },
    organisation,
    procurement::{self, content::Aims},
    search::{self, Filter, Query, settings::MOST_RESULTS},
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
    /// Main languages of the notice (ISO 639-1): `sv`.
    languages: Option<Vec<String>>,
    /// Groups to which participation is reserved, for the procurement or a lot.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// Earliest deadline for tenders, inclusive.
    tender_deadline_from: Option<DateTime<Utc>>,
    /// Latest deadline for tenders, inclusive.
    tender_deadline_to: Option<DateTime<Utc>>,
    /// Minimum estimated value without VAT, inclusive, compared with the upper end of the range
    /// (else its lower end). Values are not converted: set `currency` as well.
    value_from: Option<Decimal>,
    /// Maximum estimated value without VAT, inclusive, compared with the upper end of the range
    /// (else its lower end). Values are not converted: set `currency` as well.
    value_to: Option<Decimal>,
    /// Currency of the estimated value (ISO 4217): `SEK`.
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
    sustainable_development_goals: Option<Vec<u8>>,
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

/// Order of search results.
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
    /// Highest estimated value first; values in different currencies are not converted.
    Value,
}

/// Fields of a search connection in addition to its page.
#[derive(SimpleObject)]
pub struct SearchSummary {
    /// Number of results, at most 10,000. Pages end after 10,000 results as well: narrow the search
    /// by a filter to read the others.
    total_count: i64,
    /// Counts of the facets that `facets` requests, in the same order.
    facets: Vec<FacetCounts>,
}

/// Matches of one result.
#[derive(SimpleObject)]
pub struct SearchMatch {
    /// Texts of the procurement that match the query. Empty without a query, and when only other
    /// texts match (buyer, lots, labels of codes).
    highlights: Vec<Highlight>,
}

/// Text that matches the query.
#[derive(SimpleObject)]
pub struct Highlight {
    /// Name of the field: `title`, `summary` or `description`.
    field: &'static str,
    /// Text as safe HTML: escaped, with `<mark>` around the matches. Long texts are cropped to
    /// about 40 words around the match, titles to 60.
    html: String,
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

type SearchEdge = Edge<String, Procurement, SearchMatch, SearchName>;

#[Object]
impl SearchQueries {
    /// Searches published procurements by full text, with typo tolerance, filters and facets. A new
    /// notice is found within seconds. While the search engine is unavailable the error code is
    /// SEARCH_UNAVAILABLE and the request can be retried.
    #[allow(
        clippy::too_many_arguments,
        reason = "they are the arguments of the GraphQL field"
    )]
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn search_procurements(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words to search for, at most 500 characters. Omit it to match everything."
        )]
        query: Option<String>,
        #[graphql(desc = "Filter; omit it to match everything.")] filter: Option<ProcurementFilter>,
        #[graphql(desc = "Facets to count, each at most once.")] facets: Option<Vec<FacetName>>,
        #[graphql(desc = "Order of the results; the default is RELEVANCE.")] sort: Option<
            ProcurementSort,
        >,
        #[graphql(desc = "Page size, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the previous page.")] after: Option<String>,
    ) -> Result<SearchConnection, Error> {
        let limit = page_size("first", first).map_err(refused)?;
        let list = search_list();
        let read = |cursor: &String| {
            list.position::<u32>(cursor)
                .ok_or_else(|| bad_cursor("after"))
        };
        let position = after.as_ref().map(read).transpose().map_err(refused)?;
        let offset = position.map_or(0, |position| position as usize + 1);
        let facets = facets.unwrap_or_default();
        if let Some(position) = first_duplicate(&facets) {
            let message = "a facet is listed twice; list each facet once";
            let field = format!("facets.{position}");
            return Err(refused(Refusal::at(Code::Invalid, &[&field], message)));
        }
        let query = Query {
            text: query.unwrap_or_default(),
            filter: filter.unwrap_or_default().try_into().map_err(refused)?,
            facets: facets.iter().map(|facet| (*facet).into()).collect(),
            sort: sort.unwrap_or_default().into(),
            offset,
            limit: limit as usize,
        };
        search::query::check(&query).map_err(refused)?;
        let backend = backend(context);
        let found = search::search(&backend.search, &query, backend.database.clock.now()).await;
        let results = found.map_err(|error| search_unavailable(&error))?;
        let summary = SearchSummary {
            total_count: results.total.min(MOST_RESULTS) as i64,
            facets: facets
                .into_iter()
                .map(|name| counts(name, &results.facets))
                .collect(),
        };
        let more = offset + results.hits.len() < results.total;
        let mut connection = Connection::with_additional_fields(offset > 0, more, summary);
        connection.edges = edges(context, results.hits, offset).await?;
        Ok(connection)
    }
}

/// Returns the fingerprint of the list in cursors.
fn search_list() -> ListId {
    ListId::new("searchProcurements", &())
}

/// Returns the position of the first facet that is already in the list.
fn first_duplicate(facets: &[FacetName]) -> Option<usize> {
    let mut positions = 1..facets.len();
    positions.find(|position| facets[..*position].contains(&facets[*position]))
}

/// Returns the edges of the hits, with the buyers if the query selects them. Procurements that no
/// longer exist are left out. All IDs are known here, so the function loads them in one statement
/// instead of using a batching loader.
async fn edges(
    context: &Context<'_>,
    hits: Vec<search::query::Hit>,
    offset: usize,
) -> Result<Vec<SearchEdge>, Error> {
    let pool = &backend(context).database.pool;
    let ids: Vec<ProcurementId> = hits.iter().map(|hit| hit.id).collect();
    let found = procurement::store::by_ids(pool, &ids)
        .await
        .map_err(database)?;
    let mut buyers = HashMap::new();
    if selects_buyers(context) {
        let ids: Vec<OrganisationId> = found.iter().map(|found| found.buyer).collect();
        let loaded = organisation::store::by_ids(pool, &ids)
            .await
            .map_err(database)?;
        buyers.extend(loaded.into_iter().map(|buyer| (buyer.id, buyer)));
    }
    let mut found: HashMap<ProcurementId, procurement::store::Procurement> =
        found.into_iter().map(|found| (found.id, found)).collect();
    let edge = |(position, hit): (usize, search::query::Hit)| {
        let procurement = found
            .remove(&hit.id)
            .filter(|found| found.notice.is_some())?;
        let buyer = buyers
            .get(&procurement.buyer)
            .cloned()
            .map(Organisation::new);
        let highlights = hit
            .highlights
            .into_iter()
            .map(|h| Highlight {
                field: h.field,
                html: h.html,
            })
            .collect();
        let cursor = search_list().cursor(&(offset + position));
        Some(Edge::with_additional_fields(
            cursor,
            Procurement {
                stored: Arc::new(procurement),
                buyer,
            },
            SearchMatch { highlights },
        ))
    };
    Ok(hits.into_iter().enumerate().filter_map(edge).collect())
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
