//! The SQL of API keys that authenticate requests.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    auth::{
        actor::{Membership, OrganisationKind, Person},
        key::{Key, Secret},
        refusal::KeyRefusal,
    },
    kernel::ids::{ApiKeyId, OrganisationId, PersonId},
};

/// Precision of `last_used_at`. A write for every request would cost too much.
const LAST_USED_PRECISION: TimeDelta = TimeDelta::minutes(1);

/// A valid API key.
pub struct ValidKey {
    /// The key as an actor, acting for its organisation.
    pub actor: Person,
    /// When the key expires.
    pub expires_at: DateTime<Utc>,
}

/// Loads the key with this secret, or returns why it is refused. Updates `last_used_at`.
pub async fn find_by_secret(
    pool: &PgPool,
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<Result<ValidKey, KeyRefusal>, sqlx::Error> {
    let found = sqlx::query_as!(
        Row,
        r#"select api_key.id as "id: ApiKeyId", person_id as "person: PersonId", api_key.name, roles, scopes, expires_at,
                  last_used_at, (revoked_at is not null or closed_at is not null) as "ended!",
                  organisation_id as "organisation: OrganisationId", kind as "kind: OrganisationKind",
                  (verified_at is not null) as "verified!"
           from api_key join organisation on organisation.id = organisation_id
           where secret_sha256 = $1"#,
        &secret.digest(),
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = found else {
        return Ok(Err(KeyRefusal::Unknown));
    };
    if row.ended {
        return Ok(Err(KeyRefusal::Revoked));
    }
    if row.expires_at <= now {
        return Ok(Err(KeyRefusal::Expired));
    }
    if row
        .last_used_at
        .is_none_or(|at| now - at >= LAST_USED_PRECISION)
    {
        update_last_used(pool, row.id, now).await?;
    }
    let expires_at = row.expires_at;
    let actor = row.person();
    Ok(Ok(ValidKey { actor, expires_at }))
}

/// Sets `last_used_at`. Of several concurrent requests only the first changes the row.
async fn update_last_used(
    pool: &PgPool,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)",
        id as ApiKeyId,
        now,
        now - LAST_USED_PRECISION,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Loads the valid API keys among these persons.
pub async fn by_persons(
    pool: &PgPool,
    persons: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select api_key.id as "id: ApiKeyId", person_id as "person: PersonId", api_key.name, roles, scopes, expires_at,
                  last_used_at, false as "ended!",
                  organisation_id as "organisation: OrganisationId", kind as "kind: OrganisationKind",
                  (verified_at is not null) as "verified!"
           from api_key join organisation on organisation.id = organisation_id
           where person_id = any($1) and revoked_at is null and expires_at > $2 and closed_at is null"#,
        persons,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Row::person).collect())
}

/// Returns whether the key is still valid, within the transaction of a change that it makes.
pub async fn is_valid(
    connection: &mut PgConnection,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from api_key join organisation on organisation.id = organisation_id
               where api_key.id = $1 and revoked_at is null and expires_at > $2 and closed_at is null
           ) as "is_valid!""#,
        id as ApiKeyId,
        now,
    )
    .fetch_one(connection)
    .await
}

/// Returns the person who created the organisation; `None` for an organisation that was not created
/// through the API.
pub async fn founder(
    pool: &PgPool,
    organisation: OrganisationId,
) -> Result<Option<PersonId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select person_id as "person: PersonId" from audit
           where subject_id = $1 and action = 'organisation.create' order by id limit 1"#,
        organisation as OrganisationId,
    )
    .fetch_optional(pool)
    .await?;
    Ok(found.flatten())
}

struct Row {
    id: ApiKeyId,
    person: PersonId,
    name: String,
    roles: Vec<String>,
    scopes: Vec<String>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    ended: bool,
    organisation: OrganisationId,
    kind: OrganisationKind,
    verified: bool,
}

impl Row {
    /// Returns the key as an actor: like a member of its organisation only.
    fn person(self) -> Person {
        let roles = self.roles.iter().filter_map(|role| role.parse().ok());
        let scopes = self.scopes.iter().filter_map(|scope| scope.parse().ok());
        Person {
            id: self.person,
            name: self.name,
            admin: false,
            memberships: vec![Membership {
                organisation: self.organisation,
                kind: self.kind,
                roles: roles.collect(),
                verified: self.verified,
            }],
            acting_for: Some(self.organisation),
            key: Some(Key {
                id: self.id,
                scopes: scopes.collect(),
            }),
        }
    }
}
