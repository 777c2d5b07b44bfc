//! The SQL that loads notices and single lots by ID.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use super::{Notice, PlacedLot};
use crate::{
    kernel::{
        ids::{NoticeId, ProcurementId},
        paging::Page,
        text::LocalizedText,
    },
    procurement::{
        content::{Content, Lot},
        phase::Phase,
    },
};

struct Row {
    id: NoticeId,
    procurement: ProcurementId,
    number: i32,
    phase: Phase,
    content: Json<Content>,
    reason: Option<Json<LocalizedText>>,
    published_at: DateTime<Utc>,
}

impl From<Row> for Notice {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            procurement: row.procurement,
            number: row.number,
            phase: row.phase,
            content: Arc::new(row.content.0),
            reason: row.reason.map(|reason| reason.0),
            published_at: row.published_at,
        }
    }
}

/// Loads notices by ID, in no order.
pub async fn notices_by_ids(pool: &PgPool, ids: &[NoticeId]) -> Result<Vec<Notice>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: NoticeId", procurement_id as "procurement: ProcurementId", number, phase as "phase: Phase",
                  content as "content: Json<Content>", reason as "reason: Json<LocalizedText>", published_at
           from notice where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Notice::from).collect())
}

/// Loads a page of the notices of each procurement, oldest first, with one notice more than the
/// page has if there are more.
pub async fn notices(
    pool: &PgPool,
    procurements: &[ProcurementId],
    page: Page<i32>,
) -> Result<Vec<Notice>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select n.id as "id: NoticeId", n.procurement_id as "procurement: ProcurementId", n.number,
                  n.phase as "phase: Phase", n.content as "content: Json<Content>",
                  n.reason as "reason?: Json<LocalizedText>", n.published_at
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from notice
               where procurement_id = wanted.id
                 and ($2::int is null or number > $2) and ($3::int is null or number < $3)
               order by case when $4::bool then number end desc, case when not $4 then number end limit $5
           ) n
           order by n.procurement_id, n.number"#,
        &procurements,
        page.after,
        page.before,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Notice::from).collect())
}

/// Returns the number of notices of each procurement; one without notices is left out.
pub async fn notice_counts(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<(ProcurementId, i64)>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "id: ProcurementId", count(*) as "count!" from notice
           where procurement_id = any($1) group by procurement_id"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Loads lots by notice and lot ID, in no order.
pub async fn lots_by_ids(
    pool: &PgPool,
    lots: &[(NoticeId, String)],
) -> Result<Vec<(NoticeId, PlacedLot)>, sqlx::Error> {
    let (notices, ids): (Vec<Uuid>, Vec<String>) = lots
        .iter()
        .map(|(notice, id)| (notice.0, id.clone()))
        .unzip();
    let rows = sqlx::query!(
        r#"select lot.notice_id as "notice: NoticeId", lot.position, lot.content as "content: Json<Lot>",
                  coalesce(notice.content ->> 'language', '') as "language!"
           from unnest($1::uuid[], $2::text[]) as wanted (notice, id)
           join lot on lot.notice_id = wanted.notice and lot.id = wanted.id
           join notice on notice.id = lot.notice_id"#,
        &notices,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let placed = rows.into_iter().map(|row| {
        let placed = PlacedLot {
            position: row.position,
            lot: Arc::new(row.content.0),
            language: row.language,
        };
        (row.notice, placed)
    });
    Ok(placed.collect())
}
