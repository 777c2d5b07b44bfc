//! Access tokens: signed JWTs (RFC 7519), verified as RFC 8725 recommends.
//!
//! The algorithm and the keys come from the configuration and never from the token. `jwk`, `jku`,
//! `x5c` and `x5u` in a token's header are ignored rather than refused, because honest issuers send
//! some of them (mostly certificate thumbprints and chains). jsonwebtoken checks the signature, the
//! issuer and the audience; this module checks the subject and the times, with the time that the
//! caller passes.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::algorithm::SigningAlgorithm;
use super::jwks::{Jwks, JwksSettings, JwksSettingsError};
use super::refusal::TokenRefusal;
use crate::kernel::normal_form;

/// Maximum number of bytes of a token. Most servers and proxies limit a header to 8 KiB as well.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The accepted difference between the issuer's clock and the service's.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The longest time until `exp`. A longer one is a mistake, such as milliseconds instead of seconds:
/// such a token would be valid for millennia, and could not be withdrawn.
pub const MAX_LIFETIME: TimeDelta = TimeDelta::days(366);

/// Maximum number of bytes of `sub` (OpenID Connect Core §2: 255 ASCII characters).
const MAX_SUBJECT_BYTES: usize = 255;

/// Which tokens the service accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The exact `iss` of accepted tokens.
    pub issuer: String,
    /// The value that a token's `aud` must be or contain.
    pub audience: String,
    /// The only accepted `alg`.
    pub algorithm: SigningAlgorithm,
}

/// The claims of a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the person or system, unique within the issuer; 1 to 255 bytes.
    pub subject: String,
    /// `exp`. A WebSocket is closed then; the leeway, which is for verification, is not included.
    pub expires_at: DateTime<Utc>,
    /// `name`: the person's display name; `None` when the token has none.
    pub name: Option<String>,
}

/// Verifies tokens. All requests share one.
#[derive(Debug)]
pub struct Verifier {
    algorithm: SigningAlgorithm,
    validation: Validation,
    keys: Keys,
}

/// The source of the verification key.
#[derive(Debug)]
enum Keys {
    /// One key for all tokens; their `kid` is ignored.
    Local(Arc<DecodingKey>),
    /// The issuer's published keys, by `kid`.
    Remote(Jwks),
}

impl Verifier {
    /// Returns a verifier with the issuer's published keys, which it fetches with the first token.
    pub fn remote(settings: &TokenSettings, keys: JwksSettings) -> Result<Self, JwksSettingsError> {
        let keys = Keys::Remote(Jwks::new(keys, settings.algorithm)?);
        Ok(Self::new(settings, keys))
    }

    /// Returns a verifier with one key, which the caller ([`super::devkey::DevKey`]) matches to the
    /// algorithm.
    pub(super) fn local(settings: &TokenSettings, key: DecodingKey) -> Self {
        Self::new(settings, Keys::Local(Arc::new(key)))
    }

    fn new(settings: &TokenSettings, keys: Keys) -> Self {
        let mut validation = Validation::new(settings.algorithm.in_library());
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        // Without this the library accepts a token without `iss` or `aud`. `Payload::accept`
        // requires `exp` and `sub`: the library refuses fractions of a second when serde_json keeps
        // decimals exactly (which money needs), and it compares with the system's clock instead of
        // the caller's time.
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            algorithm: settings.algorithm,
            validation,
            keys,
        }
    }

    /// Returns whether there is a key to verify tokens with. Fetches the issuer's keys if due.
    pub async fn has_keys(&self, now: DateTime<Utc>) -> bool {
        match &self.keys {
            Keys::Local(_) => true,
            Keys::Remote(jwks) => jwks.has_keys(now).await,
        }
    }

    /// Verifies a token and returns its claims. `now` is the time for `exp`, `nbf` and `iat`.
    ///
    /// It waits for the network only when keys are fetched ([`super::jwks`]). It does not read the
    /// payload before the signature is verified.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenRefusal> {
        let header = Header::read(token)?;
        header.check(self.algorithm)?;
        let key = match &self.keys {
            Keys::Local(key) => Arc::clone(key),
            Keys::Remote(jwks) => jwks.key(header.kid.as_deref(), now).await?,
        };
        let token = jsonwebtoken::decode::<Payload>(token, &key, &self.validation)
            .map_err(|error| refusal_of(error.kind()))?;
        token.claims.accept(now)
    }
}

