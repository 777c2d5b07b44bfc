//! The SQL of the unit of work: clock, audit log, idempotency keys, quotas.

pub mod chain;
pub mod inspection;
pub mod quota;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    auth::{Person, Role, store::keys},
    kernel::ids::{OrganisationId, PersonId},
};

/// The input digest and the answer stored for an idempotency key.
pub struct StoredAnswer {
    pub input_sha256: Vec<u8>,
    pub outcome: Option<Value>,
}

/// Reads the database's clock: the current time, not the time at which the transaction began.
pub async fn now(connection: &mut PgConnection) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(connection)
        .await
}

/// Returns whether the server refuses changes: it is a standby, or is set to read-only.
pub async fn is_read_only(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select current_setting('transaction_read_only')::boolean as "read_only!""#
    )
    .fetch_one(pool)
    .await
}

/// Returns whether the person is not erased and has the roles that the request was authorised with.
/// The roles of an API key never change; it is valid until it is revoked or expires.
pub async fn is_unchanged(
    connection: &mut PgConnection,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    if let Some(key) = &person.key {
        return keys::is_valid(connection, key.id, now).await;
    }
    let found = sqlx::query!(
        r#"select membership.roles as "roles?" from person
           left join membership on membership.person_id = person.id and membership.organisation_id = $2
           where person.id = $1 and person.erased_at is null"#,
        person.id as PersonId,
        person.acting_for as Option<OrganisationId>,
    )
    .fetch_optional(connection)
    .await?;
    let Some(found) = found else { return Ok(false) };
    let roles = found.roles.unwrap_or_default();
    let acting = person.acting().map_or(&[][..], |acting| &acting.roles);
    let same = |role: &Role| roles.iter().any(|found| found == role.as_str());
    Ok(roles.len() == acting.len() && acting.iter().all(same))
}

/// Claims an idempotency key. Returns `None` if the key was free, else what is stored for it.
pub async fn claim_key(
    connection: &mut PgConnection,
    person: PersonId,
    operation: &str,
    key: &str,
    input_sha256: &[u8],
    at: DateTime<Utc>,
) -> Result<Option<StoredAnswer>, sqlx::Error> {
    let claimed = sqlx::query!(
        "insert into idempotency (person_id, operation, key, input_sha256, at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        person as PersonId,
        operation,
        key,
        input_sha256,
        at,
    )
    .execute(&mut *connection)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    sqlx::query_as!(
        StoredAnswer,
        "select input_sha256, outcome from idempotency where person_id = $1 and operation = $2 and key = $3",
        person as PersonId,
        operation,
        key,
    )
    .fetch_optional(connection)
    .await
}

/// Stores the first answer for an idempotency key.
pub async fn remember_answer(
    connection: &mut PgConnection,
    person: PersonId,
    operation: &str,
    key: &str,
    answer: Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update idempotency set outcome = $4 where person_id = $1 and operation = $2 and key = $3",
        person as PersonId,
        operation,
        key,
        answer,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Appends a row to the audit log.
pub async fn audit(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
    person: PersonId,
    organisation: Option<OrganisationId>,
    action: &str,
    subject: Uuid,
    detail: Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit (at, person_id, organisation_id, action, subject_id, detail)
         values ($1, $2, $3, $4, $5, $6)",
        at,
        person as PersonId,
        organisation as Option<OrganisationId>,
        action,
        subject,
        detail,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Appends the refused attempt of a person to the audit log, unless the same one was recorded in the
/// past minute or the procurement does not exist.
pub async fn audit_attempt(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
    person: PersonId,
    organisation: Option<OrganisationId>,
    action: &str,
    subject: Uuid,
    detail: Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit (at, person_id, organisation_id, action, subject_id, detail)
         select $1, $2, $3, $4, $5, $6
         where exists (select from procurement where id = $5)
           and not exists (
               select from audit where subject_id = $5 and person_id = $2 and action = $4 and detail = $6
                 and at > $1::timestamptz - interval '1 minute'
           )",
        at,
        person as PersonId,
        organisation as Option<OrganisationId>,
        action,
        subject,
        detail,
    )
    .execute(connection)
    .await?;
    Ok(())
}
