//! How procurements ended.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{PersonId, ProcurementId},
        text::LocalizedText,
    },
    procurement::{
        end::{End, Ended, NonAwardReason},
        phase::Phase,
    },
};

/// Ends a procurement, for good; its row is locked by the caller.
pub async fn end(
    connection: &mut PgConnection,
    end: &End,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    super::set_phase(&mut *connection, end.procurement, end.phase, now).await?;
    sqlx::query!(
        "insert into procurement_end (procurement_id, phase, reason_code, reason, ended_by, at)
         values ($1, $2, $3, $4, $5, $6)",
        end.procurement as ProcurementId,
        end.phase as Phase,
        end.reason_code as Option<NonAwardReason>,
        (!end.reason.is_empty()).then_some(Json(&end.reason)) as Option<Json<&LocalizedText>>,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How those of these procurements ended that did.
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
