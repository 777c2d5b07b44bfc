//! Refusals in Meilisearch's form: a message, a stable code, a type and a link to its
//! documentation.

use milli_core as milli;
use milli_core::{Error as MilliError, UserError};
use serde_json::{Value, json};

/// A refusal of the engine. `code` is one of Meilisearch's documented error codes, and decides the
/// status and the type.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    pub code: &'static str,
    pub message: String,
}

/// Result of an operation of the engine.
pub(super) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub fn index_not_found(uid: &str) -> Self {
        Self::new("index_not_found", format!("Index `{uid}` not found."))
    }

    /// Returns the error for a failure of the engine itself. The cause is only logged.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "the embedded search engine failed");
        Self::new(
            "internal",
            "An internal error occurred in the embedded search engine.",
        )
    }

    /// Converts a refusal by milli about index `uid` to the server's message in searches and tasks.
    pub fn about_index(uid: &str, error: MilliError) -> Self {
        let Self { code, message } = Self::from(error);
        if code == "internal" {
            return Self { code, message };
        }
        Self {
            code,
            message: format!("Index `{uid}`: {message}"),
        }
    }

    /// Returns the same refusal under another code, which depends on the route.
    pub fn with_code(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// Returns the same refusal under the code of a route that selects documents without a search.
    pub fn about_documents(self) -> Self {
        match self.code {
            "invalid_search_filter" => self.with_code("invalid_document_filter"),
            _ => self,
        }
    }

    /// Returns the HTTP status of this refusal.
    pub fn status(&self) -> u16 {
        match self.code {
            "index_not_found" | "document_not_found" | "task_not_found" | "not_found" => 404,
            "method_not_allowed" => 405,
            "index_already_exists" => 409,
            "missing_content_type" | "invalid_content_type" => 415,
            code if is_internal(code) => 500,
            _ => 400,
        }
    }

    /// Returns the error object for an answer's body or a failed task.
    pub fn to_json(&self) -> Value {
        json!({
            "message": self.message,
            "code": self.code,
            "type": if is_internal(self.code) { "internal" } else { "invalid_request" },
            "link": format!("https://docs.meilisearch.com/errors#{}", self.code),
        })
    }
}

fn is_internal(code: &str) -> bool {
    matches!(
        code,
        "internal"
            | "io_error"
            | "no_space_left_on_device"
            | "too_many_open_files"
            | "invalid_store_file"
            | "database_size_limit_reached"
    )
}

impl From<MilliError> for ApiError {
    fn from(error: MilliError) -> Self {
        match error {
            MilliError::UserError(error) => Self::from(error),
            MilliError::IoError(error) => match error.raw_os_error() {
                Some(5) => Self::new(
                    "io_error",
                    "An input/output error occurred on the search engine's folder.",
                ),
                Some(24) => Self::new(
                    "too_many_open_files",
                    "Too many open files: raise the limit (`ulimit -n`).",
                ),
                Some(28) => Self::new(
                    "no_space_left_on_device",
                    "There is no more space left on the device.",
                ),
                _ => Self::internal(error),
            },
            MilliError::InternalError(error) => Self::internal(error),
        }
    }
}

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        match code_of(&error) {
            "internal" => Self::internal(error),
            code => Self::new(code, error.to_string()),
        }
    }
}

impl From<milli::heed::Error> for ApiError {
    fn from(error: milli::heed::Error) -> Self {
        Self::from(MilliError::from(error))
    }
}

/// Returns Meilisearch's code for a refusal by milli.
fn code_of(error: &UserError) -> &'static str {
    match error {
        UserError::InvalidStoreFile => "invalid_store_file",
        UserError::NoSpaceLeftOnDevice => "no_space_left_on_device",
        UserError::MaxDatabaseSizeReached => "database_size_limit_reached",
        UserError::AttributeLimitReached => "max_fields_limit_exceeded",
        UserError::InvalidFilter(_)
        | UserError::InvalidFilterExpression(..)
        | UserError::FilterOperatorNotAllowed { .. } => "invalid_search_filter",
        UserError::MissingDocumentId { .. } => "missing_document_id",
        UserError::InvalidDocumentId { .. } | UserError::TooManyDocumentIds { .. } => {
            "invalid_document_id"
        }
        UserError::NoPrimaryKeyCandidateFound => "index_primary_key_no_candidate_found",
        UserError::MultiplePrimaryKeyCandidatesFound { .. } => {
            "index_primary_key_multiple_candidates_found"
        }
        UserError::PrimaryKeyCannotBeChanged(_) => "index_primary_key_already_exists",
        UserError::InvalidDistinctAttribute { .. } => "invalid_search_distinct",
        UserError::SortRankingRuleMissing
        | UserError::InvalidSortableAttribute { .. }
        | UserError::SortError(_) => "invalid_search_sort",
        UserError::InvalidFacetsDistribution { .. } => "invalid_search_facets",
        UserError::InvalidSearchableAttribute { .. } => "invalid_search_attributes_to_search_on",
        UserError::InvalidFacetSearchFacetName { .. } => "invalid_facet_search_facet_name",
        UserError::CriterionError(_) => "invalid_settings_ranking_rules",
        UserError::InvalidGeoField { .. } => "invalid_document_geo_field",
        UserError::InvalidMinTypoWordLenSetting(..) => "invalid_settings_typo_tolerance",
        UserError::InvalidVectorsMapType { .. } | UserError::InvalidVectorsEmbedderConf { .. } => {
            "invalid_vectors_type"
        }
        _ => "internal",
    }
}
