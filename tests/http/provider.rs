//! An OpenID Connect provider: discovery, key rotation, outages, and wrong documents.

use std::{
    num::NonZero,
    time::{Duration, Instant},
};

use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};
use torg::{
    auth::{algorithm::SigningAlgorithm, token::Verifier},
    http::{AdmissionLimits, Settings},
};

use crate::support::{
    app::{TestApp, unhurried},
    issuer::{COOL_DOWN, Issuer, MAX_AGE, Manner, Signer, trusting, trusting_within},
};

/// The service's timeout for the issuer.
const TIMEOUT: Duration = Duration::from_secs(6);
/// Additional time for a slow machine.
const SLACK: Duration = Duration::from_secs(3);

/// A service that trusts an issuer.
struct Service {
    app: TestApp,
    address: String,
}

impl Service {
    async fn trusting(issuer: &str) -> Self {
        let verifier = trusting(issuer, SigningAlgorithm::EdDsa);
        Self::with(verifier, issuer, unhurried()).await
    }

    async fn with(verifier: Verifier, issuer: &str, settings: Settings) -> Self {
        let app = TestApp::without_search().await;
        let address = app.server_trusting(verifier, issuer, settings).await;
        Self { app, address }
    }

    async fn ask(&self, token: &str) -> Response {
        let request = self.app.http.post(format!("{}/graphql", self.address));
        let body = json!({ "query": "{ viewer { name } }" });
        request.bearer_auth(token).json(&body).send().await.unwrap()
    }

    /// Sends a request with the token; returns `OK` or the code of the refusal.
    async fn verdict(&self, token: &str) -> String {
        let response = self.ask(token).await;
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        if status == StatusCode::OK {
            assert_eq!(body["data"]["viewer"]["name"], "anna");
            return "OK".to_owned();
        }
        let code = &body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap().to_owned()
    }
}

fn token(issuer: &Issuer, signer: &Signer, kid: &str) -> String {
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid });
    signer.sign(&header.to_string(), &issuer.claims("anna").to_string())
}

#[tokio::test]
async fn discovery_runs_with_the_first_token_and_is_cached() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    let service = Service::trusting(issuer.address()).await;
    assert_eq!(issuer.asked(), (0, 0), "no request at start");
    let token = token(&issuer, &signer, "a");
    let begun = Instant::now();
    for _ in 0..5 {
        assert_eq!(service.verdict(&token).await, "OK");
    }
    let most = 1 + begun.elapsed().as_millis() / MAX_AGE.as_millis();
    let (discovered, fetched) = issuer.asked();
    assert_eq!(discovered, fetched);
    assert!(discovered as u128 <= most, "{discovered} instead of {most}");
}

#[tokio::test]
async fn keys_rotate_without_a_restart() {
    let (old, new) = (Signer::ed25519(1), Signer::ed25519(2));
    let issuer = Issuer::start(json!([old.jwk("old")])).await;
    let service = Service::trusting(issuer.address()).await;
    let (of_old, of_new) = (token(&issuer, &old, "old"), token(&issuer, &new, "new"));
    assert_eq!(service.verdict(&of_old).await, "OK");
    // While both are published, the new key works as soon as the cool-down is over.
    issuer.now_publishes(json!([old.jwk("old"), new.jwk("new")]));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&of_new).await, "OK");
    assert_eq!(service.verdict(&of_old).await, "OK");
    // A withdrawn key stops working once the keys are fetched again.
    issuer.now_publishes(json!([new.jwk("new")]));
    sleep(MAX_AGE).await;
    assert_eq!(service.verdict(&of_old).await, "TOKEN_UNKNOWN_KEY");
    assert_eq!(service.verdict(&of_new).await, "OK");
    assert_eq!(
        service.verdict(&token(&issuer, &old, "new")).await,
        "TOKEN_BAD_SIGNATURE"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_at_start_is_found_later() {
    let signer = Signer::ed25519(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let service = Service::trusting(&format!("http://{address}")).await;
    let header = json!({ "alg": "EdDSA", "kid": "a" }).to_string();
    let response = service.ask(&signer.sign(&header, "{}")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "KEYS_UNAVAILABLE");

    let listener = TcpListener::bind(address).await.unwrap();
    let issuer = Issuer::on(listener, json!([signer.jwk("a")]));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&token(&issuer, &signer, "a")).await, "OK");
}

