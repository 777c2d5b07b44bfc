//! Bearer tokens: signed JWTs (RFC 7519), checked as RFC 8725 advises.
//!
//! The algorithm comes from the configuration and never from the token; so do the keys: `jwk`, `jku`, `x5c` and `x5u`
//! in a token's header are never read. They are ignored rather than refused, since honest issuers send some of them
//! (certificates' thumbprints and chains, mostly), and what is never read harms nobody. jsonwebtoken checks the signature, the issuer and the audience; the subject and the
//! times are checked here, with a `now` that is handed in.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::jwks::{Jwks, JwksSettings, JwksSettingsError};
use super::refusal::TokenRefusal;
use crate::kernel::text::is_hidden;

/// The longest token that is looked at. Header lines of most servers and proxies end at 8 KiB as well.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// How far the issuer's clock and ours may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The longest `sub`, in bytes (OpenID Connect Core §2 gives it 255 ASCII characters).
const MAX_SUBJECT_BYTES: usize = 255;

/// An algorithm that tokens may be signed with. Symmetric ones are left out: whoever checks could also mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SigningAlgorithm {
    /// Ed25519 (RFC 8037). The default.
    #[default]
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256, keys of 2048 to 4096 bits.
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
}

impl SigningAlgorithm {
    /// The name in a token's `alg` header and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    const fn in_library(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The configuration names an algorithm that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown signing algorithm `{0}`: choose EdDSA, RS256 or ES256")]
pub struct UnknownAlgorithm(String);

impl FromStr for SigningAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::EdDsa, Self::Rs256, Self::Es256]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

/// Which tokens are meant for this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The exact `iss` of accepted tokens.
    pub issuer: String,
    /// The value that must be (among) a token's `aud`.
    pub audience: String,
    /// The only accepted `alg`.
    pub algorithm: SigningAlgorithm,
}

/// What an accepted token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the person or system, unique within the issuer; 1 to 255 bytes.
    pub subject: String,
    /// `exp`. A long-lived connection ends then (the leeway is for checking, and not added here).
    pub expires_at: DateTime<Utc>,
    /// `name`: how the issuer would show the person, if it says. For display only.
    pub name: Option<String>,
}

/// Checks tokens. Made once at start and shared by all requests.
#[derive(Debug)]
pub struct Verifier {
    algorithm: SigningAlgorithm,
    validation: Validation,
    keys: Keys,
}

/// Where the key for a token comes from.
#[derive(Debug)]
enum Keys {
    /// One key, whatever `kid` a token names.
    Local(Arc<DecodingKey>),
    /// The issuer's published keys, by `kid`.
    Remote(Jwks),
}

impl Verifier {
    /// Checks tokens with the keys published at a JWKS address, which is first asked when the first token comes.
    pub fn remote(settings: &TokenSettings, keys: JwksSettings) -> Result<Self, JwksSettingsError> {
        let keys = Keys::Remote(Jwks::new(keys, settings.algorithm)?);
        Ok(Self::new(settings, keys))
    }

    /// Checks tokens with one key. It is for [`super::devkey::DevKey`], which makes sure key and algorithm match.
    pub(super) fn local(settings: &TokenSettings, key: DecodingKey) -> Self {
        Self::new(settings, Keys::Local(Arc::new(key)))
    }

    fn new(settings: &TokenSettings, keys: Keys) -> Self {
        let mut validation = Validation::new(settings.algorithm.in_library());
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        // Without this the library lets a token without `iss` or `aud` pass. `exp` and `sub` are required by
        // `Payload::accept`: the library takes no fractions of a second once serde_json keeps decimals exactly, which
        // money needs elsewhere, and it would compare with the system's clock instead of the one handed in.
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            algorithm: settings.algorithm,
            validation,
            keys,
        }
    }

    /// Is there any key to check tokens with? The issuer's are fetched, if they are due.
    pub async fn has_keys(&self, now: DateTime<Utc>) -> bool {
        match &self.keys {
            Keys::Local(_) => true,
            Keys::Remote(jwks) => jwks.is_known(now).await,
        }
    }

    /// Says whose `token` is. `now` decides whether it is still, and already, valid.
    ///
    /// It waits for the network only when keys have to be fetched ([`super::jwks`]). Nothing of the payload is looked
    /// at before the signature has been found good.
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

/// What is read of a token's header before anything of it is trusted.
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

/// `JWT` (RFC 7519 §5.1) or `at+jwt` (RFC 9068 §2.1); as media types, they have no case and may have their prefix.
fn is_access_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(
        typ.strip_prefix("application/").unwrap_or(&typ),
        "jwt" | "at+jwt"
    )
}

/// The claims that are read, of a token whose signature is good. serde refuses a claim that is there twice.
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
        // Differences, and not sums with the leeway: a sum could leave the range of a date.
        // What says that it will be issued later comes from a clock that is wrong, and so may its end be.
        for begins in [self.nbf, self.iat].into_iter().flatten() {
            if instant(begins)?.signed_duration_since(now) > LEEWAY {
                return Err(TokenRefusal::NotYetValid);
            }
        }
        if now.signed_duration_since(expires_at) >= LEEWAY {
            return Err(TokenRefusal::Expired);
        }
        Ok(Claims {
            subject,
            expires_at,
            name: self.name.map(shown),
        })
    }
}

/// A name as it is shown: one line of a length that fits.
fn shown(name: String) -> String {
    const MOST: usize = 200;
    let line = name
        .chars()
        .filter(|character| !character.is_control() && !is_hidden(*character));
    line.take(MOST).collect()
}

/// A NumericDate (RFC 7519 §2): seconds since 1970, fractions allowed.
fn instant(seconds: f64) -> Result<DateTime<Utc>, TokenRefusal> {
    // The cast saturates, and chrono refuses what is no date.
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
        // A bad signature, and all that is left: keys that turn out unusable, with which nothing can be shown valid.
        _ => TokenRefusal::BadSignature,
    }
}
