//! `/multi-search`: several queries in one request, answered one by one or merged into one list.

mod facets;
mod merge;
mod ranked;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Shared;
use super::error::{ApiError, Outcome};
use super::indexes::check_uid;
use super::json::Reader;
use super::query::{PARAMETERS, Page, Query};
use super::request::{Answer, Request};
use super::search;

/// One query of a request.
struct Asked {
    uid: String,
    query: Query,
    weight: Option<f64>,
}

/// How the answers are merged.
struct Federation {
    page: Page,
    facets: Vec<(String, Vec<String>)>,
    /// Facets of all indexes are merged into one, with so many values each (`None`: as the settings say).
    merge: Option<Option<usize>>,
}

/// The route.
pub(super) fn route(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let body = request.json()?;
    let reader = Reader::new(&body, "", "bad_request");
    reader.object(&["queries", "federation"])?;
    let federation = match body.get("federation").filter(|given| !given.is_null()) {
        Some(given) => Some(read_federation(&Reader::new(
            given,
            ".federation",
            "bad_request",
        ))?),
        None => None,
    };
    let queries: Outcome<Vec<Asked>> = reader
        .required("queries", "bad_request")?
        .array()?
        .iter()
        .map(read_query)
        .collect();
    let queries = queries?;
    let answered = match federation {
        Some(federation) => merge::answer(shared, &federation, &queries),
        None => one_by_one(shared, &queries),
    };
    Ok(match answered {
        Ok(body) => Answer::ok(body),
        // An index that is not there makes the request as a whole a bad one.
        Err(error) if error.code == "index_not_found" => Answer {
            status: 400,
            ..Answer::from(error)
        },
        Err(error) => Answer::from(error),
    })
}

fn read_query(reader: &Reader<'_>) -> Outcome<Asked> {
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
    Ok(Asked {
        uid: name,
        query: Query::from_members(members)?,
        weight,
    })
}

/// The weight that the options of a query give it.
fn read_options(reader: &Reader<'_>) -> Outcome<f64> {
    let mut weight = 1.0;
    let reader = reader.with_code("invalid_multi_search_federation_options");
    for (name, option) in reader.object(&["weight", "remote", "queryPosition"])? {
        let Some(option) = option.present() else {
            continue;
        };
        match name {
            "weight" => weight = read_weight(&option)?,
            "queryPosition" => {
                // Named by servers that ask servers; it has no bearing on the answer.
                option
                    .with_code("invalid_multi_search_query_position")
                    .unsigned()?;
            }
            _ => {
                return Err(option
                    .with_code("invalid_multi_search_remote")
                    .invalid("the embedded search engine asks no remote servers"));
            }
        }
    }
    Ok(weight)
}

fn read_weight(option: &Reader<'_>) -> Outcome<f64> {
    let option = option.with_code("invalid_multi_search_weight");
    match option.float()? {
        weight if weight >= 0.0 => Ok(weight),
        _ => {
            Err(option
                .invalid("the value of `weight` is invalid, expected a positive float (>= 0.0)."))
        }
    }
}

/// Members of a federation.
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

fn read_federation(reader: &Reader<'_>) -> Outcome<Federation> {
    let mut federation = Federation {
        page: Page::default(),
        facets: Vec::new(),
        merge: None,
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
            "mergeFacets" => federation.merge = Some(read_merge(&given)?),
            _ => {
                return Err(given.invalid(format!(
                    "the embedded search engine does not support `{name}` in a federation; leave it out"
                )));
            }
        }
    }
    Ok(federation)
}

fn read_merge(given: &Reader<'_>) -> Outcome<Option<usize>> {
    let mut most = None;
    let given = given.with_code("invalid_multi_search_merge_facets");
    for (_, value) in given.object(&["maxValuesPerFacet"])? {
        let value = value
            .with_code("invalid_multi_search_max_values_per_facet")
            .present();
        most = value.map(|value| value.unsigned()).transpose()?;
    }
    Ok(most)
}

/// Says in which query of the request a refusal arose.
fn inside(number: usize) -> impl Fn(ApiError) -> ApiError {
    move |error| ApiError {
        message: format!("Inside `.queries[{number}]`: {}", error.message),
        ..error
    }
}

fn one_by_one(shared: &Shared, queries: &[Asked]) -> Outcome<Value> {
    let request_uid = Uuid::now_v7();
    let mut results = Vec::with_capacity(queries.len());
    for (number, asked) in queries.iter().enumerate() {
        let answered = || {
            if asked.weight.is_some() {
                return Err(ApiError::new(
                    "invalid_multi_search_federation_options",
                    "Using `federationOptions` is not allowed in a non-federated search.\n - Hint: remove `federationOptions` from the query or add `federation` to the request.",
                ));
            }
            let index = shared.store.get(&asked.uid)?;
            search::answer(&index, &asked.uid, &asked.query, request_uid)
        };
        let mut result = Map::from_iter([("indexUid".to_owned(), json!(asked.uid))]);
        result.extend(answered().map_err(inside(number))?);
        results.push(Value::Object(result));
    }
    Ok(json!({ "results": results }))
}
