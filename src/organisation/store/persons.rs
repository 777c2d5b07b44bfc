//! The SQL of what is stored of a person: handing it out, and erasing it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

use crate::{
    auth::store::KEYS,
    kernel::ids::{OrganisationId, PersonId},
};

/// The issuer of those who were erased; tokens never have it, since it is no address.
const ERASED: &str = "erased";

/// Locks a person, so that what is counted of them stays so until the transaction ends; `false` when there is none, or
/// none any more. As whom an API key acts is no person.
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

/// How many organisations the person made.
pub async fn created_count(
    connection: &mut PgConnection,
    person: PersonId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit where person_id = $1 and action = 'organisation.create'"#,
        person as PersonId,
    )
    .fetch_one(connection)
    .await
}

/// The organisations somebody belongs to, in the order in which they are locked.
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

/// Takes away what identifies a person. The row stays for what points at it: audit, tenders, questions.
pub async fn erase(
    connection: &mut PgConnection,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    // A random subject, so that whoever signs in with the old one is somebody new.
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

/// All that is stored of a person, by what it is: `person`, `memberships`, `follows`, `notifications`, … Each is
/// everything there is, however much. IDs are the database's UUIDs.
pub async fn personal_data(pool: &PgPool, person: PersonId) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_file_scalar!(
        "src/organisation/store/personal_data.sql",
        person as PersonId
    )
    .fetch_optional(pool)
    .await
}
