//! Who asks: from the `Authorization` header to an [`Actor`].

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{ACTING_FOR, Shared};
use crate::{
    auth::{Actor, refusal::TokenRefusal, store},
    kernel::{ids::OrganisationId, text::accepted_languages},
};

/// Why a request is not served for the one it claims to come from.
pub enum Unidentified {
    /// The header is not `Bearer <token>`.
    NotBearer,
    /// The token is refused.
    Token(TokenRefusal),
    /// The organisation of `Torg-Acting-For` is not one of the person's.
    NotAMember,
    /// The database did not answer.
    Database(sqlx::Error),
}

/// The one who acts. Without a token: the public.
pub async fn actor(shared: &Shared, headers: &HeaderMap) -> Result<Actor, Unidentified> {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return Ok(Actor::Anonymous);
    };
    let token = authorization
        .to_str()
        .ok()
        .and_then(bearer)
        .ok_or(Unidentified::NotBearer)?;
    let database = &shared.backend.database;
    // A token's time is the machine's, not that of a shifted clock.
    let claims = shared
        .verifier
        .verify(token, chrono::Utc::now())
        .await
        .map_err(Unidentified::Token)?;
    let wanted = acting_for(headers)?;
    let name = claims.name.as_deref();
    let person = store::person(
        &database.pool,
        &shared.issuer,
        &claims.subject,
        name,
        wanted,
    )
    .await
    .map_err(Unidentified::Database)?;
    if wanted.is_some() && person.acting_for.is_none() {
        return Err(Unidentified::NotAMember);
    }
    Ok(Actor::Person(person))
}

/// The reader's languages, the most wanted first.
pub fn languages(headers: &HeaderMap) -> Vec<String> {
    let header = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    header.map(accepted_languages).unwrap_or_default()
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn acting_for(headers: &HeaderMap) -> Result<Option<OrganisationId>, Unidentified> {
    let Some(value) = headers.get(ACTING_FOR) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(OrganisationId::from_global);
    id.map(Some).ok_or(Unidentified::NotAMember)
}

impl IntoResponse for Unidentified {
    fn into_response(self) -> Response {
        let (status, code, message, challenge) = match self {
            Self::NotBearer => (
                StatusCode::UNAUTHORIZED,
                "TOKEN_MALFORMED",
                "Send the token as `Authorization: Bearer <token>`.",
                Some(r#"Bearer realm="torg""#.to_owned()),
            ),
            Self::Token(refusal) => {
                let status = match refusal.is_retryable() {
                    true => StatusCode::SERVICE_UNAVAILABLE,
                    false => StatusCode::UNAUTHORIZED,
                };
                (
                    status,
                    refusal.code(),
                    refusal.message(),
                    refusal.www_authenticate(),
                )
            }
            Self::NotAMember => (
                StatusCode::FORBIDDEN,
                "NOT_A_MEMBER",
                "`Torg-Acting-For` names no organisation you belong to; `viewer { memberships }` lists them.",
                None,
            ),
            Self::Database(error) => {
                tracing::error!(%error, "could not look up who asks");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "INTERNAL",
                    "The database does not answer. Try again in a moment.",
                    None,
                )
            }
        };
        let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
        let mut response = (status, Json(body)).into_response();
        let challenge = challenge.and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(challenge) = challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
