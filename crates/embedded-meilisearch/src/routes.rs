//! The routes: which module answers which path and verb.

use serde_json::json;

use super::error::ApiResult;
use super::request::{Answer, Request, Verb};
use super::{
    EngineState, documents, facet_search, indexes, multi_search, search, settings, task_routes,
};

/// Version of Meilisearch whose HTTP API this engine speaks.
const API_VERSION: &str = "1.50.0";

/// Answers a request; a refusal is an answer too.
pub(super) fn route(state: &EngineState, request: &Request) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    dispatch(state, request, &path).unwrap_or_else(Answer::from)
}

fn dispatch(state: &EngineState, request: &Request, path: &[&str]) -> ApiResult<Answer> {
    use Verb::{Get, Post};
    match (path, request.verb) {
        (["health"], Get) => Ok(Answer::ok(json!({ "status": "available" }))),
        (["version"], Get) => Ok(Answer::ok(
            json!({ "commitSha": "unknown", "commitDate": "unknown", "pkgVersion": API_VERSION }),
        )),
        (["stats"], Get) => indexes::all_stats(state),
        (["indexes"], Get | Post) => indexes::all(state, request),
        (["swap-indexes"], Post) => indexes::swap(state, request),
        (["multi-search"], Post) => multi_search::route(state, request),
        (["tasks"], Get) => task_routes::list(state, request),
        (["tasks", uid], Get) => task_routes::one(state, uid),
        (["indexes", uid, path @ ..], _) => dispatch_index(state, request, uid, path),
        (["health" | "version" | "stats" | "indexes" | "swap-indexes" | "multi-search"], _)
        | (["tasks", ..], _) => Ok(Answer::METHOD_NOT_ALLOWED),
        _ => Ok(Answer::UNKNOWN_PATH),
    }
}

/// Answers the routes below `/indexes/UID`; `path` is the part of the path after it.
fn dispatch_index(
    state: &EngineState,
    request: &Request,
    uid: &str,
    path: &[&str],
) -> ApiResult<Answer> {
    use Verb::{Delete, Get, Patch, Post, Put};
    match (path, request.verb) {
        ([], Get | Delete) => indexes::one(state, request, uid),
        (["stats"], Get) => indexes::stats(state, uid),
        (["search"], Post) => search::route(state, request, uid),
        (["facet-search"], Post) => facet_search::route(state, request, uid),
        (["documents"], Get | Post | Put) => documents::all(state, request, uid),
        (["documents", "delete-batch"], Post) => documents::delete_batch(state, request, uid),
        (["documents", "delete"], Post) => documents::delete_by_filter(state, request, uid),
        (["documents", id], Get | Delete) => documents::one(state, request, uid, id),
        (["settings"], Get | Patch) => settings::route(state, request, uid),
        ([] | ["stats" | "search" | "facet-search" | "settings"] | ["documents", ..], _) => {
            Ok(Answer::METHOD_NOT_ALLOWED)
        }
        _ => Ok(Answer::UNKNOWN_PATH),
    }
}
