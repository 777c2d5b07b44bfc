//! The SQL of a supplier's own tenders and their receipts, and of the heads of chains.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::{
    chain::SignedReceipt,
    kernel::ids::{OrganisationId, ProcurementId, TenderId},
};

/// Inserts the receipt of a tender.
pub async fn insert(
    connection: &mut PgConnection,
    tender: TenderId,
    receipt: &SignedReceipt,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_receipt (tender_id, statement, signature, signer) values ($1, $2, $3, $4)",
        tender as TenderId,
        receipt.statement,
        receipt.signature,
        receipt.signer,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A supplier's own tender, and whether it is still valid.
#[derive(Clone, Debug)]
pub struct OwnTender {
    pub id: TenderId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub number: i32,
    pub sha256: Vec<u8>,
    pub submitted_at: DateTime<Utc>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Whether a later tender of the same organisation for the same lots replaces it.
    pub replaced: bool,
    /// Number of the notice in force when the tender was submitted.
    pub notice_number: i32,
    /// Number of the notice in force now.
    pub notice_in_force: i32,
    /// Deadline in force now.
    pub deadline: Option<DateTime<Utc>>,
    /// Signed statement of the receipt. `None` for tenders of earlier versions.
    pub statement: Option<String>,
    pub receipt_signature: Option<Vec<u8>>,
    pub receipt_signer: Option<String>,
    /// Number of the tender's entry in the chain.
    pub chain_number: Option<i32>,
    /// The entry's JSON.
    pub entry: Option<String>,
    pub entry_hash: Option<Vec<u8>>,
    pub entry_signature: Option<Vec<u8>>,
    pub entry_signer: Option<String>,
}

/// Loads a supplier's own tenders to these procurements, ordered by number.
pub async fn of_supplier(
    pool: &PgPool,
    procurements: &[ProcurementId],
    organisation: OrganisationId,
) -> Result<Vec<OwnTender>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        OwnTender,
        r#"select tender.id as "id: TenderId", tender.procurement_id as "procurement: ProcurementId",
                  tender.organisation_id as "organisation: OrganisationId", tender.number, tender.sha256,
                  tender.submitted_at, withdrawn_at as "withdrawn_at?",
                  tender.number < max(tender.number) over (partition by tender.procurement_id, tender.lots, tender.group_id)
                      as "replaced!",
                  coalesce(notice_number, (
                      select max(n.number) from notice n
                      where n.procurement_id = tender.procurement_id and n.published_at <= tender.submitted_at
                  ), 1) as "notice_number!",
                  (select max(n.number) from notice n where n.procurement_id = tender.procurement_id)
                      as "notice_in_force!",
                  procurement.tender_deadline as "deadline?",
                  receipt.statement as "statement?", receipt.signature as "receipt_signature?",
                  receipt.signer as "receipt_signer?", tender.chain_number,
                  chain_entry.entry as "entry?", chain_entry.hash as "entry_hash?",
                  chain_entry.signature as "entry_signature?", chain_entry.signer as "entry_signer?"
           from tender
           join procurement on procurement.id = tender.procurement_id
           left join tender_withdrawal on tender_withdrawal.tender_id = tender.id
           left join tender_receipt receipt on receipt.tender_id = tender.id
           left join chain_entry on chain_entry.procurement_id = tender.procurement_id
                and chain_entry.number = tender.chain_number
           where tender.procurement_id = any($1) and tender.organisation_id = $2
           order by tender.procurement_id, tender.number"#,
        &procurements,
        organisation as OrganisationId,
    )
    .fetch_all(pool)
    .await
}

/// The last entry of a procurement's chain.
#[derive(Clone, Debug)]
pub struct Head {
    pub procurement: ProcurementId,
    pub number: i32,
    pub hash: Vec<u8>,
}

/// Loads the last entries of these procurements' chains.
pub async fn heads(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Head>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Head,
        r#"select distinct on (procurement_id) procurement_id as "procurement: ProcurementId", number, hash
           from chain_entry where procurement_id = any($1) order by procurement_id, number desc"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}
