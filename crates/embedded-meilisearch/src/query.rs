//! The parameters of a search, in the body of `/indexes/UID/search` or in a query of
//! `/multi-search`.

use milli_core::TermsMatchingStrategy;
use milli_core::tokenizer::Language;
use serde_json::Value;

use super::error::{ApiError, ApiResult};
use super::json::JsonReader;
use super::settings::languages;

/// Names of the parameters of a search, in the order of Meilisearch's refusals.
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

/// A search whose form is checked. Its attributes are checked later, against the index.
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

/// The requested page of hits.
#[derive(Default)]
pub(super) struct Page {
    pub offset: Option<usize>,
    pub limit: Option<usize>,
    pub page: Option<usize>,
    pub hits_per_page: Option<usize>,
}

/// The format of the hits.
pub(super) struct Format {
    pub retrieve: Option<Vec<String>>,
    pub highlight: Vec<String>,
    pub pre_tag: String,
    pub post_tag: String,
    /// Attributes to crop, each as `name` or `name:words`.
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
    pub fn read(body: &Value) -> ApiResult<Self> {
        Self::from_members(JsonReader::new(body, "", "bad_request").object(&PARAMETERS)?)
    }

    /// Reads the parameters of a search. The caller has refused members with other names.
    pub fn from_members(members: Vec<(&str, JsonReader<'_>)>) -> ApiResult<Self> {
        let mut query = Self::default();
        for (name, reader) in members {
            // Null equals an absent parameter; no parameter is required.
            if let Some(reader) = reader.with_code(code_of(name)).present() {
                query.set(name, &reader)?;
            }
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, given: &JsonReader<'_>) -> ApiResult<()> {
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
    pub fn set(&mut self, name: &str, given: &JsonReader<'_>) -> ApiResult<()> {
        let number = Some(given.with_code(code_of(name)).unsigned()?);
        match name {
            "offset" => self.offset = number,
            "limit" => self.limit = number,
            "page" => self.page = number,
            _ => self.hits_per_page = number,
        }
        Ok(())
    }

    /// Returns the name of the first of these parameters that is set.
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
    fn set(&mut self, name: &str, given: &JsonReader<'_>) -> ApiResult<()> {
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

fn matching(given: &JsonReader<'_>) -> ApiResult<TermsMatchingStrategy> {
    Ok(match given.one_of(&["last", "all", "frequency"])? {
        "all" => TermsMatchingStrategy::All,
        "frequency" => TermsMatchingStrategy::Frequency,
        _ => TermsMatchingStrategy::Last,
    })
}

fn refuse_when_asked(name: &str, given: &JsonReader<'_>) -> ApiResult<()> {
    if given.boolean()? {
        Err(unsupported(name, given))
    } else {
        Ok(())
    }
}

fn unsupported(name: &str, given: &JsonReader<'_>) -> ApiError {
    given.invalid(format!(
        "the embedded search engine does not support `{name}`; leave the parameter out, or use a Meilisearch server"
    ))
}

/// Returns the error code of a refused parameter.
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
