//! The SQL of events.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    dialogue::event::{Event, Kind},
    kernel::ids::{DialogueId, ProcurementId},
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
