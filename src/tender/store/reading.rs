//! The SQL of who reads opened tenders.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderId};

/// Records that a person reads these opened tenders, each with its procurement, in one row of the audit
/// log for each procurement: those that the person has not read in the same hour.
pub async fn record(
    pool: &PgPool,
    tenders: &[(ProcurementId, TenderId)],
    (person, organisation): (PersonId, Option<OrganisationId>),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (procurements, tenders): (Vec<Uuid>, Vec<Uuid>) = tenders
        .iter()
        .map(|(one, tender)| (one.0, tender.0))
        .unzip();
    sqlx::query!(
        "with wanted as (
             select * from unnest($1::uuid[], $2::uuid[]) as wanted (procurement_id, tender_id)
         ), read as (
             insert into tender_reading (tender_id, person_id, hour)
             select tender_id, $3, date_trunc('hour', $5::timestamptz, 'UTC') from wanted
             order by tender_id
             on conflict do nothing returning tender_id
         )
         insert into audit (at, person_id, organisation_id, action, subject_id, detail)
         select $5, $3, $4, 'tenders.read', procurement_id,
                jsonb_build_object('tenders', jsonb_agg(tender_id order by tender_id))
         from read join wanted using (tender_id) group by procurement_id",
        &procurements,
        &tenders,
        person as PersonId,
        organisation as Option<OrganisationId>,
        at,
    )
    .execute(pool)
    .await?;
    Ok(())
}
