//! The SQL of events.

pub mod timeline;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, postgres::types::PgInterval};

use super::{DialogueEvent, DialogueEventKind, EventCursor, EventPosition, RecordedEvent};
use crate::kernel::{
    clock::Clock,
    ids::{DialogueId, ProcurementId},
    paging::Page,
};

/// Inserts an event.
pub async fn insert(
    connection: &mut PgConnection,
    event: &DialogueEvent,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at) values ($1, $2, $3, $4, $5)",
        event.procurement as ProcurementId,
        event.dialogue as Option<DialogueId>,
        event.kind as DialogueEventKind,
        event.subject,
        event.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves the event of this kind and subject to another time, if it is not public at `now`.
pub async fn move_unpublished(
    connection: &mut PgConnection,
    event: &DialogueEvent,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update dialogue_event set at = $4
         where procurement_id = $1 and kind = $2 and subject_id = $3 and at > $5",
        event.procurement as ProcurementId,
        event.kind as DialogueEventKind,
        event.subject,
        event.at,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the events of a round that are not public at `now`.
pub async fn delete_unpublished(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from dialogue_event where dialogue_id = $1 and subject_id = $1 and at > $2",
        dialogue as DialogueId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

struct Row {
    id: i64,
    public_id: uuid::Uuid,
    procurement: ProcurementId,
    dialogue: Option<DialogueId>,
    kind: DialogueEventKind,
    subject: uuid::Uuid,
    at: DateTime<Utc>,
}

impl From<Row> for RecordedEvent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            public_id: row.public_id,
            event: DialogueEvent {
                procurement: row.procurement,
                dialogue: row.dialogue,
                kind: row.kind,
                subject: row.subject,
                at: row.at,
            },
        }
    }
}

/// Loads a page of the events of each of these procurements up to a time, the earliest first, with
/// one event more than the page has if there are more. A cursor may look back by
/// [`super::LOOK_BACK`].
pub async fn pages(
    pool: &PgPool,
    procurements: &[ProcurementId],
    page: Page<EventCursor>,
    until: DateTime<Utc>,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select event.id, event.public_id, event.procurement_id as "procurement: ProcurementId",
                  event.dialogue_id as "dialogue: DialogueId", event.kind as "kind: DialogueEventKind",
                  event.subject_id as subject, event.at
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from dialogue_event
               where procurement_id = wanted.id and at <= $2
                 and ($3::uuid is null or (at, id) > (
                     select c.at - case when $4::bool then interval '30 seconds' else interval '0' end,
                            case when $4 then 0 else c.id end
                     from dialogue_event c where c.public_id = $3 and c.procurement_id = wanted.id))
                 and ($5::uuid is null or (at, id) < (
                     select c.at, c.id from dialogue_event c where c.public_id = $5 and c.procurement_id = wanted.id))
               order by case when $6::bool then at end desc, case when $6 then id end desc,
                        case when not $6 then at end, case when not $6 then id end limit $7
           ) as event
           order by event.procurement_id, event.at, event.id"#,
        &procurements,
        until,
        page.after.map(|after| after.event),
        page.after.is_some_and(|after| after.looks_back),
        page.before.map(|before| before.event),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

/// Returns the number of public events of each of these procurements.
pub async fn counts(
    pool: &PgPool,
    procurements: &[ProcurementId],
    until: DateTime<Utc>,
) -> Result<Vec<(ProcurementId, i64)>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "id: ProcurementId", count(*) as "count!" from dialogue_event
           where procurement_id = any($1) and at <= $2 group by procurement_id"#,
        &procurements,
        until,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Loads those of these events, by their random IDs, that are public at `until`, in no order.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[uuid::Uuid],
    until: DateTime<Utc>,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, public_id, procurement_id as "procurement: ProcurementId", dialogue_id as "dialogue: DialogueId",
                  kind as "kind: DialogueEventKind", subject_id as subject, at
           from dialogue_event where public_id = any($1) and at <= $2"#,
        ids,
        until,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

/// Loads the events of a procurement after a position and up to a time, the earliest first.
pub async fn missed(
    pool: &PgPool,
    procurement: ProcurementId,
    after: EventPosition,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, public_id, procurement_id as "procurement: ProcurementId", dialogue_id as "dialogue: DialogueId",
                  kind as "kind: DialogueEventKind", subject_id as subject, at
           from dialogue_event
           where procurement_id = $1 and (at, id) > ($2, $3) and at <= $4
           order by at, id limit $5"#,
        procurement as ProcurementId,
        after.at,
        after.id,
        until,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

/// What a subscriber missed.
pub struct Missed {
    /// Number of events, at most the limit of the query.
    pub count: i64,
    /// Time of the oldest one.
    pub oldest: Option<DateTime<Utc>>,
}

/// Counts at most `limit` of the events of a procurement after one time and up to another.
pub async fn count_missed(
    pool: &PgPool,
    procurement: ProcurementId,
    (after, until): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Missed, sqlx::Error> {
    sqlx::query_as!(
        Missed,
        r#"select count(*) as "count!", min(at) as oldest
           from (select at from dialogue_event
                 where procurement_id = $1 and at > $2 and at <= $3
                 order by at limit $4) as missed"#,
        procurement as ProcurementId,
        after,
        until,
        limit,
    )
    .fetch_one(pool)
    .await
}

/// Returns the position of a procurement's event that is public at `until`.
pub async fn position_of(
    pool: &PgPool,
    procurement: ProcurementId,
    public_id: uuid::Uuid,
    until: DateTime<Utc>,
) -> Result<Option<EventPosition>, sqlx::Error> {
    sqlx::query_as!(
        EventPosition,
        "select at, id from dialogue_event where public_id = $1 and procurement_id = $2 and at <= $3",
        public_id,
        procurement as ProcurementId,
        until,
    )
    .fetch_optional(pool)
    .await
}

/// Loads the events of several procurements, each since its own time, the earliest first. An event
/// is public when both this process's clock and the database's have reached its time: the database
/// set the time, and readers load the subject by the process's clock.
pub async fn since(
    pool: &PgPool,
    since: &[(ProcurementId, DateTime<Utc>)],
    clock: &Clock,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let (procurements, times): (Vec<uuid::Uuid>, Vec<DateTime<Utc>>) =
        since.iter().map(|(id, since)| (id.0, *since)).unzip();
    let rows = sqlx::query_as!(
        Row,
        // `offset 0` makes PostgreSQL use the index for each procurement, for any number of them.
        r#"select event.id as "id!", event.public_id as "public_id!", event.procurement_id as "procurement!: ProcurementId",
                  event.dialogue_id as "dialogue: DialogueId", event.kind as "kind!: DialogueEventKind",
                  event.subject_id as "subject!", event.at as "at!"
           from unnest($1::uuid[], $2::timestamptz[]) as heard (procurement_id, since)
           cross join lateral (
               select * from dialogue_event
               where procurement_id = heard.procurement_id and at > heard.since
                 and at <= least(statement_timestamp() + $3::interval, $4::timestamptz)
               offset 0
           ) as event
           order by event.at, event.id"#,
        &procurements,
        &times,
        PgInterval::try_from(clock.offset()).map_err(sqlx::Error::Encode)?,
        clock.now(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}
