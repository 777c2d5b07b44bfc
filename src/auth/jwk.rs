//! A JSON Web Key Set (RFC 7517), read down to the keys that can check our tokens.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;

use super::token::SigningAlgorithm;

/// The usable keys of a set.
#[derive(Debug)]
pub(super) struct KeySet(Vec<(Option<String>, Arc<DecodingKey>)>);

impl KeySet {
    /// Reads the keys for one algorithm out of a JWKS document. Others are passed over, unknown kinds included, as
    /// RFC 7517 §5 asks; that the document itself is not a JWKS is an error.
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

    /// The key named `kid`. A token that names none can only mean the key of an issuer that has just one.
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

/// The members of a JWK that matter here; a private key's are never read.
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
    /// The key, if it is meant for checking signatures of this algorithm and is of a size and shape to be trusted.
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

/// The library slices 32 bytes off the key without looking at its length, so it must only get sound ones.
fn ed25519_key(x: &str) -> Option<DecodingKey> {
    let bytes: [u8; 32] = decode(x)?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then(|| DecodingKey::from_ed_der(&bytes))
}

/// Coordinates have their full 32 bytes (RFC 7518 §6.2.1.2). That they lie on the curve is checked with each token.
fn p256_key(x: &str, y: &str) -> Option<DecodingKey> {
    let full_length = decode(x)?.len() == 32 && decode(y)?.len() == 32;
    full_length.then(|| DecodingKey::from_ec_components(x, y).ok())?
}

/// 2048 bits at least (RFC 7518 §3.3), and 4096 at most, which is what the library takes.
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
