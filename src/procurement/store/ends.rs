//! The SQL of how procurements ended.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{PersonId, ProcurementId},
        text::LocalizedText,
    },
    procurement::{
        phase::Phase,
        rules::{Ended, NonAwardReason},
    },
};

/// An end of a procurement to insert.
pub struct NewEnd<'a> {
    pub procurement: ProcurementId,
    pub phase: Phase,
    pub reason_code: Option<NonAwardReason>,
    pub reason: &'a LocalizedText,
    pub ended_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the end of a procurement and sets its phase.
pub async fn end(connection: &mut PgConnection, end: &NewEnd<'_>) -> Result<(), sqlx::Error> {
    super::set_phase(&mut *connection, end.procurement, end.phase, end.at).await?;
    insert_end(connection, end).await
}

/// Inserts the end of a procurement whose phase is set.
pub async fn insert_end(
    connection: &mut PgConnection,
    end: &NewEnd<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into procurement_end (procurement_id, phase, reason_code, reason, ended_by, at)
         values ($1, $2, $3, $4, $5, $6)",
        end.procurement as ProcurementId,
        end.phase as Phase,
        end.reason_code as Option<NonAwardReason>,
        (!end.reason.is_empty()).then_some(Json(end.reason)) as Option<Json<&LocalizedText>>,
        end.ended_by as PersonId,
        end.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads how procurements ended; those that have not ended are left out.
pub async fn ends(
    pool: &PgPool,
    ids: &[ProcurementId],
) -> Result<Vec<(ProcurementId, Ended)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "id: ProcurementId", phase as "phase: Phase",
                  reason_code as "reason_code: NonAwardReason", reason as "reason: Json<LocalizedText>", at
           from procurement_end where procurement_id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let ended = rows.into_iter().map(|row| {
        let ended = Ended {
            phase: row.phase,
            reason_code: row.reason_code,
            reason: row.reason.map(|reason| reason.0),
            at: row.at,
        };
        (row.id, ended)
    });
    Ok(ended.collect())
}