#[tokio::test]
async fn a_wrong_discovery_document_is_refused() {
    let signer = Signer::ed25519(1);
    let keys = json!([signer.jwk("a")]);
    let other = Issuer::start(keys.clone()).await;
    let redirect = format!("{}/.well-known/openid-configuration", other.address());
    for manner in [
        Manner::Saying("issuer", other.address().to_owned()),
        Manner::Saying("issuer", String::new()),
        Manner::Saying("jwks_uri", "http://login.example.org/keys".into()),
        Manner::Saying("jwks_uri", "file:///etc/keys.json".into()),
        Manner::Saying("jwks_uri", "keys".into()),
        Manner::Redirecting(redirect),
        Manner::Failing,
    ] {
        let issuer = Issuer::start(keys.clone()).await;
        let service = Service::trusting(issuer.address()).await;
        issuer.now_answers(manner);
        let token = token(&issuer, &signer, "a");
        assert_eq!(service.verdict(&token).await, "KEYS_UNAVAILABLE");
        assert_eq!(issuer.asked(), (1, 0), "the keys are not fetched");
        issuer.now_answers(Manner::Well);
        sleep(COOL_DOWN).await;
        assert_eq!(service.verdict(&token).await, "OK");
    }
    assert_eq!(other.asked(), (0, 0), "redirects are not followed");

    // `iss` and the document's issuer are compared exactly.
    let issuer = Issuer::start(keys).await;
    let slash = format!("{}/", issuer.address());
    let service = Service::trusting(&slash).await;
    let token = token(&issuer, &signer, "a");
    assert_eq!(service.verdict(&token).await, "KEYS_UNAVAILABLE");
    assert_eq!(issuer.asked(), (1, 0), "the document was fetched");
}

#[tokio::test]
async fn discovery_is_repeated_before_each_fetch_of_keys() {
    let (first, second) = (Signer::ed25519(1), Signer::ed25519(2));
    let issuer = Issuer::start(json!([first.jwk("a")])).await;
    let service = Service::trusting(issuer.address()).await;
    assert_eq!(service.verdict(&token(&issuer, &first, "a")).await, "OK");
    let moved = Issuer::start(json!([second.jwk("b")])).await;
    let keys = format!("{}/keys", moved.address());
    issuer.now_answers(Manner::Saying("jwks_uri", keys));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&token(&issuer, &second, "b")).await, "OK");
    assert_eq!(
        service.verdict(&token(&issuer, &first, "a")).await,
        "TOKEN_UNKNOWN_KEY"
    );
}

#[tokio::test]
async fn a_hanging_provider_does_not_delay_known_keys() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    let verifier = trusting_within(TIMEOUT, issuer.address(), SigningAlgorithm::EdDsa);
    let service = Service::with(verifier, issuer.address(), unhurried()).await;
    let (known, unknown) = (token(&issuer, &signer, "a"), token(&issuer, &signer, "b"));
    assert_eq!(service.verdict(&known).await, "OK");
    issuer.now_answers(Manner::Hanging);
    // The first request with old keys waits for the fetch, and is verified with the last good keys.
    sleep(MAX_AGE).await;
    let begun = Instant::now();
    assert_eq!(service.verdict(&known).await, "OK");
    assert!(begun.elapsed() < TIMEOUT + SLACK);
    // Further requests with a known key do not wait, even while the issuer is tried again.
    for _ in 0..2 {
        sleep(COOL_DOWN).await;
        let begun = Instant::now();
        assert_eq!(service.verdict(&known).await, "OK");
        assert!(begun.elapsed() < TIMEOUT / 2, "{:?}", begun.elapsed());
    }
    // A request with an unknown key waits for at most two fetches: a running one and its own.
    let begun = Instant::now();
    assert_eq!(service.verdict(&unknown).await, "KEYS_UNAVAILABLE");
    assert!(begun.elapsed() < 2 * TIMEOUT + SLACK);
    issuer.now_answers(Manner::Well);
    issuer.now_publishes(json!([signer.jwk("a"), signer.jwk("b")]));
    sleep(COOL_DOWN + TIMEOUT).await;
    assert_eq!(service.verdict(&unknown).await, "OK");
}

#[tokio::test]
async fn waiting_for_the_provider_occupies_no_permit() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    issuer.now_answers(Manner::Hanging);
    let one_at_a_time = AdmissionLimits {
        running: NonZero::<u32>::MIN,
        waiting: 0,
        max_wait: Duration::ZERO,
    };
    let settings = Settings {
        queue: one_at_a_time,
        ..unhurried()
    };
    let verifier = trusting_within(SLACK, issuer.address(), SigningAlgorithm::EdDsa);
    let service = Service::with(verifier, issuer.address(), settings).await;
    let anonymous = async {
        while issuer.asked() == (0, 0) {
            tokio::task::yield_now().await;
        }
        let request = service
            .app
            .http
            .post(format!("{}/graphql", service.address));
        let request = request.json(&json!({ "query": "{ __typename }" }));
        request.send().await.unwrap().status()
    };
    let token = token(&issuer, &signer, "a");
    let (verdict, status) = tokio::join!(service.verdict(&token), anonymous);
    assert_eq!(
        (verdict.as_str(), status),
        ("KEYS_UNAVAILABLE", StatusCode::OK)
    );
}
