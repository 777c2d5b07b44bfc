//! JSON Web Key Sets (RFC 7517), reduced to the keys that can verify access tokens.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::SigningAlgorithm;

/// The usable keys of a set, each with its `kid`.
#[derive(Debug)]
pub(super) struct KeySet {
    usable: Vec<(Option<String>, Arc<DecodingKey>)>,
    ignored: Vec<IgnoredKey>,
}

/// A key of a set that is not used, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IgnoredKey {
    /// Place in the set, from 0.
    pub(super) place: usize,
    /// `kid`; `None` when the key has none.
    pub(super) kid: Option<String>,
    /// Why the key cannot verify access tokens.
    pub(super) reason: &'static str,
}

impl KeySet {
    /// Parses a JWKS document and returns the keys for one algorithm. Other keys are ignored,
    /// unknown kinds included, as RFC 7517 §5 requires. A document that is not a JWKS is an error.
    pub(super) fn read(document: &[u8], algorithm: SigningAlgorithm) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(document)?;
        let (mut usable, mut ignored) = (Vec::new(), Vec::new());
        for (place, value) in document.keys.iter().enumerate() {
            let jwk = Jwk(value);
            let kid = value.get("kid").and_then(Value::as_str).map(str::to_owned);
            match jwk.key_for(algorithm) {
                Ok(key) => usable.push((kid, Arc::new(key))),
                Err(reason) => ignored.push(IgnoredKey { place, kid, reason }),
            }
        }
        Ok(Self { usable, ignored })
    }

    /// Returns the key with this `kid`. A token without `kid` refers to the only key of the issuer.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<Arc<DecodingKey>> {
        let found = match (kid, self.usable.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(_), keys) => keys.iter().find(|(name, _)| name.as_deref() == kid),
        };
        found.map(|(_, key)| Arc::clone(key))
    }

    /// Returns the number of usable keys.
    pub(super) fn len(&self) -> usize {
        self.usable.len()
    }

    /// Returns the keys that are not used.
    pub(super) fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }
}

/// One JWK. Only the members that the kind of key needs are read; others may have any value, as
/// some issuers write all members of all kinds, with `""` or `null` where they do not apply. The
/// members of a private key are never read.
struct Jwk<'a>(&'a Value);

impl<'a> Jwk<'a> {
    /// Returns the key if it is for signatures of this algorithm and has a secure size and form,
    /// else why it is not used.
    fn key_for(&self, algorithm: SigningAlgorithm) -> Result<DecodingKey, &'static str> {
        let kind = self.text("kty").ok_or("it has no kty")?;
        let (own_kind, curve) = match algorithm {
            SigningAlgorithm::EdDsa => ("OKP", Some("Ed25519")),
            SigningAlgorithm::Es256 => ("EC", Some("P-256")),
            SigningAlgorithm::Rs256 => ("RSA", None),
        };
        if kind != own_kind {
            return Err("its kty is for another algorithm than the configured one");
        }
        if self.stated("use")?.is_some_and(|usage| usage != "sig") {
            return Err("its use is not sig");
        }
        if self
            .stated("alg")?
            .is_some_and(|alg| alg != algorithm.name())
        {
            return Err("its alg is not the configured one");
        }
        if !self.may_verify()? {
            return Err("its key_ops lack verify");
        }
        if curve.is_some() && self.text("crv") != curve {
            return Err("its crv is for another algorithm than the configured one");
        }
        match algorithm {
            SigningAlgorithm::EdDsa => ed25519_key(self.needed("x")?),
            SigningAlgorithm::Es256 => p256_key(self.needed("x")?, self.needed("y")?),
            SigningAlgorithm::Rs256 => rsa_key(self.needed("n")?, self.needed("e")?),
        }
    }

    /// Returns a member that is a text and not empty.
    fn text(&self, member: &str) -> Option<&'a str> {
        let text = self.0.get(member)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// Returns a member that restricts the use of the key: absent, `null` and `""` state nothing. A
    /// restriction of another type is not understood, so the key is not used.
    fn stated(&self, member: &str) -> Result<Option<&'a str>, &'static str> {
        match self.0.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err("its use or alg is not a text"),
        }
    }

    /// Returns whether `key_ops` allows the verification of signatures. Absent, `null`, `""` and
    /// an empty list state nothing.
    fn may_verify(&self) -> Result<bool, &'static str> {
        match self.0.get("key_ops") {
            None | Some(Value::Null) => Ok(true),
            Some(Value::String(text)) if text.is_empty() => Ok(true),
            Some(Value::Array(operations)) => {
                let mut stated = operations
                    .iter()
                    .filter(|operation| **operation != "")
                    .peekable();
                Ok(stated.peek().is_none() || stated.any(|operation| *operation == "verify"))
            }
            Some(_) => Err("its key_ops is not a list"),
        }
    }

    fn needed(&self, member: &str) -> Result<&'a str, &'static str> {
        self.text(member)
            .ok_or("a member that its kty requires is missing")
    }
}

/// Returns a valid Ed25519 key. The library takes the first 32 bytes without a length check, so
/// the length is checked here.
fn ed25519_key(x: &str) -> Result<DecodingKey, &'static str> {
    let bytes: [u8; 32] = decode(x)?
        .try_into()
        .map_err(|_| "its x has not 32 bytes")?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| "its x is no point of the curve")?;
    if key.is_weak() {
        return Err("its x is a point of low order");
    }
    Ok(DecodingKey::from_ed_der(&bytes))
}

/// Returns a P-256 key whose coordinates have 32 bytes (RFC 7518 §6.2.1.2). The library checks with
/// each token that the point lies on the curve.
fn p256_key(x: &str, y: &str) -> Result<DecodingKey, &'static str> {
    if decode(x)?.len() != 32 || decode(y)?.len() != 32 {
        return Err("its x and y have not 32 bytes each");
    }
    DecodingKey::from_ec_components(x, y).map_err(|_| "its x and y are no coordinates")
}

/// Returns an RSA key of 2048 (RFC 7518 §3.3) to 4096 bits, the library's maximum.
fn rsa_key(n: &str, e: &str) -> Result<DecodingKey, &'static str> {
    let modulus = decode(n)?;
    let leading_zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let bytes = modulus.len() - leading_zeros;
    if !(256..=512).contains(&bytes) {
        return Err("its n has not 2048 to 4096 bits");
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &decode(e)?))
}

fn decode(base64url: &str) -> Result<Vec<u8>, &'static str> {
    let bytes = URL_SAFE_NO_PAD.decode(base64url);
    bytes.map_err(|_| "a member is not base64url without padding")
}
