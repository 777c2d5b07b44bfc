//! Creating indexes and applying their settings.

use meilisearch_sdk::{
    errors::{Error, ErrorCode},
    settings::Settings,
};
use serde_json::{Value, json};

use super::finish;
use crate::search::{SearchClient, SearchError};

/// State of an index.
pub(super) enum State {
    /// The engine does not have it.
    Missing,
    /// It was created, and never got settings: its first filling was interrupted.
    Unfilled,
    /// It has other settings.
    Different,
    /// It has the expected settings.
    UpToDate,
}

/// Returns the state of an index.
pub(super) async fn state(
    client: &SearchClient,
    name: &str,
    expected: &Settings,
) -> Result<State, SearchError> {
    let current = match client.index(name).get_settings().await {
        Ok(current) => serde_json::to_value(current).unwrap_or_default(),
        Err(error) if is_missing(&error) => return Ok(State::Missing),
        Err(error) => return Err(error.into()),
    };
    let expected = serde_json::to_value(expected).unwrap_or_default();
    if contains(&current, &expected) {
        return Ok(State::UpToDate);
    }
    let searchable = &current["searchableAttributes"];
    // The settings of every index name its searchable attributes; a new index searches all.
    match searchable.is_null() || *searchable == json!(["*"]) {
        true => Ok(State::Unfilled),
        false => Ok(State::Different),
    }
}

/// Returns whether an error says that the index does not exist.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Meilisearch(error) if error.error_code == ErrorCode::IndexNotFound)
}

/// Creates an index if it does not exist.
pub(super) async fn create(client: &SearchClient, name: &str) -> Result<(), SearchError> {
    match client.get_raw_index(name).await {
        Ok(_) => Ok(()),
        Err(error) if is_missing(&error) => {
            let task = client.create_index(name, Some("id")).await?;
            finish(client, task).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Applies settings.
pub(super) async fn set(
    client: &SearchClient,
    name: &str,
    settings: &Settings,
) -> Result<(), SearchError> {
    let task = client.index(name).set_settings(settings).await?;
    finish(client, task).await
}

/// Settings whose lists have an order. The engine returns the other lists sorted.
const ORDERED: [&str; 2] = ["searchableAttributes", "rankingRules"];

/// Returns whether `current` includes all settings of `expected`.
fn contains(current: &Value, expected: &Value) -> bool {
    let (Some(current), Some(expected)) = (current.as_object(), expected.as_object()) else {
        return current == expected;
    };
    let mut settings = expected.iter().filter(|(_, value)| !value.is_null());
    settings.all(|(name, value)| match (current.get(name), value) {
        (Some(Value::Array(own)), Value::Array(wanted)) if !ORDERED.contains(&name.as_str()) => {
            own.len() == wanted.len() && wanted.iter().all(|value| own.contains(value))
        }
        (Some(own), wanted) if wanted.is_object() => contains(own, wanted),
        (own, wanted) => own == Some(wanted),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_that_differ_only_in_order_are_applied() {
        let wanted = json!({
            "rankingRules": ["sort", "words"], "filterableAttributes": ["phase", "cpv"],
            "typoTolerance": { "disableOnAttributes": ["ocid"] }, "dictionary": null,
        });
        let with = |name: &str, value: Value| {
            let mut current = wanted.clone();
            current[name] = value;
            current
        };
        for (current, equal) in [
            (with("dictionary", json!([])), true),
            (with("filterableAttributes", json!(["cpv", "phase"])), true),
            (with("rankingRules", json!(["words", "sort"])), false),
            (with("filterableAttributes", json!(["cpv"])), false),
            (with("filterableAttributes", json!(["cpv", "nuts"])), false),
            (
                with(
                    "typoTolerance",
                    json!({ "enabled": true, "disableOnAttributes": ["ocid"] }),
                ),
                true,
            ),
            (
                with("typoTolerance", json!({ "disableOnAttributes": [] })),
                false,
            ),
            (json!({}), false),
        ] {
            assert_eq!(contains(&current, &wanted), equal, "{current}");
        }
    }
}
