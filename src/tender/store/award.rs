//! The SQL of award decisions, their reasons, annulments and contracts.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{AwardId, OrganisationId, PersonId, ProcurementId, TenderId},
        money::Money,
        text::LocalizedText,
    },
    organisation::identifier::Identifier,
    tender::award::{
        rules::{AnnulmentCause, ContractTerms, Reason, Score},
        standstill::StandstillExemption,
    },
};

/// A decision about to be stored.
pub struct NewAward<'a> {
    pub id: AwardId,
    pub procurement: ProcurementId,
    pub lot: &'a str,
    /// 1 for the first decision on the lot.
    pub number: i32,
    pub tender: TenderId,
    pub winner_name: &'a str,
    pub winner_identifiers: &'a [Identifier],
    /// Price for the lot. `None` if the tender has one price for several lots.
    pub price: Option<&'a Money>,
    pub reason: &'a LocalizedText,
    /// Why an earlier decision is corrected.
    pub correction: Option<&'a LocalizedText>,
    pub standstill_ends_at: Option<DateTime<Utc>>,
    pub exemption: Option<StandstillExemption>,
    pub awarded_by: PersonId,
    pub awarded_at: DateTime<Utc>,
}

/// Inserts a decision. The caller has locked the procurement's row.
pub async fn insert_award(
    connection: &mut PgConnection,
    award: &NewAward<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into award (id, procurement_id, lot_id, number, tender_id, winner_name, winner_identifiers, price,
                            reason, correction, standstill_ends_at, standstill_exemption, awarded_by, awarded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        award.id as AwardId,
        award.procurement as ProcurementId,
        award.lot,
        award.number,
        award.tender as TenderId,
        award.winner_name,
        Json(award.winner_identifiers) as Json<&[Identifier]>,
        award.price.map(Json) as Option<Json<&Money>>,
        Json(award.reason) as Json<&LocalizedText>,
        award.correction.map(Json) as Option<Json<&LocalizedText>>,
        award.standstill_ends_at,
        award.exemption as Option<StandstillExemption>,
        award.awarded_by as PersonId,
        award.awarded_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the reasons to the tenderers.
pub async fn insert_reasons(
    connection: &mut PgConnection,
    award: AwardId,
    reasons: &[Reason],
) -> Result<(), sqlx::Error> {
    let tenders: Vec<uuid::Uuid> = reasons.iter().map(|reason| reason.tender.0).collect();
    let texts: Vec<String> = reasons.iter().map(|reason| reason.text.clone()).collect();
    let ranks: Vec<Option<i32>> = reasons.iter().map(|reason| reason.rank).collect();
    let scores: Vec<serde_json::Value> = reasons
        .iter()
        .map(|reason| serde_json::json!(reason.scores))
        .collect();
    sqlx::query!(
        "insert into award_reason (award_id, tender_id, text, rank, scores)
         select $1, * from unnest($2::uuid[], $3::text[], $4::int[], $5::jsonb[])",
        award as AwardId,
        &tenders,
        &texts,
        &ranks as &[Option<i32>],
        &scores,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An annulment about to be stored.
pub struct NewAnnulment<'a> {
    pub award: AwardId,
    pub cause: AnnulmentCause,
    pub reason: &'a LocalizedText,
    pub annulled_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the annulment of a decision.
pub async fn insert_annulment(
    connection: &mut PgConnection,
    annulment: &NewAnnulment<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into award_annulment (award_id, cause, reason, annulled_by, at) values ($1, $2, $3, $4, $5)",
        annulment.award as AwardId,
        annulment.cause as AnnulmentCause,
        Json(annulment.reason) as Json<&LocalizedText>,
        annulment.annulled_by as PersonId,
        annulment.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the contract of a decision.
pub async fn insert_contract(
    connection: &mut PgConnection,
    award: AwardId,
    terms: &ContractTerms,
    recorded_by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into contract (award_id, number, value, signed_at, ends_at, recorded_by, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        award as AwardId,
        terms.number,
        Json(&terms.value) as Json<&Money>,
        terms.signed_at,
        terms.ends_at,
        recorded_by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the number of other lots that the tenderer of this tender has won in its procurement.
pub async fn lots_won(
    connection: &mut PgConnection,
    tender: TenderId,
    but: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from tender asked
           join tender won on won.procurement_id = asked.procurement_id and won.organisation_id = asked.organisation_id
           join standing_award a on a.tender_id = won.id
           where asked.id = $1 and a.lot_id <> $2"#,
        tender as TenderId,
        but,
    )
    .fetch_one(connection)
    .await
}

/// The organisation that submitted a tender.
pub struct Tenderer {
    pub organisation: OrganisationId,
    pub name: String,
}

/// Loads the organisation that submitted a tender.
pub async fn tenderer(
    connection: &mut PgConnection,
    tender: TenderId,
) -> Result<Tenderer, sqlx::Error> {
    sqlx::query_as!(
        Tenderer,
        r#"select o.id as "organisation: OrganisationId", o.name
           from tender t join organisation o on o.id = t.organisation_id where t.id = $1"#,
        tender as TenderId,
    )
    .fetch_one(connection)
    .await
}

/// An opened tender for a lot.
#[derive(Clone, Debug)]
pub struct LotTender {
    pub id: TenderId,
    pub number: i32,
    pub organisation: OrganisationId,
}

/// Loads the opened tenders for a lot, ordered by number.
pub async fn tenders_of_lot(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    lot: &str,
) -> Result<Vec<LotTender>, sqlx::Error> {
    sqlx::query_as!(
        LotTender,
        r#"select t.id as "id: TenderId", t.number, t.organisation_id as "organisation: OrganisationId"
           from opened_tender o join tender t on t.id = o.tender_id
           where t.procurement_id = $1 and o.content -> 'lots' @> to_jsonb(array[$2::text]) order by t.number"#,
        procurement as ProcurementId,
        lot,
    )
    .fetch_all(connection)
    .await
}

/// A decision on one lot.
#[derive(Clone, Debug)]
pub struct Award {
    pub id: AwardId,
    pub procurement: ProcurementId,
    pub lot: String,
    /// 1 for the first decision on the lot.
    pub number: i32,
    pub tender: TenderId,
    pub winner: OrganisationId,
    /// Name of the winner at the decision.
    pub winner_name: String,
    /// Registration numbers of the winner at the decision.
    pub winner_identifiers: Vec<Identifier>,
    /// Price for the lot. `None` if the tender has one price for several lots.
    pub price: Option<Money>,
    pub reason: LocalizedText,
    pub correction: Option<LocalizedText>,
    pub awarded_at: DateTime<Utc>,
    pub standstill_ends_at: Option<DateTime<Utc>>,
    pub exemption: Option<StandstillExemption>,
    /// Whether a later decision on the lot replaces it.
    pub superseded: bool,
    /// Whether the review of a complaint suspends it.
    pub suspended: bool,
    pub annulment: Option<Annulment>,
    pub contract: Option<ContractTerms>,
}

/// An annulment of a decision.
#[derive(Clone, Debug)]
pub struct Annulment {
    pub cause: AnnulmentCause,
    pub reason: LocalizedText,
    pub at: DateTime<Utc>,
}

impl Award {
    /// Returns whether the decision is in force.
    pub fn is_standing(&self) -> bool {
        !self.superseded && self.annulment.is_none()
    }
}

/// Loads all decisions of these procurements, ordered by lot, then by number.
pub async fn awards(
    executor: impl PgExecutor<'_>,
    procurements: &[ProcurementId],
) -> Result<Vec<Award>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select a.id as "id: AwardId", a.procurement_id as "procurement: ProcurementId", a.lot_id, a.number,
                  a.tender_id as "tender: TenderId", t.organisation_id as "winner: OrganisationId",
                  coalesce(a.winner_name, o.name) as "winner_name!",
                  a.winner_identifiers as "winner_identifiers: Json<Vec<Identifier>>", a.price as "price: Json<Money>",
                  a.reason as "reason: Json<LocalizedText>", a.correction as "correction: Json<LocalizedText>",
                  a.awarded_at, a.standstill_ends_at,
                  a.standstill_exemption as "exemption: StandstillExemption",
                  exists (select from award later
                          where later.procurement_id = a.procurement_id and later.lot_id = a.lot_id
                            and later.number > a.number) as "superseded!",
                  exists (select from suspended_award s where s.id = a.id) as "suspended!",
                  n.cause as "cause?: AnnulmentCause", n.reason as "annulled_because?: Json<LocalizedText>",
                  n.at as "annulled_at?",
                  c.number as "contract_number?", c.value as "value?: Json<Money>", c.signed_at as "signed_at?",
                  c.ends_at as "ends_at?"
           from award a join tender t on t.id = a.tender_id join organisation o on o.id = t.organisation_id
           left join award_annulment n on n.award_id = a.id left join contract c on c.award_id = a.id
           where a.procurement_id = any($1) order by a.procurement_id, a.lot_id, a.number"#,
        &procurements,
    )
    .fetch_all(executor)
    .await?;
    let awards = rows.into_iter().map(|row| {
        let annulment = (|| {
            Some(Annulment {
                cause: row.cause?,
                reason: row.annulled_because?.0,
                at: row.annulled_at?,
            })
        })();
        let contract = (|| {
            Some(ContractTerms {
                value: row.value?.0,
                signed_at: row.signed_at?,
                number: row.contract_number,
                ends_at: row.ends_at,
            })
        })();
        Award {
            id: row.id,
            procurement: row.procurement,
            lot: row.lot_id,
            number: row.number,
            tender: row.tender,
            winner: row.winner,
            winner_name: row.winner_name,
            winner_identifiers: row.winner_identifiers.0,
            price: row.price.map(|price| price.0),
            reason: row.reason.0,
            correction: row.correction.map(|correction| correction.0),
            awarded_at: row.awarded_at,
            standstill_ends_at: row.standstill_ends_at,
            exemption: row.exemption,
            superseded: row.superseded,
            suspended: row.suspended,
            annulment,
            contract,
        }
    });
    Ok(awards.collect())
}

/// Returns the procurement of a decision.
pub async fn procurement_of_award(
    connection: &mut PgConnection,
    award: AwardId,
) -> Result<Option<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select procurement_id as "id: ProcurementId" from award where id = $1"#,
        award as AwardId,
    )
    .fetch_optional(connection)
    .await
}

/// Returns the procurement of each of these decisions, in no order.
pub async fn procurements_of_awards(
    pool: &PgPool,
    awards: &[AwardId],
) -> Result<Vec<(AwardId, ProcurementId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = awards.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: AwardId", procurement_id as "procurement: ProcurementId" from award
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.procurement))
        .collect())
}

