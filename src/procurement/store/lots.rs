//! The SQL of the lots of notices.

use std::sync::Arc;

use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{NoticeId, ProcurementId},
        paging::Page,
    },
    procurement::content::Lot,
};

/// Inserts the lots of a new notice, in their order.
pub(super) async fn insert(
    connection: &mut PgConnection,
    notice: NoticeId,
    lots: &[Lot],
) -> Result<(), sqlx::Error> {
    let positions: Vec<i32> = (0..).take(lots.len()).collect();
    let ids: Vec<String> = lots.iter().map(|lot| lot.id.clone()).collect();
    let contents: Vec<serde_json::Value> = lots.iter().map(|lot| serde_json::json!(lot)).collect();
    sqlx::query!(
        "insert into lot (notice_id, position, id, content)
         select $1, * from unnest($2::int[], $3::text[], $4::jsonb[])",
        notice as NoticeId,
        &positions,
        &ids,
        &contents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A published lot and its position in the notice.
#[derive(Clone, Debug)]
pub struct PlacedLot {
    pub position: i32,
    /// The lot, shared by all its readers within a request.
    pub lot: Arc<Lot>,
    /// Main language of the notice.
    pub language: String,
}

/// Loads one page of the lots of each notice, by position, with one lot more than the page has if
/// there are more.
pub async fn lots(
    pool: &PgPool,
    notices: &[NoticeId],
    page: Page<i32>,
) -> Result<Vec<(NoticeId, PlacedLot)>, sqlx::Error> {
    let notices: Vec<uuid::Uuid> = notices.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select lot.notice_id as "notice_id: NoticeId", lot.position, lot.content as "content: Json<Lot>",
                  coalesce(notice.content ->> 'language', '') as "language!"
           from unnest($1::uuid[]) as wanted (id)
           join notice on notice.id = wanted.id
           cross join lateral (
               select * from lot
               where lot.notice_id = wanted.id
                 and ($2::int is null or lot.position > $2) and ($3::int is null or lot.position < $3)
               order by case when $4::bool then lot.position end desc,
                        case when not $4 then lot.position end limit $5
           ) lot
           order by lot.notice_id, lot.position"#,
        &notices,
        page.after,
        page.before,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let placed = PlacedLot {
                position: row.position,
                lot: Arc::new(row.content.0),
                language: row.language,
            };
            (row.notice_id, placed)
        })
        .collect())
}

/// Returns the number of lots of each notice; a notice without lots is left out.
pub async fn lot_counts(
    pool: &PgPool,
    notices: &[NoticeId],
) -> Result<Vec<(NoticeId, i64)>, sqlx::Error> {
    let notices: Vec<uuid::Uuid> = notices.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select notice_id as "notice_id: NoticeId", count(*) as "count!" from lot
           where notice_id = any($1) group by notice_id"#,
        &notices,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.notice_id, row.count))
        .collect())
}

/// Loads all lots of the notice in force.
pub async fn lots_in_force(
    connection: &mut PgConnection,
    id: ProcurementId,
) -> Result<Vec<Lot>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"select lot.content as "content: Json<Lot>" from lot
           join procurement on procurement.notice_id = lot.notice_id
           where procurement.id = $1 order by lot.position"#,
        id as ProcurementId,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|lot| lot.0).collect())
}

/// Returns whether any notice of the procurement has contained this lot.
pub async fn had_lot(
    connection: &mut PgConnection,
    id: ProcurementId,
    lot: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from lot join notice on notice.id = lot.notice_id
                          where notice.procurement_id = $1 and lot.id = $2) as "had!""#,
        id as ProcurementId,
        lot,
    )
    .fetch_one(connection)
    .await
}
