//! Tests of tokens and keys, with a test issuer.

mod devkey;
mod jwk;
mod jwks;
mod refusal;
mod token;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};

use super::algorithm::SigningAlgorithm;
use super::token::TokenSettings;

const ISSUER: &str = "https://login.example.org";
const AUDIENCE: &str = "https://torg.example.org";

fn settings(algorithm: SigningAlgorithm) -> TokenSettings {
    TokenSettings {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        algorithm,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// Returns the claims of a valid token, which expires in an hour.
fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "exp": now().timestamp() + 3600 })
}

/// Returns the valid claims with `changes`; null removes a claim.
fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn part(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A signing key of the test issuer.
struct Issuer {
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Issuer {
    /// Returns the Ed25519 key of this seed.
    fn ed25519(seed: u8) -> Self {
        let pair = KeypairBytes {
            secret_key: [seed; 32],
            public_key: None,
        };
        let key = EncodingKey::from_ed_der(pair.to_pkcs8_der().unwrap().as_bytes());
        Self {
            algorithm: Algorithm::EdDSA,
            key,
        }
    }

    /// Returns the RSA key in `keys/rs256.pem`, which only these tests use.
    fn rsa() -> Self {
        let key = EncodingKey::from_rsa_pem(include_bytes!("tests/keys/rs256.pem")).unwrap();
        Self {
            algorithm: Algorithm::RS256,
            key,
        }
    }

    /// Returns the P-256 key in `keys/es256.pem`, which only these tests use.
    fn p256() -> Self {
        let key = EncodingKey::from_ec_pem(include_bytes!("tests/keys/es256.pem")).unwrap();
        Self {
            algorithm: Algorithm::ES256,
            key,
        }
    }

    /// Returns an attacker who signs with HMAC and this secret.
    fn hmac(secret: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            key: EncodingKey::from_secret(secret),
        }
    }

    /// Signs any header and payload, well-formed or not.
    fn sign_raw(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let message = format!("{}.{}", part(header), part(payload));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    fn sign(&self, header: Value, claims: Value) -> String {
        self.sign_raw(header.to_string(), claims.to_string())
    }

    /// Returns a token in the form of a real issuer.
    fn token(&self, kid: Option<&str>, claims: Value) -> String {
        let mut header = json!({ "alg": self.algorithm, "typ": "JWT" });
        if let Some(kid) = kid {
            header["kid"] = kid.into();
        }
        self.sign(header, claims)
    }

    /// Returns the public key as it is published.
    fn jwk(&self, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = kid.into();
        jwk["use"] = "sig".into();
        jwk
    }

    fn public(&self) -> DecodingKey {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        DecodingKey::from_jwk(&jwk).unwrap()
    }
}
