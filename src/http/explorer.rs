//! The explorer: GraphiQL with prepared operations as steps, served from the binary.
//!
//! `make explorer` bundles it (see `explorer/`) and `build.rs` embeds the bundle, so that the page
//! needs no other host. [`router`] serves
//! - `GET /`: the page,
//! - `GET /explorer/steps.json`: the steps that the page offers,
//! - `GET /explorer/assets/{name}`: the scripts and styles, named by a digest of their content.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::headers::{accepts_gzip, contains_etag};

include!(concat!(env!("OUT_DIR"), "/explorer.rs"));

/// Restricts the page to this server: no inline script, no `<style>` element, no other host.
/// `data:` allows the fonts and icons inside the style sheet.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);
const NO_BUNDLE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Torg</title>\
    <p>This build of Torg has no GraphQL explorer: run <code>make explorer</code> and build again.</p></html>\n";

/// One operation that the explorer offers. The page opens it in a tab, named after the operation.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplorerStep {
    /// Title of the group of the menu that the step belongs to. The steps of a group are adjacent.
    pub group: String,
    /// What the operation does, in a few words.
    pub title: String,
    /// The person who acts and their organisation; `None` for operations without a token.
    pub person: Option<String>,
    /// The GraphQL document.
    pub query: String,
    /// An object of the operation's variables; null or `{}` for none.
    pub variables: Value,
    /// An object of variables that are taken from the data of an earlier operation, as the name of
    /// the operation and a path: `InviteMember.inviteMember.code`.
    pub takes: Value,
    /// An object of HTTP headers sent with the operation; null or `{}` for none. Every visitor of
    /// the explorer can read them, so a token here must not be secret.
    pub headers: Value,
}

/// The page and the files that it loads.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// The page, in HTML.
    pub page: &'static str,
    /// The files, at `/explorer/assets/{name}`.
    pub assets: &'static [Asset],
}

/// A file whose name contains a digest of its content, so that it can be cached permanently.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The file's name; the extension determines the content type.
    pub name: &'static str,
    /// The content.
    pub plain: &'static [u8],
    /// The content, gzipped.
    pub gzip: &'static [u8],
}

/// Returns the bundle of this build; `None` when it was built without `make explorer`.
pub fn embedded() -> Option<Bundle> {
    EMBEDDED
}

/// Returns the routes of the explorer. It offers `steps` and calls the API at the path `endpoint`.
///
/// It sends subscriptions to the same path by WebSocket (`graphql-transport-ws`), with the step's
/// headers as the payload of `connection_init`.
pub fn router(steps: Vec<ExplorerStep>, endpoint: &str) -> Router {
    router_of(embedded(), steps, endpoint)
}

/// Returns the same routes as [`router`], for the given bundle.
pub fn router_of(bundle: Option<Bundle>, steps: Vec<ExplorerStep>, endpoint: &str) -> Router {
    let page = bundle.map_or(NO_BUNDLE, |bundle| bundle.page);
    let explorer = Explorer {
        page,
        page_etag: format!("\"{}\"", short_digest(page.as_bytes())),
        assets: bundle.map_or(&[], |bundle| bundle.assets),
        steps: Bytes::from(steps_document(&steps, endpoint)),
    };
    Router::new()
        .route("/", get(page_response))
        .route("/explorer/steps.json", get(steps_response))
        .route("/explorer/assets/{name}", get(asset_response))
        .with_state(Arc::new(explorer))
}

/// What the routes serve.
struct Explorer {
    page: &'static str,
    page_etag: String,
    assets: &'static [Asset],
    steps: Bytes,
}

/// Returns the steps as the page reads them. The page stores a user's edits under `digest`, which
/// changes with the steps: edits survive a reload, but never restore tokens of a previous run.
fn steps_document(steps: &[ExplorerStep], endpoint: &str) -> String {
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| {
            json!({
                "group": step.group,
                "title": step.title,
                "person": step.person,
                "query": step.query,
                "variables": step.variables,
                "takes": step.takes,
                "headers": step.headers,
            })
        })
        .collect();
    let mut document = json!({ "endpoint": endpoint, "steps": steps });
    document["digest"] = Value::from(short_digest(document.to_string().as_bytes()));
    document.to_string()
}

/// Returns the first 64 bits of the SHA-256, in hexadecimal.
fn short_digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

async fn page_response(State(explorer): State<Arc<Explorer>>, request: HeaderMap) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // Caches revalidate each time: another build has other assets.
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, &explorer.page_etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    if contains_etag(&request, header::IF_NONE_MATCH, &explorer.page_etag, true) {
        return (StatusCode::NOT_MODIFIED, headers, policy).into_response();
    }
    (headers, policy, explorer.page).into_response()
}

async fn steps_response(State(explorer): State<Arc<Explorer>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        // The steps may contain tokens, so caches must not store them.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, explorer.steps.clone()).into_response()
}

async fn asset_response(
    State(explorer): State<Arc<Explorer>>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Response {
    let Some(asset) = explorer.assets.iter().find(|asset| asset.name == name) else {
        let message = format!("The explorer has no file {name:?}. Reload the page.\n");
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    // Weak, because the plain and the gzipped body share it.
    let etag = format!("W/\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, content_type(asset.name)),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ETAG, &etag),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if contains_etag(&request, header::IF_NONE_MATCH, &etag, true) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else if accepts_gzip(&request) {
        (headers, [(header::CONTENT_ENCODING, "gzip")], asset.gzip).into_response()
    } else {
        (headers, asset.plain).into_response()
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
