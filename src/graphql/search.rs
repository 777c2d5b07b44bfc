//! Searching procurements.

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
        paging::{Page, encode_cursor},
        refusal::{Code, Refusal},
    },
    organisation,
    procurement::{self, content::Aims},
    search::{self, Filter, Query, settings::MOST_RESULTS},
};

/// What results are narrowed to. Values of one field are alternatives; all fields given hold.
#[derive(Default, InputObject)]
pub struct ProcurementFilter {
    /// Where it stands now.
    phases: Option<Vec<Phase>>,
    /// CPV codes; each stands for its branch: `90900000` includes `90919300`. One that the list does not have is
    /// refused (UNKNOWN_CODE), and the nearest named; `cpv` finds them.
    cpv: Option<Vec<String>>,
    /// NUTS codes; each stands for its branch: `SE1` includes `SE110`. Those of older versions and of the United
    /// Kingdom, which notices have as well, are taken too; `nuts` finds those of today.
    nuts: Option<Vec<String>>,
    /// Buyers, by ID.
    buyer_ids: Option<Vec<ID>>,
    /// What is bought.
    categories: Option<Vec<Category>>,
    /// The notice's main language (ISO 639-1).
    languages: Option<Vec<String>>,
    /// To whom participation is reserved.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// Tenders are received until this moment or later.
    tender_deadline_from: Option<DateTime<Utc>>,
    /// Tenders are received until this moment at the latest.
    tender_deadline_to: Option<DateTime<Utc>>,
    /// The estimated value (its upper end) is at least this. Say in which `currency`.
    value_from: Option<Decimal>,
    /// The estimated value (its upper end) is at most this. Say in which `currency`.
    value_to: Option<Decimal>,
    /// ISO 4217: only values in this currency.
    currency: Option<String>,
    /// Only what says it suits small and medium-sized enterprises (true) or does not (false).
    suits_sme: Option<bool>,
    /// Only what says it suits nonprofits and social enterprises (true) or does not (false).
    suits_vcse: Option<bool>,
    /// Only what says that joint bids are welcome (true) or are not (false).
    joint_bids_welcome: Option<bool>,
    /// Only what says that subcontracting is welcome (true) or is not (false).
    subcontracting_welcome: Option<bool>,
    /// How it is bought (BT-105).
    procedures: Option<Vec<Procedure>>,
    /// Framework agreements of these kinds (BT-765).
    framework_agreements: Option<Vec<FrameworkAgreement>>,
    /// Dynamic purchasing systems of these kinds (BT-766).
    dynamic_purchasing_systems: Option<Vec<DynamicPurchasingSystem>>,
    /// What it aims at beside what it buys (BT-06).
    strategic_aims: Option<Vec<StrategicAim>>,
    /// How it lessens its impact on the environment (BT-774).
    environmental_impacts: Option<Vec<EnvironmentalImpact>>,
    /// Which social aims it has (BT-775).
    social_objectives: Option<Vec<SocialObjective>>,
    /// What is new about it (BT-776).
    innovative_acquisitions: Option<Vec<InnovativeAcquisition>>,
    /// The United Nations' goals for sustainable development, 1 to 17.
    sustainable_development_goals: Option<Vec<u8>>,
    /// Only with a round of dialogue that is open now.
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

/// The order of results.
#[derive(Clone, Copy, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "search::Sort")]
pub enum ProcurementSort {
    /// The best match first; without a query, the newest.
    #[default]
    Relevance,
    /// The latest notice first.
    Newest,
    /// The nearest deadline first; filter by `tenderDeadlineFrom` to leave out what has passed.
    TenderDeadline,
    /// The highest value first.
    Value,
}

/// What a search has beside its page of procurements.
#[derive(SimpleObject)]
pub struct SearchSummary {
    /// How many results there are; exact up to 10,000, which is also how far one may page.
    total_count: i64,
    /// Counts by the facets asked for.
    facets: Vec<FacetCounts>,
}

/// Why a result was found.
#[derive(SimpleObject)]
pub struct SearchMatch {
    /// The texts in which the words were found; empty without a query, or when they were found elsewhere
    /// (buyer, lots, code labels).
    highlights: Vec<Highlight>,
}

/// A text in which the words were found.
#[derive(SimpleObject)]
pub struct Highlight {
    /// `title`, `summary` or `description`.
    field: &'static str,
    /// Safe HTML: the text, escaped, with `<mark>` around the words. Long texts are cropped.
    html: String,
}

/// Searching.
#[derive(Default)]
pub struct SearchQueries;

/// Names a search's connection and edges, which have more than those of a plain list.
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

/// What a search answers.
pub type SearchConnection =
    Connection<String, Procurement, SearchSummary, SearchMatch, SearchName, SearchName>;

type SearchEdge = Edge<String, Procurement, SearchMatch, SearchName>;

#[Object]
impl SearchQueries {
    /// Searches published procurements: full text with typos allowed, narrowed by a filter, counted by facets. What was
    /// published a moment ago is found. When the search engine is down the error's `extensions.code` is
    /// SEARCH_UNAVAILABLE and it can be tried again.
    #[allow(
        clippy::too_many_arguments,
        reason = "they are the arguments of the GraphQL field"
    )]
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn search_procurements(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Words, at most 500 characters; leave out to find everything.")]
        query: Option<String>,
        #[graphql(desc = "What to narrow to.")] filter: Option<ProcurementFilter>,
        #[graphql(desc = "What to count, each once.")] facets: Option<Vec<FacetName>>,
        #[graphql(desc = "The order; RELEVANCE unless said otherwise.")] sort: Option<
            ProcurementSort,
        >,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<SearchConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let offset = page
            .after_number()
            .map_err(refused)?
            .map_or(0, |place| place.max(0) as usize + 1);
        let facets = facets.unwrap_or_default();
        if let Some(place) = repeated(&facets) {
            let message = "each facet is counted once; leave out the second";
            let field = format!("facets.{place}");
            return Err(refused(Refusal::at(Code::Invalid, &[&field], message)));
        }
        let query = Query {
            text: query.unwrap_or_default(),
            filter: filter.unwrap_or_default().try_into().map_err(refused)?,
            facets: facets.iter().map(|facet| (*facet).into()).collect(),
            sort: sort.unwrap_or_default().into(),
            offset,
            limit: page.first as usize,
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

/// Where the first stands that stood before.
fn repeated(facets: &[FacetName]) -> Option<usize> {
    let mut places = 1..facets.len();
    places.find(|place| facets[..*place].contains(&facets[*place]))
}

/// The procurements behind the hits, with their buyers where the query asks for them; what is gone is left out.
/// The IDs are all known here, so that nothing has to wait for a loader to gather them.
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
    if asks_for_buyers(context) {
        let ids: Vec<OrganisationId> = found.iter().map(|found| found.buyer).collect();
        let loaded = organisation::store::by_ids(pool, &ids)
            .await
            .map_err(database)?;
        buyers.extend(loaded.into_iter().map(|buyer| (buyer.id, buyer)));
    }
    let mut found: HashMap<ProcurementId, procurement::store::Procurement> =
        found.into_iter().map(|found| (found.id, found)).collect();
    let edge = |(place, hit): (usize, search::query::Hit)| {
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
        let cursor = encode_cursor(offset + place);
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

fn asks_for_buyers(context: &Context<'_>) -> bool {
    let asked = context.look_ahead();
    let in_edges = asked.field("edges").field("node").field("buyer").exists();
    in_edges || asked.field("nodes").field("buyer").exists()
}
