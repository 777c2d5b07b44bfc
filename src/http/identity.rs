//! Authentication: from the `Authorization` header to an [`Actor`], with the rate limit.
//!
//! 1. [`authenticate`] verifies the credential without the database and counts the request.
//! 2. [`resolve_actor`] loads the person or API key from the database.
//!
//! The rate limit is checked before the request is queued and before the database is asked.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::{TimeDelta, Utc};
use moka::sync::Cache;

use super::{
    ACTING_FOR, AppState,
    address::{self, Peer},
    admission::{Class, Share},
    rate_limit::{RateLimitKey, RemainingQuota},
    response::Media,
};
use crate::{
    auth::{
        Actor, Person,
        key::{self, Secret},
        refusal::{KeyRefusal, TokenRefusal},
        store,
        token::Claims,
    },
    database,
    kernel::{ids::OrganisationId, reader_languages::ReaderLanguages},
    telemetry::request_record,
};

/// Why a request's actor cannot be determined.
pub enum IdentityError {
    /// The header is not `Bearer <token>`.
    NotBearer,
    /// The access token is refused.
    Token(TokenRefusal),
    /// The API key is refused.
    Key(KeyRefusal),
    /// The person is not a member of the organisation in `Torg-Acting-For`.
    NotAMember,
    /// The database did not answer.
    Database,
}

/// The actor of a request, and what is needed to determine it again later.
pub struct Identity {
    pub actor: Actor,
    /// The organisation in `Torg-Acting-For`.
    pub acting_for: Option<OrganisationId>,
    /// Time until the access token or API key expires; `None` for the public.
    pub valid_for: Option<TimeDelta>,
}

/// The actor of a request, and the remaining quota; without a rate limit there is no quota.
pub struct ResolvedActor {
    pub actor: Actor,
    pub quota: Option<RemainingQuota>,
    /// The client that the request is counted for.
    pub key: RateLimitKey,
}

/// What a request is authenticated by, as far as it is known without the database.
enum Credential {
    /// No credential: the public.
    Anonymous,
    /// A verified access token.
    Token(Claims),
    /// A well-formed API key, which may not exist.
    Key(Secret),
}

/// A credential, and the client that the request is already counted for.
pub struct Authenticated {
    credential: Credential,
    counted: Counted,
    /// The client, as far as it is known without the database, and the class of its requests.
    share: Share,
    quota: Option<RemainingQuota>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    NotYet,
    Network,
    Person,
}

/// Why a request is refused before it is executed.
pub enum RequestRefusal {
    Identity(IdentityError),
    RateLimited(RemainingQuota),
}

/// The rate limit keys of known credentials, so that the rate limit needs no database. A
/// credential's key never changes; whether the credential is still valid is checked each time.
pub struct RateLimitKeyCache(Cache<CredentialId, RateLimitKey>);

#[derive(PartialEq, Eq, Hash)]
enum CredentialId {
    Subject(String),
    KeyDigest(Vec<u8>),
}

impl Default for RateLimitKeyCache {
    fn default() -> Self {
        const CAPACITY: u64 = 10_000;
        const IDLE: Duration = Duration::from_secs(600);
        let cache = Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE);
        Self(cache.build())
    }
}

impl CredentialId {
    fn of(credential: &Credential) -> Option<Self> {
        match credential {
            Credential::Anonymous => None,
            Credential::Token(claims) => Some(Self::Subject(claims.subject.clone())),
            Credential::Key(secret) => Some(Self::KeyDigest(secret.digest())),
        }
    }
}

