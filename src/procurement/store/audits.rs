//! The SQL of a procurement's audit log.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::{ids::ProcurementId, paging::Page};

/// An entry of the audit log, as the procurement's buyer reads it.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub id: i64,
    pub procurement: ProcurementId,
    pub action: String,
    /// Name of the person or API key. `None` when the system acted.
    pub name: Option<String>,
    pub at: DateTime<Utc>,
    pub detail: Value,
}

/// Loads a page of the audit log of each procurement, newest first, with one more than the page has
/// if there are more: what members of its buyers did and tried and, once the tenders are opened,
/// which tenders were submitted, withdrawn and refused.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
    page: Page<i64>,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    let ids: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        AuditEntry,
        r#"select found.id as "id!", found.subject_id as "procurement!: ProcurementId", found.action as "action!",
                  person.name as "name?", found.at as "at!", found.detail as "detail!"
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select a.* from audit a
               where a.subject_id = wanted.id and audit_is_buyers(a, wanted.id)
                 and ($2::bigint is null or a.id < $2) and ($3::bigint is null or a.id > $3)
               order by case when $4::bool then a.id end, case when not $4 then a.id end desc limit $5
           ) found
           left join person on person.id = found.person_id
           order by found.subject_id, found.id desc"#,
        &ids,
        page.after,
        page.before,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await
}

/// Loads entries by ID, in no order: those that the buyer of their procurement reads.
pub async fn by_ids(pool: &PgPool, ids: &[i64]) -> Result<Vec<AuditEntry>, sqlx::Error> {
    sqlx::query_as!(
        AuditEntry,
        r#"select a.id, a.subject_id as "procurement: ProcurementId", a.action, person.name as "name?", a.at, a.detail
           from audit a join procurement p on p.id = a.subject_id left join person on person.id = a.person_id
           where a.id = any($1) and audit_is_buyers(a, p.id)"#,
        ids,
    )
    .fetch_all(pool)
    .await
}

/// Returns the number of entries of the audit log of each procurement that its buyer reads.
pub async fn counts(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<(ProcurementId, i64)>, sqlx::Error> {
    let ids: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select a.subject_id as "procurement: ProcurementId", count(*) as "count!" from audit a
           where a.subject_id = any($1) and audit_is_buyers(a, a.subject_id) group by a.subject_id"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.procurement, row.count))
        .collect())
}
