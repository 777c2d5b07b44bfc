//! The routes: which module answers which path and verb.

use serde_json::json;

use super::error::{ApiError, Outcome};
use super::request::{Answer, Request, Verb};
use super::{Shared, documents, facets, indexes, multi_search, search, settings, task_routes};

/// The version of the HTTP API that is spoken, as a server gives it.
const API_VERSION: &str = "1.50.0";

/// Answers a request, be it with a refusal.
pub(super) fn route(shared: &Shared, request: &Request) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    find(shared, request, &path).unwrap_or_else(Answer::from)
}

fn find(shared: &Shared, request: &Request, path: &[&str]) -> Outcome<Answer> {
    use Verb::{Delete, Get, Post};
    match (path, request.verb) {
        (["health"], Get) => Ok(Answer::ok(json!({ "status": "available" }))),
        (["version"], Get) => Ok(Answer::ok(
            json!({ "commitSha": "unknown", "commitDate": "unknown", "pkgVersion": API_VERSION }),
        )),
        (["stats"], Get) => indexes::all_stats(shared),
        (["indexes"], Get | Post) => indexes::all(shared, request),
        (["swap-indexes"], Post) => indexes::swap(shared, request),
        (["multi-search"], Post) => multi_search::route(shared, request),
        (["tasks"], Get | Delete) => task_routes::all(shared, request),
        (["tasks", "cancel"], Post) => task_routes::cancel(shared, request),
        (["tasks", uid], Get) => task_routes::one(shared, uid),
        (["indexes", uid, rest @ ..], _) => of_index(shared, request, uid, rest),
        (["keys", ..], _) => Err(ApiError::new(
            "feature_not_enabled",
            "The embedded search engine has no keys: it answers to its own process only. Use a Meilisearch server (MEILI_URL) for keys.",
        )),
        (
            [
                "health" | "version" | "stats" | "indexes" | "swap-indexes" | "multi-search"
                | "tasks",
                ..,
            ],
            _,
        ) => Ok(Answer {
            status: 405,
            body: None,
        }),
        // A server answers an unknown path with an empty body.
        _ => Ok(Answer {
            status: 404,
            body: None,
        }),
    }
}

fn of_index(shared: &Shared, request: &Request, uid: &str, rest: &[&str]) -> Outcome<Answer> {
    use Verb::{Delete, Get, Patch, Post, Put};
    match (rest, request.verb) {
        ([], Get | Patch | Delete) => indexes::one(shared, request, uid),
        (["stats"], Get) => indexes::stats(shared, uid),
        (["search"], Get | Post) => search::route(shared, request, uid),
        (["facet-search"], Post) => facets::search_values(shared, request, uid),
        (["documents"], Get | Post | Put | Delete) => documents::all(shared, request, uid),
        (["documents", "fetch"], Post) => documents::fetch(shared, request, uid),
        (["documents", "delete-batch"], Post) => documents::delete_batch(shared, request, uid),
        (["documents", "delete"], Post) => documents::delete_by_filter(shared, request, uid),
        (["documents", id], Get | Delete) => documents::one(shared, request, uid, id),
        (["settings"], Get | Patch | Delete) => settings::all(shared, request, uid),
        (["settings", name], verb) => match settings::by_path(name) {
            Some(setting) if matches!(verb, Get | Delete) || verb == setting.verb => {
                settings::one(shared, request, uid, setting)
            }
            Some(_) => Ok(Answer {
                status: 405,
                body: None,
            }),
            None => Ok(Answer {
                status: 404,
                body: None,
            }),
        },
        (
            []
            | [
                "stats" | "search" | "facet-search" | "documents" | "settings",
                ..,
            ],
            _,
        ) => Ok(Answer {
            status: 405,
            body: None,
        }),
        _ => Ok(Answer {
            status: 404,
            body: None,
        }),
    }
}
