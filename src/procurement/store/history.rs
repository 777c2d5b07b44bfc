//! The SQL that pairs notices with their predecessors, and finds the end of the rounds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    kernel::ids::{NoticeId, ProcurementId},
    procurement::{
        changes::{self, Change, stub},
        content::{Content, Draft, Lot},
    },
};

/// A notice and its predecessor, as far as they differ: lots that are equal in both are stubs.
pub struct Succession {
    /// Content of the predecessor.
    pub before: Content,
    /// Lots of the predecessor, in order.
    pub lots_before: Vec<serde_json::Value>,
    /// Content of the notice.
    pub after: Content,
    /// Lots of the notice, in order.
    pub lots_after: Vec<serde_json::Value>,
}

impl Succession {
    /// Returns the changes.
    pub fn changes(self) -> Result<Vec<Change>, serde_json::Error> {
        let before = changes::document(&self.before, self.lots_before)?;
        let after = changes::document(&self.after, self.lots_after)?;
        Ok(changes::changes(&before, &after))
    }
}

/// Loads notices with their predecessors, in two statements; a procurement's first notice is left
/// out.
pub async fn successions(
    pool: &PgPool,
    notices: &[NoticeId],
) -> Result<HashMap<NoticeId, Succession>, sqlx::Error> {
    let wanted: Vec<Uuid> = notices.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select n.id as "id: NoticeId", n.content as "content: Json<Content>",
                  before.id as "before_id: NoticeId", before.content as "before_content: Json<Content>"
           from notice n join notice before
             on before.procurement_id = n.procurement_id and before.number = n.number - 1
           where n.id = any($1)"#,
        &wanted,
    )
    .fetch_all(pool)
    .await?;
    let pairs: Vec<(NoticeId, NoticeId)> = rows.iter().map(|row| (row.id, row.before_id)).collect();
    let mut lots = differing_lots(pool, &pairs).await?;
    let mut lots_of = |notice, beside| lots.remove(&(notice, beside)).unwrap_or_default();
    let succession = rows.into_iter().map(|row| {
        let succession = Succession {
            lots_before: lots_of(row.before_id, row.id),
            lots_after: lots_of(row.id, row.before_id),
            before: row.before_content.0,
            after: row.content.0,
        };
        (row.id, succession)
    });
    Ok(succession.collect())
}

/// Loads the lots of both notices of each pair, by the notice that has them and the one that it is
/// compared with.
async fn differing_lots(
    pool: &PgPool,
    pairs: &[(NoticeId, NoticeId)],
) -> Result<HashMap<(NoticeId, NoticeId), Vec<serde_json::Value>>, sqlx::Error> {
    let both = pairs.iter().flat_map(|(a, b)| [(a.0, b.0), (b.0, a.0)]);
    let (notices, others): (Vec<Uuid>, Vec<Uuid>) = both.unzip();
    let rows = sqlx::query!(
        r#"select side.notice as "notice!: NoticeId", side.other as "other!: NoticeId", lot.id,
                  case when other.content is distinct from lot.content then lot.content end as "content: Json<Lot>"
           from unnest($1::uuid[], $2::uuid[]) as side (notice, other)
           join lot on lot.notice_id = side.notice
           left join lot other on other.notice_id = side.other and other.id = lot.id
           order by side.notice, side.other, lot.position"#,
        &notices,
        &others,
    )
    .fetch_all(pool)
    .await?;
    let mut lots: HashMap<_, Vec<serde_json::Value>> = HashMap::new();
    for row in rows {
        // Parsing as a lot first gives a lot from before a field was added the same JSON as one
        // that omits the field.
        let lot = match row.content {
            Some(lot) => serde_json::json!(lot.0),
            None => stub(&row.id),
        };
        lots.entry((row.notice, row.other)).or_default().push(lot);
    }
    Ok(lots)
}

/// Loads content and lots of the notice that was in force at a time, among those in the phase
/// TENDERING; before the first of them, loads the first one.
pub async fn tendered_at(
    connection: &mut PgConnection,
    id: ProcurementId,
    at: DateTime<Utc>,
) -> Result<Option<Draft>, sqlx::Error> {
    let notice = sqlx::query!(
        r#"select id as "id: NoticeId", content as "content: Json<Content>" from notice
           where procurement_id = $1 and phase = 'TENDERING'
           order by published_at <= $2 desc, case when published_at <= $2 then -number else number end limit 1"#,
        id as ProcurementId,
        at,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(notice) = notice else {
        return Ok(None);
    };
    let lots = sqlx::query_scalar!(
        r#"select content as "content: Json<Lot>" from lot where notice_id = $1 order by position"#,
        notice.id as NoticeId,
    )
    .fetch_all(connection)
    .await?;
    Ok(Some(Draft {
        content: notice.content.0,
        lots: lots.into_iter().map(|lot| lot.0).collect(),
    }))
}

/// Returns the end of the procurement's round of dialogue that ends last, cancelled rounds left out;
/// `None` without a round.
pub async fn last_round_end(
    connection: &mut PgConnection,
    id: ProcurementId,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(closes_at) from dialogue
         where procurement_id = $1
           and not exists (select from dialogue_end where dialogue_id = dialogue.id and cancelled)",
        id as ProcurementId,
    )
    .fetch_one(connection)
    .await
}
