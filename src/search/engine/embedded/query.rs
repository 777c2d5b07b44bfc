//! A search as it is asked: the parameters of `/indexes/UID/search`, of a query of `/multi-search`, and of a GET.

use milli_core::TermsMatchingStrategy;
use milli_core::tokenizer::Language;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::json::Reader;
use super::request::Request;
use super::settings::languages;

/// Parameters of a search, in the order in which Meilisearch names them.
pub(super) const PARAMETERS: [&str; 30] = [
    "q",
    "offset",
    "limit",
    "page",
    "hitsPerPage",
    "attributesToRetrieve",
    "attributesToCrop",
    "cropLength",
    "cropMarker",
    "attributesToHighlight",
    "highlightPreTag",
    "highlightPostTag",
    "showMatchesPosition",
    "filter",
    "sort",
    "distinct",
    "facets",
    "matchingStrategy",
    "attributesToSearchOn",
    "rankingScoreThreshold",
    "locales",
    "hybrid",
    "vector",
    "retrieveVectors",
    "media",
    "personalize",
    "useNetwork",
    "showRankingScore",
    "showRankingScoreDetails",
    "showPerformanceDetails",
];

/// A search, checked for its form; what its names mean is checked against the index.
pub(super) struct Query {
    pub q: Option<String>,
    pub page: Page,
    pub filter: Option<Value>,
    pub sort: Option<Vec<String>>,
    pub distinct: Option<String>,
    pub facets: Option<Vec<String>>,
    pub matching: TermsMatchingStrategy,
    pub search_on: Option<Vec<String>>,
    pub score_threshold: Option<f64>,
    pub locales: Option<Vec<Language>>,
    pub show_score: bool,
    pub show_score_details: bool,
    pub format: Format,
}

/// Which hits are wanted.
#[derive(Default)]
pub(super) struct Page {
    pub offset: Option<usize>,
    pub limit: Option<usize>,
    pub page: Option<usize>,
    pub hits_per_page: Option<usize>,
}

/// How hits are shown.
pub(super) struct Format {
    pub retrieve: Option<Vec<String>>,
    pub highlight: Vec<String>,
    pub pre_tag: String,
    pub post_tag: String,
    /// Attributes, each with its own length of words or none.
    pub crop: Vec<String>,
    pub crop_length: usize,
    pub crop_marker: String,
    pub show_positions: bool,
}

impl Default for Query {
    fn default() -> Self {
        let format = Format {
            retrieve: None,
            highlight: Vec::new(),
            pre_tag: "<em>".to_owned(),
            post_tag: "</em>".to_owned(),
            crop: Vec::new(),
            crop_length: 10,
            crop_marker: "…".to_owned(),
            show_positions: false,
        };
        Self {
            q: None,
            page: Page::default(),
            filter: None,
            sort: None,
            distinct: None,
            facets: None,
            matching: TermsMatchingStrategy::Last,
            search_on: None,
            score_threshold: None,
            locales: None,
            show_score: false,
            show_score_details: false,
            format,
        }
    }
}

impl Query {
    /// Reads the body of a search.
    pub fn read(body: &Value) -> Outcome<Self> {
        Self::from_members(Reader::new(body, "", "bad_request").object(&PARAMETERS)?)
    }

