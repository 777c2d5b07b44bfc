//! JSON Web Key Sets (RFC 7517), reduced to the keys that can verify access tokens.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;

use super::algorithm::SigningAlgorithm;

/// The usable keys of a set, each with its `kid`.
#[derive(Debug)]
pub(super) struct KeySet(Vec<(Option<String>, Arc<DecodingKey>)>);

impl KeySet {
    /// Parses a JWKS document and returns the keys for one algorithm. Other keys are ignored,
    /// unknown kinds included, as RFC 7517 §5 requires. A document that is not a JWKS is an error.
    pub(super) fn read(document: &[u8], algorithm: SigningAlgorithm) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(document)?;
        let usable = document.keys.into_iter().filter_map(|value| {
            let jwk: Jwk = serde_json::from_value(value).ok()?;
            let key = jwk.key_for(algorithm)?;
            Some((jwk.kid, Arc::new(key)))
        });
        Ok(Self(usable.collect()))
    }

    /// Returns the key with this `kid`. A token without `kid` refers to the only key of the issuer.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<Arc<DecodingKey>> {
        let found = match (kid, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(_), keys) => keys.iter().find(|(name, _)| name.as_deref() == kid),
        };
        found.map(|(_, key)| Arc::clone(key))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The members of a JWK that are needed; those of a private key are never read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl Jwk {
    /// Returns the key if it is for signatures of this algorithm and has a secure size and form.
    fn key_for(&self, algorithm: SigningAlgorithm) -> Option<DecodingKey> {
        let for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let for_algorithm = self
            .alg
            .as_deref()
            .is_none_or(|alg| alg == algorithm.name());
        if !for_signatures || !for_algorithm {
            return None;
        }
        match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (SigningAlgorithm::EdDsa, "OKP", Some("Ed25519")) => ed25519_key(&self.x),
            (SigningAlgorithm::Es256, "EC", Some("P-256")) => p256_key(&self.x, &self.y),
            (SigningAlgorithm::Rs256, "RSA", None) => rsa_key(&self.n, &self.e),
            _ => None,
        }
    }
}

/// Returns a valid Ed25519 key. The library takes the first 32 bytes without a length check, so
/// the length is checked here.
fn ed25519_key(x: &str) -> Option<DecodingKey> {
    let bytes: [u8; 32] = decode(x)?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then(|| DecodingKey::from_ed_der(&bytes))
}

/// Returns a P-256 key whose coordinates have 32 bytes (RFC 7518 §6.2.1.2). The library checks with
/// each token that the point lies on the curve.
fn p256_key(x: &str, y: &str) -> Option<DecodingKey> {
    let full_length = decode(x)?.len() == 32 && decode(y)?.len() == 32;
    full_length.then(|| DecodingKey::from_ec_components(x, y).ok())?
}

/// Returns an RSA key of 2048 (RFC 7518 §3.3) to 4096 bits, the library's maximum.
fn rsa_key(n: &str, e: &str) -> Option<DecodingKey> {
    let modulus = decode(n)?;
    let leading_zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let bytes = modulus.len() - leading_zeros;
    let exponent = decode(e)?;
    ((256..=512).contains(&bytes) && !exponent.is_empty())
        .then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn decode(base64url: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(base64url).ok()
}