/// The members of a token's header that are read before the signature is verified.
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl Header {
    fn read(token: &str) -> Result<Self, TokenRefusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenRefusal::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenRefusal::Malformed);
        };
        let json = URL_SAFE_NO_PAD
            .decode(header)
            .map_err(|_| TokenRefusal::Malformed)?;
        serde_json::from_slice(&json).map_err(|_| TokenRefusal::Malformed)
    }

    fn check(&self, algorithm: SigningAlgorithm) -> Result<(), TokenRefusal> {
        if self.crit.is_some() || !self.typ.as_deref().is_none_or(is_access_token_type) {
            return Err(TokenRefusal::UnsupportedType);
        }
        if self.alg != algorithm.name() {
            return Err(TokenRefusal::WrongAlgorithm);
        }
        Ok(())
    }
}

/// Returns whether `typ` is `JWT` (RFC 7519 §5.1) or `at+jwt` (RFC 9068 §2.1). They are media
/// types: case-insensitive, with or without `application/`.
fn is_access_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(
        typ.strip_prefix("application/").unwrap_or(&typ),
        "jwt" | "at+jwt"
    )
}

/// The claims of a token with a valid signature. serde refuses duplicate claims.
#[derive(Deserialize)]
struct Payload {
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    name: Option<String>,
}

impl Payload {
    fn accept(self, now: DateTime<Utc>) -> Result<Claims, TokenRefusal> {
        let subject = self.sub.unwrap_or_default();
        if subject.trim().is_empty() {
            return Err(TokenRefusal::ClaimMissing);
        }
        if subject.len() > MAX_SUBJECT_BYTES || subject.contains(char::is_control) {
            return Err(TokenRefusal::Malformed);
        }
        let expires_at = instant(self.exp.ok_or(TokenRefusal::ClaimMissing)?)?;
        // The code compares differences, because a sum with the leeway could leave the range of a
        // date. A token that was issued in the future comes from a wrong clock, so its expiry may
        // be wrong as well.
        for begins in [self.nbf, self.iat].into_iter().flatten() {
            if instant(begins)?.signed_duration_since(now) > LEEWAY {
                return Err(TokenRefusal::NotYetValid);
            }
        }
        if now.signed_duration_since(expires_at) >= LEEWAY {
            return Err(TokenRefusal::Expired);
        }
        if expires_at.signed_duration_since(now) > MAX_LIFETIME {
            return Err(TokenRefusal::ExpiresTooLate);
        }
        Ok(Claims {
            subject,
            expires_at,
            name: self.name.map(shown),
        })
    }
}

/// Returns a display name in normal form, without control characters, cut to 200 characters.
fn shown(name: String) -> String {
    const LIMIT: usize = 200;
    let line = normal_form::one_line(&name);
    line.chars()
        .filter(|character| !character.is_control())
        .take(LIMIT)
        .collect()
}

/// Converts a NumericDate (RFC 7519 §2): seconds since 1970, fractions allowed.
fn instant(seconds: f64) -> Result<DateTime<Utc>, TokenRefusal> {
    // The cast saturates, and chrono returns `None` outside the range of dates.
    DateTime::from_timestamp_millis((seconds * 1000.0) as i64).ok_or(TokenRefusal::Malformed)
}

fn refusal_of(error: &ErrorKind) -> TokenRefusal {
    match error {
        ErrorKind::InvalidToken
        | ErrorKind::Base64(_)
        | ErrorKind::Json(_)
        | ErrorKind::Utf8(_) => TokenRefusal::Malformed,
        ErrorKind::InvalidAlgorithm => TokenRefusal::WrongAlgorithm,
        ErrorKind::MissingRequiredClaim(_) => TokenRefusal::ClaimMissing,
        ErrorKind::InvalidIssuer => TokenRefusal::WrongIssuer,
        ErrorKind::InvalidAudience => TokenRefusal::WrongAudience,
        // An invalid signature, or an unusable key, which cannot verify any token.
        _ => TokenRefusal::BadSignature,
    }
}
