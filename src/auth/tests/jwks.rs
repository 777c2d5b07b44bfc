use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Issuer, after, claims_with, now, settings};
use crate::auth::algorithm::SigningAlgorithm;
use crate::auth::jwks::{JwksSettings, JwksSettingsError, MAX_DOCUMENT_BYTES};
use crate::auth::refusal::TokenRefusal::{self, *};
use crate::auth::token::Verifier;

/// What the issuer's server answers.
#[derive(Clone)]
enum Reply {
    Keys(Value),
    Text(String),
    /// A document without end and without a `Content-Length`.
    Endless,
    Failure,
    Redirect(String),
    Silence,
}

/// An issuer's HTTP server, which counts its requests.
#[derive(Clone)]
struct Address {
    reply: Arc<Mutex<Reply>>,
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Address {
    async fn start(reply: Reply) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let address = Self {
            reply: Arc::new(Mutex::new(reply)),
            asked: Arc::default(),
            url,
        };
        let router = Router::new()
            .route("/jwks.json", get(answer))
            .with_state(address.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    async fn now_replies(&self, reply: Reply) {
        *self.reply.lock().await = reply;
    }

    fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Returns a service that trusts this issuer: maximum age 1 minute, cool-down 10 seconds.
    fn service(&self) -> Verifier {
        let keys = JwksSettings {
            max_age: TimeDelta::seconds(60),
            cool_down: TimeDelta::seconds(10),
            timeout: Duration::from_millis(500),
            ..JwksSettings::at(&self.url)
        };
        Verifier::remote(&settings(SigningAlgorithm::EdDsa), keys).unwrap()
    }
}

async fn answer(State(address): State<Address>) -> Response {
    address.asked.fetch_add(1, Ordering::SeqCst);
    let reply = address.reply.lock().await.clone();
    match reply {
        Reply::Keys(keys) => axum::Json(json!({ "keys": keys })).into_response(),
        Reply::Text(text) => text.into_response(),
        Reply::Endless => {
            let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 4096]));
            axum::body::Body::from_stream(chunks).into_response()
        }
        Reply::Failure => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Reply::Redirect(to) => axum::response::Redirect::temporary(&to).into_response(),
        Reply::Silence => std::future::pending().await,
    }
}

/// Returns a token that does not expire during any of these tests.
fn token(issuer: &Issuer, kid: &str) -> String {
    let claims = claims_with(json!({ "exp": now().timestamp() + 1_000_000 }));
    issuer.token(Some(kid), claims)
}

/// Verifies the token `seconds` after the start; returns the refusal.
async fn refused(service: &Verifier, token: &str, seconds: i64) -> Option<TokenRefusal> {
    service.verify(token, after(seconds)).await.err()
}

#[tokio::test]
async fn keys_are_fetched_once_and_cached() {
    let anna = Issuer::ed25519(1);
    let address = Address::start(Reply::Keys(json!([anna.jwk("a")]))).await;
    let service = address.service();
    assert_eq!(address.times_asked(), 0);
    for seconds in [0, 1, 59] {
        assert_eq!(refused(&service, &token(&anna, "a"), seconds).await, None);
    }
    assert_eq!(address.times_asked(), 1);
    assert_eq!(refused(&service, &token(&anna, "a"), 60).await, None);
    assert_eq!(address.times_asked(), 2);
}

#[tokio::test]
async fn keys_rotate_without_a_restart() {
    let (old, new) = (Issuer::ed25519(1), Issuer::ed25519(2));
    let address = Address::start(Reply::Keys(json!([old.jwk("old")]))).await;
    let service = address.service();
    assert_eq!(refused(&service, &token(&old, "old"), 0).await, None);

    address
        .now_replies(Reply::Keys(json!([new.jwk("new")])))
        .await;
    assert_eq!(
        refused(&service, &token(&new, "new"), 11).await,
        None,
        "a new key works at once"
    );
    assert_eq!(
        refused(&service, &token(&old, "old"), 22).await,
        Some(UnknownKey)
    );
    assert_eq!(
        refused(&service, &token(&old, "new"), 22).await,
        Some(BadSignature)
    );
}

#[tokio::test]
async fn a_withdrawn_key_stops_working_after_the_maximum_age() {
    let (old, new) = (Issuer::ed25519(1), Issuer::ed25519(2));
    let address = Address::start(Reply::Keys(json!([old.jwk("old"), new.jwk("new")]))).await;
    let service = address.service();
    assert_eq!(refused(&service, &token(&old, "old"), 0).await, None);
    address
        .now_replies(Reply::Keys(json!([new.jwk("new")])))
        .await;
    assert_eq!(refused(&service, &token(&old, "old"), 59).await, None);
    assert_eq!(
        refused(&service, &token(&old, "old"), 60).await,
        Some(UnknownKey)
    );

    address.now_replies(Reply::Keys(json!([]))).await;
    assert_eq!(
        refused(&service, &token(&new, "new"), 120).await,
        Some(UnknownKey)
    );
}

