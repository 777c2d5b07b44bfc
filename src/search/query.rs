//! Asking the index. This is the one place where filter expressions are built, and where values are escaped.

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

/// The most characters of a query.
pub const QUERY_LIMIT: usize = 500;
/// The most values of one filter.
pub const FILTER_LIMIT: usize = 100;

/// What results are narrowed to. Values of one field are alternatives; fields all hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// As it stands now, by the clock.
    pub phases: Vec<Phase>,
    /// CPV codes; each stands for its branch.
    pub cpv: Vec<String>,
    /// NUTS codes; each stands for its branch.
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
    /// Aims of one list are alternatives, as the values of other fields are.
    pub aims: Aims,
    /// Only with a round of dialogue that is open now.
    pub dialogue_open: bool,
}

/// What is counted beside the results.
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
    /// The attribute of the document.
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

/// The order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best match first; without a query, the newest.
    #[default]
    Relevance,
    /// The latest notice first.
    Newest,
    /// The nearest deadline first.
    TenderDeadline,
    /// The highest value first.
    Value,
}

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words, with typos allowed; empty finds everything.
    pub text: String,
    pub filter: Filter,
    pub facets: Vec<Facet>,
    pub sort: Sort,
    pub offset: usize,
    pub limit: usize,
}

/// Where in the text the words were found: safe HTML with the words in `<mark>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// `title`, `summary` or `description`.
    pub field: &'static str,
    /// HTML-escaped text with `<mark>` around what matched.
    pub html: String,
}

/// One result.
#[derive(Clone, Debug)]
pub struct Hit {
    pub id: ProcurementId,
    pub highlights: Vec<Highlight>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Results {
    pub hits: Vec<Hit>,
    /// How many there are, at most [`MOST_RESULTS`].
    pub total: usize,
    /// Counts by facet attribute and value.
    pub facets: HashMap<String, BTreeMap<String, usize>>,
}

#[derive(Deserialize)]
struct HitDocument {
    id: String,
}

/// Checks a query before it is asked.
pub fn check(query: &Query) -> Result<(), Refusal> {
    if query.text.chars().count() > QUERY_LIMIT {
        return Err(Refusal::at(
            Code::TooLong,
            &["query"],
            format!("a query has at most {QUERY_LIMIT} characters"),
        ));
    }
    if query.offset + query.limit > MOST_RESULTS {
        return Err(Refusal::at(
            Code::OutOfRange,
            &["after"],
            format!(
                "one can page through the first {MOST_RESULTS} results; narrow the search by a filter"
            ),
        ));
    }
    let filter = &query.filter;
    if let Some(goal) = filter
        .aims
        .sdg
        .iter()
        .find(|goal| !(1..=17).contains(*goal))
    {
        return Err(Refusal::at(
            Code::UnknownCode,
            &["filter", "sustainableDevelopmentGoals"],
            format!("{goal} is no goal for sustainable development; they are 1 to 17"),
        ));
    }
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
            format!("a filter has at most {FILTER_LIMIT} values"),
        ));
    }
    check_codes(filter)
}

/// A mistyped code would find nothing, and the reader would think that there is nothing.
fn check_codes(filter: &Filter) -> Result<(), Refusal> {
    if let Some(code) = filter.cpv.iter().find(|code| cpv::find(code).is_none()) {
        return Err(Scheme::Cpv.unknown(code, &["filter", "cpv"]));
    }
    // Notices also have codes of older versions, and of the United Kingdom, which the list does not.
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
        let message = format!("{goal} is no goal for sustainable development; they are 1 to 17");
        Err(Refusal::at(
            Code::UnknownCode,
            &["filter", "sustainableDevelopmentGoals"],
            message,
        ))
    })
}

/// Asks the engine. `now` decides what is open.
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
// Private-use characters: no text has them, so that what the engine marked can be told from what a buyer wrote.
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

/// The texts that hold a match, one a field.
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

/// The filter expression of a filter; empty when nothing is narrowed.
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
        // Of several rounds it is not known which opening goes with which end: between two rounds, the later of which is
        // planned already, the procurement is found as well.
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

/// The phase by the clock: a deadline that has passed turns TENDERING into EVALUATION, whatever was indexed.
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

/// A value as a string of the filter language: in double quotes, with quotes and backslashes escaped.
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
