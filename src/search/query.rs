//! Queries of the index. Only this module builds filter expressions and escapes values.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use meilisearch_sdk::search::{SearchQuery, SearchResults, Selectors};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{INDEX, SearchClient, SearchError, document::seconds, settings::MOST_RESULTS};
use crate::{
    kernel::{
        codes::{Scheme, cpv, nuts},
        ids::{OrganisationId, ProcurementId},
        money::{is_currency, not_a_currency},
        refusal::{Code, Refusal},
        text::{is_language, not_a_language},
    },
    procurement::{
        Phase,
        content::{Aims, Category, DynamicPurchasing, Framework, Procedure, Reserved},
    },
};

/// Maximum number of characters of a query.
pub const QUERY_LIMIT: usize = 500;
/// Maximum number of values of a filter field.
pub const FILTER_LIMIT: usize = 100;

/// Filter of a search. Values of one field are alternatives; all fields must match.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Current phases, by the clock.
    pub phases: Vec<Phase>,
    /// CPV codes; each includes the codes below it.
    pub cpv: Vec<String>,
    /// NUTS codes; each includes the codes below it.
    pub nuts: Vec<String>,
    pub buyers: Vec<OrganisationId>,
    pub categories: Vec<Category>,
    pub languages: Vec<String>,
    pub reserved: Vec<Reserved>,
    pub deadline_from: Option<DateTime<Utc>>,
    pub deadline_to: Option<DateTime<Utc>>,
    pub value_from: Option<f64>,
    pub value_to: Option<f64>,
    pub currency: Option<String>,
    pub sme: Option<bool>,
    pub vcse: Option<bool>,
    pub joint_bids: Option<bool>,
    pub subcontracting: Option<bool>,
    pub procedures: Vec<Procedure>,
    pub frameworks: Vec<Framework>,
    pub dynamic_purchasing: Vec<DynamicPurchasing>,
    /// Aims; those of one list are alternatives.
    pub aims: Aims,
    /// Whether to return only procurements with a round of dialogue that is open now.
    pub dialogue_open: bool,
}

/// Facet of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    Phase,
    Cpv,
    Nuts,
    Buyer,
    Category,
    Language,
    SuitsSme,
    SuitsVcse,
    ReservedParticipation,
    Procedure,
    StrategicAims,
    EnvironmentalImpacts,
    SocialObjectives,
    InnovativeAcquisitions,
    SustainableDevelopmentGoals,
}

impl Facet {
    /// Returns the attribute of the document.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Cpv => "cpv",
            Self::Nuts => "nuts",
            Self::Buyer => "buyerId",
            Self::Category => "category",
            Self::Language => "language",
            Self::SuitsSme => "sme",
            Self::SuitsVcse => "vcse",
            Self::ReservedParticipation => "reserved",
            Self::Procedure => "procedure",
            Self::StrategicAims => "strategicAims",
            Self::EnvironmentalImpacts => "environmental",
            Self::SocialObjectives => "social",
            Self::InnovativeAcquisitions => "innovation",
            Self::SustainableDevelopmentGoals => "sdg",
        }
    }
}

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
    /// Highest value first.
    Value,
}

/// Query of the index.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words to search for; an empty text matches everything.
    pub text: String,
    pub filter: Filter,
    pub facets: Vec<Facet>,
    pub sort: Sort,
    pub offset: usize,
    pub limit: usize,
}

/// Text that matches the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Name of the field: `title`, `summary` or `description`.
    pub field: &'static str,
    /// HTML-escaped text with `<mark>` around the matches.
    pub html: String,
}

/// Result of a search.
#[derive(Clone, Debug)]
pub struct Hit {
    pub id: ProcurementId,
    pub highlights: Vec<Highlight>,
}

/// Page of results of a search.
#[derive(Clone, Debug)]
pub struct Results {
    pub hits: Vec<Hit>,
    /// Number of results on all pages, at most [`MOST_RESULTS`].
    pub total: usize,
    /// Counts by facet attribute and value.
    pub facets: HashMap<String, BTreeMap<String, usize>>,
}

#[derive(Deserialize)]
struct HitDocument {
    id: String,
}

/// Validates a query.
pub fn check(query: &Query) -> Result<(), Refusal> {
    if query.text.chars().count() > QUERY_LIMIT {
        return Err(Refusal::at(
            Code::TooLong,
            &["query"],
            message!(
                "`query` is longer than {limit} characters; shorten it",
                limit = QUERY_LIMIT
            ),
        ));
    }
    if query.offset + query.limit > MOST_RESULTS {
        return Err(Refusal::at(
            Code::OutOfRange,
            &["after"],
            message!(
                "`after` exceeds the first {limit} results; narrow the search by a filter",
                limit = MOST_RESULTS,
            ),
        ));
    }
    let filter = &query.filter;
    let longest = [
        filter.phases.len(),
        filter.cpv.len(),
        filter.nuts.len(),
        filter.buyers.len(),
        filter.languages.len(),
        filter.categories.len(),
        filter.reserved.len(),
        filter.procedures.len(),
        filter.frameworks.len(),
        filter.dynamic_purchasing.len(),
        filter.aims.strategic.len(),
        filter.aims.environmental.len(),
        filter.aims.social.len(),
        filter.aims.innovation.len(),
        filter.aims.sdg.len(),
    ];
    if longest.into_iter().any(|length| length > FILTER_LIMIT) {
        return Err(Refusal::at(
            Code::TooLong,
            &["filter"],
            message!(
                "a field of `filter` has more than {limit} values; send fewer",
                limit = FILTER_LIMIT,
            ),
        ));
    }
    check_codes(filter)
}

