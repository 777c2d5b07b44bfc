//! The explorer: GraphiQL with the journey's operations as its tabs, served from the binary.
//!
//! `make explorer` bundles it (see `explorer/`) and `build.rs` embeds the bundle, so that the
//! page needs no other host. [`router`] serves
//! - `GET /`: the page,
//! - `GET /explorer/tabs.json`: the tabs it opens,
//! - `GET /explorer/assets/{name}`: its scripts and styles, named by a digest of their content.

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

use super::lists;

include!(concat!(env!("OUT_DIR"), "/explorer.rs"));

/// Only what this server serves may run, style, load or be connected to: no inline script, no
/// `<style>` element, no other host. `data:` is for the fonts and marks inside the style sheet.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);
const NO_BUNDLE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Torg</title>\
    <p>This build of Torg has no GraphQL explorer: run <code>make explorer</code> and build again.</p></html>\n";

/// One operation that the explorer offers as a tab, named after the operation.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplorerTab {
    /// What the operation does, in a few words: a comment above it, unless its text says it.
    pub title: String,
    /// The GraphQL document.
    pub query: String,
    /// An object of the operation's variables; null or `{}` for none.
    pub variables: Value,
    /// An object of HTTP headers sent with the operation; null or `{}` for none. Whoever opens
    /// the explorer reads them: a token here has to be one to give away.
    pub headers: Value,
}

/// The page and the files it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// The page, in HTML.
    pub page: &'static str,
    /// The files, at `/explorer/assets/{name}`.
    pub assets: &'static [Asset],
}

/// A file whose name carries a digest of its content, so that a name never changes its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The file's name; its extension tells the content type.
    pub name: &'static str,
    /// The content as it is.
    pub plain: &'static [u8],
    /// The same, gzipped.
    pub gzip: &'static [u8],
}

/// The bundle of this build; `None` when it was built without `make explorer`.
pub fn embedded() -> Option<Bundle> {
    EMBEDDED
}

/// The explorer of this build, with `tabs` open and asking the API at the path `endpoint`.
///
/// Subscriptions go to the same path by WebSocket (`graphql-transport-ws`), the tab's headers
/// being the payload of `connection_init`.
pub fn router(tabs: Vec<ExplorerTab>, endpoint: &str) -> Router {
    router_of(embedded(), tabs, endpoint)
}

/// As [`router`], with a bundle of the caller's.
pub fn router_of(bundle: Option<Bundle>, tabs: Vec<ExplorerTab>, endpoint: &str) -> Router {
    let page = bundle.map_or(NO_BUNDLE, |bundle| bundle.page);
    let explorer = Explorer {
        page,
        page_tag: format!("\"{}\"", short_digest(page.as_bytes())),
        assets: bundle.map_or(&[], |bundle| bundle.assets),
        tabs: Bytes::from(tabs_document(&tabs, endpoint)),
    };
    Router::new()
        .route("/", get(page_response))
        .route("/explorer/tabs.json", get(tabs_response))
        .route("/explorer/assets/{name}", get(asset_response))
        .with_state(Arc::new(explorer))
}

/// Everything there is to serve, made once.
struct Explorer {
    page: &'static str,
    page_tag: String,
    assets: &'static [Asset],
    tabs: Bytes,
}

/// The tabs as the page reads them. What a user edits is stored under `digest`, which changes
/// with the tabs: so edits survive a reload, but never bring back the tokens of a former run.
fn tabs_document(tabs: &[ExplorerTab], endpoint: &str) -> String {
    let tabs: Vec<Value> = tabs
        .iter()
        .map(|tab| {
            json!({
                "title": tab.title,
                "query": tab.query,
                "variables": tab.variables,
                "headers": tab.headers,
            })
        })
        .collect();
    let mut document = json!({ "endpoint": endpoint, "tabs": tabs });
    document["digest"] = Value::from(short_digest(document.to_string().as_bytes()));
    document.to_string()
}

/// Enough of a SHA-256 to tell contents apart, in hexadecimal.
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
        // Asked again each time, since a newer build has other assets.
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, &explorer.page_tag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    if lists::has_tag(&request, header::IF_NONE_MATCH, &explorer.page_tag, true) {
        return (StatusCode::NOT_MODIFIED, headers, policy).into_response();
    }
    (headers, policy, explorer.page).into_response()
}

async fn tabs_response(State(explorer): State<Arc<Explorer>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        // The tabs may carry tokens: no cache keeps them.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, explorer.tabs.clone()).into_response()
}

async fn asset_response(
    State(explorer): State<Arc<Explorer>>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Response {
    let Some(asset) = explorer.assets.iter().find(|asset| asset.name == name) else {
        let message = format!("The explorer has no file {name:?}: reload its page.\n");
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    // Weak, since the plain and the gzipped body share it.
    let tag = format!("W/\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, content_type(asset.name)),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ETAG, &tag),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if lists::has_tag(&request, header::IF_NONE_MATCH, &tag, true) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else if lists::taken(&request, header::ACCEPT_ENCODING)
        .any(|(coding, _)| coding.eq_ignore_ascii_case("gzip"))
    {
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
