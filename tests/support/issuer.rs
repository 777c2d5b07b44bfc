//! An OpenID token issuer: discovery, published keys that rotate, and failures on request.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use torg::auth::{
    algorithm::SigningAlgorithm,
    jwks::JwksSettings,
    token::{TokenSettings, Verifier},
};

/// Audience of the tokens.
pub const AUDIENCE: &str = "torg";
/// Maximum age of cached keys.
pub const MAX_AGE: Duration = Duration::from_millis(400);
pub const COOL_DOWN: Duration = Duration::from_millis(100);
/// Timeout of requests to the issuer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A signing key.
pub struct Signer {
    pub algorithm: Algorithm,
    pub key: EncodingKey,
}

impl Signer {
    /// Returns the Ed25519 key of this seed.
    pub fn ed25519(seed: u8) -> Self {
        let pair = KeypairBytes {
            secret_key: [seed; 32],
            public_key: None,
        };
        Self {
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(pair.to_pkcs8_der().unwrap().as_bytes()),
        }
    }

    /// Returns the RSA key of the unit tests.
    pub fn rsa() -> Self {
        let pem = include_bytes!("../../src/auth/tests/keys/rs256.pem");
        Self {
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_pem(pem).unwrap(),
        }
    }

    /// Returns the P-256 key of the unit tests.
    pub fn p256() -> Self {
        let pem = include_bytes!("../../src/auth/tests/keys/es256.pem");
        Self {
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_pem(pem).unwrap(),
        }
    }

    /// Returns a signer that uses these bytes as an HMAC secret.
    pub fn hmac(secret: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            key: EncodingKey::from_secret(secret),
        }
    }

    /// Signs any header and payload, well-formed or not.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", part(header), part(payload));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// Returns the public key as a JWK.
    pub fn jwk(&self, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = kid.into();
        jwk["use"] = "sig".into();
        jwk
    }
}

/// Encodes a part of a JWT.
pub fn part(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Behaviour of the issuer.
#[derive(Clone)]
pub enum Manner {
    /// Correct answers.
    Well,
    /// One member of the discovery document has this value.
    Saying(&'static str, String),
    /// The discovery document is redirected to this address.
    Redirecting(String),
    Failing,
    /// No answer.
    Hanging,
}

struct Shared {
    address: String,
    manner: Mutex<Manner>,
    keys: Mutex<Value>,
    discovered: AtomicUsize,
    fetched: AtomicUsize,
}

/// A running issuer.
#[derive(Clone)]
pub struct Issuer(Arc<Shared>);

impl Issuer {
    /// Starts an issuer that publishes these keys.
    pub async fn start(keys: Value) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), keys)
    }

    /// Starts an issuer on this listener.
    pub fn on(listener: TcpListener, keys: Value) -> Self {
        let issuer = Self(Arc::new(Shared {
            address: format!("http://{}", listener.local_addr().unwrap()),
            manner: Mutex::new(Manner::Well),
            keys: Mutex::new(keys),
            discovered: AtomicUsize::default(),
            fetched: AtomicUsize::default(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(published))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    pub fn address(&self) -> &str {
        &self.0.address
    }

    pub fn now_answers(&self, manner: Manner) {
        *self.0.manner.lock().unwrap() = manner;
    }

    pub fn now_publishes(&self, keys: Value) {
        *self.0.keys.lock().unwrap() = keys;
    }

    /// Returns how often the discovery document and the keys were fetched.
    pub fn asked(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.0.discovered), count(&self.0.fetched))
    }

    /// Returns a verifier that trusts this issuer, found by discovery.
    pub fn trusting(&self, algorithm: SigningAlgorithm) -> Verifier {
        trusting(self.address(), algorithm)
    }

    /// Returns the claims of a token for this subject, valid for an hour.
    pub fn claims(&self, subject: &str) -> Value {
        let now = Utc::now();
        json!({
            "iss": self.address(), "aud": AUDIENCE, "sub": subject, "iat": now.timestamp(),
            "exp": (now + TimeDelta::hours(1)).timestamp(),
        })
    }

    async fn answer(&self, document: Value) -> Response {
        let manner = self.0.manner.lock().unwrap().clone();
        match manner {
            Manner::Well | Manner::Saying(..) | Manner::Redirecting(_) => {
                Json(document).into_response()
            }
            Manner::Failing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Manner::Hanging => std::future::pending().await,
        }
    }
}

/// Returns a verifier that trusts the issuer at this address, found by discovery.
pub fn trusting(issuer: &str, algorithm: SigningAlgorithm) -> Verifier {
    trusting_within(TIMEOUT, issuer, algorithm)
}

/// Returns a verifier with this timeout for requests to the issuer.
pub fn trusting_within(timeout: Duration, issuer: &str, algorithm: SigningAlgorithm) -> Verifier {
    let settings = TokenSettings {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.into(),
        algorithm,
    };
    let keys = JwksSettings {
        max_age: TimeDelta::from_std(MAX_AGE).unwrap(),
        cool_down: TimeDelta::from_std(COOL_DOWN).unwrap(),
        timeout,
        ..JwksSettings::discovered(issuer)
    };
    Verifier::remote(&settings, keys).unwrap()
}

async fn discovery(State(issuer): State<Issuer>) -> Response {
    issuer.0.discovered.fetch_add(1, Ordering::SeqCst);
    let address = issuer.address();
    let mut document = json!({
        "issuer": address,
        "jwks_uri": format!("{address}/keys"),
        "authorization_endpoint": format!("{address}/authorize"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
    });
    let manner = issuer.0.manner.lock().unwrap().clone();
    match manner {
        Manner::Saying(member, text) => document[member] = text.into(),
        Manner::Redirecting(to) => return Redirect::temporary(&to).into_response(),
        _ => {}
    }
    issuer.answer(document).await
}

async fn published(State(issuer): State<Issuer>) -> Response {
    issuer.0.fetched.fetch_add(1, Ordering::SeqCst);
    let keys = issuer.0.keys.lock().unwrap().clone();
    issuer.answer(json!({ "keys": keys })).await
}