/// Checks the codes of a filter. A mistyped code is refused, since it would look like a search
/// without results.
fn check_codes(filter: &Filter) -> Result<(), Refusal> {
    if let Some(code) = filter.cpv.iter().find(|code| cpv::find(code).is_none()) {
        return Err(Scheme::Cpv.unknown(code, &["filter", "cpv"]));
    }
    // Notices also have codes of older versions and of the United Kingdom, which the list does not
    // have.
    let mut nuts = filter.nuts.iter();
    if let Some(code) = nuts.find(|code| !nuts::is_well_formed(code)) {
        return Err(Scheme::Nuts.unknown(code, &["filter", "nuts"]));
    }
    let mut languages = filter.languages.iter();
    if let Some(code) = languages.find(|code| !is_language(code)) {
        return Err(not_a_language(code, &["filter", "languages"]));
    }
    let mut currencies = filter.currency.iter();
    match currencies.find(|code| !is_currency(code)) {
        Some(code) => Err(not_a_currency(code, &["filter", "currency"])),
        None => check_goals(&filter.aims.sdg),
    }
}

fn check_goals(goals: &[u8]) -> Result<(), Refusal> {
    let wrong = goals.iter().find(|goal| !(1..=17).contains(*goal));
    wrong.map_or(Ok(()), |goal| {
        let message = message!(
            "{goal} is not a Sustainable Development Goal; use 1 to 17",
            goal
        );
        Err(Refusal::at(
            Code::UnknownCode,
            &["filter", "sustainableDevelopmentGoals"],
            message,
        ))
    })
}

/// Sends a query to the engine. `now` decides about phases and open dialogues.
pub async fn search(
    client: &SearchClient,
    query: &Query,
    now: DateTime<Utc>,
) -> Result<Results, SearchError> {
    let index = client.index(INDEX);
    let filter = expression(&query.filter, now);
    let facets: Vec<&str> = query.facets.iter().map(|facet| facet.attribute()).collect();
    let sort: &[&str] = match query.sort {
        Sort::Relevance => &[],
        Sort::Newest => &["publishedAt:desc"],
        Sort::TenderDeadline => &["deadline:asc"],
        Sort::Value => &["value:desc"],
    };
    let mut request = SearchQuery::new(&index);
    request
        .with_query(&query.text)
        .with_offset(query.offset)
        .with_limit(query.limit)
        .with_attributes_to_retrieve(Selectors::Some(&["id"]));
    if !query.text.trim().is_empty() {
        request
            .with_attributes_to_highlight(Selectors::Some(&HIGHLIGHTED))
            .with_attributes_to_crop(Selectors::Some(&[
                ("title", Some(60)),
                ("summary", Some(40)),
                ("description", Some(40)),
            ]))
            .with_highlight_pre_tag(PRE)
            .with_highlight_post_tag(POST);
    }
    if !filter.is_empty() {
        request.with_filter(&filter);
    }
    if !facets.is_empty() {
        request.with_facets(Selectors::Some(&facets));
    }
    if !sort.is_empty() {
        request.with_sort(sort);
    }
    Ok(read(request.execute::<HitDocument>().await?))
}

const HIGHLIGHTED: [&str; 3] = ["title", "summary", "description"];
// Private-use characters, which texts of buyers do not contain: they identify the engine's marks.
const PRE: &str = "\u{E000}";
const POST: &str = "\u{E001}";

fn read(results: SearchResults<HitDocument>) -> Results {
    let hits = results
        .hits
        .into_iter()
        .filter_map(|hit| {
            Some(Hit {
                id: ProcurementId(hit.result.id.parse().ok()?),
                highlights: hit
                    .formatted_result
                    .as_ref()
                    .map(highlights)
                    .unwrap_or_default(),
            })
        })
        .collect();
    let facets = results.facet_distribution.unwrap_or_default();
    Results {
        hits,
        total: results.estimated_total_hits.unwrap_or_default(),
        facets: facets
            .into_iter()
            .map(|(name, counts)| (name, counts.into_iter().collect()))
            .collect(),
    }
}

/// Returns the matching texts, at most one for each field.
fn highlights(formatted: &Map<String, Value>) -> Vec<Highlight> {
    HIGHLIGHTED
        .into_iter()
        .filter_map(|field| {
            let marked = formatted
                .get(field)?
                .as_array()?
                .iter()
                .filter_map(Value::as_str)
                .find(|text| text.contains(PRE))?;
            let escaped = marked
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;");
            let html = escaped.replace(PRE, "<mark>").replace(POST, "</mark>");
            Some(Highlight { field, html })
        })
        .collect()
}

