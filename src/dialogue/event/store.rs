//! The SQL of events.

pub mod timeline;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, postgres::types::PgInterval};

use super::{DialogueEvent, DialogueEventKind, EventPosition, RecordedEvent};
use crate::kernel::{
    clock::Clock,
    ids::{DialogueId, ProcurementId},
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

/// Loads the events of a procurement after a position and up to a time, the earliest first.
pub async fn page(
    pool: &PgPool,
    procurement: ProcurementId,
    after: EventPosition,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, procurement_id as "procurement: ProcurementId", dialogue_id as "dialogue: DialogueId",
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

/// Loads those of these events that are public at `until`, in no order.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[i64],
    until: DateTime<Utc>,
) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, procurement_id as "procurement: ProcurementId", dialogue_id as "dialogue: DialogueId",
                  kind as "kind: DialogueEventKind", subject_id as subject, at
           from dialogue_event where id = any($1) and at <= $2"#,
        ids,
        until,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
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
        r#"select event.id as "id!", event.procurement_id as "procurement!: ProcurementId",
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