#[tokio::test]
async fn unknown_keys_lead_to_one_fetch_per_cool_down() {
    let anna = Issuer::ed25519(1);
    let address = Address::start(Reply::Keys(json!([anna.jwk("a")]))).await;
    let service = address.service();
    let long = "k".repeat(5000);
    let kids = [
        "../../etc/passwd",
        "",
        "https://forger.example/key",
        "a' OR 1=1 --",
        "a\0",
        &long,
    ];
    for (start, fetches) in [(0, 1), (9, 1), (10, 2), (19, 2), (20, 3)] {
        let tokens: Vec<String> = kids.iter().map(|kid| token(&anna, kid)).collect();
        let flood = tokens
            .iter()
            .cycle()
            .take(60)
            .map(|token| refused(&service, token, start));
        let refusals = futures::future::join_all(flood).await;
        assert!(refusals.iter().all(|refusal| *refusal == Some(UnknownKey)));
        assert_eq!(address.times_asked(), fetches, "after {start} s");
    }
    assert_eq!(refused(&service, &token(&anna, "a"), 20).await, None);
}

#[tokio::test]
async fn a_fetch_continues_when_its_request_is_cancelled() {
    let anna = Issuer::ed25519(1);
    let address = Address::start(Reply::Silence).await;
    let service = address.service();
    let token = token(&anna, "a");
    let impatient = tokio::time::timeout(Duration::from_millis(50), refused(&service, &token, 0));
    assert!(impatient.await.is_err());
    assert_eq!(refused(&service, &token, 0).await, Some(KeysUnavailable));
    assert_eq!(address.times_asked(), 1);
}

#[tokio::test]
async fn an_outage_keeps_the_last_good_keys_for_a_day() {
    const DAY: i64 = 86_400;
    let anna = Issuer::ed25519(1);
    let keys = Reply::Keys(json!([anna.jwk("a")]));
    let address = Address::start(keys.clone()).await;
    let service = address.service();
    let token_of_anna = token(&anna, "a");
    assert_eq!(refused(&service, &token_of_anna, 0).await, None);

    address.now_replies(Reply::Failure).await;
    assert_eq!(refused(&service, &token_of_anna, 60).await, None);
    assert_eq!(refused(&service, &token_of_anna, 69).await, None);
    assert_eq!(
        address.times_asked(),
        2,
        "the cool-down also follows a failed fetch"
    );
    // This key may be new, so the refusal is retryable.
    assert_eq!(
        refused(&service, &token(&anna, "new"), 80).await,
        Some(KeysUnavailable)
    );
    assert_eq!(refused(&service, &token_of_anna, DAY - 1).await, None);
    assert_eq!(
        refused(&service, &token_of_anna, DAY).await,
        Some(KeysUnavailable)
    );

    address.now_replies(keys).await;
    assert_eq!(refused(&service, &token_of_anna, DAY + 10).await, None);
}

#[tokio::test]
async fn invalid_answers_of_the_issuer_are_refused() {
    let anna = Issuer::ed25519(1);
    let elsewhere = Address::start(Reply::Keys(json!([anna.jwk("a")]))).await;
    let padded = |length: usize| {
        let keys = json!({ "keys": [anna.jwk("a")] }).to_string();
        format!("{keys}{}", " ".repeat(length - keys.len()))
    };
    let cases = [
        (
            "a huge body",
            Reply::Text(padded(MAX_DOCUMENT_BYTES + 1)),
            Some(KeysUnavailable),
        ),
        (
            "the largest body",
            Reply::Text(padded(MAX_DOCUMENT_BYTES)),
            None,
        ),
        ("an endless body", Reply::Endless, Some(KeysUnavailable)),
        (
            "a page",
            Reply::Text("<html>Log in</html>".into()),
            Some(KeysUnavailable),
        ),
        ("an error", Reply::Failure, Some(KeysUnavailable)),
        (
            "another address",
            Reply::Redirect(elsewhere.url.clone()),
            Some(KeysUnavailable),
        ),
        ("no reply in time", Reply::Silence, Some(KeysUnavailable)),
    ];
    for (what, reply, expected) in cases {
        let address = Address::start(reply).await;
        assert_eq!(
            refused(&address.service(), &token(&anna, "a"), 0).await,
            expected,
            "{what}"
        );
        assert_eq!(address.times_asked(), 1, "{what}");
    }
    assert_eq!(elsewhere.times_asked(), 0, "redirects are not followed");
}

#[tokio::test]
async fn keys_are_fetched_when_the_clock_is_set_back() {
    let (old, new) = (Issuer::ed25519(1), Issuer::ed25519(2));
    let address = Address::start(Reply::Keys(json!([old.jwk("old")]))).await;
    let service = address.service();
    assert_eq!(refused(&service, &token(&old, "old"), 3600).await, None);
    address
        .now_replies(Reply::Keys(json!([new.jwk("new")])))
        .await;
    assert_eq!(refused(&service, &token(&new, "new"), 0).await, None);
}

#[test]
fn only_secure_addresses_are_accepted() {
    let verifier = |address: &str| {
        Verifier::remote(
            &settings(SigningAlgorithm::EdDsa),
            JwksSettings::at(address),
        )
        .map(drop)
    };
    for address in [
        "https://login.example.org/jwks.json",
        "http://localhost:8080/jwks",
        "http://127.0.0.1/jwks",
        "http://[::1]:80/jwks",
    ] {
        assert!(verifier(address).is_ok(), "{address}");
    }
    for address in [
        "http://login.example.org/jwks.json",
        "http://localhost.example.org/",
        "http://127.0.0.1.example.org/",
        "ftp://127.0.0.1/jwks",
        "file:///etc/jwks.json",
    ] {
        assert!(
            matches!(verifier(address), Err(JwksSettingsError::NotSecured(_))),
            "{address}"
        );
    }
    for address in ["", "login.example.org", "https://"] {
        assert!(
            matches!(verifier(address), Err(JwksSettingsError::NotAUrl(_))),
            "{address}"
        );
    }
}
