//! The SQL of organisations' nonprofit statuses.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::ids::{OrganisationId, PersonId},
    organisation::rules::nonprofit::{NewNonprofitStatus, NonprofitStatus},
};

/// An entry in an organisation's history of nonprofit statuses.
#[derive(Clone, Debug)]
pub struct NonprofitStatusEntry {
    pub organisation: OrganisationId,
    pub status: NonprofitStatus,
    /// Register or document that shows the status. `None` for a self-declaration.
    pub source: Option<String>,
    /// Date of the source.
    pub as_of: Option<NaiveDate>,
    pub note: Option<String>,
    /// Name of the person who recorded it. `None` when the status followed from the organisation's
    /// kind.
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
}

/// Loads the nonprofit statuses of organisations, newest first: the first of each organisation is
/// its current one.
pub async fn nonprofit_statuses(
    pool: &PgPool,
    organisations: &[OrganisationId],
) -> Result<Vec<NonprofitStatusEntry>, sqlx::Error> {
    let ids: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        NonprofitStatusEntry,
        r#"select organisation_id as "organisation: OrganisationId", status as "status: NonprofitStatus", source, as_of, note,
                  person.name as "recorded_by?", recorded_at
           from nonprofit_status left join person on person.id = recorded_by
           where organisation_id = any($1) order by organisation_id, nonprofit_status.id desc"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// Loads the current status of an organisation, which the caller has locked.
pub async fn current(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<NonprofitStatus>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select status as "status: NonprofitStatus" from nonprofit_status
           where organisation_id = $1 order by id desc limit 1"#,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}

/// Inserts a new status.
pub async fn insert(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    record: &NewNonprofitStatus,
    by: Option<PersonId>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into nonprofit_status (organisation_id, status, source, as_of, note, recorded_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        organisation as OrganisationId,
        record.status as NonprofitStatus,
        record.source,
        record.as_of,
        record.note,
        by as Option<PersonId>,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}
