//! Why a bearer token or an API key is not accepted, in words that may be shown to anyone.

/// Why a bearer token is not accepted.
///
/// Each has a stable code for programs and one sentence for people; neither carries anything out of the token, the keys
/// or the libraries below. There is deliberately no `Display`: async-graphql turns any `Display` error into a reply, and
/// what is replied has to be chosen where the reply is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not three base64url parts holding JSON, or a claim has another type than RFC 7519 gives it.
    Malformed,
    /// Longer than [`crate::auth::token::MAX_TOKEN_BYTES`].
    TooLong,
    /// `typ` names another kind of token (RFC 8725 §3.11), or `crit` demands an extension (RFC 7515 §4.1.11).
    UnsupportedType,
    /// `alg` is not the configured one (RFC 8725 §3.1). This covers `none`.
    WrongAlgorithm,
    /// The issuer publishes no key for this token's `kid`.
    UnknownKey,
    /// The signature does not belong to these contents and this key.
    BadSignature,
    /// `iss`, `aud`, `exp` or `sub` is absent or empty.
    ClaimMissing,
    /// `iss` is not the configured issuer.
    WrongIssuer,
    /// `aud` does not name this service.
    WrongAudience,
    /// `exp` has passed, the leeway included.
    Expired,
    /// `nbf` or `iat` has not come yet, the leeway included.
    NotYetValid,
    /// The issuer's keys could not be fetched, and none usable are kept. Says nothing about the token: try again.
    KeysUnavailable,
}

impl TokenRefusal {
    /// Every refusal, in the order a token meets them.
    pub const ALL: [Self; 12] = [
        Self::TooLong,
        Self::Malformed,
        Self::UnsupportedType,
        Self::WrongAlgorithm,
        Self::KeysUnavailable,
        Self::UnknownKey,
        Self::BadSignature,
        Self::ClaimMissing,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::NotYetValid,
        Self::Expired,
    ];

    /// The stable code that programs may depend on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "TOKEN_MALFORMED",
            Self::TooLong => "TOKEN_TOO_LONG",
            Self::UnsupportedType => "TOKEN_UNSUPPORTED_TYPE",
            Self::WrongAlgorithm => "TOKEN_WRONG_ALGORITHM",
            Self::UnknownKey => "TOKEN_UNKNOWN_KEY",
            Self::BadSignature => "TOKEN_BAD_SIGNATURE",
            Self::ClaimMissing => "TOKEN_CLAIM_MISSING",
            Self::WrongIssuer => "TOKEN_WRONG_ISSUER",
            Self::WrongAudience => "TOKEN_WRONG_AUDIENCE",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
            Self::KeysUnavailable => "KEYS_UNAVAILABLE",
        }
    }

    /// One or two plain sentences: the cause, and what to do. ASCII without quotes or backslashes, because RFC 6750 §3
    /// allows no others in a challenge.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => {
                "The access token is not a well-formed JWT. Send it unchanged, as it was issued."
            }
            Self::TooLong => {
                "The access token is longer than 8 KiB. Ask the issuer for one with fewer claims."
            }
            Self::UnsupportedType => {
                "The access token is of another kind. Its header may say typ JWT or at+jwt, and no crit."
            }
            Self::WrongAlgorithm => {
                "The access token is signed with an algorithm this service does not accept."
            }
            Self::UnknownKey => {
                "The access token is signed with a key its issuer does not publish. Sign in again."
            }
            Self::BadSignature => "The signature of the access token is not valid. Sign in again.",
            Self::ClaimMissing => {
                "The access token lacks a required claim. It must have iss, aud, exp and sub."
            }
            Self::WrongIssuer => {
                "The access token comes from another issuer than the one this service trusts."
            }
            Self::WrongAudience => {
                "The access token is meant for another service. Ask for one with this service as aud."
            }
            Self::Expired => "The access token has expired. Sign in again or refresh it.",
            Self::NotYetValid => {
                "The access token is not valid yet. Check the clock of the system that issued it."
            }
            Self::KeysUnavailable => {
                "Access tokens cannot be checked right now. Try again in a moment."
            }
        }
    }

    /// Whether the same token may be accepted a moment later. Such a refusal is a 503, the others are a 401.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::KeysUnavailable)
    }

    /// The value of the `WWW-Authenticate` header that goes with the refusal (RFC 6750 §3), or `None` when the token
    /// is not at fault and asking for another would mislead.
    pub fn www_authenticate(self) -> Option<String> {
        (!self.is_retryable()).then(|| challenge(self.message()))
    }
}

/// Why an API key is not accepted. Only who has the secret is told that it was good once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// Nobody was ever given this secret.
    Unknown,
    /// An owner revoked it, or its organisation was closed.
    Revoked,
    /// Its time is over.
    Expired,
}

impl KeyRefusal {
    /// Every refusal.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Revoked, Self::Expired];

    /// The stable code that programs may depend on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "API_KEY_UNKNOWN",
            Self::Revoked => "API_KEY_REVOKED",
            Self::Expired => "API_KEY_EXPIRED",
        }
    }

    /// As [`TokenRefusal::message`].
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unknown => "There is no such API key. Send it unchanged, as it was shown.",
            Self::Revoked => {
                "The API key was revoked, or its organisation closed. Ask an owner of the organisation for another."
            }
            Self::Expired => {
                "The API key has expired. Ask an owner of the organisation for another."
            }
        }
    }

    /// As [`TokenRefusal::www_authenticate`]; an API key is always at fault itself.
    pub fn www_authenticate(self) -> String {
        challenge(self.message())
    }
}

/// RFC 6750 §3: the error's code, and a description without quotes or backslashes.
fn challenge(description: &str) -> String {
    format!(r#"Bearer realm="torg", error="invalid_token", error_description="{description}""#)
}
