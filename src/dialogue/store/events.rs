//! The SQL of events.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, postgres::types::PgInterval};

use crate::{
    dialogue::event::{Event, Kind, Place, Recorded},
    kernel::{
        clock::Clock,
        ids::{DialogueId, ProcurementId},
    },
};

/// Appends an event.
pub async fn insert(connection: &mut PgConnection, event: &Event) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at) values ($1, $2, $3, $4, $5)",
        event.procurement as ProcurementId,
        event.dialogue as Option<DialogueId>,
        event.kind as Kind,
        event.subject,
        event.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the event of this kind and subject that is not public by `now` another time.
pub async fn move_unpublished(
    connection: &mut PgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update dialogue_event set at = $4
         where procurement_id = $1 and kind = $2 and subject_id = $3 and at > $5",
        event.procurement as ProcurementId,
        event.kind as Kind,
        event.subject,
        event.at,
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
    kind: Kind,
    subject: uuid::Uuid,
    at: DateTime<Utc>,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            event: Event {
                procurement: row.procurement,
                dialogue: row.dialogue,
                kind: row.kind,
                subject: row.subject,
                at: row.at,
            },
        }
    }
}

/// A procurement's events after a place and until a time, the earliest first.
pub async fn page(
    pool: &PgPool,
    procurement: ProcurementId,
    after: Place,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, procurement_id as "procurement: ProcurementId", dialogue_id as "dialogue: DialogueId",
                  kind as "kind: Kind", subject_id as subject, at
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
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// The events of several procurements, each since a time of its own, that are public by this process's clock and by the
/// database's, whichever is behind: what an event is about is read by the one, its time is the other's. The earliest first.
pub async fn since(
    pool: &PgPool,
    heard: &[(ProcurementId, DateTime<Utc>)],
    clock: &Clock,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let (procurements, times): (Vec<uuid::Uuid>, Vec<DateTime<Utc>>) =
        heard.iter().map(|(id, since)| (id.0, *since)).unzip();
    let rows = sqlx::query_as!(
        Row,
        // `offset 0` has the index asked for each procurement, however many there are.
        r#"select event.id as "id!", event.procurement_id as "procurement!: ProcurementId",
                  event.dialogue_id as "dialogue: DialogueId", event.kind as "kind!: Kind",
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
    Ok(rows.into_iter().map(Recorded::from).collect())
}
