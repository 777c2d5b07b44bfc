//! Filters: their parsing and their refusal.

use milli_core::{Condition, Error as MilliError, Filter, FilterCondition, UserError};
use serde_json::Value;

use super::error::{ApiError, ApiResult};

/// Parses a filter; returns `None` when it is empty.
pub(super) fn parse(filter: &Value) -> ApiResult<Option<Filter<'_>>> {
    Filter::from_json(filter).map_err(|error| match error {
        MilliError::UserError(UserError::InvalidFilterExpression(expected, found)) => {
            ApiError::new(
                "invalid_search_filter",
                format!(
                    "Invalid syntax for the filter parameter: `expected {}, found: {found}`.",
                    expected.join(", ")
                ),
            )
        }
        error => ApiError::from(error),
    })
}

/// Returns the refusal of a filter by an index. A server shows its own form of a condition, with
/// both sides quoted, instead of the filter's text.
pub(super) fn refusal(uid: &str, filter: &Value, error: MilliError) -> ApiError {
    let refusal = ApiError::about_index(uid, error);
    if refusal.code != "invalid_search_filter" || !refusal.message.contains("is not filterable") {
        return refusal;
    }
    let Some((message, place)) = refusal.message.rsplit_once('\n') else {
        return refusal;
    };
    match single_equality(filter, place) {
        Some((attribute, rendered)) => ApiError::new(
            refusal.code,
            format!("{message}\n2:{} {rendered}", attribute.chars().count() + 2),
        ),
        None => refusal,
    }
}

/// Returns the attribute and the server's form of `attribute = value`, when the filter is one such
/// condition.
fn single_equality(filter: &Value, place: &str) -> Option<(String, String)> {
    let text = filter.as_str()?;
    if !place.ends_with(text) {
        return None;
    }
    let Ok(Some(FilterCondition::Condition { fid, op })) = FilterCondition::parse(text) else {
        return None;
    };
    let Condition::Equal(value) = op else {
        return None;
    };
    Some((
        fid.value().to_owned(),
        format!("\"{}\" = \"{}\"", fid.value(), value.value()),
    ))
}