    /// Reads the parameters of a search; members with other names are not looked at.
    pub fn from_members(members: Vec<(&str, Reader<'_>)>) -> Outcome<Self> {
        let mut query = Self::default();
        for (name, reader) in members {
            // Null stands for an absent parameter wherever absence is allowed, and that is everywhere.
            if let Some(reader) = reader.with_code(code_of(name)).present() {
                query.set(name, &reader)?;
            }
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, given: &Reader<'_>) -> Outcome<()> {
        match name {
            "q" => self.q = Some(given.string()?),
            "offset" | "limit" | "page" | "hitsPerPage" => self.page.set(name, given)?,
            "filter" => self.filter = Some(given.value().clone()),
            "sort" => self.sort = Some(given.strings()?),
            "distinct" => self.distinct = Some(given.string()?),
            "facets" => self.facets = Some(given.strings()?),
            "matchingStrategy" => self.matching = matching(given)?,
            "attributesToSearchOn" => self.search_on = Some(given.strings()?),
            "rankingScoreThreshold" => {
                self.score_threshold = Some(given.ratio("rankingScoreThreshold")?)
            }
            "locales" => self.locales = Some(languages(given)?),
            "showRankingScore" => self.show_score = given.boolean()?,
            "showRankingScoreDetails" => self.show_score_details = given.boolean()?,
            "showPerformanceDetails" | "retrieveVectors" | "useNetwork" => {
                refuse_when_asked(name, given)?
            }
            "hybrid" | "vector" | "media" | "personalize" => return Err(unsupported(name, given)),
            _ => self.format.set(name, given)?,
        }
        Ok(())
    }
}

impl Page {
    /// Sets `offset`, `limit`, `page` or `hitsPerPage`.
    pub fn set(&mut self, name: &str, given: &Reader<'_>) -> Outcome<()> {
        let number = Some(given.with_code(code_of(name)).unsigned()?);
        match name {
            "offset" => self.offset = number,
            "limit" => self.limit = number,
            "page" => self.page = number,
            _ => self.hits_per_page = number,
        }
        Ok(())
    }

    /// The first of these parameters that is set.
    pub fn any_set(&self) -> Option<&'static str> {
        let given = [
            ("limit", self.limit),
            ("offset", self.offset),
            ("page", self.page),
            ("hitsPerPage", self.hits_per_page),
        ];
        given
            .into_iter()
            .find(|(_, value)| value.is_some())
            .map(|(name, _)| name)
    }
}

impl Format {
    fn set(&mut self, name: &str, given: &Reader<'_>) -> Outcome<()> {
        match name {
            "attributesToRetrieve" => self.retrieve = Some(given.strings()?),
            "attributesToCrop" => self.crop = given.strings()?,
            "cropLength" => self.crop_length = given.unsigned()?,
            "cropMarker" => self.crop_marker = given.string()?,
            "attributesToHighlight" => self.highlight = given.strings()?,
            "highlightPreTag" => self.pre_tag = given.string()?,
            "highlightPostTag" => self.post_tag = given.string()?,
            "showMatchesPosition" => self.show_positions = given.boolean()?,
            _ => {}
        }
        Ok(())
    }
}

fn matching(given: &Reader<'_>) -> Outcome<TermsMatchingStrategy> {
    Ok(match given.one_of(&["last", "all", "frequency"])? {
        "all" => TermsMatchingStrategy::All,
        "frequency" => TermsMatchingStrategy::Frequency,
        _ => TermsMatchingStrategy::Last,
    })
}

fn refuse_when_asked(name: &str, given: &Reader<'_>) -> Outcome<()> {
    if given.boolean()? {
        Err(unsupported(name, given))
    } else {
        Ok(())
    }
}

fn unsupported(name: &str, given: &Reader<'_>) -> ApiError {
    given.invalid(format!(
        "the embedded search engine does not support `{name}`; leave the parameter out, or use a Meilisearch server (MEILI_URL)"
    ))
}

/// The code under which a parameter is refused.
fn code_of(parameter: &str) -> &'static str {
    match parameter {
        "q" => "invalid_search_q",
        "offset" => "invalid_search_offset",
        "limit" => "invalid_search_limit",
        "page" => "invalid_search_page",
        "hitsPerPage" => "invalid_search_hits_per_page",
        "attributesToRetrieve" => "invalid_search_attributes_to_retrieve",
        "attributesToCrop" => "invalid_search_attributes_to_crop",
        "cropLength" => "invalid_search_crop_length",
        "cropMarker" => "invalid_search_crop_marker",
        "attributesToHighlight" => "invalid_search_attributes_to_highlight",
        "highlightPreTag" => "invalid_search_highlight_pre_tag",
        "highlightPostTag" => "invalid_search_highlight_post_tag",
        "showMatchesPosition" => "invalid_search_show_matches_position",
        "filter" => "invalid_search_filter",
        "sort" => "invalid_search_sort",
        "distinct" => "invalid_search_distinct",
        "facets" => "invalid_search_facets",
        "matchingStrategy" => "invalid_search_matching_strategy",
        "attributesToSearchOn" => "invalid_search_attributes_to_search_on",
        "rankingScoreThreshold" => "invalid_search_ranking_score_threshold",
        "locales" => "invalid_search_locales",
        "hybrid" => "invalid_search_hybrid_query",
        "vector" => "invalid_search_vector",
        "retrieveVectors" => "invalid_search_retrieve_vectors",
        "media" => "invalid_search_media",
        "personalize" => "invalid_search_personalize",
        "useNetwork" => "invalid_search_use_network",
        "showRankingScore" => "invalid_search_show_ranking_score",
        "showRankingScoreDetails" => "invalid_search_show_ranking_score_details",
        "showPerformanceDetails" => "invalid_search_show_performance_details",
        _ => "bad_request",
    }
}

/// The body that a GET's query string stands for: lists are separated by commas, a filter may be JSON or an expression.
pub(super) fn body_of_get(request: &Request) -> Outcome<Value> {
    request.accept_parameters(&PARAMETERS)?;
    let mut body = Map::new();
    for (name, text) in &request.query {
        let code = code_of(name);
        let value = match name.as_str() {
            "offset" | "limit" | "page" | "hitsPerPage" | "cropLength" => {
                json!(request.unsigned(name, code)?)
            }
            "showMatchesPosition"
            | "showRankingScore"
            | "showRankingScoreDetails"
            | "showPerformanceDetails"
            | "retrieveVectors"
            | "useNetwork" => {
                json!(request.boolean(name, code)?)
            }
            "rankingScoreThreshold" => json!(text.parse::<f64>().map_err(|_| {
                ApiError::new(
                    code,
                    format!(
                        "Invalid value in parameter `{name}`: could not parse `{text}` as a number"
                    ),
                )
            })?),
            "filter" => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            "sort" => json!(split_sort(text)),
            "attributesToRetrieve"
            | "attributesToCrop"
            | "attributesToHighlight"
            | "facets"
            | "attributesToSearchOn"
            | "locales" => {
                json!(text.split(',').map(str::trim).collect::<Vec<_>>())
            }
            _ => json!(text),
        };
        body.insert(name.clone(), value);
    }
    Ok(Value::Object(body))
}

/// Splits at the commas between sort rules, and not at the one inside `_geoPoint(lat, lng)`.
fn split_sort(text: &str) -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    for part in text.split(',') {
        match rules
            .last_mut()
            .filter(|rule| rule.contains('(') && !rule.contains(')'))
        {
            Some(open) => {
                open.push(',');
                open.push_str(part);
            }
            None => rules.push(part.trim().to_owned()),
        }
    }
    rules
}
