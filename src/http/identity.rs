//! Who asks: from the `Authorization` header to an [`Actor`].

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::{TimeDelta, Utc};
use moka::sync::Cache;

use super::{
    ACTING_FOR, Shared,
    address::{self, Peer},
    answer::Media,
    rates::{Left, Who},
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
    kernel::{ids::OrganisationId, text::accepted_languages},
    telemetry,
};

/// Why a request is not served for the one it claims to come from.
pub enum Unidentified {
    /// The header is not `Bearer <token>`.
    NotBearer,
    /// The token is refused.
    Token(TokenRefusal),
    /// The API key is refused.
    Key(KeyRefusal),
    /// The organisation of `Torg-Acting-For` is not one of the person's.
    NotAMember,
    /// The database did not answer.
    Database,
}

/// Who asks, and for how long.
pub struct Identity {
    pub actor: Actor,
    /// For whom they said to act.
    pub acting_for: Option<OrganisationId>,
    /// How long the token or API key is still good; none without one.
    pub token_left: Option<TimeDelta>,
}

/// Who asks, and what they may still ask; none of it where nobody counts.
pub struct Admitted {
    pub actor: Actor,
    pub left: Option<Left>,
}

/// Who a request says to come from, as far as that is known without the database.
enum Claim {
    /// It has no token: the public.
    Nobody,
    /// Its token is one of the issuer's.
    Token(Claims),
    /// It has what may be an API key.
    Key(Secret),
}

/// A claim, and for whom the request is counted already.
pub struct Claimed {
    claim: Claim,
    counted: Counted,
    left: Option<Left>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    NotYet,
    Network,
    Person,
}

/// Why a request is not served.
pub enum NotAdmitted {
    Unidentified(Unidentified),
    /// They ask more often than is allowed.
    TooOften(Left),
}

/// As whom tokens' subjects and API keys' digests are counted, as found before: whoever asks too often is refused before
/// they are looked up. That never changes; whether they may still ask is looked up each time.
pub struct Callers(Cache<Caller, Who>);

#[derive(PartialEq, Eq, Hash)]
enum Caller {
    Subject(String),
    Key(Vec<u8>),
}

impl Default for Callers {
    fn default() -> Self {
        const MOST: u64 = 10_000;
        const IDLE: Duration = Duration::from_secs(600);
        let cache = Cache::builder().max_capacity(MOST).time_to_idle(IDLE);
        Self(cache.build())
    }
}

impl Caller {
    fn of(claim: &Claim) -> Option<Self> {
        match claim {
            Claim::Nobody => None,
            Claim::Token(claims) => Some(Self::Subject(claims.subject.clone())),
            Claim::Key(secret) => Some(Self::Key(secret.digest())),
        }
    }
}