/// Verifies a request's credential and counts the request, without the database. It counts for
/// the person or organisation when the credential is known, else for the client's network. A
/// valid token of a person who is not known yet is counted by [`resolve_actor`].
pub async fn authenticate(
    state: &AppState,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Authenticated, RequestRefusal> {
    let credential = match read_credential(state, headers).await {
        Ok(credential) => credential,
        Err(error) => {
            count_network(state, headers, peer)?;
            return Err(RequestRefusal::Identity(error));
        }
    };
    let id = CredentialId::of(&credential);
    let known = id.and_then(|id| state.rate_limit_keys.0.get(&id));
    let network = network_key(state, headers, peer);
    let (counted, quota, class) = match (known, &credential) {
        (Some(key), _) => (Counted::Person, count(state, key)?, Class::SignedIn),
        (None, Credential::Token(_)) => (Counted::NotYet, None, Class::SignedIn),
        // Any client can invent a string with the form of an API key.
        (None, Credential::Key(_) | Credential::Anonymous) => {
            (Counted::Network, count(state, network)?, Class::Anonymous)
        }
    };
    Ok(Authenticated {
        credential,
        counted,
        share: Share {
            class,
            key: known.unwrap_or(network),
        },
        quota,
    })
}

/// Loads the actor of an authenticated request, and counts the request if it is not counted yet.
pub async fn resolve_actor(
    state: &AppState,
    headers: &HeaderMap,
    peer: Peer,
    authenticated: Authenticated,
) -> Result<ResolvedActor, RequestRefusal> {
    let id = CredentialId::of(&authenticated.credential);
    let mut key = authenticated.share.key;
    let actor = match load_identity(state, headers, authenticated.credential).await {
        Ok(identity) => identity.actor,
        Err(error) => {
            if !error.is_retryable() && authenticated.counted != Counted::Network {
                count_network(state, headers, peer)?;
            }
            return Err(RequestRefusal::Identity(error));
        }
    };
    request_record::record_actor(actor.kind());
    let mut quota = authenticated.quota;
    if let (Some(person), Some(id)) = (actor.person(), id)
        && authenticated.counted != Counted::Person
    {
        key = rate_limit_key(state, person).await;
        quota = count(state, key)?;
        state.rate_limit_keys.0.insert(id, key);
    }
    Ok(ResolvedActor { actor, quota, key })
}

/// Returns the key of an authenticated person or API key. The API keys of all organisations that
/// one person created have one rate limit and one share of the server together.
pub async fn rate_limit_key(state: &AppState, person: &Person) -> RateLimitKey {
    let key = RateLimitKey::of(person);
    let RateLimitKey::ApiKeys(organisation) = key else {
        return key;
    };
    let pool = &state.backend.database.pool;
    match store::keys::founder(pool, organisation).await {
        Ok(Some(founder)) => RateLimitKey::FoundersKeys(founder),
        Ok(None) => key,
        Err(error) => {
            database_error(error);
            key
        }
    }
}

impl Authenticated {
    /// Returns the client's share of the server.
    pub fn share(&self) -> Share {
        self.share
    }

    /// Counts a request whose response is public, so that its actor is not needed.
    pub fn count_public(
        self,
        state: &AppState,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<Option<RemainingQuota>, RequestRefusal> {
        match self.counted {
            Counted::NotYet => count_network(state, headers, peer),
            Counted::Network | Counted::Person => Ok(self.quota),
        }
    }
}

/// Counts a request for a public resource. An invalid credential is counted, not refused: the
/// resource is public for a client with an expired token, too.
pub async fn count_public(
    state: &AppState,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<(), RequestRefusal> {
    match authenticate(state, headers, peer).await {
        Ok(authenticated) => authenticated.count_public(state, headers, peer).map(drop),
        Err(RequestRefusal::Identity(_)) => Ok(()),
        Err(refused) => Err(refused),
    }
}

/// Counts a request for the client's network; returns an error when it exceeds the rate limit.
pub fn count_network(
    state: &AppState,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Option<RemainingQuota>, RequestRefusal> {
    count(state, network_key(state, headers, peer))
}

fn network_key(state: &AppState, headers: &HeaderMap, peer: Peer) -> RateLimitKey {
    RateLimitKey::Network(address::client_network(
        peer,
        headers,
        state.settings.proxies,
    ))
}

/// Counts a request; returns an error when it exceeds the rate limit.
fn count(state: &AppState, key: RateLimitKey) -> Result<Option<RemainingQuota>, RequestRefusal> {
    match &state.rates {
        Some(rates) => rates
            .count(key)
            .map(Some)
            .map_err(RequestRefusal::RateLimited),
        None => Ok(None),
    }
}

/// Determines the identity from the headers, without counting.
pub async fn identify(state: &AppState, headers: &HeaderMap) -> Result<Identity, IdentityError> {
    let credential = read_credential(state, headers).await?;
    load_identity(state, headers, credential).await
}

/// Returns the client of a request with a valid access token or a known API key, without the
/// database and without counting.
pub async fn signed_in(state: &AppState, headers: &HeaderMap, peer: Peer) -> Option<RateLimitKey> {
    let credential = read_credential(state, headers).await.ok()?;
    let id = CredentialId::of(&credential)?;
    let known = state.rate_limit_keys.0.get(&id);
    match credential {
        Credential::Token(_) => Some(known.unwrap_or(network_key(state, headers, peer))),
        Credential::Key(_) | Credential::Anonymous => known,
    }
}

async fn read_credential(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Credential, IdentityError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = values.next() else {
        return Ok(Credential::Anonymous);
    };
    // Two credentials are ambiguous, so both are refused.
    let authorization = values.next().is_none().then_some(authorization);
    let token = authorization
        .ok_or(IdentityError::NotBearer)?
        .to_str()
        .ok()
        .and_then(bearer)
        .ok_or(IdentityError::NotBearer)?;
    if token.starts_with(key::PREFIX) {
        let secret = Secret::read(token);
        return secret
            .map(Credential::Key)
            .ok_or(IdentityError::Key(KeyRefusal::Unknown));
    }
    // Issuers use the real time, not the marketplace's clock, which tests shift.
    let claims = state.verifier.verify(token, Utc::now()).await;
    claims.map(Credential::Token).map_err(IdentityError::Token)
}

async fn load_identity(
    state: &AppState,
    headers: &HeaderMap,
    credential: Credential,
) -> Result<Identity, IdentityError> {
    let (person, valid_for) = match credential {
        Credential::Anonymous => {
            return Ok(Identity {
                actor: Actor::Anonymous,
                acting_for: None,
                valid_for: None,
            });
        }
        Credential::Token(claims) => load_person(state, &claims).await?,
        Credential::Key(secret) => load_key(state, &secret).await?,
    };
    let wanted = acting_for(headers)?;
    let person = person.acting_as(wanted);
    if wanted.is_some() && person.acting_for.is_none() {
        return Err(IdentityError::NotAMember);
    }
    Ok(Identity {
        actor: Actor::Person(person),
        acting_for: wanted,
        valid_for: Some(valid_for),
    })
}

/// Loads the person of an access token; returns also the time until the token expires.
async fn load_person(
    state: &AppState,
    claims: &Claims,
) -> Result<(Person, TimeDelta), IdentityError> {
    let pool = &state.backend.database.pool;
    let name = claims.name.as_deref();
    let hash = state.identity_key.hash(&state.issuer, &claims.subject);
    let token = (
        state.issuer.as_str(),
        claims.subject.as_str(),
        Some(&hash[..]),
    );
    let person = database::read(|| store::person(pool, token, name, None))
        .await
        .map_err(database_error)?;
    Ok((person, claims.expires_at - Utc::now()))
}

/// Loads the actor of an API key; returns also the time until the key expires.
async fn load_key(state: &AppState, secret: &Secret) -> Result<(Person, TimeDelta), IdentityError> {
    let database = &state.backend.database;
    // A key's expiry was computed from the marketplace's clock.
    let now = database.clock.now();
    let valid = database::read(|| store::keys::find_by_secret(&database.pool, secret, now))
        .await
        .map_err(database_error)?
        .map_err(IdentityError::Key)?;
    Ok((valid.actor, valid.expires_at - now))
}

fn database_error(error: sqlx::Error) -> IdentityError {
    match database::is_unavailable(&error) {
        true => tracing::warn!(%error, "cannot load the actor: the database is unavailable"),
        false => tracing::error!(%error, "cannot load the actor"),
    }
    IdentityError::Database
}

/// Returns the reader's languages. A header that is sent several times counts as one list (RFC 9110
/// §5.3).
pub fn languages(headers: &HeaderMap) -> ReaderLanguages {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    ReaderLanguages::from_header(&texts.join(","))
}

/// Returns the token of `Bearer <token>`; the scheme is case-insensitive (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn acting_for(headers: &HeaderMap) -> Result<Option<OrganisationId>, IdentityError> {
    let Some(value) = headers.get(ACTING_FOR) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(OrganisationId::from_global);
    id.map(Some).ok_or(IdentityError::NotAMember)
}

impl IdentityError {
    /// Returns the stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBearer => "TOKEN_MALFORMED",
            Self::Token(refusal) => refusal.code(),
            Self::Key(refusal) => refusal.code(),
            Self::NotAMember => "NOT_A_MEMBER",
            Self::Database => database::UNAVAILABLE,
        }
    }

    /// Returns the message for people: the cause and the fix.
    pub fn message(&self) -> &'static str {
        match self {
            Self::NotBearer => "Send the access token as `Authorization: Bearer <token>`.",
            Self::Token(refusal) => refusal.message(),
            Self::Key(refusal) => refusal.message(),
            Self::NotAMember => {
                "`Torg-Acting-For` is not the ID of an organisation that you are a member of. Send \
                 an ID that `viewer { memberships }` returns."
            }
            Self::Database => "The database does not answer. Try again in a moment.",
        }
    }

    /// Returns whether the same credential may be accepted a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotBearer | Self::Key(_) | Self::NotAMember => false,
            Self::Token(refusal) => refusal.is_retryable(),
            Self::Database => true,
        }
    }

    fn challenge(&self) -> Option<String> {
        match self {
            Self::NotBearer => Some(r#"Bearer realm="torg""#.to_owned()),
            Self::Token(refusal) => refusal.www_authenticate(),
            Self::Key(refusal) => Some(refusal.www_authenticate()),
            Self::NotAMember | Self::Database => None,
        }
    }

    fn response(self, media: Media) -> Response {
        let status = match &self {
            _ if self.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotAMember => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        };
        let mut response = media.refusal(status, self.code(), self.message());
        let headers = response.headers_mut();
        let challenge = self.challenge();
        let challenge = challenge.and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl RequestRefusal {
    /// Returns the HTTP response.
    pub fn response(self, media: Media) -> Response {
        match self {
            Self::Identity(error) => error.response(media),
            Self::RateLimited(quota) => {
                let message = "You exceed the rate limit. Try again after the number of seconds \
                    in `Retry-After`.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut response = media.refusal(status, "RATE_LIMITED", message);
                quota.write_to(response.headers_mut());
                response
            }
        }
    }
}
