//! The SQL of timelines. The database view `timeline_entry` joins all tables with public history.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    dialogue::event::timeline::{TimelineEntry, TimelineKind, TimelinePosition},
    kernel::{
        ids::{DialogueId, ProcurementId},
        paging::Page,
    },
};

/// Loads a page of the timeline of each of these procurements up to `now`, the latest entry first,
/// with one entry more than the page has if there are more.
pub async fn pages(
    pool: &PgPool,
    procurements: &[ProcurementId],
    now: DateTime<Utc>,
    page: Page<TimelinePosition>,
) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        TimelineEntry,
        r#"select wanted.id as "procurement!: ProcurementId", kind as "kind!: TimelineKind", at as "at!",
                  subject_id as "subject!", dialogue_id as "dialogue: DialogueId", notice_number, lot_id as lot
           from unnest($1::uuid[]) as wanted (id) cross join lateral (
               select * from timeline_entry
               where procurement_id = wanted.id and at <= $2
                 and ($3::timestamptz is null or (at, kind, subject_id) < ($3, $4, $5))
                 and ($6::timestamptz is null or (at, kind, subject_id) > ($6, $7, $8))
               order by case when $9::bool then at end, case when $9 then kind end,
                        case when $9 then subject_id end, case when not $9 then at end desc,
                        case when not $9 then kind end desc, case when not $9 then subject_id end desc
               limit $10
           ) as page
           order by wanted.id, at desc, kind desc, subject_id desc"#,
        &procurements,
        now,
        page.after.map(|position| position.at),
        page.after.map(|position| position.kind.as_str()),
        page.after.map(|position| position.subject),
        page.before.map(|position| position.at),
        page.before.map(|position| position.kind.as_str()),
        page.before.map(|position| position.subject),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await
}

/// Loads the public entries at these positions, in no order.
pub async fn by_positions(
    pool: &PgPool,
    wanted: &[(ProcurementId, TimelinePosition)],
    now: DateTime<Utc>,
) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    let procurements: Vec<Uuid> = wanted.iter().map(|(id, _)| id.0).collect();
    let times: Vec<DateTime<Utc>> = wanted.iter().map(|(_, position)| position.at).collect();
    let kinds = wanted.iter().map(|(_, position)| position.kind.as_str());
    let kinds: Vec<String> = kinds.map(str::to_owned).collect();
    let subjects: Vec<Uuid> = wanted
        .iter()
        .map(|(_, position)| position.subject)
        .collect();
    sqlx::query_as!(
        TimelineEntry,
        r#"select procurement_id as "procurement!: ProcurementId", kind as "kind!: TimelineKind", at as "at!",
                  subject_id as "subject!", dialogue_id as "dialogue: DialogueId", notice_number, lot_id as lot
           from timeline_entry
           where procurement_id = any($1) and at <= $5 and (procurement_id, at, kind, subject_id) in (
               select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[]))"#,
        &procurements,
        &times,
        &kinds,
        &subjects,
        now,
    )
    .fetch_all(pool)
    .await
}

/// Returns the number of public entries of each of these procurements.
pub async fn counts(
    pool: &PgPool,
    procurements: &[ProcurementId],
    now: DateTime<Utc>,
) -> Result<Vec<(ProcurementId, i64)>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "id!: ProcurementId", count(*) as "count!" from timeline_entry
           where procurement_id = any($1) and at <= $2 group by procurement_id"#,
        &procurements,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}
