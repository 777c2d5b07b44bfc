//! An OpenID Connect provider: found by discovery, its keys rotated, down, hanging, or another than it should be.

use std::{
    num::NonZero,
    time::{Duration, Instant},
};

use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};
use torg::{
    auth::token::{SigningAlgorithm, Verifier},
    http::{QueueLimits, Settings},
};

use crate::support::{
    app::{TestApp, unhurried},
    issuer::{COOL_DOWN, Issuer, MAX_AGE, Manner, Signer, trusting, trusting_within},
};

/// How long one that hangs is waited for.
const TIMEOUT: Duration = Duration::from_secs(6);
/// What a slow machine may take besides.
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

    /// `OK`, or the code of the refusal.
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
async fn it_is_discovered_with_the_first_token_and_kept() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    let service = Service::trusting(issuer.address()).await;
    assert_eq!(issuer.asked(), (0, 0), "nothing is asked at start");
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
async fn its_keys_rotate_without_a_restart() {
    let (old, new) = (Signer::ed25519(1), Signer::ed25519(2));
    let issuer = Issuer::start(json!([old.jwk("old")])).await;
    let service = Service::trusting(issuer.address()).await;
    let (of_old, of_new) = (token(&issuer, &old, "old"), token(&issuer, &new, "new"));
    assert_eq!(service.verdict(&of_old).await, "OK");
    // Both are published for a while, and the new one works as soon as the cool-down is over.
    issuer.now_publishes(json!([old.jwk("old"), new.jwk("new")]));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&of_new).await, "OK");
    assert_eq!(service.verdict(&of_old).await, "OK");
    // What is rotated out stops working once the keys are read again.
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
async fn one_that_is_down_at_first_is_found_when_it_is_up() {
    let signer = Signer::ed25519(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    drop(listener);
    let service = Service::trusting(&format!("http://{place}")).await;
    let header = json!({ "alg": "EdDSA", "kid": "a" }).to_string();
    let response = service.ask(&signer.sign(&header, "{}")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "KEYS_UNAVAILABLE");

    let listener = TcpListener::bind(place).await.unwrap();
    let issuer = Issuer::on(listener, json!([signer.jwk("a")]));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&token(&issuer, &signer, "a")).await, "OK");
}

#[tokio::test]
async fn its_document_must_be_its_own_and_its_keys_secured() {
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
        assert_eq!(issuer.asked(), (1, 0), "its keys are not asked for");
        issuer.now_answers(Manner::Well);
        sleep(COOL_DOWN).await;
        assert_eq!(service.verdict(&token).await, "OK");
    }
    assert_eq!(other.asked(), (0, 0), "redirects are not followed");

    // `iss` is compared exactly, and so is what the document says.
    let issuer = Issuer::start(keys).await;
    let slash = format!("{}/", issuer.address());
    let service = Service::trusting(&slash).await;
    let token = token(&issuer, &signer, "a");
    assert_eq!(service.verdict(&token).await, "KEYS_UNAVAILABLE");
    assert_eq!(issuer.asked(), (1, 0), "the document was found");
}

#[tokio::test]
async fn its_keys_are_read_where_its_document_says_now() {
    let (first, second) = (Signer::ed25519(1), Signer::ed25519(2));
    let issuer = Issuer::start(json!([first.jwk("a")])).await;
    let service = Service::trusting(issuer.address()).await;
    assert_eq!(service.verdict(&token(&issuer, &first, "a")).await, "OK");
    let moved = Issuer::start(json!([second.jwk("b")])).await;
    let place = format!("{}/keys", moved.address());
    issuer.now_answers(Manner::Saying("jwks_uri", place));
    sleep(COOL_DOWN).await;
    assert_eq!(service.verdict(&token(&issuer, &second, "b")).await, "OK");
    assert_eq!(
        service.verdict(&token(&issuer, &first, "a")).await,
        "TOKEN_UNKNOWN_KEY"
    );
}

#[tokio::test]
async fn one_that_hangs_holds_nobody_up_who_can_be_answered() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    let verifier = trusting_within(TIMEOUT, issuer.address(), SigningAlgorithm::EdDsa);
    let service = Service::with(verifier, issuer.address(), unhurried()).await;
    let (known, unknown) = (token(&issuer, &signer, "a"), token(&issuer, &signer, "b"));
    assert_eq!(service.verdict(&known).await, "OK");
    issuer.now_answers(Manner::Hanging);
    // The first who comes when the keys are old waits, and is answered with the last good ones.
    sleep(MAX_AGE).await;
    let begun = Instant::now();
    assert_eq!(service.verdict(&known).await, "OK");
    assert!(begun.elapsed() < TIMEOUT + SLACK);
    // From then on nobody waits whose key is known, however often the issuer is tried again.
    for _ in 0..2 {
        sleep(COOL_DOWN).await;
        let begun = Instant::now();
        assert_eq!(service.verdict(&known).await, "OK");
        assert!(begun.elapsed() < TIMEOUT / 2, "{:?}", begun.elapsed());
    }
    // Whose key is not known waits no longer than a fetch may take (one that runs, and one of its own).
    let begun = Instant::now();
    assert_eq!(service.verdict(&unknown).await, "KEYS_UNAVAILABLE");
    assert!(begun.elapsed() < 2 * TIMEOUT + SLACK);
    issuer.now_answers(Manner::Well);
    issuer.now_publishes(json!([signer.jwk("a"), signer.jwk("b")]));
    sleep(COOL_DOWN + TIMEOUT).await;
    assert_eq!(service.verdict(&unknown).await, "OK");
}

#[tokio::test]
async fn who_waits_for_it_takes_nobodys_turn() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    issuer.now_answers(Manner::Hanging);
    let one_at_a_time = QueueLimits {
        running: NonZero::<u32>::MIN,
        waiting: 0,
        patience: Duration::ZERO,
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
