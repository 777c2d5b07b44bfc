//! The SQL of rate limits: the recent actions of organisations and persons.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, ProcurementId};

/// Organisation and person whose actions count.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    pub organisation: OrganisationId,
    /// Rows of the acting person.
    pub persons: &'a [PersonId],
}

/// Action to record.
pub struct Activity<'a> {
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub person: Option<PersonId>,
    pub action: &'a str,
    pub at: DateTime<Utc>,
}

/// Returns the times after `since` at which the organisation, or the person for another one,
/// performed this action in the procurement's dialogue, the latest first.
pub async fn times(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    who: Who<'_>,
    action: &str,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, sqlx::Error> {
    let persons: Vec<Uuid> = who.persons.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        "select at from dialogue_activity
         where procurement_id = $1 and (organisation_id = $2 or person_id = any($3)) and action = $4 and at > $5
         order by at desc",
        procurement as ProcurementId,
        who.organisation as OrganisationId,
        &persons,
        action,
        since,
    )
    .fetch_all(connection)
    .await
}

/// Records an action, and deletes the records of the organisation up to `since`.
pub async fn record(
    connection: &mut PgConnection,
    activity: &Activity<'_>,
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with forgotten as (
             delete from dialogue_activity
             where procurement_id = $1 and organisation_id = $2 and action = $3 and at <= $4
         )
         insert into dialogue_activity (procurement_id, organisation_id, action, at, person_id)
         values ($1, $2, $3, $5, $6)",
        activity.procurement as ProcurementId,
        activity.organisation as OrganisationId,
        activity.action,
        since,
        activity.at,
        activity.person as Option<PersonId>,
    )
    .execute(connection)
    .await?;
    Ok(())
}