/// Reads whom a request says to come from, and counts it: by the person where they are known, else by where it comes
/// from, as the public and who is not believed. Nothing is looked up for it. A token's person who is new here is counted by
/// [`admit`].
pub async fn claimed(
    shared: &Shared,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Claimed, NotAdmitted> {
    let claim = match claim(shared, headers).await {
        Ok(claim) => claim,
        Err(unidentified) => {
            count_network(shared, headers, peer)?;
            return Err(NotAdmitted::Unidentified(unidentified));
        }
    };
    let known = Caller::of(&claim).and_then(|caller| shared.callers.0.get(&caller));
    let (counted, left) = match (known, &claim) {
        (Some(who), _) => (Counted::Person, count(shared, who)?),
        (None, Claim::Token(_)) => (Counted::NotYet, None),
        // Anybody can make up what looks like a key.
        (None, Claim::Key(_) | Claim::Nobody) => {
            (Counted::Network, count_network(shared, headers, peer)?)
        }
    };
    Ok(Claimed {
        claim,
        counted,
        left,
    })
}

/// Says whose a request is, and counts it if it is not yet.
pub async fn admit(
    shared: &Shared,
    headers: &HeaderMap,
    peer: Peer,
    claimed: Claimed,
) -> Result<Admitted, NotAdmitted> {
    let caller = Caller::of(&claimed.claim);
    let actor = match look_up(shared, headers, claimed.claim).await {
        Ok(identity) => identity.actor,
        Err(unidentified) => {
            if !unidentified.is_retryable() && claimed.counted != Counted::Network {
                count_network(shared, headers, peer)?;
            }
            return Err(NotAdmitted::Unidentified(unidentified));
        }
    };
    telemetry::actor(actor.kind());
    let mut left = claimed.left;
    if let (Some(person), Some(caller)) = (actor.person(), caller)
        && claimed.counted != Counted::Person
    {
        let who = Who::of(person);
        left = count(shared, who)?;
        shared.callers.0.insert(caller, who);
    }
    Ok(Admitted { actor, left })
}

impl Claimed {
    /// Counts what is answered to anybody, and so without knowing who asks.
    pub fn counted(
        self,
        shared: &Shared,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<Option<Left>, NotAdmitted> {
        match self.counted {
            Counted::NotYet => count_network(shared, headers, peer),
            Counted::Network | Counted::Person => Ok(self.left),
        }
    }
}

/// Counts a request by where it comes from, or refuses it.
pub fn count_network(
    shared: &Shared,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Option<Left>, NotAdmitted> {
    let network = address::client(peer, headers, shared.settings.proxies);
    count(shared, Who::Network(network))
}

/// Counts a request, or refuses it.
fn count(shared: &Shared, who: Who) -> Result<Option<Left>, NotAdmitted> {
    match &shared.rates {
        Some(rates) => rates.count(who).map(Some).map_err(NotAdmitted::TooOften),
        None => Ok(None),
    }
}

/// The one who acts, and what is needed to look at them again later.
pub async fn identify(shared: &Shared, headers: &HeaderMap) -> Result<Identity, Unidentified> {
    let claim = claim(shared, headers).await?;
    look_up(shared, headers, claim).await
}

async fn claim(shared: &Shared, headers: &HeaderMap) -> Result<Claim, Unidentified> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else {
        return Ok(Claim::Nobody);
    };
    // Of two it is not clear which is meant.
    let authorization = given.next().is_none().then_some(authorization);
    let token = authorization
        .ok_or(Unidentified::NotBearer)?
        .to_str()
        .ok()
        .and_then(bearer)
        .ok_or(Unidentified::NotBearer)?;
    if token.starts_with(key::PREFIX) {
        let secret = Secret::read(token);
        return secret
            .map(Claim::Key)
            .ok_or(Unidentified::Key(KeyRefusal::Unknown));
    }
    // A token's time is the machine's, not that of a shifted clock.
    let claims = shared.verifier.verify(token, Utc::now()).await;
    claims.map(Claim::Token).map_err(Unidentified::Token)
}

async fn look_up(
    shared: &Shared,
    headers: &HeaderMap,
    claim: Claim,
) -> Result<Identity, Unidentified> {
    let (person, left) = match claim {
        Claim::Nobody => {
            return Ok(Identity {
                actor: Actor::Anonymous,
                acting_for: None,
                token_left: None,
            });
        }
        Claim::Token(claims) => by_token(shared, &claims).await?,
        Claim::Key(secret) => by_key(shared, &secret).await?,
    };
    let wanted = acting_for(headers)?;
    let person = person.acting_as(wanted);
    if wanted.is_some() && person.acting_for.is_none() {
        return Err(Unidentified::NotAMember);
    }
    Ok(Identity {
        actor: Actor::Person(person),
        acting_for: wanted,
        token_left: Some(left),
    })
}

/// The person of a JWT, and how long it is still good.
async fn by_token(shared: &Shared, claims: &Claims) -> Result<(Person, TimeDelta), Unidentified> {
    let pool = &shared.backend.database.pool;
    let name = claims.name.as_deref();
    let person = store::person(pool, &shared.issuer, &claims.subject, name, None)
        .await
        .map_err(unreachable)?;
    Ok((person, claims.expires_at - Utc::now()))
}

/// As whom an API key acts, and how long it is still good.
async fn by_key(shared: &Shared, secret: &Secret) -> Result<(Person, TimeDelta), Unidentified> {
    let database = &shared.backend.database;
    // Its end was written by the marketplace's clock.
    let now = database.clock.now();
    let found = store::keys::by_secret(&database.pool, secret, now)
        .await
        .map_err(unreachable)?
        .map_err(Unidentified::Key)?;
    Ok((found.actor, found.expires_at - now))
}

fn unreachable(error: sqlx::Error) -> Unidentified {
    match database::is_unavailable(&error) {
        true => tracing::warn!(%error, "the database did not say who asks"),
        false => tracing::error!(%error, "could not look up who asks"),
    }
    Unidentified::Database
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

impl Unidentified {
    /// What a program switches on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBearer => "TOKEN_MALFORMED",
            Self::Token(refusal) => refusal.code(),
            Self::Key(refusal) => refusal.code(),
            Self::NotAMember => "NOT_A_MEMBER",
            Self::Database => database::UNAVAILABLE,
        }
    }

    /// What a person reads.
    pub fn message(&self) -> &'static str {
        match self {
            Self::NotBearer => "Send the token as `Authorization: Bearer <token>`.",
            Self::Token(refusal) => refusal.message(),
            Self::Key(refusal) => refusal.message(),
            Self::NotAMember => {
                "`Torg-Acting-For` names no organisation you belong to; `viewer { memberships }` lists them."
            }
            Self::Database => "The database does not answer. Try again in a moment.",
        }
    }

    /// May the same be accepted a moment later?
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
}

impl NotAdmitted {
    /// What is answered.
    pub fn answer(self, media: Media) -> Response {
        match self {
            Self::Unidentified(unidentified) => unidentified.answer(media),
            Self::TooOften(left) => {
                let message = "You ask more often than is allowed. Try again after the seconds of `Retry-After`.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut response = media.refusal(status, "RATE_LIMITED", message);
                left.tell(response.headers_mut());
                response
            }
        }
    }
}

impl Unidentified {
    fn answer(self, media: Media) -> Response {
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
