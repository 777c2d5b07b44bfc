//! The SQL with which owners manage API keys. [`crate::auth::store::keys`] has the SQL of
//! authentication.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::members::{read, written};
use crate::{
    auth::{Role, key::Scope, store::KEYS},
    kernel::{
        ids::{ApiKeyId, OrganisationId, PersonId},
        paging::Page,
    },
};

/// An API key with which a system of the organisation acts for it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub organisation: OrganisationId,
    pub name: String,
    pub roles: Vec<Role>,
    pub scopes: Vec<Scope>,
    /// Name of the person who created it. `None` when that person is erased or the name was not
    /// loaded.
    pub made_by: Option<String>,
    pub made_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Time of the last use, truncated to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Inserts a key, and the row of `person` that is its identity.
pub async fn insert(
    connection: &mut PgConnection,
    key: &ApiKey,
    acts_as: PersonId,
    secret_sha256: &[u8],
    by: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into person (id, issuer, subject, name, identity_hash)
         select $1, $2, $3, $4, identity_hash from person where id = $5",
        acts_as as PersonId,
        KEYS,
        key.id.0.to_string(),
        key.name,
        by as PersonId,
    )
    .execute(&mut *connection)
    .await?;
    let scopes: Vec<String> = key
        .scopes
        .iter()
        .map(|scope| scope.as_str().into())
        .collect();
    sqlx::query!(
        "insert into api_key (id, organisation_id, person_id, name, roles, scopes, secret_sha256, made_by, made_at,
                              expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        key.id as ApiKeyId,
        key.organisation as OrganisationId,
        acts_as as PersonId,
        key.name,
        &written(&key.roles),
        &scopes,
        secret_sha256,
        by as PersonId,
        key.made_at,
        key.expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the number of an organisation's valid keys.
pub async fn good_count(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_key
           where organisation_id = $1 and revoked_at is null and expires_at > $2"#,
        organisation as OrganisationId,
        now,
    )
    .fetch_one(connection)
    .await
}

/// Returns the organisation that the key belongs to.
pub async fn organisation_of(
    connection: &mut PgConnection,
    id: ApiKeyId,
) -> Result<Option<OrganisationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select organisation_id as "id: OrganisationId" from api_key where id = $1"#,
        id as ApiKeyId,
    )
    .fetch_optional(connection)
    .await
}

/// Revokes a key. Returns `false` when it is already revoked.
pub async fn set_revoked(
    connection: &mut PgConnection,
    id: ApiKeyId,
    by: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query!(
        "update api_key set revoked_by = $2, revoked_at = $3 where id = $1 and revoked_at is null",
        id as ApiKeyId,
        by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Revokes all keys of an organisation that is being closed.
pub async fn revoke_all(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_key set revoked_at = $2 where organisation_id = $1 and revoked_at is null",
        organisation as OrganisationId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads keys by ID, in no order.
pub async fn by_ids(pool: &PgPool, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select api_key.id as "id: ApiKeyId", organisation_id as "organisation: OrganisationId", api_key.name, roles,
                  scopes, case when erased_at is null then person.name end as made_by, made_at, expires_at,
                  last_used_at, revoked_at
           from api_key join person on person.id = made_by where api_key.id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// Loads a page of an organisation's keys, newest first, with one key more than the page has if
/// there are more.
pub async fn of_organisation(
    pool: &PgPool,
    organisation: OrganisationId,
    page: Page<ApiKeyId>,
) -> Result<Vec<ApiKey>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select api_key.id as "id: ApiKeyId", organisation_id as "organisation: OrganisationId", api_key.name, roles,
                  scopes, case when erased_at is null then person.name end as made_by, made_at, expires_at,
                  last_used_at, revoked_at
           from (
               select * from api_key
               where organisation_id = $1 and ($2::uuid is null or id < $2) and ($3::uuid is null or id > $3)
               order by case when $4::bool then id end, case when not $4 then id end desc limit $5
           ) api_key join person on person.id = made_by
           order by api_key.id desc"#,
        organisation as OrganisationId,
        page.after.map(|id| id.0),
        page.before.map(|id| id.0),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// Returns the number of an organisation's keys, expired and revoked ones included.
pub async fn count(pool: &PgPool, organisation: OrganisationId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_key where organisation_id = $1"#,
        organisation as OrganisationId,
    )
    .fetch_one(pool)
    .await
}

struct Row {
    id: ApiKeyId,
    organisation: OrganisationId,
    name: String,
    roles: Vec<String>,
    scopes: Vec<String>,
    made_by: Option<String>,
    made_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        let scopes = row.scopes.iter().filter_map(|scope| scope.parse().ok());
        Self {
            id: row.id,
            organisation: row.organisation,
            roles: read(&row.roles),
            scopes: scopes.collect(),
            name: row.name,
            made_by: row.made_by,
            made_at: row.made_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}
