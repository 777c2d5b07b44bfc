//! Reasons why an access token or an API key is refused, with public messages.

/// Why an access token is refused.
///
/// Each reason has a stable code for programs and a message for people. Neither contains text from
/// the token, the keys or the libraries. The type deliberately has no `Display`: async-graphql
/// sends the text of any `Display` error to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not three base64url parts with JSON, or a claim has another type than in RFC 7519.
    Malformed,
    /// Longer than [`crate::auth::token::MAX_TOKEN_BYTES`].
    TooLong,
    /// `typ` is another kind of token (RFC 8725 §3.11), or `crit` requires an extension (RFC 7515
    /// §4.1.11).
    UnsupportedType,
    /// `alg` is not the configured algorithm (RFC 8725 §3.1); this includes `none`.
    WrongAlgorithm,
    /// The issuer publishes no key for this token's `kid`.
    UnknownKey,
    /// The signature is not valid for this content and key.
    BadSignature,
    /// `iss`, `aud`, `exp` or `sub` is absent or empty.
    ClaimMissing,
    /// `iss` is not the configured issuer.
    WrongIssuer,
    /// `aud` does not contain this service.
    WrongAudience,
    /// `exp` has passed, the leeway included.
    Expired,
    /// `exp` is more than [`crate::auth::token::MAX_LIFETIME`] from now.
    ExpiresTooLate,
    /// `nbf` or `iat` is in the future, the leeway included.
    NotYetValid,
    /// The issuer's keys could not be fetched, and no usable keys are cached. The token may be
    /// valid.
    KeysUnavailable,
}

impl TokenRefusal {
    /// Every refusal, in the order of the checks.
    pub const ALL: [Self; 13] = [
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
        Self::ExpiresTooLate,
    ];

    /// Returns the stable code for programs.
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
            Self::ExpiresTooLate => "TOKEN_EXPIRES_TOO_LATE",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
            Self::KeysUnavailable => "KEYS_UNAVAILABLE",
        }
    }

    /// Returns the message for people: the cause and the fix. It is ASCII without quotes or
    /// backslashes, because RFC 6750 §3 allows no others in a challenge.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => {
                "The access token is not a well-formed JWT. Send it exactly as it was issued."
            }
            Self::TooLong => {
                "The access token is longer than 8 KiB. Request a token with fewer claims."
            }
            Self::UnsupportedType => {
                "The token is not an access token. Its typ must be JWT or at+jwt, without crit."
            }
            Self::WrongAlgorithm => {
                "The access token is signed with an algorithm that this service does not accept."
            }
            Self::UnknownKey => {
                "The access token is signed with a key that its issuer does not publish. Sign in again."
            }
            Self::BadSignature => "The signature of the access token is not valid. Sign in again.",
            Self::ClaimMissing => {
                "The access token lacks a required claim. It must have iss, aud, exp and sub."
            }
            Self::WrongIssuer => {
                "The access token comes from an issuer that this service does not trust."
            }
            Self::WrongAudience => {
                "The access token is for another service. Request one with this service in aud."
            }
            Self::Expired => "The access token has expired. Sign in again or refresh it.",
            Self::ExpiresTooLate => {
                "The access token expires more than 366 days from now. Its exp must be in seconds, not milliseconds."
            }
            Self::NotYetValid => {
                "The access token is not valid yet. Check the clock of the system that issued it."
            }
            Self::KeysUnavailable => {
                "Access tokens cannot be verified right now. Try again in a moment."
            }
        }
    }

    /// Returns whether the same token may be accepted a moment later. Such a refusal has the HTTP
    /// status 503, the others 401.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::KeysUnavailable)
    }

    /// Returns the `WWW-Authenticate` header of the refusal (RFC 6750 §3); `None` when another
    /// token would not help.
    pub fn www_authenticate(self) -> Option<String> {
        (!self.is_retryable()).then(|| challenge(self.message()))
    }
}

/// Why an API key is refused. Only a client with the secret learns that the key was once valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// No key has this secret.
    Unknown,
    /// An owner revoked the key, or its organisation was closed.
    Revoked,
    /// The key has expired.
    Expired,
}

impl KeyRefusal {
    /// Every refusal.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Revoked, Self::Expired];

    /// Returns the stable code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "API_KEY_UNKNOWN",
            Self::Revoked => "API_KEY_REVOKED",
            Self::Expired => "API_KEY_EXPIRED",
        }
    }

    /// Returns the message for people, in the form of [`TokenRefusal::message`].
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unknown => "The API key does not exist. Send it exactly as it was shown.",
            Self::Revoked => {
                "The API key was revoked, or its organisation was closed. Ask an owner of the \
                 organisation for another key."
            }
            Self::Expired => {
                "The API key has expired. Ask an owner of the organisation for another key."
            }
        }
    }

    /// Returns the `WWW-Authenticate` header of the refusal (RFC 6750 §3).
    pub fn www_authenticate(self) -> String {
        challenge(self.message())
    }
}

/// Returns a challenge (RFC 6750 §3); the description has no quotes or backslashes.
fn challenge(description: &str) -> String {
    format!(r#"Bearer realm="torg", error="invalid_token", error_description="{description}""#)
}
