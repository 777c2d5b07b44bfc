//! The SQL of drafts, copies of submitted tenders, and what a submission reads of its tenderer.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderDraftId, TenderId};

/// A stored draft, encrypted.
#[derive(Clone, Debug)]
pub struct StoredDraft {
    pub id: TenderDraftId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub revision: i32,
    pub sealed: Vec<u8>,
    pub saved_at: DateTime<Utc>,
}

/// Loads the organisation's drafts for these procurements.
pub async fn of_procurements(
    executor: impl PgExecutor<'_>,
    procurements: &[ProcurementId],
    organisation: OrganisationId,
) -> Result<Vec<StoredDraft>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        StoredDraft,
        r#"select id as "id: TenderDraftId", procurement_id as "procurement: ProcurementId",
                  organisation_id as "organisation: OrganisationId", revision, sealed, saved_at
           from tender_draft where procurement_id = any($1) and organisation_id = $2"#,
        &procurements,
        organisation as OrganisationId,
    )
    .fetch_all(executor)
    .await
}

/// Returns the procurement of each of these drafts, in no order.
pub async fn procurements_of(
    pool: &PgPool,
    drafts: &[TenderDraftId],
) -> Result<Vec<(TenderDraftId, ProcurementId)>, sqlx::Error> {
    let ids: Vec<Uuid> = drafts.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: TenderDraftId", procurement_id as "procurement: ProcurementId"
           from tender_draft where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| (row.id, row.procurement));
    Ok(rows.collect())
}

/// Inserts or replaces the draft, with the next revision.
pub async fn put(
    connection: &mut PgConnection,
    draft: &StoredDraft,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_draft (id, procurement_id, organisation_id, revision, sealed, saved_by, saved_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (procurement_id, organisation_id) do update
         set revision = excluded.revision, sealed = excluded.sealed, saved_by = excluded.saved_by,
             saved_at = excluded.saved_at",
        draft.id as TenderDraftId,
        draft.procurement as ProcurementId,
        draft.organisation as OrganisationId,
        draft.revision,
        draft.sealed,
        person as PersonId,
        draft.saved_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the organisation's draft. Returns `false` when there is none.
pub async fn delete(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from tender_draft where procurement_id = $1 and organisation_id = $2",
        procurement as ProcurementId,
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Inserts the encrypted copy of a submitted tender.
pub async fn insert_copy(
    connection: &mut PgConnection,
    tender: TenderId,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_copy (tender_id, sealed) values ($1, $2)",
        tender as TenderId,
        sealed,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the encrypted copies of those of these tenders that the organisation submitted.
pub async fn copies(
    pool: &PgPool,
    tenders: &[TenderId],
    organisation: OrganisationId,
) -> Result<Vec<(TenderId, Vec<u8>)>, sqlx::Error> {
    let ids: Vec<Uuid> = tenders.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select t.id as "id: TenderId", c.sealed from tender_copy c join tender t on t.id = c.tender_id
           where t.id = any($1) and t.organisation_id = $2"#,
        &ids,
        organisation as OrganisationId,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.sealed)).collect())
}

/// Returns the lots of the organisation's valid tenders in each of these procurements, each once.
pub async fn standing_lots(
    executor: impl PgExecutor<'_>,
    procurements: &[ProcurementId],
    organisation: OrganisationId,
) -> Result<Vec<(ProcurementId, String)>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select distinct latest.procurement_id as "procurement!: ProcurementId", lot.id as "lot!"
           from (
               select distinct on (procurement_id, lots) id, procurement_id, lots from tender
               where procurement_id = any($1) and organisation_id = $2
               order by procurement_id, lots, number desc
           ) latest cross join lateral unnest(latest.lots) as lot (id)
           where not exists (select 1 from tender_withdrawal w where w.tender_id = latest.id)
           order by 1, 2"#,
        &procurements,
        organisation as OrganisationId,
    )
    .fetch_all(executor)
    .await?;
    let rows = rows.into_iter().map(|row| (row.procurement, row.lot));
    Ok(rows.collect())
}
