//! The SQL of the evaluation of opened tenders: scores and exclusions.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::ids::{PersonId, ProcurementId, TenderId},
    tender::rules::ExclusionGround,
};

/// Points about to be stored.
pub struct NewScore<'a> {
    pub tender: TenderId,
    pub lot: &'a str,
    pub criterion: &'a str,
    pub points: Decimal,
    pub motive: &'a str,
    pub scored_by: PersonId,
    pub scored_at: DateTime<Utc>,
}

/// Inserts the next revision of an evaluator's points; returns its number. The caller has locked the
/// procurement.
pub async fn insert_score(
    connection: &mut PgConnection,
    score: &NewScore<'_>,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into tender_score (id, tender_id, lot_id, criterion_id, revision, points, motive, scored_by, scored_at)
         select gen_random_uuid(), $1, $2, $3, 1 + coalesce(max(revision), 0), $4, $5, $6, $7 from tender_score
         where tender_id = $1 and lot_id = $2 and criterion_id = $3 and scored_by = $6
         returning revision",
        score.tender as TenderId,
        score.lot,
        score.criterion,
        score.points,
        score.motive,
        score.scored_by as PersonId,
        score.scored_at,
    )
    .fetch_one(connection)
    .await
}

/// The latest points of an evaluator.
#[derive(Clone, Debug)]
pub struct Score {
    pub procurement: ProcurementId,
    pub tender: TenderId,
    pub lot: String,
    pub criterion: String,
    pub revision: i32,
    pub points: Decimal,
    pub motive: String,
    pub evaluator: String,
    pub scored_at: DateTime<Utc>,
}

/// Loads the latest points of each evaluator of these procurements, ordered by criterion and name.
pub async fn scores(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Score>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Score,
        r#"select latest.procurement_id as "procurement: ProcurementId", latest.tender_id as "tender: TenderId",
                  latest.lot_id as lot, latest.criterion_id as criterion, latest.revision, latest.points,
                  latest.motive, person.name as evaluator, latest.scored_at
           from (
               select distinct on (s.tender_id, s.lot_id, s.criterion_id, s.scored_by) t.procurement_id, s.*
               from tender_score s join tender t on t.id = s.tender_id
               where t.procurement_id = any($1)
               order by s.tender_id, s.lot_id, s.criterion_id, s.scored_by, s.revision desc
           ) latest join person on person.id = latest.scored_by
           order by latest.criterion_id, person.name, latest.scored_by"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// Inserts the exclusion of a tender; returns `false` when it is excluded already.
pub async fn insert_exclusion(
    connection: &mut PgConnection,
    tender: TenderId,
    ground: ExclusionGround,
    motive: &str,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into tender_exclusion (tender_id, ground, motive, excluded_by, excluded_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
        tender as TenderId,
        ground as ExclusionGround,
        motive,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Returns whether the buyer has excluded a tender.
pub async fn is_excluded(
    connection: &mut PgConnection,
    tender: TenderId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from tender_exclusion where tender_id = $1) as "excluded!""#,
        tender as TenderId,
    )
    .fetch_one(connection)
    .await
}

/// The exclusion of a tender.
#[derive(Clone, Debug)]
pub struct Exclusion {
    pub procurement: ProcurementId,
    pub tender: TenderId,
    pub ground: ExclusionGround,
    pub motive: String,
    pub excluded_at: DateTime<Utc>,
}

/// Loads the exclusions of these procurements.
pub async fn exclusions(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Exclusion>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Exclusion,
        r#"select t.procurement_id as "procurement: ProcurementId", e.tender_id as "tender: TenderId",
                  e.ground as "ground: ExclusionGround", e.motive, e.excluded_at
           from tender_exclusion e join tender t on t.id = e.tender_id
           where t.procurement_id = any($1)"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// Returns the procurement of an opened tender.
pub async fn procurement_of(
    connection: &mut PgConnection,
    tender: TenderId,
) -> Result<Option<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select t.procurement_id as "id: ProcurementId"
           from tender t join opened_tender o on o.tender_id = t.id where t.id = $1"#,
        tender as TenderId,
    )
    .fetch_optional(connection)
    .await
}
