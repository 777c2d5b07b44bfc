//! The SQL of what is known of organisations' being nonprofit.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::ids::{OrganisationId, PersonId},
    organisation::rules::nonprofit::{Record, Status},
};

/// One entry of an organisation's history.
#[derive(Clone, Debug)]
pub struct NonprofitStatus {
    pub organisation: OrganisationId,
    pub status: Status,
    /// The register or document that was looked at; `None` when self-declared.
    pub source: Option<String>,
    /// Of when the source is.
    pub as_of: Option<NaiveDate>,
    pub note: Option<String>,
    /// Who recorded it; `None` where it followed from the organisation's kind.
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
}

/// The history of organisations, the latest first: the first of each is its status now.
pub async fn nonprofit_statuses(
    pool: &PgPool,
    organisations: &[OrganisationId],
) -> Result<Vec<NonprofitStatus>, sqlx::Error> {
    let ids: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        NonprofitStatus,
        r#"select organisation_id as "organisation: OrganisationId", status as "status: Status", source, as_of, note,
                  person.name as "recorded_by?", recorded_at
           from nonprofit_status left join person on person.id = recorded_by
           where organisation_id = any($1) order by organisation_id, nonprofit_status.id desc"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// The status of an organisation now, under its lock.
pub async fn current(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<Status>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select status as "status: Status" from nonprofit_status
           where organisation_id = $1 order by id desc limit 1"#,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}

/// Adds to an organisation's history.
pub async fn insert(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    record: &Record,
    by: Option<PersonId>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into nonprofit_status (organisation_id, status, source, as_of, note, recorded_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        organisation as OrganisationId,
        record.status as Status,
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
