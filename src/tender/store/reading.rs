//! The SQL of who reads opened tenders.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderId};

/// Records that a person reads these opened tenders of a procurement, in one row of the audit log:
/// those that the person has not read in the same hour.
pub async fn record(
    pool: &PgPool,
    procurement: ProcurementId,
    tenders: &[TenderId],
    (person, organisation): (PersonId, Option<OrganisationId>),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let tenders: Vec<Uuid> = tenders.iter().map(|id| id.0).collect();
    sqlx::query!(
        "with read as (
             insert into tender_reading (tender_id, person_id, hour)
             select id, $3, date_trunc('hour', $5::timestamptz, 'UTC') from unnest($2::uuid[]) as wanted (id)
             order by id
             on conflict do nothing returning tender_id
         )
         insert into audit (at, person_id, organisation_id, action, subject_id, detail)
         select $5, $3, $4, 'tenders.read', $1, jsonb_build_object('tenders', jsonb_agg(tender_id order by tender_id))
         from read having count(*) > 0",
        procurement as ProcurementId,
        &tenders,
        person as PersonId,
        organisation as Option<OrganisationId>,
        at,
    )
    .execute(pool)
    .await?;
    Ok(())
}
