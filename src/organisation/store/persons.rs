//! The SQL that exports and erases a person's data.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    auth::store::{KEYS, same_person},
    kernel::ids::{OrganisationId, PersonId},
};

/// Issuer of erased persons. No token has it, because it is not a web address.
const ERASED: &str = "erased";

/// Locks a person, so that counts of their organisations do not change until the transaction ends.
/// Returns `false` when the person does not exist, is erased, or is the identity of an API key.
pub async fn lock(connection: &mut PgConnection, person: PersonId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select 1 from person where id = $1 and erased_at is null and issuer <> $2 for no key update",
        person as PersonId,
        KEYS,
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Returns how often the person did something since a time, for any organisation. What they did
/// before an erasure, and through the API keys that they created, counts.
pub async fn count_since(
    connection: &mut PgConnection,
    person: PersonId,
    action: &str,
    since: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    let person: Vec<Uuid> = same_person(connection, person)
        .await?
        .into_iter()
        .map(|id| id.0)
        .collect();
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit where person_id = any($1) and action = $2 and at > $3"#,
        &person,
        action,
        since,
    )
    .fetch_one(connection)
    .await
}

/// Returns the organisations that the person belongs to, in the order in which they must be locked.
pub async fn organisations_of(
    connection: &mut PgConnection,
    person: PersonId,
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select organisation_id as "id: OrganisationId" from membership where person_id = $1 order by 1"#,
        person as PersonId,
    )
    .fetch_all(connection)
    .await
}

/// Removes everything that identifies a person. The row stays, because the audit log, tenders and
/// questions refer to it.
pub async fn erase(
    connection: &mut PgConnection,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    // A random subject, so that a later sign-in with the old subject creates a new person. The keyed
    // hash stays: without it, an erasure would reset the limits of a person.
    sqlx::query!(
        "update person set name = 'erased', issuer = $2, subject = gen_random_uuid()::text, admin = false,
                erased_at = $3
         where id = $1",
        person as PersonId,
        ERASED,
        at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from membership where person_id = $1",
        person as PersonId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from follow where person_id = $1",
        person as PersonId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from notification where person_id = $1",
        person as PersonId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from idempotency where person_id = $1",
        person as PersonId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update invitation set email = null, note = null where invited_by = $1 or accepted_by = $1",
        person as PersonId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Exports everything stored about a person, by kind: `person`, `memberships`, `follows`,
/// `notifications` and so on, without a limit. IDs are the UUIDs of the database.
pub async fn personal_data(pool: &PgPool, person: PersonId) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_file_scalar!(
        "src/organisation/store/personal_data.sql",
        person as PersonId
    )
    .fetch_optional(pool)
    .await
}
