//! The SQL of taking part: numbers, and how often an organisation did what lately.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::kernel::ids::{DialogueId, OrganisationId, ProcurementId};

/// The organisation's number in the round, given now if it has none.
pub async fn take_part(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select take_part($1, $2) as "number!""#,
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .fetch_one(connection)
    .await
}

/// When the organisation did this in the procurement's dialogue since a time, the latest first.
pub async fn activity(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
    action: &str,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select at from dialogue_activity
         where procurement_id = $1 and organisation_id = $2 and action = $3 and at > $4 order by at desc",
        procurement as ProcurementId,
        organisation as OrganisationId,
        action,
        since,
    )
    .fetch_all(connection)
    .await
}

/// Notes that the organisation did it, and forgets what it did before `since`.
pub async fn note_activity(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
    action: &str,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with forgotten as (
             delete from dialogue_activity
             where procurement_id = $1 and organisation_id = $2 and action = $3 and at <= $4
         )
         insert into dialogue_activity (procurement_id, organisation_id, action, at) values ($1, $2, $3, $5)",
        procurement as ProcurementId,
        organisation as OrganisationId,
        action,
        since,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}
