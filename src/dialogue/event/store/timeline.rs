//! The SQL of timelines: one statement over all tables with public history.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    dialogue::event::timeline::{TimelineEntry, TimelineKind, TimelinePosition},
    kernel::ids::{DialogueId, ProcurementId},
};

/// Loads the timeline of each of these procurements up to `now`, the latest entry first: at most
/// `limit` entries per procurement, after a position.
pub async fn pages(
    pool: &PgPool,
    procurements: &[ProcurementId],
    now: DateTime<Utc>,
    before: Option<TimelinePosition>,
    limit: i64,
) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let before = before.map(|position| (position.at, position.key));
    let (before_at, before_key) = before.unzip();
    sqlx::query_as!(
        TimelineEntry,
        r#"select wanted.id as "procurement!: ProcurementId", kind as "kind!: TimelineKind", at as "at!", subject as "subject!",
                  dialogue as "dialogue: DialogueId", notice_number, lot, key as "key!"
           from unnest($1::uuid[]) as wanted (id) cross join lateral (
               select * from (
                   select kind, at, subject_id as subject, dialogue_id as dialogue, null::int as notice_number,
                          null as lot, 'dialogue ' || lpad(id::text, 19, '0') as key
                   from dialogue_event
                   where procurement_id = wanted.id
                     and kind in ('DIALOGUE_OPENED', 'DIALOGUE_EXTENDED', 'DIALOGUE_CLOSED', 'SUMMARY_PUBLISHED',
                                  'DIALOGUE_DOCUMENTS_ADDED', 'MEETING_SCHEDULED', 'MEETING_CHANGED',
                                  'MEETING_CANCELLED', 'MINUTES_PUBLISHED')
                   union all
                   select 'NOTICE_PUBLISHED', published_at, id, null, number, null, 'notice ' || id from notice
                   where procurement_id = wanted.id
                   union all
                   select 'TENDERS_OPENED', opened_at, procurement_id, null, null, null, 'opening' from opening
                   where procurement_id = wanted.id and opened_at is not null
                   union all
                   select 'LOT_AWARDED', awarded_at, id, null, null, lot_id, 'award ' || id from award
                   where procurement_id = wanted.id
                   union all
                   select 'PROCUREMENT_ENDED', at, procurement_id, null, null, null, 'end' from procurement_end
                   where procurement_id = wanted.id
               ) as happened
               where at <= $2 and ($3::timestamptz is null or (at, key) < ($3, $4))
               order by at desc, key desc limit $5
           ) as page
           order by wanted.id, at desc, key desc"#,
        &procurements,
        now,
        before_at,
        before_key,
        limit,
    )
    .fetch_all(pool)
    .await
}