/// Returns the filter expression; empty for an empty filter.
pub fn expression(filter: &Filter, now: DateTime<Utc>) -> String {
    let mut all = Vec::new();
    if !filter.phases.is_empty() {
        let phases: Vec<String> = filter
            .phases
            .iter()
            .map(|phase| phase_expression(*phase, now))
            .collect();
        all.push(format!("({})", phases.join(" OR ")));
    }
    let cpv: Vec<&str> = filter
        .cpv
        .iter()
        .map(|code| code.split('-').next().unwrap_or(code))
        .collect();
    any_of(&mut all, "cpv", cpv);
    any_of(&mut all, "nuts", filter.nuts.iter().map(String::as_str));
    any_of(
        &mut all,
        "buyerId",
        filter
            .buyers
            .iter()
            .map(|buyer| buyer.0.simple().to_string()),
    );
    any_of(
        &mut all,
        "category",
        filter.categories.iter().map(|category| category.as_str()),
    );
    any_of(
        &mut all,
        "language",
        filter.languages.iter().map(String::as_str),
    );
    any_of(
        &mut all,
        "reserved",
        filter.reserved.iter().map(|reserved| reserved.as_str()),
    );
    any_of(
        &mut all,
        "currency",
        filter.currency.iter().map(String::as_str),
    );
    compare(
        &mut all,
        "deadline",
        ">=",
        filter.deadline_from.map(seconds),
    );
    compare(
        &mut all,
        "deadline",
        "<=",
        filter.deadline_to.map(|time| time.timestamp()),
    );
    compare(&mut all, "value", ">=", filter.value_from);
    compare(&mut all, "value", "<=", filter.value_to);
    compare(&mut all, "sme", "=", filter.sme);
    compare(&mut all, "vcse", "=", filter.vcse);
    compare(&mut all, "jointBids", "=", filter.joint_bids);
    compare(&mut all, "subcontracting", "=", filter.subcontracting);
    any_technique(&mut all, filter);
    any_aim(&mut all, &filter.aims);
    if filter.dialogue_open {
        // The document does not relate openings to ends. Between two rounds of which the later is
        // already planned, the procurement matches as well.
        let now = now.timestamp();
        all.push(format!(
            "dialogueFrom <= {now} AND dialogueUntil > {now} AND ({})",
            phase_list(&["UPCOMING", "TENDERING"])
        ));
    }
    all.join(" AND ")
}

fn any_technique(all: &mut Vec<String>, filter: &Filter) {
    let procedures = filter.procedures.iter().map(|one| one.as_str());
    any_of(all, "procedure", procedures);
    let frameworks = filter.frameworks.iter().map(|one| one.as_str());
    any_of(all, "framework", frameworks);
    let systems = filter.dynamic_purchasing.iter().map(|one| one.as_str());
    any_of(all, "dynamicPurchasing", systems);
}

fn any_aim(all: &mut Vec<String>, aims: &Aims) {
    let strategic = aims.strategic.iter().map(|aim| aim.as_str());
    any_of(all, "strategicAims", strategic);
    let environmental = aims.environmental.iter().map(|aim| aim.as_str());
    any_of(all, "environmental", environmental);
    any_of(all, "social", aims.social.iter().map(|aim| aim.as_str()));
    let innovation = aims.innovation.iter().map(|aim| aim.as_str());
    any_of(all, "innovation", innovation);
    any_of(all, "sdg", aims.sdg.iter().map(ToString::to_string));
}

/// Returns the expression of the phase by the clock: TENDERING becomes EVALUATION when the deadline
/// passes.
fn phase_expression(phase: Phase, now: DateTime<Utc>) -> String {
    let now = now.timestamp();
    match phase {
        Phase::Tendering => format!(
            "(phase = TENDERING AND (deadline > {now} OR deadline IS NULL OR deadline NOT EXISTS))"
        ),
        Phase::Evaluation => {
            format!("(phase = EVALUATION OR (phase = TENDERING AND deadline <= {now}))")
        }
        other => format!("phase = {}", other.as_str()),
    }
}

fn phase_list(phases: &[&str]) -> String {
    format!("phase IN [{}]", phases.join(", "))
}

fn any_of<T: AsRef<str>>(
    all: &mut Vec<String>,
    attribute: &str,
    values: impl IntoIterator<Item = T>,
) {
    let values: Vec<String> = values
        .into_iter()
        .map(|value| quoted(value.as_ref()))
        .collect();
    if !values.is_empty() {
        all.push(format!("{attribute} IN [{}]", values.join(", ")));
    }
}

fn compare<T: std::fmt::Display>(
    all: &mut Vec<String>,
    attribute: &str,
    operator: &str,
    value: Option<T>,
) {
    if let Some(value) = value {
        all.push(format!("{attribute} {operator} {value}"));
    }
}

/// Quotes a value for a filter expression and escapes quotes and backslashes.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests;
