//! `/multi-search`: answers several queries of one request, one by one or as one merged list.

mod facets;
mod merge;
mod ranked;

use milli_core::Index;
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::json::JsonReader;
use super::query::{PARAMETERS, Page, Query};
use super::request::{Answer, Request};
use super::search;
use super::uid::check_uid;

/// One query of a request.
struct IndexQuery {
    uid: String,
    query: Query,
    weight: Option<f64>,
}

/// Parameters of facets that are counted together.
struct MergeFacets {
    /// Maximum number of values of each facet; `None`: the settings' maximum.
    max_values: Option<usize>,
}

/// An index with all documents that any query finds in it.
struct SearchedIndex {
    index: Index,
    candidates: RoaringBitmap,
}

/// Parameters of the merged list.
struct Federation {
    page: Page,
    facets: Vec<(String, Vec<String>)>,
    /// Whether and how the facets of all indexes are counted together.
    merge_facets: Option<MergeFacets>,
}

/// Answers `/multi-search`.
pub(super) fn route(state: &EngineState, request: &Request) -> ApiResult<Answer> {
    let body = request.json()?;
    let reader = JsonReader::new(&body, "", "bad_request");
    reader.object(&["queries", "federation"])?;
    let federation = match body.get("federation").filter(|given| !given.is_null()) {
        Some(given) => Some(read_federation(&JsonReader::new(
            given,
            ".federation",
            "bad_request",
        ))?),
        None => None,
    };
    let queries: ApiResult<Vec<IndexQuery>> = reader
        .required("queries", "bad_request")?
        .array()?
        .iter()
        .map(read_query)
        .collect();
    let queries = queries?;
    let answered = match federation {
        Some(federation) => merge::answer(state, &federation, &queries),
        None => one_by_one(state, &queries),
    };
    Ok(match answered {
        Ok(body) => Answer::ok(body),
        // A missing index makes the whole request a bad one.
        Err(error) if error.code == "index_not_found" => Answer {
            status: 400,
            ..Answer::from(error)
        },
        Err(error) => Answer::from(error),
    })
}

fn read_query(reader: &JsonReader<'_>) -> ApiResult<IndexQuery> {
    let accepted: Vec<&str> = ["indexUid"]
        .into_iter()
        .chain(PARAMETERS)
        .chain(["federationOptions"])
        .collect();
    let mut members = reader.object(&accepted)?;
    let uid = reader
        .required("indexUid", "missing_index_uid")?
        .with_code("invalid_index_uid");
    let name = uid.string()?;
    check_uid(&name).map_err(|error| uid.invalid(error.message))?;
    let options = members
        .iter()
        .find(|(name, _)| *name == "federationOptions");
    let options = options.and_then(|(_, options)| options.clone().present());
    let weight = options.map(|options| read_options(&options)).transpose()?;
    members.retain(|(name, _)| PARAMETERS.contains(name));
    Ok(IndexQuery {
        uid: name,
        query: Query::from_members(members)?,
        weight,
    })
}

/// Returns the weight in the options of a query.
fn read_options(reader: &JsonReader<'_>) -> ApiResult<f64> {
    let mut weight = 1.0;
    let reader = reader.with_code("invalid_multi_search_federation_options");
    for (name, option) in reader.object(&["weight", "remote", "queryPosition"])? {
        let Some(option) = option.present() else {
            continue;
        };
        match name {
            "weight" => weight = read_weight(&option)?,
            "queryPosition" => {
                // Servers send it to other servers; it does not change the answer.
                option
                    .with_code("invalid_multi_search_query_position")
                    .unsigned()?;
            }
            _ => {
                return Err(option
                    .with_code("invalid_multi_search_remote")
                    .invalid("the embedded search engine does not query remote servers"));
            }
        }
    }
    Ok(weight)
}

fn read_weight(option: &JsonReader<'_>) -> ApiResult<f64> {
    let option = option.with_code("invalid_multi_search_weight");
    match option.float()? {
        weight if weight >= 0.0 => Ok(weight),
        _ => {
            Err(option
                .invalid("the value of `weight` is invalid, expected a positive float (>= 0.0)."))
        }
    }
}

/// Names of the members of a federation.
const FEDERATION: [&str; 9] = [
    "limit",
    "offset",
    "page",
    "hitsPerPage",
    "facetsByIndex",
    "mergeFacets",
    "distinct",
    "showPerformanceDetails",
    "personalize",
];

fn read_federation(reader: &JsonReader<'_>) -> ApiResult<Federation> {
    let mut federation = Federation {
        page: Page::default(),
        facets: Vec::new(),
        merge_facets: None,
    };
    for (name, member) in reader.object(&FEDERATION)? {
        let Some(given) = member.present() else {
            continue;
        };
        match name {
            "limit" | "offset" | "page" | "hitsPerPage" => federation.page.set(name, &given)?,
            "facetsByIndex" => {
                let given = given.with_code("invalid_multi_search_facets_by_index");
                for (uid, names) in given.members()? {
                    let names = names.present().map(|names| names.strings()).transpose()?;
                    federation
                        .facets
                        .push((uid.to_owned(), names.unwrap_or_default()));
                }
            }
            "mergeFacets" => federation.merge_facets = Some(read_merge_facets(&given)?),
            _ => {
                return Err(given.invalid(format!(
                    "the embedded search engine does not support `{name}` in a federation; leave it out"
                )));
            }
        }
    }
    Ok(federation)
}

fn read_merge_facets(given: &JsonReader<'_>) -> ApiResult<MergeFacets> {
    let mut max_values = None;
    let given = given.with_code("invalid_multi_search_merge_facets");
    for (_, value) in given.object(&["maxValuesPerFacet"])? {
        let value = value
            .with_code("invalid_multi_search_max_values_per_facet")
            .present();
        max_values = value.map(|value| value.unsigned()).transpose()?;
    }
    Ok(MergeFacets { max_values })
}

/// Adds to a refusal the number of the query it belongs to.
fn inside(number: usize) -> impl Fn(ApiError) -> ApiError {
    move |error| ApiError {
        message: format!("Inside `.queries[{number}]`: {}", error.message),
        ..error
    }
}

fn one_by_one(state: &EngineState, queries: &[IndexQuery]) -> ApiResult<Value> {
    let request_uid = Uuid::now_v7();
    let mut results = Vec::with_capacity(queries.len());
    for (number, query) in queries.iter().enumerate() {
        let answered = || {
            if query.weight.is_some() {
                return Err(ApiError::new(
                    "invalid_multi_search_federation_options",
                    "Using `federationOptions` is not allowed in a non-federated search.\n - Hint: remove `federationOptions` from the query or add `federation` to the request.",
                ));
            }
            let index = state.store.get(&query.uid)?;
            search::answer(&index, &query.uid, &query.query, request_uid)
        };
        let mut result = Map::from_iter([("indexUid".to_owned(), json!(query.uid))]);
        result.extend(answered().map_err(inside(number))?);
        results.push(Value::Object(result));
    }
    Ok(json!({ "results": results }))
}
