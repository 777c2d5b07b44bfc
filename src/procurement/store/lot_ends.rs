//! The SQL of lots that ended without a winner, and of the states of lots.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{PersonId, ProcurementId},
        text::LocalizedText,
    },
    procurement::rules::{
        NonAwardReason,
        lots::{LotEnd, LotOutcome, LotState},
    },
};

/// An end of a lot to insert.
pub struct NewLotEnd<'a> {
    pub procurement: ProcurementId,
    pub lot: &'a str,
    pub outcome: LotOutcome,
    pub reason_code: NonAwardReason,
    pub reason: &'a LocalizedText,
    pub ended_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the end of a lot.
pub async fn insert_lot_end(
    connection: &mut PgConnection,
    end: &NewLotEnd<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into lot_end (procurement_id, lot_id, outcome, reason_code, reason, ended_by, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        end.procurement as ProcurementId,
        end.lot,
        end.outcome as LotOutcome,
        end.reason_code as NonAwardReason,
        Json(end.reason) as Json<&LocalizedText>,
        end.ended_by as PersonId,
        end.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the ends of the lots of these procurements, ordered by lot.
pub async fn lot_ends(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<(ProcurementId, LotEnd)>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "procurement: ProcurementId", lot_id, outcome as "outcome: LotOutcome",
                  reason_code as "reason_code: NonAwardReason", reason as "reason: Json<LocalizedText>", at
           from lot_end where procurement_id = any($1) order by procurement_id, lot_id"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    let ended = rows.into_iter().map(|row| {
        let end = LotEnd {
            lot: row.lot_id,
            outcome: row.outcome,
            reason_code: row.reason_code,
            reason: row.reason.0,
            at: row.at,
        };
        (row.procurement, end)
    });
    Ok(ended.collect())
}

/// Loads the lots of the notice in force with their states, in the notice's order. The caller has
/// locked the procurement's row.
pub async fn lot_states(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<(String, LotState)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select lot.id, exists (
                      select from standing_award a where a.procurement_id = $1 and a.lot_id = lot.id
                  ) as "awarded!",
                  lot_end.outcome as "outcome?: LotOutcome"
           from procurement p join lot on lot.notice_id = p.notice_id
           left join lot_end on lot_end.procurement_id = p.id and lot_end.lot_id = lot.id
           where p.id = $1 order by lot.position"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await?;
    let states = rows.into_iter().map(|row| {
        let state = match row.outcome {
            Some(outcome) => LotState::Ended(outcome),
            None if row.awarded => LotState::Awarded,
            None => LotState::Open,
        };
        (row.id, state)
    });
    Ok(states.collect())
}

/// A decision that is in force and not final.
pub struct UnsettledAward {
    pub lot: String,
    /// End of its standstill. `None` without one.
    pub standstill_ends_at: Option<DateTime<Utc>>,
    /// Whether the review of a complaint suspends it.
    pub suspended: bool,
}

/// Returns a decision in force whose standstill runs at `now`, or that a review suspends.
pub async fn unsettled_award(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    now: DateTime<Utc>,
) -> Result<Option<UnsettledAward>, sqlx::Error> {
    sqlx::query_as!(
        UnsettledAward,
        r#"select a.lot_id as "lot!", a.standstill_ends_at, (s.id is not null) as "suspended!"
           from standing_award a left join suspended_award s on s.id = a.id
           where a.procurement_id = $1 and (a.standstill_ends_at > $2 or s.id is not null)
           order by a.lot_id limit 1"#,
        procurement as ProcurementId,
        now,
    )
    .fetch_optional(connection)
    .await
}