/// A stored reason to a tenderer.
#[derive(Clone, Debug)]
pub struct StoredReason {
    pub award: AwardId,
    /// Number of the tender in the order of receipt.
    pub number: i32,
    /// The tenderer.
    pub organisation: OrganisationId,
    pub reason: Reason,
}

/// Loads the reasons of these decisions to all tenderers, ordered by the number of the tender.
pub async fn reasons(pool: &PgPool, awards: &[AwardId]) -> Result<Vec<StoredReason>, sqlx::Error> {
    let awards: Vec<uuid::Uuid> = awards.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.award_id as "award: AwardId", t.number, t.organisation_id as "organisation: OrganisationId",
                  r.tender_id as "tender: TenderId", r.text, r.rank, r.scores as "scores: Json<Vec<Score>>"
           from award_reason r join tender t on t.id = r.tender_id
           where r.award_id = any($1) order by r.award_id, t.number"#,
        &awards,
    )
    .fetch_all(pool)
    .await?;
    let reasons = rows.into_iter().map(|row| StoredReason {
        award: row.award,
        number: row.number,
        organisation: row.organisation,
        reason: Reason {
            tender: row.tender,
            text: row.text,
            rank: row.rank,
            scores: row.scores.0,
        },
    });
    Ok(reasons.collect())
}
