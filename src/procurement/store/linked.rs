//! The SQL that loads notices and single lots by ID.

use std::sync::Arc;

use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use super::{Notice, PlacedLot};
use crate::{
    kernel::{
        ids::{NoticeId, ProcurementId},
        text::LocalizedText,
    },
    procurement::{
        content::{Content, Lot},
        phase::Phase,
    },
};

/// Loads notices by ID, in no order.
pub async fn notices_by_ids(pool: &PgPool, ids: &[NoticeId]) -> Result<Vec<Notice>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: NoticeId", procurement_id as "procurement: ProcurementId", number, phase as "phase: Phase", content as "content: Json<Content>",
                  reason as "reason: Json<LocalizedText>", published_at
           from notice where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let notice = rows.into_iter().map(|row| Notice {
        id: row.id,
        procurement: row.procurement,
        number: row.number,
        phase: row.phase,
        content: Arc::new(row.content.0),
        reason: row.reason.map(|reason| reason.0),
        published_at: row.published_at,
    });
    Ok(notice.collect())
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
        r#"select lot.notice_id as "notice: NoticeId", lot.position, lot.content as "content: Json<Lot>"
           from unnest($1::uuid[], $2::text[]) as wanted (notice, id)
           join lot on lot.notice_id = wanted.notice and lot.id = wanted.id"#,
        &notices,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let placed = rows.into_iter().map(|row| {
        let placed = PlacedLot {
            position: row.position,
            lot: row.content.0,
        };
        (row.notice, placed)
    });
    Ok(placed.collect())
}
