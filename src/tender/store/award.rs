//! The SQL of awards.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{AwardId, OrganisationId, PersonId, ProcurementId, TenderId},
        text::LocalizedText,
    },
    tender::content::TenderContent,
};

/// An award about to be stored.
pub struct NewAward<'a> {
    pub id: AwardId,
    pub procurement: ProcurementId,
    pub lot: &'a str,
    pub tender: TenderId,
    pub reason: &'a LocalizedText,
    pub awarded_by: PersonId,
    pub awarded_at: DateTime<Utc>,
}

/// Inserts an award; returns `false` when the lot is already awarded.
pub async fn insert_award(
    connection: &mut PgConnection,
    award: &NewAward<'_>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into award (id, procurement_id, lot_id, tender_id, reason, awarded_by, awarded_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        award.id as AwardId,
        award.procurement as ProcurementId,
        award.lot,
        award.tender as TenderId,
        Json(award.reason) as Json<&LocalizedText>,
        award.awarded_by as PersonId,
        award.awarded_at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Returns the number of awarded lots.
pub async fn award_count(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from award where procurement_id = $1"#,
        procurement as ProcurementId,
    )
    .fetch_one(connection)
    .await
}

/// Returns the number of lots that the tenderer of this tender has won in its procurement.
pub async fn lots_won(connection: &mut PgConnection, tender: TenderId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from tender asked
           join tender won on won.procurement_id = asked.procurement_id and won.organisation_id = asked.organisation_id
           join award on award.tender_id = won.id
           where asked.id = $1"#,
        tender as TenderId,
    )
    .fetch_one(connection)
    .await
}

/// An award decision on one lot.
#[derive(Clone, Debug)]
pub struct Award {
    pub id: AwardId,
    pub procurement: ProcurementId,
    pub lot: String,
    pub winner: OrganisationId,
    pub content: TenderContent,
    pub reason: LocalizedText,
    pub awarded_at: DateTime<Utc>,
}

/// Loads the awards of these procurements, ordered by lot.
pub async fn awards(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Award>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select a.id as "id: AwardId", a.procurement_id as "procurement: ProcurementId", a.lot_id,
                  t.organisation_id as "winner: OrganisationId", o.content as "content!: Json<TenderContent>",
                  a.reason as "reason: Json<LocalizedText>", a.awarded_at
           from award a join tender t on t.id = a.tender_id join opened_tender o on o.tender_id = t.id
           where a.procurement_id = any($1) order by a.procurement_id, a.lot_id"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Award {
            id: row.id,
            procurement: row.procurement,
            lot: row.lot_id,
            winner: row.winner,
            content: row.content.0,
            reason: row.reason.0,
            awarded_at: row.awarded_at,
        })
        .collect())
}
