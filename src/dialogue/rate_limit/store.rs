//! The SQL of rate limits: the recent actions of organisations.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::kernel::ids::{OrganisationId, ProcurementId};

/// Returns the times after `since` at which the organisation performed this action in the
/// procurement's dialogue, the latest first.
pub async fn times(
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

/// Records that the organisation performed this action, and deletes the records up to `since`.
pub async fn record(
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
